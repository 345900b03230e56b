"""The same questions in two runs: how sure the difference of a metric is, for all metrics from the same resamples and swaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eval.metrics import Measure
from eval.statistics import (
    RATIO,
    Array,
    Values,
    correlation,
    difference_bounds,
    middle,
    resampled,
    signed_bounds,
    studentized,
)

PERMUTATIONS = 9_999
_ROWS = 256  # swaps at a time: two runs of 2,000 questions take some 10 MB each time


@dataclass(frozen=True)
class Paired:
    """The parts of one metric in runs A and B, (questions x parts) each, over the questions that both scored.

    `places` says which of all questions that both asked these are.
    """

    measure: Measure
    places: Array
    a: Array
    b: Array
    seed: int = 0

    @cached_property
    def value_a(self) -> float | None:
        """The metric in run A over these questions."""
        return self.measure.statistic.of(self.a)

    @cached_property
    def value_b(self) -> float | None:
        """The same in run B."""
        return self.measure.statistic.of(self.b)

    @cached_property
    def difference(self) -> float | None:
        """B less A, None where the metric is undefined in either."""
        return None if self.value_a is None or self.value_b is None else self.value_b - self.value_a

    @property
    def is_mean(self) -> bool:
        """True where the difference is the mean of the differences of the questions."""
        return self.measure.parts is None and self.measure.statistic is RATIO

    @property
    def values(self) -> Values:
        """What the values of a question are."""
        unit = self.measure.unit
        return unit if unit in ("share", "count") else "amount"

    @cached_property
    def influences(self) -> Array | None:
        """What each question does to the metric in A and in B, (2 x questions); None where it hangs on more than sums of parts."""
        of_sums = self.measure.statistic.of_sums
        return None if of_sums is None else np.stack([_influences(of_sums, one) for one in (self.a, self.b)])

    @cached_property
    def resamples(self) -> Array:
        """The difference in each of 2,000 paired resamples."""
        weights = resampled(len(self.a), self.seed)
        found: Array = self.measure.statistic.values(weights, self.b) - self.measure.statistic.values(weights, self.a)
        return found

    @property
    def error(self) -> float | None:
        """The standard error of the difference: by the delta method, or of the resamples; None where nothing differs."""
        if len(self.a) < 2 or self.difference is None:
            return None
        if self.influences is None:
            defined = self.resamples[~np.isnan(self.resamples)]
            error = float(np.std(defined, ddof=1)) if len(defined) > 1 else 0.0
        else:
            error = float(np.sqrt(len(self.a) / (len(self.a) - 1) * np.sum((self.influences[1] - self.influences[0]) ** 2)))
        return error if error > 1e-12 else None

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of the difference; of a mean from the differences, else of the intervals in both runs, else bootstrap."""
        if len(self.a) < 2 or self.value_a is None or self.value_b is None:
            return None, None
        if self.is_mean:
            differences = self.b[:, 0] - self.a[:, 0]
            found = studentized(differences, self.seed) if self.values == "amount" else signed_bounds(differences, self.values)
            return found or (None, None)
        bounds = self.measure.statistic.bounds
        if bounds is not None:
            of_a, of_b = (bounds(one, self.values, self.seed) for one in (self.a, self.b))
            if "n too small" in (of_a and of_a[2], of_b and of_b[2]):
                return None, None
            if self.influences is not None and of_a is not None and of_b is not None:
                alike = correlation(self.influences[0], self.influences[1], unknown=0.0)
                return difference_bounds(self.value_a, self.value_b, of_a, of_b, alike) or (None, None)
        return middle(self.resamples) or (None, None)


def _influences(of_sums: object, parts: Array) -> Array:
    """The first-order effect of each question on a function of the sums of parts, by its slopes at these sums."""
    assert callable(of_sums)
    sums = parts.sum(axis=0)
    step = 1e-6 * max(1.0, float(np.abs(sums).max(initial=0.0)))
    moved = np.concatenate([sums + step * np.eye(len(sums)), sums - step * np.eye(len(sums))])
    found = np.asarray(of_sums(moved), dtype=float)
    slopes = (found[: len(sums)] - found[len(sums) :]) / (2 * step)
    centred: Array = np.nan_to_num(parts @ np.nan_to_num(slopes))
    return centred


def sign_flips(paired: Sequence[Paired], n: int, *, seed: int) -> list[float | None]:
    """The two-sided p of each metric by a paired permutation test: how often swapping A and B at random within questions gives as
    large a difference.

    (1 + as large) / (1 + 9,999), so never 0 (Phipson and Smyth 2010). A swap that leaves a metric undefined counts as large. `n` is
    how many questions both asked; all metrics are computed of the same swaps, in one pass.
    """
    tested = [one for one in paired if one.difference is not None and len(one.a) > 1]
    sums = [one for one in tested if one.measure.statistic.of_sums is not None]
    moved = _moved(sums, n)
    smaller = {id(one): 0 for one in tested}
    for swapped in _swaps(n, seed):
        shifts = swapped.astype(np.float64) @ moved
        start = 0
        for one in tested:
            if one.measure.statistic.of_sums is None:
                found = _swapped_values(one, swapped)
            else:
                found = _swapped_sums(one, shifts[:, start : start + one.a.shape[1]])
                start += one.a.shape[1]
            smaller[id(one)] += int((np.abs(found) < abs(one.difference or 0.0) - 1e-9).sum())
    return [(1 + PERMUTATIONS - smaller[id(one)]) / (1 + PERMUTATIONS) if id(one) in smaller else None for one in paired]


def _moved(paired: Sequence[Paired], n: int) -> Array:
    """What swapping each question adds to the sums of run A: (questions, all parts of all metrics)."""
    found = np.zeros((n, sum(one.a.shape[1] for one in paired)))
    start = 0
    for one in paired:
        found[one.places, start : start + one.a.shape[1]] = one.b - one.a
        start += one.a.shape[1]
    return found


def _swaps(n: int, seed: int) -> Iterator[Array]:
    """Which questions are swapped, 0 or 1, some rows at a time, 9,999 in all."""
    generator = np.random.default_rng(seed)
    for start in range(0, PERMUTATIONS, _ROWS):
        rows = min(_ROWS, PERMUTATIONS - start)
        drawn = np.frombuffer(generator.bytes(rows * ((n + 7) // 8)), dtype=np.uint8)
        yield np.unpackbits(drawn.reshape(rows, -1), axis=1, count=n)


def _swapped_sums(one: Paired, shifts: Array) -> Array:
    of_sums = one.measure.statistic.of_sums
    assert of_sums is not None
    found: Array = of_sums(one.b.sum(axis=0) - shifts) - of_sums(one.a.sum(axis=0) + shifts)
    return found


def _swapped_values(one: Paired, swapped: Array) -> Array:
    here = swapped[:, one.places]
    both = np.concatenate([one.a, one.b])
    values = one.measure.statistic.values
    found: Array = values(np.hstack([here, 1 - here]), both) - values(np.hstack([1 - here, here]), both)
    return found
