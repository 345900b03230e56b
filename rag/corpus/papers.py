"""From a row to an abstract: the value of each field and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rag.corpus.cell_dates import date_of, month_of
from rag.corpus.columns import ColumnMap
from rag.corpus.dates import Date, iso_date
from rag.corpus.draft import make_abstract
from rag.corpus.rows import MAX_CHARACTERS, Problems, Row
from rag.corpus.values import count_of, doi_of, links_of, name_of, names_of, text_of
from rag.records import Abstract, FieldSpan

Value = TypeVar("Value")

# How a field of a table is called in an `Abstract`, where the names differ.
_IN_ABSTRACT = {"id": "external_ids", "doi": "external_ids", "month": "date", "day": "date", "author_count": "authors"}
_ABSENT = frozenset({"", "-", "–", "n/a", "na", "nan", "none", "null", "unknown"})


def paper(row: Row, mapping: ColumnMap, problems: Problems) -> Abstract | None:
    """The abstract of a row, or None with a problem noted.

    A row with a title alone is an abstract whose text is its title, verbatim: it can be found and cited like any
    other. The abstract begins on the row's first line; `start` and `end` are those of its text where that stands
    there verbatim, else (JSON escapes, doubled quotation marks) those of the whole row.
    """
    cells = _Cells(row, mapping, problems)
    title, text = cells.text("title"), cells.text("text")
    longest = max(len(title), len(text))
    if longest == 0:
        problems.add(row.line, "neither a title nor a text", row.raw)
        return None
    if longest > MAX_CHARACTERS:
        problems.add(row.line, f"{longest:,} characters: more than {MAX_CHARACTERS:,} are no abstract", row.raw)
        return None
    values = cells.values()
    place = cells.place("text" if text else "title") or (row.offset, row.offset + len(row.raw))
    return make_abstract(
        file=problems.file,
        line=row.line,
        start=place[0],
        end=place[1],
        text=text or title,
        title=title or None,
        title_confidence=1.0 if title else 0.0,
        fields=cells.spans(),
        **values,
    )


class _Cells:
    """The fields of one row, and which columns they were read from."""

    def __init__(self, row: Row, mapping: ColumnMap, problems: Problems) -> None:
        self._row, self._mapping, self._problems = row, mapping, problems
        self._used: dict[str, str] = {}

    def values(self) -> dict[str, Any]:
        """The fields besides title and text that the row states, by their names in `Abstract`."""
        date = self._date()
        names, authors = self._authors()
        values = {
            "external_ids": self._ids(),
            "date": date and date[0],
            "date_precision": date and date[1],
            "author_names": names,
            "authors": authors,
            "urls": self._first("urls", lambda cell: links_of(cell) or None) or (),
            "venue": self._first("venue", lambda cell: name_of(cell) or None),
            "upvotes": self._first("upvotes", count_of, kind="number"),
            "comments": self._first("comments", count_of, kind="number"),
        }
        return {name: value for name, value in values.items() if value not in (None, ())}

    def text(self, field: str) -> str:
        """The first column of a field that says something, as text."""
        return self._first(field, lambda cell: text_of(cell) or None) or ""

    def place(self, field: str) -> tuple[int, int] | None:
        """Start and end of the field's value, from the beginning of the row's line; None where it is not there verbatim."""
        row, column = self._row, self._used[field]
        start, end = row.find(row.raw, column)
        if start < 0:
            return None
        found = row.raw[start:end]
        start += len(found) - len(found.lstrip())
        value = row.cells[column]
        text = value.strip() if isinstance(value, str) else found.strip()
        if not row.raw.startswith(text, start):
            return None
        return row.offset + start, row.offset + start + len(text)

    def spans(self) -> tuple[FieldSpan, ...]:
        """Where the fields besides the text stand."""
        found = []
        for field in self._used:
            place = self.place(field) if field != "text" else None
            if place:
                found.append(FieldSpan(_IN_ABSTRACT.get(field, field), self._row.line, *place))
        return tuple(found)

    def _first(self, field: str, read: Callable[[Any], Value | None], *, kind: str = "") -> Value | None:
        """What `read` makes of the first column of a field that it can read; else None, and a problem if there is a `kind`."""
        unread = ""
        for column in self._mapping.fields.get(field, ()):
            cell = self._row.cells.get(column)
            if cell is None or (isinstance(cell, str) and cell.strip().casefold() in _ABSENT):
                continue
            if (value := read(cell)) is not None:
                self._used[field] = column
                return value
            unread = unread or f"{column} {text_of(cell)[:40]!r}"
        if unread and kind:
            self._problems.add(self._row.line, f"{unread} is no {kind}: left out", self._row.raw, kind=f"no {kind}")
        return None

    def _date(self) -> Date | None:
        date = self._first("date", date_of, kind="date")
        if date is None or date[1] != "year":
            return date
        month = self._first("month", month_of)
        day = self._first("day", count_of)
        year = int(date[0])
        return (iso_date(year, month, day or 0) or iso_date(year, month)) if month else date

    def _authors(self) -> tuple[tuple[str, ...], int | None]:
        """Names and their number; a number where names are expected is the number, and "et al." leaves it unknown."""
        number = self._first("author_count", count_of, kind="number")
        stated = self._first("authors", count_of)
        if stated is not None:
            return (), stated
        names, whole = self._first("authors", names_of) or ((), False)
        return names, number if number is not None or not (whole and names) else len(names)

    def _ids(self) -> tuple[str, ...]:
        """Every id of the row, the best first, and its DOI."""
        found = []
        for column in self._mapping.fields.get("id", ()):
            if identifier := text_of(self._row.cells.get(column)):
                found.append(identifier)
                self._used.setdefault("id", column)
        doi = self._first("doi", doi_of, kind="DOI")
        return tuple(dict.fromkeys((*found, doi) if doi else found))
