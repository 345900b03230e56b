"""Statistics over questions: intervals that hold at small n, resamples, rates with their error, agreement."""

from __future__ import annotations

from eval.statistics.bootstrap import AREA, F1, MEAN_F1, RATIO, Statistic, interval, linear, quantile, risk_coverage
from eval.statistics.exact import Array, rate_interval, share_interval, t_quantile
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
    "linear",
    "middle",
    "pair_agreement",
    "quantile",
    "rate_interval",
    "resampled",
    "risk_coverage",
    "share_interval",
    "signed_bounds",
    "studentized",
    "t_quantile",
    "wilson",
]
