"""Two runs against each other, question by question: is the difference more than chance, and which questions made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from eval.metrics import METRICS, Measure, by_question
from eval.records import Row, Verdict
from eval.runs.paired import PERMUTATIONS, Paired, sign_flips
from eval.statistics import t_quantile

LEVEL = 0.05
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose value differs between the runs."""

    question_id: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed in one metric from run A to run B, over the `n` questions that both runs scored (`of`: that either should have).

    `a` and `b` are the metric over these questions, `difference` is b - a, `low` and `high` its 95 % interval, paired, `error` its
    standard error, `p` that of a sign-flip permutation test, `p_holm` that corrected for all metrics that were compared. `wins`
    counts the questions where B is better (higher, where no direction is better). `changes` are the questions that differ, most
    first. `detectable` is the smallest difference that so many questions would show four times in five, after the same correction.
    Precision and F1 are of all questions that both asked, however few of them `n` counts.
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
    error: float | None = None

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
    scored = [_scored(measure, pairs) for measure in metrics.values()]
    paired = [_paired(measure, one, seed) for measure, one in zip(metrics.values(), scored, strict=True)]
    tested = zip(metrics, paired, scored, sign_flips(paired, len(pairs), seed=seed), strict=True)
    found = {name: _difference(one, pairs, values, p) for name, one, values, p in tested}
    return Comparison(corrected_for_all(found), tuple(name for name in a if name not in b), tuple(name for name in b if name not in a))


def corrected_for_all(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    """The same differences with `p_holm` and `detectable` over those of them that have a direction and a p."""
    tested = {name: one.p for name, one in differences.items() if one.p is not None and one.higher_is_better is not None}
    adjusted = holm(tested)
    return {
        name: replace(one, p_holm=adjusted.get(name), detectable=detectable(one.error, one.n, len(tested) if name in tested else 1))
        for name, one in differences.items()
    }


def detectable(error: float | None, n: int, metrics: int) -> float | None:
    """The smallest true difference that a two-sided test at 5 %, corrected for so many metrics, would find with 80 % power.

    (t at 1 - 0.05 / (2 x metrics) + t at 0.8) x standard error, with n - 1 degrees of freedom: Holm's correction asks of the first
    metric that it shows, and so of any whatever the others do, 0.05 / metrics. None without an error, and where so few questions
    have no p as low, whatever differs.
    """
    level = LEVEL / metrics
    if error is None or max(2.0 ** (1 - n), 1 / (1 + PERMUTATIONS)) > level:
        return None
    return (t_quantile(n - 1, level / 2) + t_quantile(n - 1, 1 - POWER)) * error


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """p-values corrected for their number (Holm 1979): in ascending order the i-th of m times (m - i + 1), never falling, at most 1."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for index, (name, p) in enumerate(sorted(values.items(), key=lambda one: (one[1], one[0]))):
        highest = max(highest, min(1.0, p * (len(values) - index)))
        adjusted[name] = highest
    return {name: adjusted[name] for name in values}


Judged = tuple[Row, Sequence[Verdict]]
Parts = tuple[float, ...]
Scored = list[tuple[str, tuple[float | None, Parts | None], tuple[float | None, Parts | None]]]


def _scored(measure: Measure, pairs: Sequence[tuple[Judged, Judged]]) -> Scored:
    """The id, and value and parts in both runs, of each question."""
    return [(one[0].question.id, measure.scored(*one), measure.scored(*other)) for one, other in pairs]


def _paired(measure: Measure, scored: Scored, seed: int) -> Paired:
    both = [(place, one[1], other[1]) for place, (_, one, other) in enumerate(scored) if one[1] is not None and other[1] is not None]
    a, b = (np.array([pair[index] for pair in both], dtype=float) for index in (1, 2))
    return Paired(measure, np.array([place for place, _, _ in both], dtype=int), a, b, seed)


def _difference(paired: Paired, pairs: Sequence[tuple[Judged, Judged]], scored: Scored, p: float | None) -> Difference:
    measure = paired.measure
    values = [Change(name, one, other) for name, (one, _), (other, _) in scored if one is not None and other is not None]
    better = [(one.b - one.a) * (-1 if measure.higher_is_better is False else 1) for one in values]
    changes = sorted((one for one in values if one.a != one.b), key=lambda one: (-abs(one.b - one.a), one.question_id))
    low, high = paired.interval
    return Difference(
        measure.name,
        paired.value_a,
        paired.value_b,
        paired.difference,
        low,
        high,
        p,
        n=len(values),
        of=sum(measure.due(*one) or measure.due(*other) for one, other in pairs),
        wins=sum(one > 0 for one in better),
        ties=sum(one == 0 for one in better),
        losses=sum(one < 0 for one in better),
        detectable=None,
        changes=tuple(changes),
        higher_is_better=measure.higher_is_better,
        error=paired.error,
    )
