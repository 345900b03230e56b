"""Intervals that hold at every n: of rates, of means of shares and of counts, and of quantiles. All are of 95 %.

Everything rests on one function, the quantile of the beta distribution; `python -m benchmarks.coverage` simulates what each of them
covers, and what others would have covered.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.statistics.rates import Z, wilson

Array = NDArray[Any]
TAIL = 0.025
EXACT_TO = 5_000
"""Up to so many questions a rate has the exact interval; beyond them Wilson's, which then differs by less than 0.001."""

_STEPS = 64  # places at which the acceptability of a rate is looked at, over less than a third of a standard error
_TRIALS = 1e9  # so many trials that the beta distribution of a rare event's rate is the gamma distribution of its count


@lru_cache(maxsize=65_536)
def beta_quantile(share: float, a: float, b: float) -> float:
    """Where a beta distribution with these (positive) parameters has this share below it, to ten digits."""
    low, high = 0.0, 1.0
    place = a / (a + b)
    spread = lgamma(a + b) - lgamma(a) - lgamma(b)
    for _ in range(200):
        if high - low < 1e-12 * high or not low < place < high:
            break
        error = _beta_below(place, a, b) - share
        low, high = (low, place) if error > 0 else (place, high)
        density = exp(min(700.0, spread + (a - 1) * log(place) + (b - 1) * log1p(-place)))
        step = place - error / density if density else -1.0  # Newton's, and halving wherever that leads outside
        step = step if low < step < high else (low + high) / 2
        settled = abs(step - place) < 1e-11 * place
        place = step
        if settled:
            break
    return place


def _beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function: the share of a beta distribution below x."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _continued(x, a, b) / a
    return 1 - front * _continued(1 - x, b, a) / b


def _continued(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function by Lentz's method (Press et al., Numerical Recipes, 6.4)."""
    upper, lower = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    found = lower
    for m in range(1, 10_000):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            lower = 1 / _away(1 + part * lower)
            upper = _away(1 + part / upper)
            found *= lower * upper
        if abs(lower * upper - 1) < 1e-14:
            break
    return found


def _away(value: float) -> float:
    """A value that can be divided by."""
    return value if abs(value) > 1e-300 else 1e-300


@lru_cache(maxsize=4_096)
def t_quantile(freedom: float, tail: float = TAIL) -> float:
    """Where Student's t with so many (positive) degrees of freedom has this share (below a half) above it."""
    place = beta_quantile(2 * tail, freedom / 2, 0.5)
    return sqrt(freedom * (1 - place) / place)


def clopper_pearson(right: float, n: float, tail: float = TAIL) -> tuple[float, float]:
    """The exact interval of a rate by its two tails (Clopper and Pearson 1934); `right` and `n` need not be whole."""
    low = beta_quantile(tail, right, n - right + 1) if right > 0 else 0.0
    high = beta_quantile(1 - tail, right + 1, n - right) if right < n else 1.0
    return low, high


def rate_interval(right: int, n: int) -> tuple[float, float]:
    """The exact 95 % interval of a rate by its acceptability (Blaker 2000): it covers 95 % at every n and rate, and is narrower
    than Clopper and Pearson's. Beyond 5,000 questions it is Wilson's. Raises ValueError for n < 1.

    12 of 12 gives (0.764, 1).
    """
    if n < 1 or n > EXACT_TO:
        return wilson(right, n)
    return _lowest(right, n), 1 - _lowest(n - right, n)


@lru_cache(maxsize=16_384)
def _lowest(right: int, n: int) -> float:
    """The lowest rate that is accepted: between the bounds that leave 2.5 % and 5 % on one side, to a 64th of what is between them."""
    if right == 0:
        return 0.0
    places = np.linspace(clopper_pearson(right, n)[0], clopper_pearson(right, n, 2 * TAIL)[0], _STEPS + 1)
    counts = np.arange(n + 1)
    chances = np.exp(_log_choices(n) + counts * np.log(places)[:, None] + (n - counts) * np.log1p(-places)[:, None])
    below = np.cumsum(chances, axis=1)
    tail = chances[:, right:].sum(axis=1)
    other = np.where(below <= tail[:, None] * (1 + 1e-9), below, 0).max(axis=1)
    accepted = np.flatnonzero(tail + other > 2 * TAIL)
    return float(places[max(0, accepted[0] - 1)] if len(accepted) else places[-1])


@lru_cache(maxsize=512)
def _log_choices(n: int) -> Array:
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    found: Array = logs[n] - logs - logs[::-1]
    return found


def share_interval(mean: float, n: int, variance: float) -> tuple[float, float]:
    """The interval of a mean of shares, or of a ratio of sums, from the variance of that mean (Korn and Graubard 1998).

    It is the exact interval of a rate over the effective n, that is over as many yes-or-no questions as would have this variance,
    reduced by what Student's t adds. Where all shares are 0, or all 1, that is n.
    """
    spread = mean * (1 - mean)
    if spread <= 0:
        return clopper_pearson(mean * n, n)
    effective = spread / variance if variance > 0 else inf
    effective = min(effective, 1e8) * (Z / t_quantile(n - 1)) ** 2
    if variance <= 0:
        effective = n  # n times the same share: no more is known than of n yes-or-no questions
    return clopper_pearson(mean * effective, effective)


def count_interval(mean: float, n: int, variance: float) -> tuple[float, float]:
    """The interval of a mean count from the variance of that mean: Garwood's (1936) of a Poisson mean over the effective number.

    The variance of a question is taken to be at least the mean, as in a Poisson distribution, so that no event in n questions
    leaves room for 3.7 / n.
    """
    if mean <= 0:
        return 0.0, -log(TAIL) / n
    spread = max(variance * n / mean, 1.0) * (t_quantile(n - 1) / Z) ** 2
    events = mean * n / spread
    low = beta_quantile(TAIL, events, _TRIALS) * _TRIALS
    high = beta_quantile(1 - TAIL, events + 1, _TRIALS) * _TRIALS
    return low * spread / n, high * spread / n


@lru_cache(maxsize=4_096)
def quantile_ranks(n: int, share: float) -> tuple[int, int] | None:
    """The ranks (from 1) of the two ordered values between which a quantile lies in 95 % of samples, whatever the distribution.

    None where even the lowest and the highest of n values do not reach that: for fewer than 6 for the median, than 72 for the
    95 % quantile.
    """
    logs = _log_choices(n) + np.arange(n + 1) * log(share) + np.arange(n, -1, -1) * log1p(-share)
    below = np.cumsum(np.exp(logs))  # below[k]: the chance that at most k of n values lie below the quantile
    low = int(np.searchsorted(below, TAIL, side="right"))
    high = int(np.searchsorted(below, 1 - TAIL, side="left")) + 1
    return (low, high) if low >= 1 and high <= n else None
