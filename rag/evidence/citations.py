"""Citations: of the sentence of an abstract, and of the slice of a source line that states a field, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rag.corpus import decode, read_regular, replace_surrogates
from rag.evidence.sentence_scores import evidence_scores
from rag.model import Abstract, Citation, CorpusError, NearMiss, clean_text
from rag.questions import Question
from rag.search import Candidate

# Citations of sentences, and near misses.

_MOST_NEAR_MISSES = 3


def sentence_citation(number: int, found: Candidate, index: int) -> Citation:
    """A citation of one sentence of an abstract, by its 0-based index."""
    abstract, (start, end) = found.abstract, found.long.spans[index]
    return Citation(
        number=number,
        kind="sentence",
        abstract_id=abstract.id,
        label=abstract.label,
        quote=abstract.text[start:end],
        start=start,
        end=end,
        title=abstract.title,
        external_ids=abstract.external_ids,
        sources=abstract.sources,
        sentence=index,
        date=abstract.date,
    )


def near_misses(question: Question, found: Sequence[Candidate]) -> tuple[NearMiss, ...]:
    """The abstracts that came closest, each with its closest sentence."""
    misses = []
    for one in found[:_MOST_NEAR_MISSES]:
        scores = evidence_scores(question, one.long, one.abstract.title)
        quote = one.long.sentence(int(scores.argmax())) if len(scores) else ""
        misses.append(NearMiss(one.abstract.id, one.abstract.label, clean_text(quote), one.hit.fused, one.abstract.sources))
    return tuple(misses)


# Citations of fields: the verbatim slice of a source line that states a date or a number.

_LARGEST = 20_000_000  # bytes of a file that is read again for a quote

Files = Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class FieldQuote:
    """A slice of a line: its text, and where it begins and ends there."""

    text: str
    start: int
    end: int


def member_citation(number: int, abstract: Abstract) -> Citation:
    """A citation of an abstract as a whole."""
    return Citation(
        number=number,
        kind="member",
        abstract_id=abstract.id,
        label=abstract.label,
        quote=abstract.label,
        start=0,
        end=0,
        title=abstract.title,
        external_ids=abstract.external_ids,
        sources=abstract.sources,
        date=abstract.date,
    )


def field_citation(number: int, abstract: Abstract, field: str, files: Files) -> Citation:
    """A citation of what the source states in a field; of the abstract as a whole where its file cannot be read any more."""
    found = quote_field(abstract, field, files)
    whole = member_citation(number, abstract)
    return whole if found is None else replace(whole, kind="field", quote=found.text, start=found.start, end=found.end)


def quote_field(abstract: Abstract, field: str, files: Files) -> FieldQuote | None:
    """How a file states a field; None where it does not, or says something else by now."""
    for source in abstract.sources:
        for span in source.fields:
            if span.name == field and source.file in files:
                lines = _lines(files[source.file])
                text = "\n".join(lines[span.line - 1 : span.line + 20])[span.start : span.end] if span.line <= len(lines) else ""
                if _states_value(abstract, field, text):
                    return FieldQuote(text, span.start, span.end)
    return None


def _states_value(abstract: Abstract, field: str, text: str) -> bool:
    value = getattr(abstract, field)
    if field != "date":
        return str(value) == re.sub(r"\D", "", text) or (bool(text.strip()) and re.search(r"\d", text) is None)
    day = (abstract.date or "")[8:].lstrip("0")
    return bool(text.strip()) and (not day or day in re.findall(r"[1-9]\d*", text)) and len(text) < 60


def _lines(path: Path) -> list[str]:
    try:
        status = path.stat()
        return _read(path, status.st_mtime_ns, status.st_size) if status.st_size <= _LARGEST else []
    except OSError:
        return []


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> list[str]:
    try:
        text, _ = decode(read_regular(path, _LARGEST))
    except CorpusError:
        return []
    return replace_surrogates(text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")).split("\n")
