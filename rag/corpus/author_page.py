"""The shape of an author's page: one `Abstract: ...` a line, without titles or with each title on the line above."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.corpus.draft import Reading, make_abstract
from rag.corpus.stray import is_chrome, stray
from rag.records import Abstract, FieldSpan, Problem

_MARK = re.compile(r"\s*(?:abstract|summary)\s*(?:[:.]|[-–—]+(?=\s))\s*", re.IGNORECASE)
_TITLE_WORDS = 40  # a longer line above an abstract is no title


class AuthorPage:
    """Reads `Abstract: ...` lines."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in lines marked as abstracts."""
        total = sum(len(line.strip()) for line in lines)
        return sum(len(line.strip()) for line in lines if text_start(line)) / total if total else 0.0

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every marked line is an abstract; every other one its title or a problem."""
        title_lines = _title_lines(lines)
        abstracts: list[Abstract] = []
        problems: list[Problem] = []
        for index, line in enumerate(lines):
            start = text_start(line)
            if start:
                abstracts.append(_abstract(file, lines, index, start, index - 1 in title_lines))
            elif line.strip() and index not in title_lines:
                reason = "no text after 'Abstract:'" if _MARK.match(line) else "not a paper: no 'Abstract:' and no date"
                problems.append(stray(file, index + 1, line, reason))
        return Reading(file, "author-page", tuple(abstracts), tuple(problems))


def text_start(line: str) -> int:
    """Where the abstract's text begins in a marked line; 0 where the line has no mark or no text."""
    mark = _MARK.match(line)
    return mark.end() if mark and line[mark.end() :].strip() else 0


def _abstract(file: str, lines: Sequence[str], index: int, start: int, titled: bool) -> Abstract:
    text = lines[index][start:].rstrip()
    if not titled:
        return make_abstract(file=file, line=index + 1, start=start, end=start + len(text), text=text)
    above = lines[index - 1]
    title = above.strip()
    begin = above.index(title)
    span = FieldSpan("title", index, begin, begin + len(title))
    return make_abstract(
        file=file, line=index + 1, start=start, end=start + len(text), text=text, title=title, title_confidence=0.9, fields=[span]
    )


def _title_lines(lines: Sequence[str]) -> set[int]:
    """The indexes of the lines right above abstracts, if nearly all abstracts have one and no two are the same.

    One line above one abstract is an affiliation or chrome; a page with titles has one above each.
    """
    marked = [index for index, line in enumerate(lines) if text_start(line)]
    above = [index - 1 for index in marked if index and _could_be_title(lines[index - 1])]
    distinct = {lines[index].strip() for index in above}
    return set(above) if len(above) >= 2 and len(distinct) == len(above) and len(above) >= 0.8 * len(marked) else set()


def _could_be_title(line: str) -> bool:
    return bool(line.strip()) and not _MARK.match(line) and len(line.split()) <= _TITLE_WORDS and not is_chrome(line)
