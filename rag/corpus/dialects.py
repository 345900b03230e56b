"""How the cells of a CSV or TSV file are parted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.corpus.columns import field_of

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_LINES = 50
_SAMPLE_LINE_CHARACTERS = 20_000
_REGULAR = 0.5
# Names of columns are short; a sentence with commas in it is no header.
_LONGEST_NAME = 60
_MOST_NAME_WORDS = 6


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file parts its cells; `first` is the index of the header's line; without `quoted`, quotation marks are plain text."""

    delimiter: str
    quoted: bool = True
    first: int = 0

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Reader:
        """A csv reader of the lines, which need their line ends."""
        if self.quoted:
            return csv.reader(lines, delimiter=self.delimiter, strict=strict)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)


def detect_dialect(lines: Sequence[str], columns: Iterable[str] = ()) -> Dialect | None:
    """The dialect under which the first line names most fields that we know, or of `columns`; None where it names no title or text.

    csv.Sniffer is not used: it counts characters, and in tables of prose takes letters for delimiters.
    """
    first = _first_line(lines)
    if lines[first].startswith("sep="):
        return best_dialect(lines, lines[first][4:5])
    found = {delimiter: _known(_header(lines, Dialect(delimiter, first=first)), set(columns)) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: found[delimiter])
    return best_dialect(lines, best) if found[best] else None


def best_dialect(lines: Sequence[str], delimiter: str | None = None) -> Dialect:
    """With or without quoting, whichever gives more rows of a sample as many cells as the header has.

    Without a `delimiter` the one that the first line has most of.
    """
    first = _first_line(lines)
    delimiter = delimiter or max(DELIMITERS, key=lines[first].count)
    first += lines[first].startswith("sep=")
    dialects = [Dialect(delimiter, quoted, first) for quoted in (True, False)]
    return max(dialects, key=lambda dialect: regular(lines, dialect))


def is_table(lines: Sequence[str], dialect: Dialect) -> bool:
    """True if the lines look like a table, whatever its columns are called: short names, and rows that fit them."""
    return _plausible(_header(lines, dialect)) and regular(lines, dialect) >= _REGULAR


def _first_line(lines: Sequence[str]) -> int:
    return next((index for index, line in enumerate(lines) if line.strip()), 0)


def _known(header: Sequence[str], columns: set[str]) -> int:
    """How many columns of a header we know; 0 where none is a title or a text, or where this is a sentence with commas in it."""
    if not _plausible(header):
        return 0
    known = [name for name in header if field_of(name) or name in columns]
    return len(known) if any(field_of(name) in ("title", "text") or name in columns for name in known) else 0


def _plausible(header: Sequence[str]) -> bool:
    named = [name for name in header if name]
    short = all(len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_NAME_WORDS for name in named)
    return short and len(header) > 1 and 0 < len(named) == len(set(named))


def _header(lines: Sequence[str], dialect: Dialect) -> list[str]:
    sample = [line[:_SAMPLE_LINE_CHARACTERS] + "\n" for line in lines[dialect.first : dialect.first + _SAMPLE_LINES]]
    try:
        return [cell.strip() for cell in next(dialect.reader(sample), [])]
    except csv.Error:
        return []


def regular(lines: Sequence[str], dialect: Dialect) -> float:
    """The share of the rows of a sample that have as many cells as the header; 0 where there are no rows."""
    sample = [line[:_SAMPLE_LINE_CHARACTERS] + "\n" for line in lines[dialect.first : dialect.first + _SAMPLE_LINES]]
    try:
        rows = [row for row in dialect.reader(sample) if row]
    except csv.Error:
        return 0.0
    if len(sample) == _SAMPLE_LINES:
        rows.pop()  # it may be cut off within a quoted cell
    return sum(len(row) == len(rows[0]) for row in rows[1:]) / len(rows[1:]) if rows[1:] else 0.0
