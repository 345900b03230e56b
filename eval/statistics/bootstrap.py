"""Statistics over questions, computed for many resamples at once, and their 95 % intervals.

A question brings a row of numbers, its parts; a resample is a weight for each question (how often it was drawn). A
statistic maps weights (resamples x questions) and parts (questions x parts) to one value a resample, not-a-number where it
is undefined; nothing outside this module and `comparing` sees a not-a-number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eval.records import Interval
from eval.statistics.exact import Array, share_interval
from eval.statistics.intervals import Bounds, Values, f1_bounds, mean_f1_bounds, quantile_bounds, ratio_bounds
from eval.statistics.resampling import middle, resampled


@dataclass(frozen=True, slots=True)
class Statistic:
    """How the parts of questions make one value. `counted` is how many questions the value rests on.

    `of_sums` makes it of the weighted sums of the parts (resamples x parts), for those that hang on nothing else: then `values` need
    not be called. `bounds` is its interval, None for one that it has no method for.
    """

    values: Callable[[Array, Array], Array]
    counted: Callable[[Array], int]
    of_sums: Callable[[Array], Array] | None = None
    bounds: Callable[[Array, Values, int], Bounds | None] | None = None

    def of(self, parts: Array) -> float | None:
        """The value for each question once; None where it is undefined."""
        if not len(parts):
            return None
        value = float(self.values(np.ones((1, len(parts))), parts)[0])
        return None if np.isnan(value) else value


def _divided(numerator: Array, denominator: Array) -> Array:
    """Quotients, not-a-number where the denominator is 0."""
    quotients: Array = np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator != 0)
    return quotients


def _ratio(sums: Array) -> Array:
    return _divided(sums[:, 0], sums[:, 1])


def _f1(sums: Array) -> Array:
    right, false, missed = sums.T
    return np.where(right + missed > 0, _divided(2 * right, 2 * right + false + missed), np.nan)


def _mean_f1(sums: Array) -> Array:
    return (_f1(sums[:, :3]) + _f1(sums[:, 3:])) / 2


def linear(of_sums: Callable[[Array], Array], counted: Callable[[Array], int], bounds: Callable[..., Bounds | None]) -> Statistic:
    """A statistic of nothing but the weighted sums of the parts."""
    return Statistic(lambda weights, parts: of_sums(weights @ parts), counted, of_sums, bounds)


def _involved(parts: Array) -> int:
    """How many questions bring anything but zeros."""
    return int(np.any(parts != 0, axis=1).sum())


def risk_coverage(weights: Array, parts: Array) -> Array:
    """The risk of answering the questions with the highest chances, for each number of them: (resamples, questions) in that order.

    Parts: (chance, risk, 1), or zeros for a question that has no chance. Not-a-number where no question is counted yet.
    """
    drawn, answered = _by_chance(weights, parts)
    return _divided(np.cumsum(drawn * _risks(parts), axis=1), answered)


def _risk_area(weights: Array, parts: Array) -> Array:
    drawn, answered = _by_chance(weights, parts)
    wrong = np.cumsum(drawn * _risks(parts), axis=1)
    mean = np.divide(wrong, answered, out=wrong, where=answered != 0)
    return _divided(np.einsum("ij,ij->i", mean, drawn), answered[:, -1])


def _by_chance(weights: Array, parts: Array) -> tuple[Array, Array]:
    """How often each question is drawn, the highest chance first, and how many are so far."""
    order = np.argsort(-parts[:, 0], kind="stable")
    drawn = weights[:, order] * parts[order, 2]
    return drawn, np.cumsum(drawn, axis=1)


def _risks(parts: Array) -> Array:
    risks: Array = parts[np.argsort(-parts[:, 0], kind="stable"), 1]
    return risks


def quantile(share: float) -> Statistic:
    """The smallest value that at least this share of the questions does not exceed (nearest rank). Parts: (value,)."""

    def values(weights: Array, parts: Array) -> Array:
        order = np.argsort(parts[:, 0], kind="stable")
        reached = np.cumsum(weights[:, order], axis=1, dtype=np.int32)
        wanted = np.ceil(share * reached[:, -1] - 1e-9).astype(np.int32)
        first = np.minimum((reached < wanted[:, np.newaxis]).sum(axis=1), len(order) - 1)
        return np.asarray(parts[order, 0][first], dtype=float)

    return Statistic(values, len, bounds=lambda parts, values, seed: quantile_bounds(share, parts))


RATIO = linear(_ratio, lambda parts: _involved(parts[:, 1:]), ratio_bounds)
"""Sum of the first part over the sum of the second; a mean where the second is 1. Undefined over nothing."""

F1 = linear(_f1, _involved, f1_bounds)
"""2 tp / (2 tp + fp + fn) of the parts (tp, fp, fn); undefined where nothing was to be found (tp + fn = 0)."""

MEAN_F1 = linear(_mean_f1, lambda parts: min(_involved(parts[:, :3]), _involved(parts[:, 3:])), mean_f1_bounds)
"""The mean of two F1 over six parts; undefined where either is."""


AREA = Statistic(_risk_area, lambda parts: _involved(parts[:, 2:]))
"""The mean of the risk over all coverages of the parts (chance, risk, 1): the area under the risk-coverage curve."""


def interval(
    parts: Array, statistic: Statistic, *, share: bool, seed: int, count: bool = False
) -> tuple[float | None, float | None, Interval]:
    """The 95 % interval (low, high, how) over questions, valid for as few questions as it is given for.

    That of the statistic (`eval.statistics.intervals`); where it has none, the percentile bootstrap (Efron 1979) with 2,000 seeded
    resamples of questions. Fewer than two questions have none. Where all resamples agree, the bootstrap would claim certainty; a
    share then gets the interval of a rate over the questions that it rests on.
    """
    value = statistic.of(parts)
    if value is None or len(parts) < 2:
        return None, None, ""
    kind: Values = "share" if share else "count" if count else "amount"
    if statistic.bounds is not None and (known := statistic.bounds(parts, kind, seed)) is not None:
        return known
    found = middle(statistic.values(resampled(len(parts), seed), parts))
    counted = statistic.counted(parts)
    if share and (found is None or found[0] == found[1]):
        return (*share_interval(value, counted, 0.0), "effective n") if counted > 1 else (None, None, "")
    return (*found, "bootstrap") if found else (None, None, "")
