"""Rows of a CSV or TSV file, with quoted fields that run over several lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rag.corpus.dialects import Dialect
from rag.corpus.rows import Problems, Row

if TYPE_CHECKING:
    from _csv import Reader

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


def delimited_rows(lines: Sequence[str], dialect: Dialect, header: Sequence[str], start: int, problems: Problems) -> Iterator[Row]:
    """The rows after the header, from line index `start`.

    A quotation mark that never closes would swallow the rows after it. So a row that cannot be read is given up as the
    one line that it begins on, and reading goes on with the next line.
    """
    find = partial(find_cell, header=tuple(header), dialect=dialect)
    while start < len(lines):
        begin, failure = start, ""
        reader = dialect.reader((lines[index] + "\n" for index in range(begin, len(lines))), strict=True)
        while not failure and start < len(lines):
            cells, end, failure = _next_row(reader, begin, len(header))
            if failure:
                cells, end = _one_line(lines[start], dialect), start + 1
                failure = failure if len(cells) != len(header) else ""
            if failure:
                problems.add(start + 1, failure, lines[start])
            elif cells:
                yield Row(start + 1, "\n".join(lines[start:end]), dict(zip(header, cells, strict=True)), find)
            restart = failure or end != begin + reader.line_num
            start = end
            if restart:
                break


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
