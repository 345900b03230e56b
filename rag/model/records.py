"""Frozen records that pass between the stages that read, store and find abstracts, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

# What passes between the stages that read, store and find abstracts: frozen records, no behaviour beyond derived facts.

DatePrecision = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class FieldSpan:
    """Where one field of an abstract stands in its file.

    `line` is 1-based; `start` and `end` count characters (Unicode code points) from the beginning of that
    line; a field that runs over several lines has an `end` beyond the line's own length, line ends included.
    """

    name: str
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """One place where an abstract was met: the file, the line that holds the abstract's text, and its fields.

    `file` is the path below the corpus folder that was read ("003_feed.txt"), not a path of this machine.
    `line`, `start`, `end` locate the abstract's text as `FieldSpan` does; `fields` locates the other fields.
    """

    file: str
    line: int
    start: int
    end: int
    fields: tuple[FieldSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Abstract:
    """One paper as its corpus describes it.

    `text` is verbatim: citations slice it, so it is never cleaned (`rag.model.display.clean_text` is for showing).
    `title` is None where the source states none, else verbatim; `title_confidence` is between 0 and 1.
    `label` names the paper for people: the cleaned title, else the system it introduces, else its first words
    in quotation marks. `date` is ISO 8601, as long as its precision: "2024", "2024-06" or "2024-06-03".
    `authors` is a count. `external_ids` are as the sources state them, e.g. "4983" or "doi:10.1/x".
    """

    id: str
    title: str | None
    text: str
    label: str
    title_confidence: float = 0.0
    external_ids: tuple[str, ...] = ()
    date: str | None = None
    date_precision: DatePrecision | None = None
    date_inferred: bool = False
    upvotes: int | None = None
    authors: int | None = None
    author_names: tuple[str, ...] = ()
    comments: int | None = None
    urls: tuple[str, ...] = ()
    venue: str | None = None
    sources: tuple[Source, ...] = ()

    @property
    def year(self) -> int | None:
        """The year of `date`, None where no date is stated."""
        return int(self.date[:4]) if self.date else None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy; `from_dict` reads it back to an equal record."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Abstract:
        """Read what `to_dict` wrote; raises KeyError or TypeError where it is not that."""
        values = dict(data)
        for name in ("external_ids", "author_names", "urls"):
            values[name] = tuple(values.get(name, ()))
        values["sources"] = tuple(source_from_dict(source) for source in values.get("sources", ()))
        return cls(**values)


def source_to_dict(source: Source) -> dict[str, Any]:
    """Like `asdict`, which copies deeply and takes ten times as long: answers hold many."""
    spans = tuple({"name": one.name, "line": one.line, "start": one.start, "end": one.end} for one in source.fields)
    return {"file": source.file, "line": source.line, "start": source.start, "end": source.end, "fields": spans}


def source_from_dict(data: Mapping[str, Any]) -> Source:
    """A `Source` from its `asdict` form; unknown keys raise TypeError."""
    fields = tuple(FieldSpan(**span) for span in data.get("fields", ()))
    return Source(data["file"], data["line"], data["start"], data["end"], fields)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence `index` (0-based) of an abstract: `text[start:end]`, without the white space around it."""

    abstract_id: str
    index: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences `first` to `last` (inclusive) of an abstract: `text[start:end]`; the unit that is indexed."""

    abstract_id: str
    start: int
    end: int
    first: int
    last: int

    @property
    def id(self) -> str:
        """The text "abstract:start", the same on every run and machine."""
        return f"{self.abstract_id}:{self.start}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that matched a query. `lexical` is BM25 (0 without a common term), `dense` cosine, `fused` what ranks."""

    passage: Passage
    lexical: float
    dense: float
    fused: float
    external_ids: tuple[str, ...] = ()
    title: str | None = None
    label: str = ""

    @property
    def abstract_id(self) -> str:
        """The abstract this passage belongs to."""
        return self.passage.abstract_id


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that could not be read, and why. `line` is 1-based; 0 stands for the whole file."""

    file: str
    line: int
    reason: str
    excerpt: str = ""


# Records as JSON text, for the catalogue; a fifth of the time of `dataclasses.asdict`.

_NAMES = {kind: tuple(one.name for one in fields(kind)) for kind in (Abstract, Source, FieldSpan, Problem)}
_COLUMNS = frozenset({"id", "title", "text"})  # of the table of abstracts, so not in its JSON


def dumps(value: Any) -> str:
    """JSON of records, and of lists and mappings with records in them; equal records give equal text."""
    return json.dumps(value, default=_stored_fields, ensure_ascii=False)


def dump_rest(abstract: Abstract) -> str:
    """JSON of the fields of an abstract that have no column of their own."""
    return dumps({name: getattr(abstract, name) for name in _NAMES[Abstract] if name not in _COLUMNS})


def _stored_fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _NAMES[type(record)]}


# What answers are made of.

Verdict = Literal["supported", "weak", "absent"]
ClaimKind = Literal["evidence", "synthesis", "collection", "absence"]
CitationKind = Literal["sentence", "field", "member"]


@dataclass(frozen=True, slots=True)
class Support:
    """How well a text supports a claim, from `rag.support.check`.

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
        return fields_of(self) | {"sources": source_dicts(self.sources), "uri": self.uri}


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer. `citations` are numbers of the answer's citations, in order of weight.

    `checked_as` is the wording that was checked, where the sentence is in another language than its sources. `group` is the
    heading under which the claim stands with its neighbours of the same group ("Not counted, but near"), "" for none. `opening` is the
    answer in a word, said before the sentence: "Yes", "No", "Mixed", or a bare figure. `span` is the (start, end) in `text` of the
    number, name or date that was asked for, None where that is not sure. `verdict_by` says who gave the verdict: "verbatim" (the sentence
    stands so in what it cites), "local" (our own check), or the name of the model that judged; "" for what code computed.

    A "synthesis" sums up other claims of its answer, at the places `sums_up` (0-based), and has their citations. `cells` are those of a
    row of the answer's table, which `text` says in one line.
    """

    kind: ClaimKind
    text: str
    citations: tuple[int, ...]
    verdict: Verdict = "supported"
    score: float = 1.0
    flags: tuple[str, ...] = ()
    checked_as: str | None = None
    group: str = ""
    opening: str = ""
    span: tuple[int, int] | None = None
    verdict_by: str = ""
    sums_up: tuple[int, ...] = ()
    cells: tuple[str, ...] = ()

    @property
    def written(self) -> bool:
        """True for what abstracts are said to say, which was held against them: not for what code computed or looked for."""
        return self.kind in ("evidence", "synthesis")

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
class TraceStep:
    """One stage of an answer ("read", "search", "decide", "answer") and what it came to. `seconds` is wall time."""

    stage: str
    facts: Mapping[str, Any]
    seconds: float = field(default=0.0, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without the time: the same answer gives the same bytes."""
        return {"stage": self.stage, "facts": dict(self.facts)}


def fields_of(record: Any) -> dict[str, Any]:
    """The fields of a record by name, as they are."""
    return {name: getattr(record, name) for name in record.__slots__}


def source_dicts(sources: tuple[Source, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(source_to_dict(one) for one in sources)
