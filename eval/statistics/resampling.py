"""Resamples of questions, drawn once and used for everything, and what can be said from them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eval.statistics.exact import TAIL, Array

RESAMPLES = 2_000
_AT_A_TIME = 200  # resamples: all at once would take 64 MB of numbers for 2,000 questions
FEWEST = 12
"""With fewer questions the studentized bootstrap of costs and tokens covers less than 90 %, so that no interval is given."""


@lru_cache(maxsize=8)
def resampled(n: int, seed: int) -> Array:
    """How often each of n questions is drawn in each of 2,000 resamples of n with replacement; the same for the same seed."""
    generator = np.random.default_rng(seed)
    return np.concatenate([_counted(generator.integers(0, n, (_AT_A_TIME, n))) for _ in range(RESAMPLES // _AT_A_TIME)])


def _counted(drawn: Array) -> Array:
    """How often each number occurs in each row."""
    rows, n = drawn.shape
    places = (drawn + n * np.arange(rows)[:, np.newaxis]).ravel()
    return np.bincount(places, minlength=rows * n).reshape(rows, n).astype(np.uint8)


def middle(values: Array) -> tuple[float, float] | None:
    """The central 95 % of bootstrap values (percentile interval), without those that are undefined; None if all are."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, (TAIL, 1 - TAIL))
    return float(low), float(high)


def studentized(values: Array, seed: int) -> tuple[float, float] | None:
    """The bootstrap-t interval of a mean (Efron 1982): percentiles of how many of its own standard errors a resample is off.

    Where values are skewed it covers what the percentile interval does not. None for fewer than 12 values, and where so many are
    equal that resamples have no error of their own.
    """
    n = len(values)
    if n < FEWEST:
        return None
    mean, spread = float(values.mean()), float(values.std())
    if spread == 0:
        return mean, mean
    centred = (values - mean) / spread
    sums = np.asarray(resampled(n, seed), dtype=np.float64) @ np.stack([centred, centred * centred], axis=1) / n
    errors = np.sqrt(np.maximum(sums[:, 1] - sums[:, 0] ** 2, 0.0))
    away = np.divide(sums[:, 0], errors, out=np.copysign(np.inf, sums[:, 0]), where=errors > 1e-9)
    low, high = np.quantile(away, (TAIL, 1 - TAIL), method="nearest")
    if not np.isfinite((low, high)).all():
        return None
    return mean - spread * float(high), mean - spread * float(low)
