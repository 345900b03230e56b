"""Statistics over questions: intervals that hold at small n, resamples, rates with their error, agreement."""

from __future__ import annotations

from eval.statistics.agreement import cohen_kappa, krippendorff_alpha
from eval.statistics.bootstrap import AREA, F1, MEAN_F1, RATIO, Statistic, interval, quantile, risk_coverage
from eval.statistics.correction import LEAST_LABELS, Corrected, Rates, corrected_share, prediction_powered
from eval.statistics.exact import Array, t_quantile
from eval.statistics.intervals import Values, correlation, difference_bounds, signed_bounds
from eval.statistics.rates import area, area_interval, pair_agreement, wilson
from eval.statistics.resampling import middle, resampled, studentized

__all__ = [
    "AREA",
    "F1",
    "LEAST_LABELS",
    "MEAN_F1",
    "RATIO",
    "Array",
    "Corrected",
    "Rates",
    "Statistic",
    "Values",
    "area",
    "area_interval",
    "cohen_kappa",
    "corrected_share",
    "correlation",
    "difference_bounds",
    "interval",
    "krippendorff_alpha",
    "middle",
    "pair_agreement",
    "prediction_powered",
    "quantile",
    "resampled",
    "risk_coverage",
    "signed_bounds",
    "studentized",
    "t_quantile",
    "wilson",
]
