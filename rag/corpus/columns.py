"""Which column of a table is which field of an abstract: known names, and the mapping that a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag.errors import CorpusError

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
class ColumnMap:
    """The columns of each field, best first, and the given columns that the table does not have."""

    fields: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """True if a row can give a title or a text."""
        return bool(self.fields.get("title") or self.fields.get("text"))

    @property
    def columns(self) -> dict[str, str]:
        """Field by column, as `Reading.columns` reports it."""
        return {column: field for field, columns in self.fields.items() for column in columns}


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
    for column in sorted(known, key=lambda column: _RANK.get(fold(column), 0)):
        named = field_of(column)
        if named and column not in chosen and named not in taken:
            fields.setdefault(named, []).append(column)
    fields.pop("", None)
    fields["text"] = _abstracts(fields.get("text", []))
    return ColumnMap({name: tuple(fields[name]) for name in FIELDS if fields.get(name)}, tuple(missing))


def _abstracts(columns: list[str]) -> list[str]:
    named = [column for column in columns if fold(column) not in _GENERIC_TEXT]
    return named or columns[:1]
