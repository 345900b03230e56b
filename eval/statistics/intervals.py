"""Which 95 % interval a figure gets: by what its parts are, and only from so many questions as it takes.

Each function takes the parts of questions (questions x parts) and gives the two bounds and how they were made, or None where
its method does not fit them.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import Literal

import numpy as np

from eval.records import Interval
from eval.statistics.exact import Array, count_interval, quantile_ranks, rate_interval, share_interval
from eval.statistics.resampling import studentized

Bounds = tuple[float | None, float | None, Interval]
Values = Literal["share", "count", "amount"]
"""What the values of questions are: between 0 and 1, numbers of things, or anything that is not negative, such as seconds."""

TOO_SMALL: Bounds = (None, None, "n too small")


def ratio_bounds(parts: Array, values: Values, seed: int) -> Bounds | None:
    """Of the sum of the first part over the sum of the second: exact for yes or no, over the effective n for other shares and for
    counts, bootstrap-t for a mean of amounts; None for other ratios."""
    held = parts[parts[:, 1] != 0]
    n, total = len(held), float(held[:, 1].sum())
    if n < 2:
        return None, None, ""
    mean = float(parts[:, 0].sum()) / total
    if values == "share" and _is_yes_or_no(held):
        return *rate_interval(int(held[:, 0].sum()), n), "exact"
    variance = float(((held[:, 0] - mean * held[:, 1]) ** 2).sum()) / total**2 * n / (n - 1)
    if values == "share" and 0 <= mean <= 1:
        return *share_interval(mean, n, variance), "effective n"
    if values == "count" and mean >= 0:
        return *count_interval(mean, n, variance), "effective n"
    if (held[:, 1] == 1).all():
        found = studentized(held[:, 0], seed)
        return (*found, "bootstrap-t") if found else TOO_SMALL
    return None


def _is_yes_or_no(parts: Array) -> bool:
    return bool((parts[:, 1] == 1).all() and np.isin(parts[:, 0], (0, 1)).all())


def f1_bounds(parts: Array, values: Values, seed: int) -> Bounds:
    """Of 2 tp / (2 tp + fp + fn): where each question is one of the three at most, tp / (tp + fp + fn) is a rate, of which F1 is
    a rising function; else it is a ratio of sums."""
    if np.isin(parts, (0, 1)).all() and (parts.sum(axis=1) <= 1).all():
        right, n = int(parts[:, 0].sum()), int(parts.sum())
        if n < 2:
            return None, None, ""
        low, high = (2 * one / (1 + one) for one in rate_interval(right, n))
        return low, high, "exact"
    low_, high_, how = ratio_bounds(_as_ratio(parts), "share", seed) or TOO_SMALL
    return low_, high_, how


def mean_f1_bounds(parts: Array, values: Values, seed: int) -> Bounds | None:
    """Of the mean of two F1: their own intervals, put together by how far each bound is from its value (Zou and Donner 2008)."""
    found = [_f1_and_bounds(one, seed) for one in (parts[:, :3], parts[:, 3:])]
    if any(low is None or high is None for _, low, high in found):
        return None, None, ""
    (first, low_1, high_1), (second, low_2, high_2) = ((value, low or 0.0, high or 0.0) for value, low, high in found)
    alike = correlation(_influence(parts[:, :3], first), _influence(parts[:, 3:], second), unknown=1.0)
    down, up = combined(first - low_1, second - low_2, alike), combined(high_1 - first, high_2 - second, alike)
    middle = (first + second) / 2
    return middle - down / 2, middle + up / 2, "combined"


def combined(one: float, other: float, alike: float) -> float:
    """How far the sum of two estimates may be off, from how far each may be and their correlation; its opposite for a difference."""
    return sqrt(max(0.0, one * one + other * other + 2 * alike * one * other))


def correlation(one: Array, other: Array, unknown: float) -> float:
    """Pearson's, of what each question does to two figures; `unknown` where one of them never varies."""
    if not one.any() or not other.any():
        return unknown
    return float(one @ other / sqrt(float(one @ one) * float(other @ other)))


def _f1_and_bounds(parts: Array, seed: int) -> tuple[float, float | None, float | None]:
    low, high, _ = f1_bounds(parts, "share", seed)
    top, whole = _as_ratio(parts).sum(axis=0)
    return float(top / whole) if whole else 0.0, low, high


def _as_ratio(parts: Array) -> Array:
    """The two sums whose ratio is F1."""
    return np.stack([2 * parts[:, 0], 2 * parts[:, 0] + parts[:, 1] + parts[:, 2]], axis=1)


def _influence(parts: Array, value: float) -> Array:
    ratio = _as_ratio(parts)
    found: Array = ratio[:, 0] - value * ratio[:, 1]
    return found


def quantile_bounds(share: float, parts: Array) -> Bounds:
    """Of a quantile: two of the ordered values, by their ranks, whatever the distribution; too few values have none."""
    ranks = quantile_ranks(len(parts), share)
    if ranks is None:
        return TOO_SMALL
    ordered = np.sort(parts[:, 0])
    return float(ordered[ranks[0] - 1]), float(ordered[ranks[1] - 1]), "order"


def signed_bounds(differences: Array, values: Values) -> tuple[float, float]:
    """Of a mean of at least two paired differences of shares or counts: how much rose and how much fell, put together.

    So even questions of which none differs leave room for a difference either way.
    """
    rises, falls = np.maximum(differences, 0.0), np.maximum(-differences, 0.0)
    (up, up_low, up_high), (down, down_low, down_high) = _side(rises, values), _side(falls, values)
    spreads = float(rises.std() * falls.std())
    together = float(rises.mean() * falls.mean()) / spreads if spreads else 0.0  # a question does one of the two: never positive
    low, high = combined(up - up_low, down_high - down, together), combined(up_high - up, down - down_low, together)
    most = 1.0 if values == "share" else inf
    return max(-most, up - down - low), min(most, up - down + high)


def _side(moved: Array, values: Values) -> tuple[float, float, float]:
    low, high, _ = ratio_bounds(np.stack([moved, np.ones(len(moved))], axis=1), values, 0) or TOO_SMALL
    return float(moved.mean()), low or 0.0, inf if high is None else high


def difference_bounds(a: float, b: float, of_a: Bounds, of_b: Bounds, alike: float) -> tuple[float, float] | None:
    """Of b - a, from the intervals of both and the correlation of what each question does to them (Zou and Donner 2008)."""
    if of_a[0] is None or of_a[1] is None or of_b[0] is None or of_b[1] is None:
        return None
    down, up = combined(b - of_b[0], of_a[1] - a, -alike), combined(of_b[1] - b, a - of_a[0], -alike)
    return b - a - down, b - a + up
