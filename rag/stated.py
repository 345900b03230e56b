"""What a file itself says of an abstract, letter by letter: the slice of its line that states a date or a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rag.answers import Citation
from rag.corpus.decoding import decode
from rag.corpus.values import plain
from rag.errors import CorpusError
from rag.records import Abstract

_LARGEST = 20_000_000  # bytes of a file that is read again for a quote

Files = Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Quote:
    """A slice of a line: its text, and where it begins and ends there."""

    text: str
    start: int
    end: int


def member(number: int, abstract: Abstract) -> Citation:
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


def stated(number: int, abstract: Abstract, field: str, files: Files) -> Citation:
    """A citation of what the source states in a field; of the abstract as a whole where its file cannot be read any more."""
    found = quote(abstract, field, files)
    whole = member(number, abstract)
    return whole if found is None else replace(whole, kind="field", quote=found.text, start=found.start, end=found.end)


def quote(abstract: Abstract, field: str, files: Files) -> Quote | None:
    """How a file states a field; None where it does not, or says something else by now."""
    for source in abstract.sources:
        for span in source.fields:
            if span.name == field and source.file in files:
                lines = _lines(files[source.file])
                text = "\n".join(lines[span.line - 1 : span.line + 20])[span.start : span.end] if span.line <= len(lines) else ""
                if _fits(abstract, field, text):
                    return Quote(text, span.start, span.end)
    return None


def _fits(abstract: Abstract, field: str, text: str) -> bool:
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
        text, _ = decode(path.read_bytes())
    except CorpusError:
        return []
    return plain(text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")).split("\n")
