"""What the assistant says: claims, their citations, and the answer they make, with all that is needed to check it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from rag.records import Source, source_from_dict, source_to_dict

Outcome = Literal["answered", "refused", "info"]
Verdict = Literal["supported", "weak", "absent"]
ClaimKind = Literal["evidence", "collection", "absence"]
CitationKind = Literal["sentence", "field", "member"]


@dataclass(frozen=True, slots=True)
class Support:
    """How well a text bears a claim out, from `rag.support`.

    `score` is between 0 and 1; `verdict` is the score and the flags read together; `flags` name what disagrees
    ("number: 48", "name: HuBERT", "negation"); `evidence` is the (start, end) of the best window in the text.
    """

    verdict: Verdict
    score: float
    flags: tuple[str, ...]
    evidence: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Citation:
    """Evidence that a claim points to. `quote` is verbatim: the stored abstract's `text[start:end]` for kind
    "sentence", a slice of the source line for kind "field", the label for kind "member" (start and end 0)."""

    number: int
    kind: CitationKind
    abstract_id: str
    label: str
    quote: str
    start: int
    end: int
    title: str | None = None
    external_ids: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    sentence: int | None = None
    date: str | None = None

    @property
    def uri(self) -> str:
        """The address "rag:<abstract id>", which `rag show` takes."""
        return f"rag:{self.abstract_id}"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy, with the uri."""
        return _plain(self) | {"sources": _sources(self.sources), "uri": self.uri}


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer. `citations` are numbers of the answer's citations, in order of weight.

    `checked_as` is the wording that was checked, where the sentence is in another language than its sources. `group` is the
    heading under which the claim stands with its neighbours of the same group ("Not counted, but near"), "" for none.
    """

    kind: ClaimKind
    text: str
    citations: tuple[int, ...]
    verdict: Verdict = "supported"
    score: float = 1.0
    flags: tuple[str, ...] = ()
    checked_as: str | None = None
    group: str = ""

    @property
    def aside(self) -> bool:
        """True for what is told beside a count or a list: the abstracts that it cites are not of those counted."""
        return self.kind == "collection" and bool(self.group)


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An abstract that comes close to a question the corpus does not answer, with its closest sentence."""

    abstract_id: str
    label: str
    quote: str
    score: float
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says. Times are in `seconds`, which `to_dict` leaves out so that equal answers are equal bytes.

    `usage` counts tokens and requests of the model service; `cost` is in US dollars, None where the price is not known;
    `answerability` is the chance that the abstracts found answer the question (`rag.answerability`), None where code alone
    answers; `checks` counts what became of the claims; `incomplete` says that an answer was stopped or cut. `form` is how the question
    was read (`rag.question.Form`).
    """

    question: str
    standalone_question: str
    outcome: Outcome
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    reason: str | None = None
    near_misses: tuple[NearMiss, ...] = ()
    filters: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] | None = None
    notices: tuple[str, ...] = ()
    incomplete: bool = False
    mode: Literal["extract", "generate"] = "extract"
    model: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    checks: Mapping[str, int] = field(default_factory=dict)
    generation: str = ""
    form: str = ""
    answerability: float | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        """The claims with their [n], one paragraph; the reason where there are none."""
        if not self.claims:
            return self.reason or ""
        parts = ((f"{heading}: " if heading else "") + " ".join(map(numbered, part)) for heading, part in sections(self.claims))
        return " ".join(parts)

    @property
    def supported(self) -> bool:
        """True if there are claims and every one of them is borne out by what it cites."""
        return bool(self.claims) and all(claim.verdict == "supported" for claim in self.claims)

    @property
    def members(self) -> tuple[Citation, ...]:
        """The citations without those of what only stands beside a count or a list."""
        others = {number for claim in self.claims if not claim.aside for number in claim.citations}
        beside = {number for claim in self.claims if claim.aside for number in claim.citations} - others
        return tuple(one for one in self.citations if one.number not in beside)

    def citation(self, number: int) -> Citation:
        """The citation with this number; raises KeyError where the answer has none such."""
        for citation in self.citations:
            if citation.number == number:
                return citation
        raise KeyError(number)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without times: the same answer gives the same bytes."""
        data = _plain(self) | {
            "claims": tuple(_plain(one) for one in self.claims),
            "citations": [one.to_dict() for one in self.citations],
            "near_misses": tuple(_plain(one) | {"sources": _sources(one.sources)} for one in self.near_misses),
            "usage": dict(self.usage),
            "checks": dict(self.checks),
            "text": self.text,
        }
        del data["seconds"]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Answer:
        """Read what `to_dict` wrote, also after a trip through JSON; raises KeyError or TypeError on anything else."""
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["claims"] = tuple(_claim(one) for one in data["claims"])
        values["citations"] = tuple(_citation(one) for one in data["citations"])
        values["near_misses"] = tuple(_near_miss(one) for one in data.get("near_misses", ()))
        values["filters"] = tuple(data.get("filters", ()))
        values["notices"] = tuple(data.get("notices", ()))
        table = data.get("table")
        values["table"] = None if table is None else tuple(tuple(row) for row in table)
        return cls(**values)

    def to_markdown(self) -> str:
        """The answer as Markdown that ends in its source list."""
        from rag.export import answer_markdown  # a rendering of this record, kept apart from it

        return answer_markdown(self)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        from rag.export import answer_html

        return answer_html(self)


def _plain(record: Any) -> dict[str, Any]:
    """The fields of a record by name, as they are."""
    return {name: getattr(record, name) for name in record.__slots__}


def _sources(sources: tuple[Source, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(source_to_dict(one) for one in sources)


def sections(claims: Iterable[Claim]) -> list[tuple[str, tuple[Claim, ...]]]:
    """The claims in their order, those of one group together under its heading; a heading of "" for those of none."""
    return [(heading, tuple(part)) for heading, part in groupby(claims, key=attrgetter("group"))]


def numbered(claim: Claim) -> str:
    """The claim's text followed by its citation numbers, "... tokens. [1][2]"."""
    return claim.text + (" " + "".join(f"[{number}]" for number in claim.citations) if claim.citations else "")


def _claim(data: Mapping[str, Any]) -> Claim:
    return Claim(**{**data, "citations": tuple(data["citations"]), "flags": tuple(data["flags"])})


def _citation(data: Mapping[str, Any]) -> Citation:
    values = {name: value for name, value in data.items() if name != "uri"}
    values["external_ids"] = tuple(data["external_ids"])
    values["sources"] = tuple(source_from_dict(source) for source in data["sources"])
    return Citation(**values)


def _near_miss(data: Mapping[str, Any]) -> NearMiss:
    return NearMiss(**{**data, "sources": tuple(source_from_dict(source) for source in data["sources"])})
