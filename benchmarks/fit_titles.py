"""Fit the weights of `rag/corpus/titles.py`: a conditional logit over the boundaries of each line, by Newton's method.

Fitted to one half of SciFact (as it is, in title case, and with full stops) and CACM, and to the development titles; the other
halves are what `python -m benchmarks.titles` measures on. Prints the table to paste.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks import title_data as data
from rag.corpus.title_line import Line
from rag.corpus.titles import boundaries, features

_RIDGE = 2.0  # on standardised features
_STEPS = 25

Array = NDArray[np.float64]
Example = tuple[list[dict[str, float]], int, float]  # features of each boundary, which is right, weight


def examples(pairs: list[data.Pair], weight: float) -> list[Example]:
    """The lines whose right boundary is among those that are considered."""
    found = []
    for title, text in pairs:
        line = Line(f"{title} {text}")
        places = boundaries(line)
        starts = [line.tokens[b].start for b in places]
        if len(title) + 1 in starts and len(starts) > 1:
            found.append(([features(line, b) for b in places], starts.index(len(title) + 1), weight))
    return found


def fit(lines: list[Example]) -> dict[str, float]:
    """The weights that make the right boundaries most probable, given a ridge."""
    names = sorted({name for candidates, _, _ in lines for found in candidates for name in found})
    rows = np.array([[found.get(name, 0.0) for name in names] for candidates, _, _ in lines for found in candidates])
    spread = rows.std(0)
    rows = (rows - rows.mean(0)) / spread
    ends = np.cumsum([len(candidates) for candidates, _, _ in lines])
    slices = [slice(end - len(candidates), end) for end, (candidates, _, _) in zip(ends, lines, strict=True)]
    weights: Array = np.zeros(len(names))
    for _ in range(_STEPS):
        gradient, curvature = -2 * _RIDGE * weights, 2 * _RIDGE * np.eye(len(names))
        for part, (_, right, importance) in zip(slices, lines, strict=True):
            block = rows[part]
            scores = np.exp(block @ weights - (block @ weights).max())
            chances = scores / scores.sum()
            mean = chances @ block
            gradient += importance * (block[right] - mean)
            curvature += importance * ((block * chances[:, None]).T @ block - np.outer(mean, mean))
        weights += np.linalg.solve(curvature, gradient)
    return {name: float(weight) for name, weight in zip(names, weights / spread, strict=True)}


def main() -> None:
    """Print the weights."""
    scifact, cacm = data.collection("scifact", held_out=False), data.collection("cacm", held_out=False)
    lines = [
        *examples(scifact, 1),
        *examples(list(data.with_capitals(scifact)), 0.7),
        *examples(list(data.with_full_stop(scifact))[::2], 0.5),
        *examples(cacm, 2),
        *examples(data.development() + data.feed(), 10),
    ]
    for name, weight in fit(lines).items():
        print(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    main()
