"""The gate and the interval of a rate: published examples and examples worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from eval.metrics.registry import aggregate
from eval.records import Row, Verdict
from eval.runs.comparison import compare
from eval.runs.gate import ALIASES, WATCHED, gate_conditions, metric_name
from eval.statistics.rates import wilson
from tests.cases import ANSWERED, REFUSED, answered, claim, row, verdicts


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1.0)],
)
def test_wilson_intervals_are_those_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_a_rate_over_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="over 0 cases"):
        wilson(0, 0)


def run(marks: str) -> tuple[list[Row], list[Verdict]]:
    """Answered questions, each with one claim: + supported, - not, ? unscored; e is an error."""
    rows = [row(None if one == "e" else ANSWERED, id=f"q{place}") for place, one in enumerate(marks)]
    return rows, [found for place, one in enumerate(marks) if one != "e" for found in verdicts(f"0 cited {one}", f"q{place}")]


def check_gate(*given: Any, **more: Any) -> list[str]:
    """Why a run fails; empty where it passes."""
    return [one.reason for one in gate_conditions(*given, **more) if one.reason]


def test_a_run_passes_where_its_interval_is_within_the_bounds() -> None:
    assert check_gate(aggregate(*run("+" * 99 + "-")), {"faithfulness": 0.94}, {"unscored": 0.02, "latency": 2}) == []


def test_the_bound_of_the_interval_decides_and_not_the_value() -> None:
    metrics = aggregate(*run("+" * 96 + "-" * 4))
    low, high = metrics["faithfulness_cited"].low, metrics["faithfulness_cited"].high
    assert check_gate(metrics, {"faithfulness": 0.95}) == [
        f"faithfulness_cited is 0.960 (95 % interval {low:.3f} to {high:.3f}, n = 100); it must not fall below 0.95."
    ]
    assert check_gate(metrics, maxima={"faithfulness": 0.97}) == [
        f"faithfulness_cited is 0.960 (95 % interval {low:.3f} to {high:.3f}, n = 100); it must not rise above 0.97."
    ]


def test_twelve_questions_cannot_show_95_percent() -> None:
    assert len(check_gate(aggregate(*run("+" * 12)), {"faithfulness": 0.95})) == 1


def test_unscored_verdicts_are_held_by_their_share_and_lower_the_coverage() -> None:
    metrics = aggregate(*run("+" * 90 + "?" * 10))
    assert check_gate(metrics, {"faithfulness": 0.5}, {"unscored": 0.02}) == [
        "unscored is 0.100; it must not rise above 0.02.",
        "faithfulness_cited covers 90 of 100 questions, less than 95%.",
    ]
    assert check_gate(aggregate(*run("+" * 30)), maxima={"unscored": 0.02}) == []  # none failed, though 30 could not show it of others


def test_too_many_errors_fail_a_run_even_if_nobody_asked() -> None:
    assert check_gate(aggregate(*run("+" * 95 + "e" * 5))) == ["outcome_error is 0.050, more than the 0.02 that a run may have."]
    assert check_gate(aggregate(*run("+" * 95 + "e" * 5)), maxima={"errors": 0.1}) == []


def test_what_could_not_be_scored_fails_and_what_was_not_due_passes() -> None:
    refused = aggregate([row(REFUSED, id=str(place)) for place in range(5)], ())
    assert check_gate(refused, {"faithfulness": 0.5}, {"unscored": 0.02}) == [
        "faithfulness_cited should be at least 0.5, but only 0 of 0 questions were scored: too few for an interval."
    ]


def test_a_significant_regression_fails_and_a_chance_one_does_not() -> None:
    before, after, nearly = (run("+" * count + "-" * (60 - count)) for count in (60, 30, 59))
    reasons = check_gate(aggregate(*after), comparison=compare(*before, *after))
    assert [reason.split(" (")[0] for reason in reasons] == [
        "faithfulness_cited went from 1.000 to 0.500, which is worse",
        "citation_precision went from 1.000 to 0.500, which is worse",
    ]
    assert reasons[0].endswith("after Holm; 30 questions worse, 0 better).")
    assert check_gate(aggregate(*nearly), comparison=compare(*before, *nearly)) == []
    assert check_gate(aggregate(*before), comparison=compare(*after, *before)) == []


def test_short_names_are_of_metrics_and_others_are_refused() -> None:
    assert metric_name("faithfulness") == "faithfulness_cited"
    assert metric_name("refusal_f1") == "refusal_f1"
    assert [metric_name(name) for name in (*ALIASES, *WATCHED)]
    with pytest.raises(ValueError, match=r"'faith' is no metric\. Metrics: outcome_answered, "):
        check_gate(aggregate([row(answered(claim("A")))], ()), {"faith": 1})
