"""Entries of RIS, read by rispy, which is imported when a file is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from rag.corpus.columns import ColumnMap
from rag.corpus.rows import MAX_CHARACTERS, Problems, Row

# The tags of each field, best first, by the names that rispy gives them.
_FIELDS = {
    "title": ("title", "primary_title", "translated_title", "short_title"),
    "text": ("abstract", "notes_abstract"),
    "id": ("id", "accession_number"),
    "doi": ("doi",),
    "date": ("date", "publication_year", "year"),
    "authors": ("authors", "first_authors"),
    "urls": ("urls",),
    "venue": ("journal_name", "alternate_title3", "secondary_title", "alternate_title2", "tertiary_title"),
}
_DATES = frozenset(_FIELDS["date"])
# Some exporters write one blank before the hyphen where the format asks for two.
_TAG = re.compile(r"([A-Z][A-Z0-9])\s{1,3}-(?:\s|$)(.*)")


def ris_columns(seen: Iterable[str]) -> ColumnMap:
    """The tags, by their names in rispy, of each field that an entry has."""
    known = set(seen)
    fields = {field: tuple(name for name in names if name in known) for field, names in _FIELDS.items()}
    return ColumnMap({field: names for field, names in fields.items() if names})


def ris_rows(lines: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The entries, each from its TY to its ER, to the next TY, or to the end of the file."""
    start: int | None = None
    for index, line in enumerate(lines):
        match = _TAG.match(line.lstrip("\ufeff"))
        tag = match.group(1) if match else ""
        if tag == "TY":
            if start is not None:
                problems.add(start + 1, "an entry without its end (ER): read up to the next", lines[start])
                yield from _row(lines, start, index, problems)
            start = index
        elif start is None:
            if line.strip():
                problems.add(index + 1, "outside of any entry", line, kind="outside of any entry")
        elif tag == "ER":
            yield from _row(lines, start, index + 1, problems)
            start = None
    if start is not None:
        problems.add(start + 1, "an entry without its end (ER): read up to the end of the file", lines[start])
        yield from _row(lines, start, len(lines), problems)


def _row(lines: Sequence[str], start: int, end: int, problems: Problems) -> Iterator[Row]:
    import rispy

    entry = lines[start:end]
    raw = "\n".join(entry).rstrip()
    # rispy joins the lines of a field one by one, which takes quadratic time in an entry of megabytes.
    if len(raw) > 2 * MAX_CHARACTERS:
        problems.add(start + 1, f"an entry of {len(raw):,} characters: more than {2 * MAX_CHARACTERS:,} are not read", raw)
        return
    canonical = [_TAG.sub(r"\1  - \2", line, count=1) for line in entry if line.strip() and not line.startswith("ER")]
    # A semicolon may be part of an address; rispy would cut it there.
    records = rispy.loads("\n".join([*canonical, "ER  - "]), delimiter_tags_mapping={})
    for record in records:
        cells = {name: _cell(name, value) for name, value in record.items()}
        yield Row(start + 1, raw, cells, partial(_find, cells=cells))


def _cell(name: str, value: Any) -> Any:
    """RIS writes dates as "2024/06/03/morning", with empty parts where nothing is stated: "2024///"."""
    return value.strip("/ ") if name in _DATES and isinstance(value, str) else value


def _find(raw: str, column: str, *, cells: dict[str, Any]) -> tuple[int, int]:
    """Where a value stands in the entry; a list from its first element to its last."""
    value = cells[column]
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, str) and part for part in parts):
        return -1, -1
    first = raw.find(f"- {parts[0]}")
    last = raw.find(f"- {parts[-1]}", first + 1) if len(parts) > 1 else first
    return (first + 2, last + 2 + len(parts[-1])) if first >= 0 and last >= 0 else (-1, -1)
