"""The statistics of the harness in one place: intervals, paired comparison of runs, the gate, and the error of a judge."""

from eval.comparing import Change, Comparison, Difference, compare, corrected_for_all, holm
from eval.gating import ALIASES, WATCHED, gate, metric_name
from eval.rates import Agreement, Rate, agreement, auc, balanced_accuracy, corrected, rate, sensitivity, specificity, wilson

__all__ = [
    "ALIASES",
    "WATCHED",
    "Agreement",
    "Change",
    "Comparison",
    "Difference",
    "Rate",
    "agreement",
    "auc",
    "balanced_accuracy",
    "compare",
    "corrected",
    "corrected_for_all",
    "gate",
    "holm",
    "metric_name",
    "rate",
    "sensitivity",
    "specificity",
    "wilson",
]
