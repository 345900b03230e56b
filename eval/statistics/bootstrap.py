"""Statistics over questions, computed for many resamples at once, and their 95 % bootstrap intervals.

A question brings a row of numbers, its parts; a resample is a weight for each question (how often it was drawn). A
statistic maps weights (resamples x questions) and parts (questions x parts) to one value a resample, not-a-number where it
is undefined; nothing outside this module and `comparing` sees a not-a-number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.records import Interval
from eval.statistics.rates import wilson

Array = NDArray[Any]
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Statistic:
    """How the parts of questions make one value. `counted` is how many questions the value rests on."""

    values: Callable[[Array, Array], Array]
    counted: Callable[[Array], int]

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


def _ratio(weights: Array, parts: Array) -> Array:
    sums = weights @ parts
    return _divided(sums[:, 0], sums[:, 1])


def _f1(weights: Array, parts: Array) -> Array:
    right, false, missed = (weights @ parts).T
    return np.where(right + missed > 0, _divided(2 * right, 2 * right + false + missed), np.nan)


def _mean_f1(weights: Array, parts: Array) -> Array:
    return (_f1(weights, parts[:, :3]) + _f1(weights, parts[:, 3:])) / 2


def _involved(parts: Array) -> int:
    """How many questions bring anything but zeros."""
    return int(np.any(parts != 0, axis=1).sum())


def risk_coverage(weights: Array, parts: Array) -> Array:
    """The risk of answering the questions with the highest chances, for each number of them: (resamples, questions) in that order.

    Parts: (chance, risk, 1), or zeros for a question that has no chance. Not-a-number where no question is counted yet.
    """
    order = np.argsort(-parts[:, 0], kind="stable")
    drawn = weights[:, order] * parts[order, 2]
    return _divided(np.cumsum(drawn * parts[order, 1], axis=1), np.cumsum(drawn, axis=1))


def _risk_area(weights: Array, parts: Array) -> Array:
    order = np.argsort(-parts[:, 0], kind="stable")
    drawn = weights[:, order] * parts[order, 2]
    return _divided(np.nansum(risk_coverage(weights, parts) * drawn, axis=1), drawn.sum(axis=1))


def quantile(share: float) -> Statistic:
    """The smallest value that at least this share of the questions does not exceed (nearest rank). Parts: (value,)."""

    def values(weights: Array, parts: Array) -> Array:
        order = np.argsort(parts[:, 0], kind="stable")
        reached = np.cumsum(weights[:, order], axis=1)
        first = np.argmax(reached >= share * reached[:, -1:] - 1e-9, axis=1)
        return np.asarray(parts[order, 0][first], dtype=float)

    return Statistic(values, len)


RATIO = Statistic(_ratio, lambda parts: _involved(parts[:, 1:]))
"""Sum of the first part over the sum of the second; a mean where the second is 1. Undefined over nothing."""

F1 = Statistic(_f1, _involved)
"""2 tp / (2 tp + fp + fn) of the parts (tp, fp, fn); undefined where nothing was to be found (tp + fn = 0)."""

MEAN_F1 = Statistic(_mean_f1, lambda parts: min(_involved(parts[:, :3]), _involved(parts[:, 3:])))
"""The mean of two F1 over six parts; undefined where either is."""


AREA = Statistic(_risk_area, lambda parts: _involved(parts[:, 2:]))
"""The mean of the risk over all coverages of the parts (chance, risk, 1): the area under the risk-coverage curve."""


@lru_cache(maxsize=8)
def resampled(n: int, seed: int) -> Array:
    """How often each of n questions is drawn in each of 2,000 resamples of n with replacement; the same for the same seed."""
    drawn = np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))
    places = drawn + n * np.arange(RESAMPLES)[:, np.newaxis]
    return np.bincount(places.ravel(), minlength=RESAMPLES * n).reshape(RESAMPLES, n).astype(np.uint16)


def middle(values: Array) -> tuple[float, float] | None:
    """The central 95 % of bootstrap values (percentile interval), without those that are undefined; None if all are."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, (0.025, 0.975))
    return float(low), float(high)


def interval(parts: Array, statistic: Statistic, *, share: bool, seed: int) -> tuple[float | None, float | None, Interval]:
    """The 95 % interval (low, high, how) over questions.

    Percentile bootstrap (Efron 1979) with 2,000 seeded resamples of questions. Fewer than two questions have none. Where
    all resamples agree (12 of 12 right), the bootstrap would claim certainty; a share then gets Wilson's interval over the
    questions that it rests on.
    """
    value = statistic.of(parts)
    if value is None or len(parts) < 2:
        return None, None, ""
    found = middle(statistic.values(resampled(len(parts), seed), parts))
    counted = statistic.counted(parts)
    if share and (found is None or found[0] == found[1]):
        return (*wilson(value * counted, counted), "wilson") if counted > 1 else (None, None, "")
    return (*found, "bootstrap") if found else (None, None, "")
