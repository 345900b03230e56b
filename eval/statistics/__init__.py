"""Statistics over questions: bootstrap intervals, rates with their error, agreement."""

from __future__ import annotations

from eval.statistics.bootstrap import AREA, F1, MEAN_F1, RATIO, Array, Statistic, interval, middle, quantile, resampled, risk_coverage
from eval.statistics.rates import area, area_interval, pair_agreement, wilson

__all__ = [
    "AREA",
    "F1",
    "MEAN_F1",
    "RATIO",
    "Array",
    "Statistic",
    "area",
    "area_interval",
    "interval",
    "middle",
    "pair_agreement",
    "quantile",
    "resampled",
    "risk_coverage",
    "wilson",
]
