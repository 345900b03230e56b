"""Gradient boosting of small trees with a logistic loss, in numpy (Friedman 2001, Chen and Guestrin 2016): fits `eval.judges.trees`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.judges.trees import Trees

Array = NDArray[np.float64]
BINS = 32


@dataclass(frozen=True)
class Setting:
    """How many trees, how deep, and how carefully: the ridge is in units of weight, `least` the weight that a leaf must have."""

    trees: int = 120
    depth: int = 3
    rate: float = 0.1
    ridge: float = 5.0
    least: float = 15.0


def fit_trees(names: Sequence[str], table: Array, labels: Array, weights: Array, setting: Setting | None = None) -> Trees:
    """Trees that make the labels, 0 or 1, probable; `table` has a row an example. Deterministic."""
    how = setting or Setting()
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in table.T]
    binned = np.stack([np.searchsorted(edge, column, side="left") for edge, column in zip(edges, table.T, strict=True)]).astype(np.int64)
    mean = float(weights @ labels / weights.sum())
    first = float(np.log(mean / (1 - mean)))
    logits = np.full(len(labels), first)
    splits, leaves = [], []
    for _ in range(how.trees):
        chances = 1 / (1 + np.exp(-logits))
        gradient, curvature = weights * (labels - chances), weights * chances * (1 - chances)
        one, values, where = _tree(binned, edges, gradient, curvature, how)
        splits.append(one)
        leaves.append(values)
        logits += np.array(values)[where]
    return Trees(tuple(names), round(first, 6), splits, leaves, (0.5, 0.5))


def _tree(
    binned: NDArray[np.int64], edges: Sequence[Array], gradient: Array, curvature: Array, how: Setting
) -> tuple[list[tuple[int, float]], list[float], NDArray[np.int64]]:
    inner = 2**how.depth - 1
    at = np.zeros(binned.shape[1], dtype=np.int64)
    splits: list[tuple[int, float]] = []
    for node in range(inner):
        rows = np.flatnonzero(at == node)
        feature, place = _best(binned[:, rows], gradient[rows], curvature[rows], how)
        if feature < 0:
            splits.append((0, float("1e300")))
            at[rows] = 2 * node + 1
            continue
        splits.append((feature, round(float(edges[feature][place]), 6)))
        at[rows] = 2 * node + 1 + (binned[feature, rows] > place)
    at -= inner
    sums = np.bincount(at, gradient, inner + 1), np.bincount(at, curvature, inner + 1)
    return splits, [round(float(value), 6) for value in how.rate * sums[0] / (sums[1] + how.ridge)], at


def _best(binned: NDArray[np.int64], gradient: Array, curvature: Array, how: Setting) -> tuple[int, int]:
    """The feature and the bin behind which to split for the greatest gain; -1 where no split is allowed."""
    columns, n = binned.shape
    if not n:
        return -1, 0
    keys = (binned + np.arange(columns)[:, None] * (BINS + 1)).ravel()
    size = columns * (BINS + 1)
    left = [np.bincount(keys, np.tile(part, columns), size).reshape(columns, -1).cumsum(axis=1) for part in (gradient, curvature)]
    right = [part[:, -1:] - part for part in left]
    gain = left[0] ** 2 / (left[1] + how.ridge) + right[0] ** 2 / (right[1] + how.ridge)
    gain = np.where((left[1] * 4 >= how.least) & (right[1] * 4 >= how.least), gain, -1.0)
    best = int(gain.argmax())
    whole = gradient.sum() ** 2 / (curvature.sum() + how.ridge)
    return (best // (BINS + 1), best % (BINS + 1)) if gain.flat[best] > whole + 1e-9 else (-1, 0)


def probabilities(trees: Trees, table: Array) -> Array:
    """`Trees.probability` of each row of a table whose columns are the trees' features."""
    logits = np.full(len(table), trees.first)
    rows = np.arange(len(table))
    for splits, leaves in zip(trees.splits, trees.leaves, strict=True):
        features = np.array([feature for feature, _ in splits])
        thresholds = np.array([threshold for _, threshold in splits])
        at = np.zeros(len(table), dtype=np.int64)
        while at[0] < len(splits):
            at = 2 * at + 1 + (table[rows, features[at]] > thresholds[at])
        logits += np.array(leaves)[at - len(splits)]
    return np.asarray(1 / (1 + np.exp(-logits)))
