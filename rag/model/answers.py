"""What the assistant says: claims, their citations, the answer that they make, and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from rag.model.claims import numbered_text, sections
from rag.model.markup import answer_html, answer_markdown
from rag.model.records import Citation, Claim, NearMiss, TraceStep, fields_of, source_dicts, source_from_dict

# What the assistant says: claims, their citations, and the answer they make, with all that is needed to check it again.

Outcome = Literal["answered", "nearest", "refused", "info"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says. Times are in `seconds`, which `to_dict` leaves out so that equal answers are equal bytes.

    "nearest" is an outcome between an answer and a refusal: the first claim says that this may not be the answer and what is missing,
    as `reason` does, and the sentences that come nearest follow.

    `usage` counts tokens and requests of the model service, `stages` those of each stage ("plan", "read", "write", "judge", "repair");
    `searches` are those of the model's plan, `read` is how many abstracts the model that writes was given, `prompts` the version of the
    prompts; `cost` is in US dollars, None where the price is not known;
    `answerability` is the chance that the abstracts found answer the question (`rag.evidence.answerability`), None where code alone
    answers; `checks` counts what became of the claims; `incomplete` says that an answer was stopped or cut, `bulleted` that each claim is
    to stand on a line of its own. `form` is how the question was read (`rag.questions.question.Form`).
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
    bulleted: bool = False
    mode: Literal["extract", "generate"] = "extract"
    model: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    searches: tuple[str, ...] = ()
    read: int = 0
    prompts: str = ""
    cost: float | None = None
    checks: Mapping[str, int] = field(default_factory=dict)
    generation: str = ""
    form: str = ""
    answerability: float | None = None
    trace: tuple[TraceStep, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        """The claims with their [n], one paragraph or one a line; the reason where there are none."""
        if not self.claims:
            return self.reason or ""
        said = ((heading, self.joined(map(numbered_text, part))) for heading, part in sections(self.claims))
        space = "\n" if self.bulleted else " "
        return space.join((f"{heading}:{space}" if heading else "") + part for heading, part in said)

    def __str__(self) -> str:
        """The same as `text`."""
        return self.text

    def joined(self, claims: Iterable[str]) -> str:
        """Rendered claims as a paragraph, or as the lines of a list."""
        return "\n".join(f"- {one}" for one in claims) if self.bulleted else " ".join(claims)

    @property
    def supported(self) -> bool:
        """True if there are claims and every one of them is supported by what it cites."""
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
        data = fields_of(self) | {
            "claims": tuple(fields_of(one) for one in self.claims),
            "citations": [one.to_dict() for one in self.citations],
            "near_misses": tuple(fields_of(one) | {"sources": source_dicts(one.sources)} for one in self.near_misses),
            "usage": dict(self.usage),
            "stages": {name: dict(one) for name, one in self.stages.items()},
            "checks": dict(self.checks),
            "text": self.text,
        }
        del data["seconds"]
        if self.trace:
            data["trace"] = [one.to_dict() for one in self.trace]
        else:
            del data["trace"]
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
        values["searches"] = tuple(data.get("searches", ()))
        values["trace"] = tuple(TraceStep(one["stage"], one["facts"]) for one in data.get("trace", ()))
        table = data.get("table")
        values["table"] = None if table is None else tuple(tuple(row) for row in table)
        return cls(**values)

    def to_markdown(self) -> str:
        """The answer as Markdown that ends in its source list."""
        return answer_markdown(self)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        return answer_html(self)


def _claim(data: Mapping[str, Any]) -> Claim:
    span = data.get("span")
    listed = {name: tuple(data.get(name, ())) for name in ("citations", "flags", "sums_up", "cells")}
    return Claim(**{**data, **listed, "span": span and (span[0], span[1])})


def _citation(data: Mapping[str, Any]) -> Citation:
    values = {name: value for name, value in data.items() if name != "uri"}
    values["external_ids"] = tuple(data["external_ids"])
    values["sources"] = tuple(source_from_dict(source) for source in data["sources"])
    return Citation(**values)


def _near_miss(data: Mapping[str, Any]) -> NearMiss:
    return NearMiss(**{**data, "sources": tuple(source_from_dict(source) for source in data["sources"])})
