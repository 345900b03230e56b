"""Rates with their error: Wilson intervals, how well a judge separates, how it agrees with itself, and rates corrected by its error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

Z = NormalDist().inv_cdf(0.975)  # 1.96: the half-width of a 95 % interval in standard errors
_DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval. `n` is what it was counted over."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge agrees with itself: `items` were judged at least twice, `unanimous` of them always alike.

    `pairwise` is the chance that two judgements of an item agree; `kappa` sets it against chance, and is None where all
    judgements are the same, so that chance alone agrees always.
    """

    items: int
    unanimous: int
    pairwise: float | None
    kappa: float | None


def wilson(successes: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927), also for a mean of shares, where it is on the safe side.

    Raises ValueError for n < 1. 12 of 12 gives (0.758, 1), not (1, 1).
    """
    if n < 1:
        raise ValueError(f"A rate over {n} cases has no interval.")
    share = successes / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return low, high


def rate(successes: float, n: int) -> Rate | None:
    """A share with its Wilson interval; None over nothing."""
    return Rate(successes / n, *wilson(successes, n), n) if n else None


def sensitivity(labels: Sequence[bool], said: Sequence[bool]) -> Rate | None:
    """Of what is true, the share that is said to be; None where nothing is true."""
    hits = [one for label, one in zip(labels, said, strict=True) if label]
    return rate(sum(hits), len(hits))


def specificity(labels: Sequence[bool], said: Sequence[bool]) -> Rate | None:
    """Of what is false, the share that is not said to be true; None where nothing is false."""
    return sensitivity([not one for one in labels], [not one for one in said])


def balanced_accuracy(labels: Sequence[bool], said: Sequence[bool]) -> Rate | None:
    """The mean of sensitivity and specificity; None where either is.

    The interval adds the distances of both Wilson limits as if independent (method MOVER: Zou and Donner 2008).
    """
    parts = sensitivity(labels, said), specificity(labels, said)
    if parts[0] is None or parts[1] is None:
        return None
    value = (parts[0].value + parts[1].value) / 2
    below = sqrt(sum((one.value - one.low) ** 2 for one in parts if one)) / 2
    above = sqrt(sum((one.high - one.value) ** 2 for one in parts if one)) / 2
    return Rate(value, value - below, value + above, len(labels))


def auc(positive: Sequence[float], negative: Sequence[float]) -> Rate | None:
    """The chance that a positive case scores above a negative one, a tie counting half (Mann and Whitney 1947); None without either.

    The interval is DeLong's (1988), cut to [0, 1]; where no pair is out of order it has no width, and Wilson's over the
    smaller class stands in. `n` counts all cases.
    """
    if not positive or not negative:
        return None
    below = np.sort(np.asarray(negative, dtype=float))
    above = np.sort(np.asarray(positive, dtype=float))
    wins = _beaten(below, np.asarray(positive, dtype=float)) / len(negative)
    losses = 1 - _beaten(above, np.asarray(negative, dtype=float)) / len(positive)
    value = float(wins.mean())
    spread = sqrt(_mean_variance(wins) + _mean_variance(losses))
    n = len(positive) + len(negative)
    if spread == 0:
        smaller = min(len(positive), len(negative))
        return Rate(value, *wilson(value * smaller, smaller), n)
    return Rate(value, max(0.0, value - Z * spread), min(1.0, value + Z * spread), n)


def _beaten(ordered: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """How many of `ordered` each score is above, a tie counting half."""
    return (np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")) / 2


def _mean_variance(values: np.ndarray) -> float:
    """The variance of the mean of these values; 0 for a single one."""
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0


def agreement(judgements: Sequence[Sequence[str]]) -> Agreement:
    """How far repeated judgements of the same items agree: Fleiss' kappa (1971), an item having any number from two on.

    Items judged once say nothing and are left out of `items`.
    """
    counts = [Counter(one) for one in judgements if len(one) > 1]
    if not counts:
        return Agreement(0, 0, None, None)
    alike = sum(_pairwise(one) for one in counts) / len(counts)
    total = sum(counts, Counter())
    chance = sum((count / total.total()) ** 2 for count in total.values())
    kappa = (alike - chance) / (1 - chance) if len(total) > 1 else None
    return Agreement(len(counts), sum(len(one) == 1 for one in counts), alike, kappa)


def _pairwise(counts: Counter[str]) -> float:
    """Of all pairs of judgements of one item, the share that agrees."""
    n = counts.total()
    return sum(count * (count - 1) for count in counts.values()) / (n * (n - 1))


def corrected(observed: Rate, sensitivity: Rate, specificity: Rate, *, seed: int = 0) -> Rate | None:
    """The true rate behind one that an imperfect judge observed: (observed + specificity - 1) / (sensitivity + specificity - 1).

    Rogan and Gladen (1978), cut to [0, 1]. None where the judge is no better than chance (the two sum to 1 or less): then
    the judge's rates say nothing. The interval is a seeded parametric bootstrap: each of the three rates is drawn from its
    Jeffreys posterior, Beta(successes + 1/2, failures + 1/2); draws with a judge no better than chance are left out.
    """
    if sensitivity.value + specificity.value <= 1:
        return None
    generator = np.random.default_rng(seed)
    drawn = [generator.beta(one.value * one.n + 0.5, (1 - one.value) * one.n + 0.5, _DRAWS) for one in (observed, sensitivity, specificity)]
    gain = drawn[1] + drawn[2] - 1
    better = gain > 0
    rates = np.clip((drawn[0] + drawn[2] - 1)[better] / gain[better], 0, 1)
    value = (observed.value + specificity.value - 1) / (sensitivity.value + specificity.value - 1)
    low, high = np.quantile(rates, (0.025, 0.975))
    return Rate(min(1.0, max(0.0, value)), float(low), float(high), observed.n)
