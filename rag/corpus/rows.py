"""Rows of a table or entries of a bibliography as they stand in the file: where, the raw text, and the cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.records import Problem

# An abstract has some 1,500 characters; the longest in the wild (structured ones, theses) under 20,000. Ten times that
# keeps every regular expression that later reads a line or a text well under a second.
MAX_CHARACTERS = 200_000
EXCERPT_CHARACTERS = 80
# A column that is not what its name says would give as many problems as rows; the rest are counted.
_MOST_OF_A_KIND = 10

Finder = Callable[[str, str], tuple[int, int]]
"""From a row's raw text and a column, the start and end of the column's value in it; (-1, -1) where it is not to be found."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `line` (1-based) is where it begins, `offset` the characters before it on that line."""

    line: int
    raw: str
    cells: Mapping[str, Any]
    find: Finder
    offset: int = 0


@dataclass(slots=True)
class Problems:
    """What could not be read of one file; problems of one kind after the tenth are counted, not listed."""

    file: str
    found: list[Problem] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)
    _last: dict[str, int] = field(default_factory=dict)

    def add(self, line: int, reason: str, excerpt: str = "", *, kind: str | None = None) -> None:
        """Note a problem of `line` (0: the whole file). One without a `kind` is always listed."""
        if kind is not None:
            self._kinds[kind] += 1
            self._last[kind] = line
            if self._kinds[kind] > _MOST_OF_A_KIND:
                return
        self.found.append(Problem(self.file, line, reason, shorten(excerpt)))

    def all(self) -> tuple[Problem, ...]:
        """The problems in the order of the lines, with one more for each kind that was not listed in full."""
        rest = (
            Problem(self.file, self._last[kind], f"{kind}: {count - _MOST_OF_A_KIND} more like this, the last in this line")
            for kind, count in self._kinds.items()
            if count > _MOST_OF_A_KIND
        )
        return tuple(sorted((*self.found, *rest), key=lambda problem: problem.line))


def shorten(text: str) -> str:
    """The beginning of a text on one line, at most 80 characters."""
    line = " ".join(text[: 4 * EXCERPT_CHARACTERS].split())
    return line if len(line) <= EXCERPT_CHARACTERS else line[: EXCERPT_CHARACTERS - 1] + "…"
