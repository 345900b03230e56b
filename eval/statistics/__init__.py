"""Statistics over questions: intervals that hold at small n, resamples, rates with their error, agreement."""

from __future__ import annotations

from eval.statistics.bootstrap import AREA, F1, MEAN_F1, RATIO, Statistic, interval, quantile, risk_coverage
from eval.statistics.exact import Array
from eval.statistics.intervals import Values, correlation, difference_bounds, signed_bounds
from eval.statistics.rates import area, area_interval, pair_agreement, wilson
from eval.statistics.resampling import middle, resampled, studentized

__all__ = [
    "AREA",
    "F1",
    "MEAN_F1",
    "RATIO",
    "Array",
    "Statistic",
    "Values",
    "area",
    "area_interval",
    "correlation",
    "difference_bounds",
    "interval",
    "middle",
    "pair_agreement",
    "quantile",
    "resampled",
    "risk_coverage",
    "signed_bounds",
    "studentized",
    "wilson",
]
