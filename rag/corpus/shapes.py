"""The shapes of plain-text listings, told apart by their content; a text in no known shape is read by paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.corpus.arxiv import Arxiv
from rag.corpus.draft import MAX_CHARACTERS, Problems, Reading, make_abstract
from rag.corpus.feeds import Feed, SearchResults
from rag.corpus.lists import AuthorPage, Numbered
from rag.model import Abstract, FieldSpan

# The shapes of plain-text listings that can be read, told apart by their content.

_ENOUGH = 0.5  # of the characters of a file must fit a shape


class Shape(Protocol):
    """A reader of one shape. Neither method raises on any lines; lines come without their line ends."""

    def fit(self, lines: Sequence[str]) -> float:
        """How well the lines fit this shape, between 0 and 1, by their content alone."""
        ...

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """The papers in the lines and, for each line that is (part of) none, a problem."""
        ...


# From the most to the least telling: the first that fits well enough is taken.
SHAPES: dict[str, Shape] = {
    "arxiv": Arxiv(),
    "search-results": SearchResults(),
    "author-page": AuthorPage(),
    "numbered": Numbered(),
    "feed": Feed(),
}


def detect(lines: Sequence[str]) -> str | None:
    """The name of the shape that the lines have; None where they fit none well enough."""
    return next((name for name, shape in SHAPES.items() if shape.fit(lines) >= _ENOUGH), None)


# Plain text in no known shape, such as one abstract that was pasted or saved to a file: each paragraph of prose is an abstract.

PARAGRAPHS = "paragraphs"
Paragraph = tuple[int, str]  # the number of its first line (1-based), and its text
# The shortest abstracts (letters, corrections) have some thirty words; headings, menus and captions have fewer than twenty.
_FEWEST_WORDS = 20
_MOST_TITLE_WORDS = 30
# Code, logs and lists of numbers are text without being prose.
_LEAST_LETTERS = 0.7
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]}$]*$")
_TITLE_CONFIDENCE = 0.7


def read_paragraphs(file: str, lines: Sequence[str]) -> Reading:
    """The paragraphs that are prose of twenty words or more; a short one without a full stop before one is its title.

    Paragraphs are parted by empty lines; where there are none and every line is prose, each line is a paragraph. Other
    paragraphs are problems.
    """
    problems = Problems(file)
    abstracts = []
    title: Paragraph | None = None
    for paragraph in _paragraphs(lines):
        if is_prose(paragraph[1]):
            abstracts.append(_abstract(file, lines, paragraph, title))
            title = None
        else:
            _note(problems, title)
            title = paragraph
            if not _may_be_title(paragraph[1]):
                _note(problems, title)
                title = None
    _note(problems, title)
    return Reading(file, PARAGRAPHS, tuple(abstracts), problems.all())


def _abstract(file: str, lines: Sequence[str], paragraph: Paragraph, title: Paragraph | None) -> Abstract:
    line, text = paragraph
    start = lines[line - 1].index(text.partition("\n")[0])
    spans = []
    if title:
        begin = lines[title[0] - 1].index(title[1])
        spans.append(FieldSpan("title", title[0], begin, begin + len(title[1])))
    return make_abstract(
        file=file,
        line=line,
        start=start,
        end=start + len(text),
        text=text,
        title=title[1] if title else None,
        title_confidence=_TITLE_CONFIDENCE if title else 0.0,
        fields=spans,
    )


def _may_be_title(text: str) -> bool:
    return "\n" not in text and len(text.split()) <= _MOST_TITLE_WORDS and not _SENTENCE_END.search(text)


def is_prose(text: str) -> bool:
    """True for twenty words or more, mostly letters, that end as a sentence does."""
    if len(text) > MAX_CHARACTERS or len(text.split()) < _FEWEST_WORDS or not _SENTENCE_END.search(text[-20:]):
        return False
    return sum(character.isalpha() or character.isspace() for character in text) >= _LEAST_LETTERS * len(text)


def _paragraphs(lines: Sequence[str]) -> Iterator[Paragraph]:
    """The paragraphs, without the white space around them."""
    by_line = all(is_prose(line.strip()) for line in lines if line.strip())
    first, gathered = 0, list[str]()
    for number, line in enumerate([*lines, ""], 1):
        if gathered and (by_line or not line.strip()):
            yield first, "\n".join(gathered).strip()
            gathered = []
        if line.strip():
            first = first if gathered else number
            gathered.append(line)


def _note(problems: Problems, title: Paragraph | None) -> None:
    if title:
        problems.add(title[0], "no paper: neither a listing nor a paragraph of prose", title[1])
