"""A claim as runs of words that its source has too, and what was done between them: put in, left out, put in another place.

Greedy string tiling (Wise 1993): the longest common run first, wherever it stands, then the longest of what is left. Unlike an edit
script it finds a clause that was moved and sentences that were joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eval.judges.reading import Mask, Read


@dataclass(frozen=True, slots=True)
class Tile:
    """`length` words of the claim from `start`, and of the source from `at`."""

    start: int
    at: int
    length: int

    @property
    def end(self) -> int:
        """Behind its last word of the claim."""
        return self.start + self.length

    @property
    def at_end(self) -> int:
        """Behind its last word of the source."""
        return self.at + self.length


def tiles(claim: Read, source: Read, same: Mask) -> tuple[Tile, ...]:
    """The runs, in the order of the claim; each has a word with content, and no word of either text is in two."""
    free = same.copy()
    found: list[Tile] = []
    while True:
        runs = _runs(free, claim.content)
        length = int(runs.max(initial=0))
        if not length:
            return tuple(sorted(found, key=lambda tile: tile.start))
        row, column = min(np.argwhere(runs == length).tolist(), key=lambda end: _apart(end, length, found))
        tile = Tile(row - length + 1, column - length + 1, length)
        found.append(tile)
        free[tile.start : tile.end, :] = False
        free[:, tile.at : tile.at_end] = False


def _runs(free: Mask, content: Mask) -> NDArray[np.int64]:
    """How many equal words in a row end at each pair of places; 0 where none of them has content."""
    runs = free.astype(np.int64)
    said = runs * content[:, None]
    for row in range(1, len(runs)):
        runs[row, 1:] += runs[row, 1:] * runs[row - 1, :-1]
        said[row, 1:] += free[row, 1:] * said[row - 1, :-1]
    return np.where(said > 0, runs, 0)


def _apart(end: Sequence[int], length: int, found: Sequence[Tile]) -> tuple[int, int]:
    """How far a run stands from where the runs that were found would have it; of equals the first."""
    start, at = end[0] - length + 1, end[1] - length + 1
    near = min(found, key=lambda tile: abs(tile.start - start), default=None)
    return (abs((at - near.at) - (start - near.start)) if near else 0, at)


@dataclass(frozen=True, slots=True)
class Gap:
    """What lies between two runs: `put_in` words of the claim and `left_out` words of the source, as half-open ranges. `kind` is
    "inner", or "turned" where the second run stands before the first, "far" where it stands in another sentence or much later;
    "outer" before the first run and behind the last."""

    kind: str
    put_in: tuple[int, int]
    left_out: tuple[int, int]


_LONG = 15  # words: a gap of more in the source is no gap but another place


def gaps(claim: Read, source: Read, runs: Sequence[Tile]) -> list[Gap]:
    """All gaps, with those before the first run and behind the last; without runs, all of both is one gap."""
    if not runs:
        return [Gap("far", (0, len(claim.words)), (0, 0))]
    first, last = runs[0], runs[-1]
    found = [Gap("outer", (0, first.start), (_begin(source, first.at), first.at))]
    for one, two in pairwise(runs):
        middle = (one.end, two.start)
        if two.at < one.at:
            found.append(Gap("turned" if source.sentence[two.at] == source.sentence[one.at] else "far", middle, (0, 0)))
        elif source.sentence[two.at] != source.sentence[one.at] or two.at - one.at_end > _LONG:
            found.append(Gap("far", middle, (0, 0)))
        else:
            found.append(Gap("inner", middle, (one.at_end, max(one.at_end, two.at))))
    return [*found, Gap("outer", (last.end, len(claim.words)), (last.at_end, _finish(source, last.at_end - 1)))]


def _begin(source: Read, at: int) -> int:
    """Where the sentence begins that a word is in."""
    return int(np.searchsorted(source.sentence, source.sentence[at], side="left"))


def _finish(source: Read, at: int) -> int:
    return int(np.searchsorted(source.sentence, source.sentence[at], side="right"))
