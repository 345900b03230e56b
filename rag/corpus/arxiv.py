"""The shape of labelled blocks, as arXiv's mails and listings have them: `Title: ... Authors: ... Abstract: ...`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.corpus.dates import read_date
from rag.corpus.draft import Reading, find_urls, is_people, make_abstract, stray_line
from rag.corpus.values import doi_of, names_of
from rag.model import Abstract, FieldSpan

# Lines grouped into blocks of labelled fields, as arXiv's mails and listings have them. A block begins at an arXiv id, at a second
# `Title:` or at a line `\\`. A field goes on over the lines that are indented, an abstract over all that follow without a blank line;
# between the second and the third `\\` of a block all lines are the abstract.

_NAMES = {
    "title": "title",
    "author": "authors",
    "authors": "authors",
    "abstract": "abstract",
    "summary": "abstract",
    "date": "date",
    "submitted": "date",
    "published": "date",
    "year": "date",
    "doi": "doi",
    "journal": "venue",
    "journal-ref": "venue",
    "venue": "venue",
    "conference": "venue",
    "link": "urls",
    "links": "urls",
    "url": "urls",
    "urls": "urls",
    "pdf": "urls",
    "arxiv id": "id",
    "id": "id",
    "comment": "note",
    "comments": "note",
    "note": "note",
    "categories": "categories",
    "subject": "categories",
    "subjects": "categories",
    "keywords": "keywords",
    "license": "license",
    "report-no": "report-no",
    "msc-class": "categories",
    "acm-class": "categories",
}
_LABEL = re.compile(r"\s*+(?:[*_#>]{1,3}\s*+)?([A-Za-z]+(?:-[a-z]+| ID| id)?)(?: \([^)]{1,20}\))?\s*[*_]{0,2}:(?!//)[*_]{0,2}\s*")
_ARXIV = re.compile(r"\s*(?:\[\d+\]\s*)?(arXiv:\s*(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)", re.IGNORECASE)
_MARK = re.compile(r"\s*\\\\\s*(?:\(\s*https?://.*)?")
_RULE = re.compile(r"\s*[-=_*~]{4,}\s*")
_TEXT_WORDS = 25  # a line without a label of this length, in a block that has a title, is its abstract
_WRAPPED = 60  # characters of a line that may have been wrapped


@dataclass(slots=True)
class Field:
    """A labelled field from character `start` of line `first` to the end of line `last` (indexes from 0).

    With an `end` it ends before that character of line `first`.
    """

    name: str
    first: int
    start: int
    last: int
    end: int | None = None

    def text(self, lines: Sequence[str]) -> str:
        """The field as it stands there, line ends included."""
        if self.end is not None:
            return lines[self.first][self.start : self.end]
        return "\n".join(lines[self.first : self.last + 1])[self.start :].rstrip()


@dataclass(slots=True)
class Block:
    """The fields of one paper; `marks` counts its lines of two backslashes."""

    fields: list[Field] = field(default_factory=list)
    marks: int = 0

    def get(self, name: str) -> Field | None:
        """The first field of that name."""
        return next((found for found in self.fields if found.name == name), None)


class Blocks:
    """The blocks of some lines, and the indexes of the lines that are in none (blank lines and rules aside)."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.blocks: list[Block] = []
        self.stray: list[int] = []
        self._lines = lines
        self._field: Field | None = None
        for index, line in enumerate(lines):
            self._take(index, line)

    def _take(self, index: int, line: str) -> None:
        block = self.blocks[-1] if self.blocks else None
        within = block is not None and block.marks == 2
        if _MARK.fullmatch(line):
            self._mark(index, line)
        elif not line.strip() or _RULE.fullmatch(line):
            self._close(block, index, line)
        elif found := _ARXIV.match(line):
            self._open("id", index, found.start(1), new=block is None or block.get("title") is not None)
            self.blocks[-1].fields[-1].end = found.end(1)
            self._field = None
        elif within and block is not None:
            self._extend_abstract(block, index)
        elif (label := _LABEL.match(line)) and (name := _NAMES.get(label[1].lower())):
            self._open(name, index, label.end(), new=block is None or (name in ("title", "abstract") and block.get(name) is not None))
        elif not self._goes_on(index, line):
            self._unlabelled(block, index, line)

    def _close(self, block: Block | None, index: int, line: str) -> None:
        """A blank line or a rule ends a field; a rule also ends an abstract whose own end is missing."""
        self._field = None
        if line.strip() and block is not None and block.marks == 2:
            block.marks = 3

    def _mark(self, index: int, line: str) -> None:
        if not self.blocks or self.blocks[-1].marks in (0, 3):
            self.blocks.append(Block())
        block = self.blocks[-1]
        block.marks += 1
        self._field = None
        if urls := find_urls(line):
            start = line.index(urls[0])
            block.fields.append(Field("urls", index, start, index, start + len(urls[0])))

    def _extend_abstract(self, block: Block, index: int) -> None:
        if (found := block.get("abstract")) is None:
            block.fields.append(Field("abstract", index, _indent(self._lines[index]), index))
        else:
            found.last = index

    def _open(self, name: str, index: int, start: int, new: bool) -> None:
        if new:
            self.blocks.append(Block())
        self._field = Field(name, index, start, index)
        self.blocks[-1].fields.append(self._field)

    def _goes_on(self, index: int, line: str) -> bool:
        """True where a line without a label belongs to the field above it."""
        found = self._field
        if found is None:
            return False
        above = self._lines[found.last]
        # One that goes on over more lines is not empty; looking at all of them for each would take quadratic time.
        empty = found.first == found.last and not above[found.start :].strip()
        wrapped = line[:1].isspace() or (len(above) >= _WRAPPED and line[:1].islower())
        if not (empty or wrapped or found.name == "abstract"):
            return False
        if empty:
            found.first, found.start = index, _indent(line)
        found.last = index
        return True

    def _unlabelled(self, block: Block | None, index: int, line: str) -> None:
        if block is not None and block.get("title") and not block.get("abstract") and len(line.split()) >= _TEXT_WORDS:
            self._open("abstract", index, _indent(line), new=False)
        elif block is not None and is_people(line) and block.fields[-1].name == "title" and not block.get("authors"):
            self._open("authors", index, _indent(line), new=False)
        else:
            self.stray.append(index)
            self._field = None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# The shape of labelled blocks: arXiv's mails and listings, and `Title: ... Authors: ... Abstract: ...` in general.

_WEEKDAY = re.compile(r"\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?", re.IGNORECASE)
_BRACKET = re.compile(r"([()])")
_SURE = 0.98


class Arxiv:
    """Reads blocks of labelled fields that have a title."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in blocks with a title and an abstract."""
        total = sum(len(line.strip()) for line in lines)
        whole = [block for block in Blocks(lines).blocks if block.get("title") and block.get("abstract")]
        inside = {index for block in whole for found in block.fields for index in range(found.first, found.last + 1)}
        return sum(len(lines[index].strip()) for index in inside) / total if total else 0.0

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every block with a title or an abstract is a paper; a title alone is also its text. All other lines are problems."""
        parsed = Blocks(lines)
        abstracts: list[Abstract] = []
        problems = [
            stray_line(file, index + 1, lines[index], "not a paper: no label such as 'Title:' or 'Abstract:'") for index in parsed.stray
        ]
        for block in parsed.blocks:
            abstract = _abstract(file, lines, block)
            abstracts.extend([abstract] if abstract else [])
            lost = [found for found in block.fields if abstract is None or not found.text(lines)]
            for index in sorted({index for found in lost for index in range(found.first, found.last + 1) if lines[index].strip()}):
                reason = "a label without a text" if abstract else "not a paper: neither a title nor an abstract"
                problems.append(stray_line(file, index + 1, lines[index], reason))
        return Reading(file, "arxiv", tuple(abstracts), tuple(sorted(problems, key=lambda problem: problem.line)))


def _abstract(file: str, lines: Sequence[str], block: Block) -> Abstract | None:
    filled = [found for found in block.fields if found.text(lines)]
    named: dict[str, Field] = {}
    for found in filled:
        named.setdefault(found.name, found)
    place = named.get("abstract") or named.get("title")
    if place is None:
        return None
    text = place.text(lines)
    title = named["title"].text(lines) if "title" in named else None
    spans = [_span(found, lines) for found in filled if found is not place or found.name == "title"]
    return make_abstract(
        file=file,
        line=place.first + 1,
        start=place.start,
        end=place.start + len(text),
        text=text,
        title=title,
        title_confidence=_SURE if title else 0.0,
        fields=spans,
        **_others(lines, named),
    )


def _span(found: Field, lines: Sequence[str]) -> FieldSpan:
    start, text = found.start, found.text(lines)
    if found.name == "date":
        start, text = start + _weekday(text), text[_weekday(text) :]
        date = read_date(text)
        text = text[: date.end] if date else text
    return FieldSpan(found.name, found.first + 1, start, start + len(text))


def _weekday(text: str) -> int:
    """How many characters of a date are its day of the week."""
    found = _WEEKDAY.match(text)
    return found.end() if found else 0


def _others(lines: Sequence[str], named: dict[str, Field]) -> dict[str, Any]:
    """The fields of the abstract that the block states besides its title and text."""
    stated = {name: " ".join(found.text(lines).split()) for name, found in named.items()}
    others: dict[str, Any] = {"urls": find_urls(stated.get("urls", ""))}
    ids = [stated.get("id"), doi_of(stated.get("doi"))]
    others["external_ids"] = tuple(dict.fromkeys(identity for identity in ids if identity))
    others["venue"] = stated.get("venue")
    names, whole = names_of(_without_brackets(stated.get("authors", "")))
    others["author_names"] = names
    others["authors"] = len(names) if names and whole else None
    date = read_date(stated.get("date", "")[_weekday(stated.get("date", "")) :])
    iso = date.iso() if date else None
    others["date"], others["date_precision"] = iso if iso else (None, None)
    return others


def _without_brackets(text: str) -> str:
    """Authors without their affiliations: "A. Smith (1), B. Jones (2) ((1) Here, (2) There)"."""
    kept, opened = list[str](), list[int]()
    for part in _BRACKET.split(text):
        if part == ")" and opened:
            del kept[opened.pop() :]
            continue
        if part == "(":
            opened.append(len(kept))
        kept.append(part)
    return " ".join("".join(kept).split())
