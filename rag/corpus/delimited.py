"""Rows of a CSV or TSV file: how its cells are parted, and cells that run over several lines."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rag.corpus.columns import field_of
from rag.corpus.draft import Problems, Row

if TYPE_CHECKING:
    from _csv import Reader


# The dialect of a CSV or TSV file.

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


# Rows of a CSV or TSV file, with quoted fields that run over several lines.

_MOST_COLUMNS = 1000


def header_of(lines: Sequence[str], dialect: Dialect, problems: Problems) -> tuple[list[str], int]:
    """The names of the columns and the index of the line after the header; no names, and a problem, where it cannot be read.

    A column without a name is called "column 3" after its place, one that repeats a name "title 2".
    """
    reader = dialect.reader(lines[index] + "\n" for index in range(dialect.first, len(lines)))
    try:
        cells = next(reader, [])
    except csv.Error as error:
        problems.add(dialect.first + 1, f"the header cannot be read: {error}", lines[dialect.first])
        return [], len(lines)
    if len(cells) > _MOST_COLUMNS:
        problems.add(dialect.first + 1, f"{len(cells):,} columns: more than {_MOST_COLUMNS:,} are no table of papers", lines[dialect.first])
        return [], len(lines)
    names: dict[str, None] = {}
    for index, cell in enumerate(cells, 1):
        name = cell.strip() or f"column {index}"
        while name in names:
            name += f" {index}"
        names[name] = None
    return list(names), dialect.first + reader.line_num


def delimited_rows(
    lines: Sequence[str],
    dialect: Dialect,
    header: Sequence[str],
    start: int,
    problems: Problems,
    *,
    stop: int | None = None,
    before: int = 0,
) -> Generator[Row, None, int]:
    """The rows after the header, from line index `start`, that begin before `stop`; returns the index of the line after them.

    `before` lines of the file stand before these. A quotation mark that never closes would swallow the rows after it. So a row that
    cannot be read is given up as the one line that it begins on, and reading goes on with the next line.
    """
    find = partial(find_cell, header=tuple(header), dialect=dialect)
    last = len(lines) if stop is None else stop
    while start < last:
        begin, failure = start, ""
        reader = dialect.reader((lines[index] + "\n" for index in range(begin, len(lines))), strict=True)
        while not failure and start < last:
            cells, end, failure = _next_row(reader, begin, len(header))
            if failure:
                cells, end = _one_line(lines[start], dialect), start + 1
                failure = failure if len(cells) != len(header) else ""
            if failure:
                problems.add(before + start + 1, failure, lines[start])
            elif cells:
                yield Row(before + start + 1, "\n".join(lines[start:end]), dict(zip(header, cells, strict=True)), find)
            restart = failure or end != begin + reader.line_num
            start = end
            if restart:
                break
    return start


def _next_row(reader: Reader, begin: int, width: int) -> tuple[list[str], int, str]:
    """The next row's cells, the index of the line after it, and why it cannot be used ("" where it can)."""
    try:
        cells = _trimmed(next(reader, []), width)
    except csv.Error as error:
        return [], begin + reader.line_num, f"a row that cannot be read: {error}"
    failure = f"{count(len(cells), 'cell')} where the header has {width}" if cells and len(cells) != width else ""
    return cells, begin + reader.line_num, failure


def _one_line(line: str, dialect: Dialect) -> list[str]:
    """The cells of a line taken by itself, read leniently; none where a quotation mark stays open or a cell is too long."""
    if line.count('"') % 2:
        return []
    try:
        return next(dialect.reader([line]), [])
    except csv.Error:
        return []


def _trimmed(cells: list[str], width: int) -> list[str]:
    """Without the empty cells that spreadsheets add beyond the last column."""
    return cells[:width] if not any(cell.strip() for cell in cells[width:]) else cells


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 cell", "3 cells"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def find_cell(raw: str, column: str, *, header: tuple[str, ...], dialect: Dialect) -> tuple[int, int]:
    """Where the cell of a column stands in a row's raw text, without its quotation marks."""
    start = 0
    for _ in range(header.index(column)):
        start = _cell_end(raw, start, dialect) + 1
    end = _cell_end(raw, start, dialect)
    if dialect.quoted and raw[start : start + 1] == '"':
        return start + 1, end - 1
    return start, end


def _cell_end(raw: str, start: int, dialect: Dialect) -> int:
    if dialect.quoted and raw[start : start + 1] == '"':
        close = raw.find('"', start + 1)
        while close >= 0 and raw[close + 1 : close + 2] == '"':
            close = raw.find('"', close + 2)
        start = close if close >= 0 else len(raw)
    end = raw.find(dialect.delimiter, start)
    return end if end >= 0 else len(raw)
