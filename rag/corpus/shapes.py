"""The shapes of plain-text listings that can be read, told apart by their content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.corpus.arxiv import Arxiv
from rag.corpus.author_page import AuthorPage
from rag.corpus.draft import Reading
from rag.corpus.feed import Feed
from rag.corpus.numbered import Numbered
from rag.corpus.search_results import SearchResults

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
