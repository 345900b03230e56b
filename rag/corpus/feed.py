"""The shape of a feed: the chrome of a web page, then title and abstract on alternating lines.

Between them a line may name the authors, and below them one may state their number and the date, as search results do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.corpus.draft import Reading, make_abstract
from rag.corpus.search_results import Tail, read_tail, year_after
from rag.corpus.stray import is_chrome, is_people, stray
from rag.corpus.values import names_of
from rag.records import Abstract, FieldSpan

_TITLE_WORDS = 40  # the longest title of a line of its own
_TEXT_WORDS = 25  # the shortest abstract that is told from a title by its length alone
_SURE = 0.98
_FEW = 0.1  # of the lines of a feed may begin like those of other shapes
# Text of a button that was copied without the space after it: "SubscribeDeep Learning for ...".
_GLUED = re.compile(r"(?:Subscribe|Sign ?[Uu]p|Sign ?[Ii]n|Log ?[Ii]n|Upvote)(?=[A-Z0-9])")
_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*\s*$""")
_MARKED = re.compile(r"\s*(?:abstract|title|authors?)\s*:|\s*[{@<]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paper:
    """The indexes of the lines of one paper."""

    text: int
    title: int | None = None
    people: int | None = None
    tail: int | None = None

    @property
    def indexes(self) -> list[int]:
        """Those that it has."""
        return [index for index in (self.title, self.people, self.text, self.tail) if index is not None]


class Feed:
    """Reads a line that reads like a title, followed by one that reads like an abstract."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in papers with a title."""
        total = sum(len(line.strip()) for line in lines)
        if not total or sum(1 for line in lines if _MARKED.match(line)) > _FEW * sum(1 for line in lines if line.strip()):
            return 0.0
        return sum(len(lines[index].strip()) for paper in _papers(lines) if paper.title is not None for index in paper.indexes) / total

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every pair is a paper, a text without a title above it a paper without title; every other line is a problem."""
        papers = _papers(lines)
        tails = [None if paper.tail is None else read_tail(lines[paper.tail], alone=True) for paper in papers]
        missing_year = year_after(tail for tail in tails if tail)
        abstracts = [_abstract(file, lines, paper, tail, missing_year) for paper, tail in zip(papers, tails, strict=True)]
        reasons = {paper.text: "read as an abstract without a title: no title stands above it" for paper in papers if paper.title is None}
        used = {index for paper in papers for index in paper.indexes}
        reasons.update({i: "not a paper: no abstract follows" for i, line in enumerate(lines) if line.strip() and i not in used})
        return Reading(file, "feed", tuple(abstracts), tuple(stray(file, i + 1, lines[i], reasons[i]) for i in sorted(reasons)))


def _papers(lines: Sequence[str]) -> list[Paper]:
    """The papers among some lines, in order; blank lines count for nothing."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    papers: list[Paper] = []
    position = 0
    while position < len(filled):
        paper = _paper(lines, filled[position : position + 4])
        if paper:
            papers.append(paper)
        position += len(paper.indexes) if paper else 1
    return papers


def _paper(lines: Sequence[str], following: Sequence[int]) -> Paper | None:
    """The paper that begins with the first of some indexes; None where none does."""
    first, *rest = following
    title = first if _is_title(lines[first]) else None
    people = rest[0] if title is not None and rest and is_people(lines[rest[0]]) else None
    after = rest[people is not None :] if title is not None else following
    if not after or not (_is_text(lines[after[0]]) if title is not None else _is_long_text(lines[after[0]])):
        return None
    tail = after[1] if len(after) > 1 and read_tail(lines[after[1]], alone=True) else None
    return Paper(after[0], title, people, tail)


def _is_title(line: str) -> bool:
    words = len(line.split())
    ends = line.rstrip().endswith((".", ",", ";", ":"))
    return 1 < words <= _TITLE_WORDS and not ends and not is_chrome(line[_glued(line) :]) and not read_tail(line, alone=True)


def _is_text(line: str) -> bool:
    words = len(line.split())
    return words >= _TEXT_WORDS or (words >= 8 and _SENTENCE_END.search(line) is not None)


def _is_long_text(line: str) -> bool:
    return len(line.split()) >= _TEXT_WORDS and not is_chrome(line)


def _glued(line: str) -> int:
    """How many characters at the beginning of a line are a button's text and not the title's."""
    begin = len(line) - len(line.lstrip())
    found = _GLUED.match(line, begin)
    return found.end() if found else begin


def _abstract(file: str, lines: Sequence[str], paper: Paper, tail: Tail | None, missing_year: int | None) -> Abstract:
    text = lines[paper.text].strip()
    start = lines[paper.text].index(text)
    title, others, fields = None, dict[str, Any](), list[FieldSpan]()
    if paper.title is not None:
        begin = _glued(lines[paper.title])
        title = lines[paper.title][begin:].rstrip()
        fields.append(FieldSpan("title", paper.title + 1, begin, begin + len(title)))
    if paper.people is not None:
        written = lines[paper.people].strip()
        begin = lines[paper.people].index(written)
        fields.append(FieldSpan("authors", paper.people + 1, begin, begin + len(written)))
        others["author_names"] = names_of(written)[0]
        others["authors"] = len(others["author_names"])
    if tail is not None and paper.tail is not None:
        fields.extend(FieldSpan(name, paper.tail + 1, begin, end) for name, begin, end in tail.spans)
        others.update(tail.fields(missing_year))
    return make_abstract(
        file=file,
        line=paper.text + 1,
        start=start,
        end=start + len(text),
        text=text,
        title=title,
        title_confidence=_SURE if title else 0.0,
        fields=fields,
        **others,
    )
