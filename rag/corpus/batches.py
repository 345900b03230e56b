"""Large files of records, read some thousand records at a time, each time from where the last batch ended."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.corpus.columns import ColumnMap, check_given, map_columns, paper_of_row
from rag.corpus.delimited import Dialect, best_dialect, delimited_rows, detect_dialect, header_of
from rag.corpus.draft import Problems, Row
from rag.corpus.entries import Entry
from rag.corpus.files import decode_part
from rag.corpus.lines import Lines
from rag.corpus.parquet import ParquetRows
from rag.corpus.tables import check_mapping, json_lines
from rag.corpus.values import replace_surrogates
from rag.model import CorpusError

STREAMED = ("jsonl", "csv", "tsv")
_MOST_NAMES = 1000  # names of columns that are kept in mind: those of any table of papers, not those of random keys
_UNREAD = "a row before any that names a title or an abstract: not read"
_MARK = b"\xef\xbb\xbf"  # of UTF-8


@dataclass(slots=True)
class Point:
    """Where a reading stands between two batches: what it has read of the file, and what it has learnt that later rows need.

    `bytes` (of what the file unpacks to) and `lines` were read, `digest` is the SHA-256 of these bytes, `entries` came of them;
    `seen` are the names of columns so far, `told` what was guessed about the text, `table` how a table parts its cells.
    """

    shape: str
    bytes: int = 0
    lines: int = 0
    digest: str = ""
    entries: int = 0
    seen: dict[str, None] = field(default_factory=dict)
    told: str = ""
    table: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` reads it."""
        return {name: list(value) if name == "seen" else value for name in self.__slots__ for value in [getattr(self, name)]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Point:
        """Raises TypeError, KeyError or ValueError for what is none."""
        return cls(**{**data, "seen": dict.fromkeys(data["seen"])})


def _gathered(found: Generator[Row, None, int], rows: list[Row]) -> int:
    """Put the rows of a generator into a list; what it returns."""
    while True:
        try:
            rows.append(next(found))
        except StopIteration as end:
            return int(end.value)


@dataclass(frozen=True, slots=True)
class Part:
    """What a batch gave, the point after it, and the column by column what was read as which field; `size` is its bytes."""

    entries: tuple[Entry, ...]
    point: Point
    columns: Mapping[str, str]
    size: int
    last: bool


class BatchReader:
    """Reads one file; `point` is where to begin, behind whose bytes `source` must stand."""

    def __init__(self, source: Lines | ParquetRows, name: str, point: Point, columns: Mapping[str, str] | None) -> None:
        self._source, self._name, self.point = source, name, point
        self._given = check_given(columns)
        self.problems = Problems.restored(name, point.problems) if point.problems else Problems(name)

    def parts(self) -> Iterator[Part]:
        """The batches, to the end of the file; there is always a last one."""
        while True:
            before = self._source.bytes
            rows = self._rows()
            mapping = self._mapping(rows)
            entries = tuple(self._entries(rows, mapping))
            self.point.entries += len(entries)
            if self._source.ended:
                self._check(mapping)
            self._settle()
            yield Part(entries, self.point, mapping.columns, self._source.bytes - before, self._source.ended)
            if self._source.ended:
                return

    def _rows(self) -> list[Row]:
        """The rows of the next batch."""
        if isinstance(self._source, ParquetRows):
            self.point.seen = dict.fromkeys(self._source.names)
            rows = self._source.take()
            self.point.lines = self._source.bytes
            return rows
        return self._json_rows(self._source) if self.point.shape == "jsonl" else self._table_rows(self._source)

    def _json_rows(self, source: Lines) -> list[Row]:
        taken = source.take()
        lines = self._decoded(taken)
        rows = list(json_lines(lines, self.problems, self.point.lines + 1))
        self._keep(source, len(taken), len(lines))
        return rows

    def _table_rows(self, source: Lines) -> list[Row]:
        """The rows of a CSV or TSV file, whose header is in the first batch; a row may end behind the batch that it begins in."""
        taken, number = source.take_table()
        lines = self._decoded([line.replace(b"\r\n", b"\n").replace(b"\r", b" ") for line in taken])
        start = self._begin_table(lines) if not self.point.table else 0
        header, rows = list(self.point.seen), list[Row]()
        if map_columns(header, self._given).readable:
            dialect = Dialect(self.point.table["delimiter"], self.point.table["quoted"])
            found = delimited_rows(lines, dialect, header, start, self.problems, stop=number, before=self.point.lines)
            number = _gathered(found, rows)
        self._keep(source, number, number)
        return rows

    def _begin_table(self, lines: Sequence[str]) -> int:
        """Find out how the table parts its cells and what its columns are called; the index of the line after its header."""
        dialect = detect_dialect(lines, self._given) or best_dialect(lines, "\t" if self.point.shape == "tsv" else None)
        header, start = header_of(lines, dialect, self.problems)
        self.point.table = {"delimiter": dialect.delimiter, "quoted": dialect.quoted}
        self.point.seen = dict.fromkeys(header)
        return start

    def _keep(self, source: Lines, taken: int, lines: int) -> None:
        """Have done with some lines, which stand in so many lines of text."""
        for place, size in source.long.items():
            self.problems.add(self.point.lines + place + 1, f"a line of {size:,} bytes: too long to be read", kind="a line too long")
        self.point.lines += lines
        source.keep(taken)

    def _decoded(self, lines: Sequence[bytes]) -> list[str]:
        data = b"".join(lines)
        if not self.point.bytes:
            data = data.removeprefix(_MARK)
        try:
            text, guessed = decode_part(data)
        except CorpusError:
            self.problems.add(self.point.lines + 1, f"{len(lines):,} lines from here are no text: not read")
            return [""] * len(lines)
        if guessed and not self.point.told:
            self.point.told = guessed
            self.problems.add(0, guessed)
        decoded = replace_surrogates(text).split("\n")
        return decoded if decoded[-1] else decoded[:-1]

    def _mapping(self, rows: Sequence[Row]) -> ColumnMap:
        """Which columns are which fields, by all names so far."""
        seen = self.point.seen
        for row in rows:
            for name in row.cells:
                if name not in seen and len(seen) < _MOST_NAMES:
                    seen[name] = None
        return map_columns(seen, self._given)

    def _entries(self, rows: Sequence[Row], mapping: ColumnMap) -> Iterator[Entry]:
        for row in rows:
            if not mapping.readable:
                self.problems.add(row.line, _UNREAD, row.raw, kind=_UNREAD)
            elif abstract := paper_of_row(row, mapping, self.problems):
                yield Entry.of(abstract)

    def _check(self, mapping: ColumnMap) -> None:
        check_mapping(mapping, list(self.point.seen), self.problems)
        if not self.point.entries and not self.problems.found:
            self.problems.add(0, "a table without rows")

    def _settle(self) -> None:
        """Write down in the point what must be known to go on from here."""
        self.point.bytes, self.point.digest, self.point.problems = self._source.bytes, self._source.digest, self.problems.state()
