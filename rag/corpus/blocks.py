r"""Lines grouped into blocks of labelled fields, as arXiv's mails and listings have them.

A block begins at an arXiv id, at a second `Title:` or at a line `\\`. A field goes on over the lines that are indented, an abstract
over all that follow without a blank line; between the second and the third `\\` of a block all lines are the abstract.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.corpus.draft import find_urls
from rag.corpus.stray import is_people

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
_LABEL = re.compile(r"\s*[*_#>]{0,3}\s*([A-Za-z]+(?:-[a-z]+| ID| id)?)(?: \([^)]{1,20}\))?\s*[*_]{0,2}:(?!//)[*_]{0,2}\s*")
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
        empty = not found.text(self._lines)
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
