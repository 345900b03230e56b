"""Bibliographies as reference managers export them: BibTeX and RIS."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rag.corpus.columns import ColumnMap, map_columns, paper_of_row
from rag.corpus.draft import MAX_CHARACTERS, Problems, Reading, Row
from rag.text import MONTHS

# Entries of BibTeX, cut by bibtexparser, which is imported when a file is read.

_KEY = "citation key"
# Characters that may stand between "=" and a text: blanks, braces and quotation marks.
_OPENING = 50
_AND = re.compile(r"(?<!\s)\s+and\s+")
_JOIN = re.compile("#")
_BRACE = re.compile("[{}]")
_EXPANSION = 10  # characters that names may put in, for each that the file has
_TOO_LONG = "names (@string) that stand for too long a text"
# Macros that every BibTeX style defines.
_MONTHS = {month: month for month in MONTHS if len(month) == 3}


def bibtex_columns(seen: Iterable[str]) -> ColumnMap:
    """The fields of an entry by the names that tables have too, and its key as an id."""
    return map_columns(seen, {_KEY: "id"})


def bibtex_rows(lines: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The entries; one that is broken is a problem, one whose key or field is repeated is a problem and is read."""
    import bibtexparser
    from bibtexparser import model

    # It logs what it cannot read, which is listed as a problem instead.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    library = bibtexparser.parse_string("\n".join(lines), parse_stack=[])
    macros = _Macros(sum(map(len, lines)))
    end = (0, 0)
    for block in library.blocks:
        line, raw = block.start_line + 1, block.raw
        offset = max(0, lines[line - 1].find(raw.partition("\n")[0], end[1] if end[0] == line else 0))
        end = (line + raw.count("\n"), len(raw) - raw.rfind("\n") - 1 + (0 if "\n" in raw else offset))
        entry: Any = block
        if isinstance(block, model.DuplicateBlockKeyBlock):
            problems.add(line, f"the key {block.key!r} is used twice: both entries are read", raw)
        elif isinstance(block, model.DuplicateFieldKeyBlock):
            problems.add(line, f"{', '.join(sorted(block.duplicate_keys))} stated twice: the first is read", raw)
        elif isinstance(block, model.ParsingFailedBlock):
            problems.add(line, f"broken BibTeX: {_reason(block.error)}", raw)
        if isinstance(block, model.ParsingFailedBlock):
            entry = block.ignore_error_block
        if isinstance(entry, model.String):
            if not macros.define(entry.key, entry.value):
                problems.add(line, f"{_TOO_LONG}: it stands for nothing", raw, kind=_TOO_LONG)
        elif isinstance(entry, model.Entry):
            texts = _texts(entry, macros, line, problems)
            yield Row(line, raw, _cells(texts), partial(_find, texts=texts), offset)


def _reason(error: Exception) -> str:
    return " ".join((getattr(error, "abort_reason", None) or str(error)).split())[:200]


class _Macros:
    """What names stand for (@string), and how much longer than itself a file may become where they are put in.

    Names that are made of names can double with every line: eight lines of ten each make a text of 100 million characters.
    """

    def __init__(self, characters: int) -> None:
        self._said: dict[str, str] = {**_MONTHS}
        self._left = MAX_CHARACTERS + _EXPANSION * characters

    def define(self, name: str, value: str) -> bool:
        """Note what a name stands for; False where that is too long, and the name stands for nothing."""
        said = self.value(value)
        self._said[name.casefold()] = said or ""
        return said is not None

    def value(self, value: str) -> str | None:
        """What a field says: quoted or braced texts, numbers and macros, joined by "#". None where it is too long."""
        parts = [self._part(part.strip()) for part in split_outside(value, _JOIN)]
        length = sum(map(len, parts))
        if length > len(value):
            self._left -= length
            if length > MAX_CHARACTERS or self._left < 0:
                return None
        return "".join(parts).strip()

    def _part(self, part: str) -> str:
        if len(part) > 1 and part[0] + part[-1] in ('""', "{}"):
            return part[1:-1]
        return self._said.get(part.casefold(), part)


def _texts(entry: Any, macros: _Macros, line: int, problems: Problems) -> dict[str, str]:
    """The fields of an entry as text, the first of those with one name, without what encloses them."""
    texts = {_KEY: entry.key.strip()}
    for field in entry.fields:
        name = field.key.casefold()
        if name in texts:
            continue
        said = macros.value(field.value)
        if said is None:
            problems.add(line, f"{_TOO_LONG}: the field is left out", field.value, kind=_TOO_LONG)
        texts[name] = unbraced(said or "")
    return texts


def _cells(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: [unbraced(author) for author in split_outside(text, _AND)] if name == "author" else text for name, text in texts.items()}


def split_outside(text: str, separator: re.Pattern[str]) -> list[str]:
    """The text cut at each separator that is neither in braces nor in quotation marks that open and close."""
    parts, start, at, depth, quotes = [], 0, 0, 0, 0
    quoted = text.startswith('"')
    for match in separator.finditer(text):
        before = text[at : match.start()]
        depth += before.count("{") - before.count("}")
        quotes += before.count('"')
        at = match.start()
        if depth == 0 and (quotes % 2 == 0 or not quoted):
            parts.append(text[start:at])
            start = at = match.end()
            quotes = 0
    return [*parts, text[start:]]


def unbraced(text: str) -> str:
    """Without braces around the whole: "{{Deep} nets}" is "{Deep} nets", but "{A} and {B}" stays."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return text
    partner = _pairs(text)
    start, end = 0, len(text)
    while start < end and text[start] == "{" and partner.get(start) == end - 1:
        start, end = _trimmed(text, start + 1, end - 1)
    return text[start:end]


def _pairs(text: str) -> dict[int, int]:
    """Where the brace closes that opens at a place, up to the one that closes the first."""
    found, waiting = {}, list[int]()
    for brace in _BRACE.finditer(text):
        if brace.group() == "{":
            waiting.append(brace.start())
        else:
            found[waiting.pop()] = brace.start()
        if not waiting:
            break
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Start and end without the white space at both."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _find(raw: str, column: str, *, texts: Mapping[str, str]) -> tuple[int, int]:
    """Where a field's text stands in the entry."""
    text = texts[column]
    if column == _KEY:
        start = raw.find(text)
        return start, start + len(text)
    for name in re.finditer(rf"(?<![\w-]){re.escape(column)}\s*=", raw, re.IGNORECASE):
        start = raw.find(text, name.end(), name.end() + len(text) + _OPENING)
        if start >= 0 and not raw[name.end() : start].strip('{" \n\t'):
            return start, start + len(text)
    return -1, -1


# Entries of RIS, read by rispy, which is imported when a file is read.

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
        yield Row(start + 1, raw, cells, partial(_find_line, cells=cells))


def _cell(name: str, value: Any) -> Any:
    """RIS writes dates as "2024/06/03/morning", with empty parts where nothing is stated: "2024///"."""
    return value.strip("/ ") if name in _DATES and isinstance(value, str) else value


def _find_line(raw: str, column: str, *, cells: dict[str, Any]) -> tuple[int, int]:
    """Where a value stands in the entry; a list from its first element to its last."""
    value = cells[column]
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(isinstance(part, str) and part for part in parts):
        return -1, -1
    first = raw.find(f"- {parts[0]}")
    last = raw.find(f"- {parts[-1]}", first + 1) if len(parts) > 1 else first
    return (first + 2, last + 2 + len(parts[-1])) if first >= 0 and last >= 0 else (-1, -1)


# Bibliographies as reference managers export them: BibTeX and RIS.


def read_bibliography(file: str, lines: Sequence[str], *, shape: str) -> Reading:
    """The papers of a bibliography of `shape` "bib" or "ris".

    An entry without an abstract is an abstract of its title alone. An entry that is broken is a problem with its line.
    The abstracts' line is the one on which their entry begins; offsets run on over the lines after it.
    """
    problems = Problems(file)
    rows = list(bibtex_rows(lines, problems) if shape == "bib" else ris_rows(lines, problems))
    seen = dict.fromkeys(name for row in rows for name in row.cells)
    mapping = bibtex_columns(seen) if shape == "bib" else ris_columns(seen)
    found = [paper_of_row(row, mapping, problems) for row in rows]
    if not rows and not problems.found:
        problems.add(0, "a bibliography without entries")
    return Reading(file, shape, tuple(abstract for abstract in found if abstract), problems.all(), mapping.columns)
