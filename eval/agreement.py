"""How well decisions agree with labels, and with each other: small statistics, each with its source and its edges decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import sqrt

from eval.rates import Z


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
