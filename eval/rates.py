"""The interval of a rate."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

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
