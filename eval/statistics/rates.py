"""The interval of a rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import sqrt
from statistics import NormalDist

# The interval of a rate.

Z = NormalDist().inv_cdf(0.975)  # 1.96: the half-width of a 95 % interval in standard errors


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


# Agreement of decisions with labels, and with each other: small statistics, each with its source and its edge cases decided.


def area(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The area under the ROC curve: how often a positive has the higher score, a tie counting half (Mann and Whitney 1947).

    None where one of the two is empty.
    """
    if not positives or not negatives:
        return None
    ordered = sorted((*positives, *negatives))
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for rank, score in enumerate(ordered, start=1):
        first.setdefault(score, rank)
        last[score] = rank
    ranks = sum((first[score] + last[score]) / 2 for score in positives)
    least = len(positives) * (len(positives) + 1) / 2
    return (ranks - least) / (len(positives) * len(negatives))


def area_interval(value: float, positives: int, negatives: int) -> tuple[float, float]:
    """The 95 % interval of an area from so many positives and negatives (Hanley and McNeil 1982), within 0 and 1.

    It has no width at 0 and 1, where their standard error is 0.
    """
    both, square = value / (2 - value), 2 * value * value / (1 + value)
    variance = value * (1 - value) + (positives - 1) * (both - value * value) + (negatives - 1) * (square - value * value)
    spread = Z * sqrt(max(0.0, variance) / (positives * negatives))
    return max(0.0, value - spread), min(1.0, value + spread)


def pair_agreement(groups: Iterable[Sequence[str]]) -> float | None:
    """The share of pairs within the groups that are equal; None where no group has a pair."""
    pairs = [one == other for group in groups for one, other in combinations(group, 2)]
    return sum(pairs) / len(pairs) if pairs else None
