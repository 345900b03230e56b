"""Two runs against each other, question by question: is the difference more than chance, and which questions made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from eval.metrics import METRICS, Measure, by_question
from eval.records import Row, Verdict
from eval.statistics import RATIO, Array, middle, resampled, wilson

PERMUTATIONS = 9_999
_POWER = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)  # 2.80


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose value differs between the runs."""

    question_id: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one metric from run A to run B, over the `n` questions that both runs scored (`of`: that either should have).

    `a` and `b` are the metric over these questions, `difference` is b - a, `low` and `high` its 95 % paired bootstrap interval
    (Wilson's where all questions differ alike), `p` that of a sign-flip permutation test, `p_holm` that corrected for all
    metrics that were compared. `wins` counts the questions where B is better (higher, where no direction is better).
    `changes` are the questions that differ, most first. `detectable` is the smallest difference that so many questions would
    show four times in five. Precision and F1 are of all questions that both asked, however few of them `n` counts.
    """

    name: str
    a: float | None
    b: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    of: int
    wins: int
    ties: int
    losses: int
    detectable: float | None
    changes: tuple[Change, ...] = field(default=(), repr=False)
    p_holm: float | None = None
    higher_is_better: bool | None = True

    @property
    def worse(self) -> bool:
        """True where B is on the worse side of A, by however little."""
        if self.difference is None or self.higher_is_better is None:
            return False
        return self.difference < 0 if self.higher_is_better else self.difference > 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared: a difference for each metric, and the ids of questions that only one of them asked, which count in none."""

    differences: Mapping[str, Difference]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]


def compare(
    rows_a: Sequence[Row],
    verdicts_a: Iterable[Verdict],
    rows_b: Sequence[Row],
    verdicts_b: Iterable[Verdict],
    *,
    seed: int = 0,
    metrics: Mapping[str, Measure] = METRICS,
) -> Comparison:
    """Compare run B with run A over the questions that both asked, paired by id.

    A mean pairs the questions that both runs scored: faithfulness, say, those that both answered. Precision and F1 are of all
    questions in each run. The test is sharper for fewer metrics: Holm's correction is over those given that have a better
    direction. Raises ValueError for two rows of one question.
    """
    a, b = {row.question.id: row for row in rows_a}, {row.question.id: row for row in rows_b}
    judged_a, judged_b = by_question(rows_a, verdicts_a), by_question(rows_b, verdicts_b)
    pairs = [((a[name], judged_a[name]), (b[name], judged_b[name])) for name in a if name in b]
    found = {name: _difference(measure, pairs, seed) for name, measure in metrics.items()}
    return Comparison(corrected_for_all(found), tuple(name for name in a if name not in b), tuple(name for name in b if name not in a))


def corrected_for_all(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    """The same differences with `p_holm` over those of them that have a direction and a p."""
    tested = {name: one.p for name, one in differences.items() if one.p is not None and one.higher_is_better is not None}
    adjusted = holm(tested)
    return {name: replace(one, p_holm=adjusted.get(name)) for name, one in differences.items()}


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected for their number (Holm 1979): in ascending order the i-th of m times (m - i + 1), never falling, at most 1."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for index, (name, p) in enumerate(sorted(values.items(), key=lambda one: (one[1], one[0]))):
        highest = max(highest, min(1.0, p * (len(values) - index)))
        adjusted[name] = highest
    return {name: adjusted[name] for name in values}


def sign_flip_p(a: Array, b: Array, measure: Measure, *, seed: int = 0) -> float:
    """The two-sided p of a paired permutation test: how often swapping A and B at random within questions gives as large a difference.

    (1 + as large) / (1 + 9,999), so never 0 (Phipson and Smyth 2010). A swap that leaves the metric undefined counts as large.
    """
    both = np.concatenate([a, b])
    swapped = _swaps(len(a), seed)
    values = measure.statistic.values
    found = values(np.hstack([swapped, 1 - swapped]), both) - values(np.hstack([1 - swapped, swapped]), both)
    observed = (measure.statistic.of(b) or 0.0) - (measure.statistic.of(a) or 0.0)
    smaller = np.abs(found) < abs(observed) - 1e-9
    return (1 + int(PERMUTATIONS - smaller.sum())) / (1 + PERMUTATIONS)


def alike(difference: float, n: int) -> tuple[float, float]:
    """The interval of a mean difference of shares where all n questions differ alike, so that the bootstrap has no width.

    Wilson's, of the share of questions that changed: 0 of 50 leaves room for 7 % either way.
    """
    low, high = wilson(abs(difference) * n, n)
    if difference == 0:
        return -high, high
    return (low, high) if difference > 0 else (-high, -low)


def detectable(a: Array, b: Array, measure: Measure, differences: Array) -> float | None:
    """The smallest true difference that a two-sided test at 5 % would find with 80 % power.

    (z_0.975 + z_0.8) x standard error = 2.80 x sd / sqrt(n), with the sd of the paired differences; for what is no mean, the
    sd of the bootstrap differences stands for the standard error. None where nothing differs, or for fewer than two questions.
    """
    if len(a) < 2:
        return None
    if measure.parts is None and measure.statistic is RATIO:
        error = float(np.std(b[:, 0] - a[:, 0], ddof=1)) / sqrt(len(a))
    else:
        defined = differences[~np.isnan(differences)]
        error = float(np.std(defined, ddof=1)) if len(defined) > 1 else 0.0
    return _POWER * error if error > 0 else None


@lru_cache(maxsize=4)
def _swaps(n: int, seed: int) -> Array:
    return np.random.default_rng(seed).integers(0, 2, (PERMUTATIONS, n), dtype=np.int8)


Judged = tuple[Row, Sequence[Verdict]]


class _Test(NamedTuple):
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    detectable: float | None = None


def _difference(measure: Measure, pairs: Sequence[tuple[Judged, Judged]], seed: int) -> Difference:
    scored = [(one[0].question.id, measure.scored(*one), measure.scored(*other)) for one, other in pairs]
    both = [(first[1], second[1]) for _, first, second in scored if first[1] is not None and second[1] is not None]
    a, b = (np.array([pair[index] for pair in both], dtype=float) for index in (0, 1))
    values = [Change(name, one, other) for name, (one, _), (other, _) in scored if one is not None and other is not None]
    better = [(one.b - one.a) * (-1 if measure.higher_is_better is False else 1) for one in values]
    found = _tested(a, b, measure, seed)
    changes = sorted((one for one in values if one.a != one.b), key=lambda one: (-abs(one.b - one.a), one.question_id))
    return Difference(
        measure.name,
        measure.statistic.of(a),
        measure.statistic.of(b),
        found.difference,
        found.low,
        found.high,
        found.p,
        n=len(values),
        of=sum(measure.due(*one) or measure.due(*other) for one, other in pairs),
        wins=sum(one > 0 for one in better),
        ties=sum(one == 0 for one in better),
        losses=sum(one < 0 for one in better),
        detectable=found.detectable,
        changes=tuple(changes),
        higher_is_better=measure.higher_is_better,
    )


def _tested(a: Array, b: Array, measure: Measure, seed: int) -> _Test:
    """For a single question only the difference; nothing where the metric is undefined in either run."""
    value_a, value_b = measure.statistic.of(a), measure.statistic.of(b)
    if value_a is None or value_b is None:
        return _Test()
    if len(a) < 2:
        return _Test(value_b - value_a)
    weights = resampled(len(a), seed)
    differences = measure.statistic.values(weights, b) - measure.statistic.values(weights, a)
    low, high = middle(differences) or (None, None)
    if low == high and measure.unit == "share" and measure.statistic is RATIO and measure.parts is None:
        low, high = alike(value_b - value_a, len(a))
    p = sign_flip_p(a, b, measure, seed=seed)
    return _Test(value_b - value_a, low, high, p, detectable(a, b, measure, differences))
