"""The shape of a feed: the chrome of a web page, then title and abstract on alternating lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.corpus.draft import Reading, make_abstract
from rag.corpus.stray import is_chrome, stray
from rag.records import Abstract, FieldSpan, Problem

_TITLE_WORDS = 40  # the longest title of a line of its own
_TEXT_WORDS = 25  # the shortest abstract that is told from a title by its length alone
# Text of a button that was copied without the space after it: "SubscribeDeep Learning for ...".
_GLUED = re.compile(r"(?:Subscribe|Sign ?[Uu]p|Sign ?[Ii]n|Log ?[Ii]n|Follow|Upvote|Share|Save|New|PDF|Search)(?=[A-Z0-9])")
_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*\s*$""")
_MARKED = re.compile(r"\s*(?:abstract|title|authors?)\s*:|\s*[{@<]", re.IGNORECASE)


class Feed:
    """Reads a line that reads like a title, followed by one that reads like an abstract."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in pairs of title and abstract."""
        filled = [line for line in lines if line.strip()]
        total = sum(len(line.strip()) for line in filled)
        if not total or any(_MARKED.match(line) for line in filled):
            return 0.0
        return sum(len(filled[i].strip()) + len(filled[i + 1].strip()) for i in _pairs(filled)) / total

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every pair is a paper, a text without a title above it a paper without title; every other line is a problem."""
        filled = [index for index, line in enumerate(lines) if line.strip()]
        titles = {filled[i] for i in _pairs([lines[index] for index in filled])}
        abstracts: list[Abstract] = []
        problems: list[Problem] = []
        above: int | None = None
        for index in filled:
            line = lines[index]
            if index in titles:
                above = index
            elif above is not None:
                abstracts.append(_abstract(file, lines, above, index))
                above = None
            elif _is_long_text(line):
                abstracts.append(_abstract(file, lines, None, index))
                problems.append(stray(file, index + 1, line, "read as an abstract without a title: no title stands above it"))
            else:
                problems.append(stray(file, index + 1, line, "not a paper: no abstract follows"))
        return Reading(file, "feed", tuple(abstracts), tuple(problems))


def _pairs(filled: Sequence[str]) -> Iterator[int]:
    """The positions of titles that an abstract follows, among lines that are not blank."""
    position = 0
    while position + 1 < len(filled):
        if _is_title(filled[position]) and _is_text(filled[position + 1]):
            yield position
            position += 1
        position += 1


def _is_title(line: str) -> bool:
    words = len(line.split())
    return 1 < words <= _TITLE_WORDS and not line.rstrip().endswith((".", ",", ";", ":")) and not is_chrome(line[_glued(line) :])


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


def _abstract(file: str, lines: Sequence[str], above: int | None, index: int) -> Abstract:
    text = lines[index].strip()
    start = lines[index].index(text)
    title, fields = None, []
    if above is not None:
        begin = _glued(lines[above])
        title = lines[above][begin:].rstrip()
        fields = [FieldSpan("title", above + 1, begin, begin + len(title))]
    confidence = 0.98 if title else 0.0
    return make_abstract(
        file=file, line=index + 1, start=start, end=start + len(text), text=text, title=title, title_confidence=confidence, fields=fields
    )
