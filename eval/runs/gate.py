"""The gate of a run: whether it is good enough to pass, and the reasons why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eval.metrics import METRICS
from eval.records import Metric
from eval.runs.comparison import LEVEL, Comparison, corrected_for_all

ALIASES = {
    "faithfulness": "faithfulness_cited",
    "evidence_recall": "evidence_recall@120",
    "any_evidence": "any_evidence@120",
    "refusal": "grounded_refusal_f1",
    "exact": "collection_exact",
    "ndcg": "ndcg@10",
    "recall": "recall@10",
    "errors": "outcome_error",
    "latency": "latency_p95",
}
WATCHED = (
    "faithfulness_cited",
    "citation_precision",
    "grounded_refusal_f1",
    "evidence_recall@120",
    "must_contain",
    "collection_exact",
    "ndcg@10",
)
"""What may not get significantly worse than in the baseline, whatever else is named."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a gate asks of a run, in words, and why the run does not meet it; "" where it does."""

    name: str
    reason: str = ""


def gate_conditions(
    metrics: Mapping[str, Metric],
    minima: Mapping[str, float] | None = None,
    maxima: Mapping[str, float] | None = None,
    *,
    comparison: Comparison | None = None,
    coverage: float = 0.95,
    errors: float = 0.02,
) -> list[Condition]:
    """All that is asked of a run, met or not.

    A minimum fails where the lower bound of the 95 % interval is below it, a maximum where the upper bound is above it; what
    is counted of this run and no estimate (`Measure.of_run`: unscored verdicts, errors) is held by its value. A metric without
    a value or an interval fails: nothing was shown. So does one named that is scored on too small a share of its questions, and
    a run with too large a share of errors. Against a baseline (`comparison`, from it to this run) a metric that is named or
    in WATCHED fails where it is worse with p < 0.05, corrected by Holm over all of those. Raises ValueError for a name that is
    no metric.
    """
    low = {metric_name(name): bound for name, bound in (minima or {}).items()}
    high = {metric_name(name): bound for name, bound in (maxima or {}).items()}
    found = [Condition(f"{name} is at least {bound:g}", _below(metrics[name], bound) or "") for name, bound in low.items()]
    found += [Condition(f"{name} is at most {bound:g}", _above(metrics[name], bound) or "") for name, bound in high.items()]
    found += [_covered(metrics[name], coverage) for name in {**low, **high}]
    if "outcome_error" not in high:
        found.append(_errors(metrics["outcome_error"], errors))
    return [*found, *(_regressions(comparison, {*WATCHED, *low, *high}) if comparison else ())]


def metric_name(name: str) -> str:
    """The full name of a metric, for itself or its short name; raises ValueError, which lists all, for anything else."""
    full = ALIASES.get(name, name)
    if full not in METRICS:
        raise ValueError(f"{name!r} is no metric. Metrics: {', '.join(METRICS)}. Short names: {', '.join(ALIASES)}.")
    return full


def _below(metric: Metric, minimum: float) -> str | None:
    bound = metric.value if METRICS[metric.name].of_run else metric.low
    if metric.value is None or bound is None:
        return _unshown(metric, f"at least {minimum:g}")
    return f"{_stated(metric)}; it must not fall below {minimum:g}." if bound < minimum else None


def _above(metric: Metric, maximum: float) -> str | None:
    bound = metric.value if METRICS[metric.name].of_run else metric.high
    if METRICS[metric.name].of_run and not metric.of:
        return None  # no verdict was due, so none failed
    if metric.value is None or bound is None:
        return _unshown(metric, f"at most {maximum:g}")
    return f"{_stated(metric)}; it must not rise above {maximum:g}." if bound > maximum else None


def _stated(metric: Metric) -> str:
    bare = METRICS[metric.name].of_run or metric.low is None
    interval = "" if bare else f" (95 % interval {_shown(metric.low)} to {_shown(metric.high)}, n = {metric.n})"
    return f"{metric.name} is {_shown(metric.value)}{interval}"


def _unshown(metric: Metric, wanted: str) -> str:
    return f"{metric.name} should be {wanted}, but only {metric.n} of {metric.of} questions were scored: too few for an interval."


def _covered(metric: Metric, wanted: float) -> Condition:
    reason = f"{metric.name} covers {metric.n} of {metric.of} questions, less than {wanted:.0%}." if metric.coverage < wanted else ""
    return Condition(f"{metric.name} covers {wanted:.0%} of its questions", reason)


def _errors(metric: Metric, most: float) -> Condition:
    reason = f"outcome_error is {_shown(metric.value)}, more than the {most:g} that a run may have." if (metric.value or 0) > most else ""
    return Condition(f"outcome_error is at most {most:g}", reason)


def _regressions(comparison: Comparison, names: set[str]) -> Iterator[Condition]:
    chosen = {name: one for name, one in comparison.differences.items() if name in names}
    for name, one in corrected_for_all(chosen).items():
        reason = ""
        if one.worse and one.p_holm is not None and one.p_holm < LEVEL:
            reason = (
                f"{name} went from {_shown(one.a)} to {_shown(one.b)}, which is worse (p = {one.p_holm:.3g} after Holm; "
                f"{one.losses} questions worse, {one.wins} better)."
            )
        yield Condition(f"{name} is no worse than in the baseline", reason)


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
