"""Statistics over questions: bootstrap intervals, rates with their error, agreement."""

from __future__ import annotations

from eval.statistics.agreement import cohen_kappa, krippendorff_alpha
from eval.statistics.bootstrap import AREA, F1, MEAN_F1, RATIO, Array, Statistic, interval, middle, quantile, resampled, risk_coverage
from eval.statistics.correction import LEAST_LABELS, Corrected, Rates, corrected_share, prediction_powered
from eval.statistics.rates import area, area_interval, pair_agreement, wilson

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
    "area",
    "area_interval",
    "cohen_kappa",
    "corrected_share",
    "interval",
    "krippendorff_alpha",
    "middle",
    "pair_agreement",
    "prediction_powered",
    "quantile",
    "resampled",
    "risk_coverage",
    "wilson",
]
