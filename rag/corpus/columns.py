"""Which column of a table is which field, and the abstract that a row makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rag.corpus.dates import Date, date_of, iso_date, month_of
from rag.corpus.draft import MAX_CHARACTERS, Problems, Row, find_urls, make_abstract
from rag.corpus.values import count_of, doi_of, links_of, name_of, names_of, replace_surrogates, text_of
from rag.model import Abstract, CorpusError, FieldSpan

# The mapping from columns of a table to fields of an abstract: known names, and the mapping that a user gives.

# Names in use, best first, written as `fold` leaves them. Taken from what BEIR, arXiv, Semantic Scholar, OpenAlex,
# Crossref, PubMed, Scopus, Web of Science, Zotero and Hugging Face export.
_NAMES: dict[str, str] = {
    "title": "title papertitle articletitle documenttitle primarytitle displayname headline titles ti",
    "text": "abstract paperabstract abstractnote abstracttext articleabstract abstractinvertedindex summary abstracts summaries ab "
    "text texts content contents body passage document description",
    "id": "id paperid arxivid corpusid docid documentid articleid entryid pmid pubmedid pmcid openalexid eid key citekey citationkey "
    "entrykey bibkey itemkey uid identifier accessionnumber",
    "doi": "doi digitalobjectidentifier",
    "date": "date publicationdate publisheddate datepublished published publishedat publishedon publishdate pubdate coverdate "
    "releasedate submitted submitteddate datesubmitted issued year publicationyear pubyear yearpublished publishedyear py updatedate "
    "updated createdat",
    "month": "month publicationmonth",
    "day": "day publicationday",
    "authors": "authors author authornames authorlist authorfullnames authorsfullnames fullauthornames creators creator authorships",
    "author_count": "authorcount authorscount countauthors numauthors nauthors numberofauthors noofauthors",
    "urls": "url urls link links weburl paperurl articleurl arxivurl absurl htmlurl landingpage landingpageurl pdfurl uri href",
    "venue": "venue journal journalname journaltitle booktitle publicationtitle publicationvenue containertitle sourcetitle conference "
    "publicationname conferencename proceedings journalbook journalref",
    "upvotes": "upvotes upvotecount numupvotes likes likecount numlikes votes points",
    "comments": "comments commentcount commentscount numcomments numberofcomments ncomments",
}
FIELDS = tuple(_NAMES)
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split()}
_RANK = {name: rank for names in _NAMES.values() for rank, name in enumerate(names.split())}
# These hold whole papers as often as abstracts: read only where no column is named an abstract.
_GENERIC_TEXT = frozenset({"text", "texts", "content", "contents", "body", "passage", "document", "description"})


@dataclass(frozen=True, slots=True)
class _Export:
    """A table that a service gives away as it is, told by the columns that only it has together; what its names would tell wrongly.

    `fields` have these columns before any others; `hidden` are none of ours. `link` makes a paper's URL of its first id.
    """

    signature: frozenset[str]
    fields: Mapping[str, tuple[str, ...]]
    hidden: frozenset[str] = frozenset()
    link: str = ""


_EXPORTS = (
    _Export(  # arXiv's metadata, as Kaggle has them: "comments" are the authors' ("12 pages"), "update_date" is that of the last version
        frozenset({"authors_parsed", "update_date", "categories"}),
        {"date": ("versions", "update_date"), "authors": ("authors_parsed",)},
        hidden=frozenset({"comments"}),
        link="https://arxiv.org/abs/",
    ),
    _Export(  # works of OpenAlex
        frozenset({"abstract_inverted_index", "authorships"}),
        {"venue": ("primary_location", "host_venue"), "urls": ("primary_location", "host_venue", "best_oa_location")},
    ),
)


_NONE = _Export(frozenset(), {})


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The columns of each field, best first, and the given columns that the table does not have; `link` as in `_Export`."""

    fields: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...] = ()
    link: str = ""

    @property
    def readable(self) -> bool:
        """True if a row can give a title or a text."""
        return bool(self.fields.get("title") or self.fields.get("text"))

    @property
    def columns(self) -> dict[str, str]:
        """Field by column, as `Reading.columns` reports it."""
        return {replace_surrogates(column): field for field, columns in self.fields.items() for column in columns}


def fold(name: str) -> str:
    """A column's name without case, spaces, underscores, hyphens and other punctuation: "Abstract Note" is "abstractnote"."""
    return "".join(character for character in name.casefold() if character.isalnum())


def field_of(name: str) -> str | None:
    """The field that a column of this name holds; None where the name is not known."""
    return _FIELD_OF.get(fold(name))


def check_given(columns: Mapping[str, str] | None) -> dict[str, str]:
    """A user's mapping, column to field, with fields in our own names ("abstract" is "text"); an empty field hides the column.

    Raises CorpusError, which names the field and the known ones, where a field is not known.
    """
    given: dict[str, str] = {}
    for column, name in (columns or {}).items():
        field = name if name in FIELDS else field_of(name)
        if name and field is None:
            raise CorpusError(f"Column {column!r} cannot be read as {name!r}. The fields are: {', '.join(FIELDS)}.")
        given[column] = field or ""
    return given


def map_columns(seen: Iterable[str], given: Mapping[str, str]) -> ColumnMap:
    """Fields of the columns `seen`: those of `given` (from `check_given`) first, the rest by their names."""
    known = {column: column for column in seen}
    folded = {fold(column): column for column in reversed(known)}
    chosen: dict[str, str] = {}
    missing = []
    for name, field in given.items():
        column = known.get(name) or folded.get(fold(name))
        if column is None:
            missing.append(name)
        else:
            chosen[column] = field
    fields: dict[str, list[str]] = {}
    for column, field in chosen.items():
        fields.setdefault(field, []).append(column)
    taken = {field for field in fields if field in ("title", "text")}
    export = next((one for one in _EXPORTS if one.signature <= known.keys()), _NONE)
    for field, columns in export.fields.items():
        fields.setdefault(field, []).extend(column for column in columns if column in known and column not in chosen)
    for column in sorted(known, key=lambda column: _RANK.get(fold(column), 0)):
        named = field_of(column)
        if named and column not in chosen and named not in taken and column not in (*export.hidden, *fields.get(named, ())):
            fields.setdefault(named, []).append(column)
    fields.pop("", None)
    fields["text"] = _abstracts(fields.get("text", []))
    return ColumnMap({name: tuple(fields[name]) for name in FIELDS if fields.get(name)}, tuple(missing), export.link)


def _abstracts(columns: list[str]) -> list[str]:
    named = [column for column in columns if fold(column) not in _GENERIC_TEXT]
    return named or columns[:1]


# From a row to an abstract: the value of each field and its span.

Value = TypeVar("Value")

# How a field of a table is called in an `Abstract`, where the names differ.
_IN_ABSTRACT = {"id": "external_ids", "doi": "external_ids", "month": "date", "day": "date", "author_count": "authors"}
_ABSENT = frozenset({"", "-", "–", "n/a", "na", "nan", "none", "null", "unknown"})


def paper_of_row(row: Row, mapping: ColumnMap, problems: Problems) -> Abstract | None:
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
            "external_ids": (ids := self._ids()),
            "date": date and date[0],
            "date_precision": date and date[1],
            "author_names": names,
            "authors": authors,
            "urls": self._first("urls", lambda cell: links_of(cell) or None) or self._linked(ids),
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

    def _linked(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """The page of a paper that has an id in a table whose ids are pages."""
        return find_urls(f"{self._mapping.link}{ids[0]}") if self._mapping.link and "id" in self._used else ()

    def _ids(self) -> tuple[str, ...]:
        """Every id of the row, the best first, and its DOI."""
        found = []
        for column in self._mapping.fields.get("id", ()):
            if identifier := text_of(self._row.cells.get(column)):
                found.append(identifier)
                self._used.setdefault("id", column)
        doi = self._first("doi", doi_of, kind="DOI")
        return tuple(dict.fromkeys((*found, doi) if doi else found))
