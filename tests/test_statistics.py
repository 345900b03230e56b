"""The gate, and the error of a judge: published examples and examples worked by hand."""

from __future__ import annotations

from math import sqrt

import pytest

from eval.metrics import aggregate
from eval.records import Row, Verdict
from eval.statistics import (
    ALIASES,
    WATCHED,
    Agreement,
    Rate,
    agreement,
    auc,
    balanced_accuracy,
    compare,
    corrected,
    gate,
    metric_name,
    rate,
    sensitivity,
    specificity,
    wilson,
)
from tests.cases import ANSWERED, REFUSED, answered, claim, row, verdicts


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1.0)],
)
def test_wilson_intervals_are_those_of_newcombe_1998(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_a_rate_over_nothing_is_none() -> None:
    assert rate(0, 0) is None
    with pytest.raises(ValueError, match="over 0 cases"):
        wilson(0, 0)


def test_a_judge_is_measured_on_what_is_true_and_what_is_false() -> None:
    labels, said = [True] * 10 + [False] * 5, [True] * 9 + [False] + [True] * 2 + [False] * 3
    right, wrong, both = sensitivity(labels, said), specificity(labels, said), balanced_accuracy(labels, said)
    assert (right, wrong) == (Rate(0.9, *wilson(9, 10), 10), Rate(0.6, *wilson(3, 5), 5))
    assert right is not None
    assert wrong is not None
    assert both is not None
    assert (both.value, both.n) == (0.75, 15)
    assert both.low == pytest.approx(0.75 - sqrt((0.9 - right.low) ** 2 + (0.6 - wrong.low) ** 2) / 2)
    assert (balanced_accuracy([True], [True]), specificity([True], [True])) == (None, None)


def test_auc_counts_pairs_in_order_and_ties_half() -> None:
    found = auc([0.8, 0.5], [0.5, 0.1])
    assert found is not None
    assert found.value == 3.5 / 4
    assert (found.low, found.high) == pytest.approx((0.875 - 1.95996 * sqrt(0.03125), 1.0), abs=1e-4)  # DeLong by hand
    assert auc([], [0.1]) is None
    assert auc([0.5] * 3, [0.5] * 9) == Rate(0.5, *wilson(1.5, 3), 12)


def test_a_perfect_auc_is_not_certain() -> None:
    assert auc([0.9, 0.8], [0.1, 0.2, 0.3]) == Rate(1.0, *wilson(2, 2), 5)


def test_rogan_gladen_is_as_worked_by_hand() -> None:
    judge = Rate(0.9, 0, 1, 100), Rate(0.8, 0, 1, 100)
    found = corrected(Rate(0.3, 0, 1, 200), *judge)
    assert found is not None
    assert (found.value, found.n) == pytest.approx(((0.3 + 0.8 - 1) / (0.9 + 0.8 - 1), 200))
    error = sqrt(0.3 * 0.7 / 200 + 0.1429**2 * 0.9 * 0.1 / 100 + 0.8571**2 * 0.8 * 0.2 / 100) / 0.7  # delta method
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.15)
    assert corrected(Rate(0.3, 0, 1, 200), *judge) == found


def test_a_corrected_rate_stays_between_0_and_1_and_a_useless_judge_gives_none() -> None:
    low = corrected(Rate(0.1, 0, 1, 50), Rate(0.9, 0, 1, 50), Rate(0.8, 0, 1, 50))
    high = corrected(Rate(0.95, 0, 1, 50), Rate(0.9, 0, 1, 50), Rate(0.8, 0, 1, 50))
    assert low is not None
    assert high is not None
    assert (low.value, low.low, high.value, high.high) == (0.0, 0.0, 1.0, 1.0)
    assert low.high > 0
    assert high.low < 1
    assert corrected(Rate(0.3, 0, 1, 50), Rate(0.6, 0, 1, 50), Rate(0.4, 0, 1, 50)) is None


def test_a_judge_known_from_more_claims_gives_a_narrower_interval() -> None:
    widths = []
    for n in (20, 200, 20_000):
        found = corrected(Rate(0.8, 0, 1, 300), Rate(0.9, 0, 1, n), Rate(0.8, 0, 1, n))
        assert found is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


# Fleiss 1971, the example that textbooks copy: ten items, fourteen judgements each, five categories.
FLEISS = """
0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7
"""


def test_kappa_of_repeated_judgements_is_that_of_the_textbook() -> None:
    counts = [[int(one) for one in line.split()] for line in FLEISS.split("\n") if line]
    found = agreement([[name for name, count in zip("abcde", one, strict=True) for _ in range(count)] for one in counts])
    assert (found.items, found.unanimous) == (10, 1)
    assert found.kappa == pytest.approx(0.210, abs=5e-4)
    assert found.pairwise == pytest.approx(0.378, abs=5e-4)


def test_agreement_without_repeats_or_without_variety_is_undefined() -> None:
    assert agreement([["a"], []]) == Agreement(0, 0, None, None)
    assert agreement([["a", "a"], ["a", "a", "a"], ["b"]]) == Agreement(2, 2, 1.0, None)
    assert agreement([["a", "b"], ["b", "a"]]) == Agreement(2, 0, 0.0, -1.0)


def run(marks: str) -> tuple[list[Row], list[Verdict]]:
    """Answered questions, each with one claim: + supported, - not, ? unscored; e is an error."""
    rows = [row(None if one == "e" else ANSWERED, id=f"q{place}") for place, one in enumerate(marks)]
    return rows, [found for place, one in enumerate(marks) if one != "e" for found in verdicts(f"0 cited {one}", f"q{place}")]


def test_a_run_passes_where_its_interval_is_within_the_bounds() -> None:
    assert gate(aggregate(*run("+" * 99 + "-")), {"faithfulness": 0.94}, {"unscored": 0.02, "latency": 2}) == []


def test_the_bound_of_the_interval_decides_and_not_the_value() -> None:
    metrics = aggregate(*run("+" * 96 + "-" * 4))
    low, high = metrics["faithfulness_cited"].low, metrics["faithfulness_cited"].high
    assert gate(metrics, {"faithfulness": 0.95}) == [
        f"faithfulness_cited is 0.960 (95 % interval {low:.3f} to {high:.3f}, n = 100); it must not fall below 0.95."
    ]
    assert gate(metrics, maxima={"faithfulness": 0.97}) == [
        f"faithfulness_cited is 0.960 (95 % interval {low:.3f} to {high:.3f}, n = 100); it must not rise above 0.97."
    ]


def test_twelve_questions_cannot_show_95_percent() -> None:
    assert len(gate(aggregate(*run("+" * 12)), {"faithfulness": 0.95})) == 1


def test_unscored_verdicts_are_held_by_their_share_and_lower_the_coverage() -> None:
    metrics = aggregate(*run("+" * 90 + "?" * 10))
    assert gate(metrics, {"faithfulness": 0.5}, {"unscored": 0.02}) == [
        "unscored is 0.100; it must not rise above 0.02.",
        "faithfulness_cited covers 90 of 100 questions, less than 95%.",
    ]
    assert gate(aggregate(*run("+" * 30)), maxima={"unscored": 0.02}) == []  # none failed, though 30 could not show it of others


def test_too_many_errors_fail_a_run_even_if_nobody_asked() -> None:
    assert gate(aggregate(*run("+" * 95 + "e" * 5))) == ["outcome_error is 0.050, more than the 0.02 that a run may have."]
    assert gate(aggregate(*run("+" * 95 + "e" * 5)), maxima={"errors": 0.1}) == []


def test_what_could_not_be_scored_fails_and_what_was_not_due_passes() -> None:
    refused = aggregate([row(REFUSED, id=str(place)) for place in range(5)], ())
    assert gate(refused, {"faithfulness": 0.5}, {"unscored": 0.02}) == [
        "faithfulness_cited should be at least 0.5, but only 0 of 0 questions were scored: too few for an interval."
    ]


def test_a_significant_regression_fails_and_a_chance_one_does_not() -> None:
    before, after, nearly = (run("+" * count + "-" * (60 - count)) for count in (60, 30, 59))
    reasons = gate(aggregate(*after), comparison=compare(*before, *after))
    assert [reason.split(" (")[0] for reason in reasons] == [
        "faithfulness_cited went from 1.000 to 0.500, which is worse",
        "citation_precision went from 1.000 to 0.500, which is worse",
    ]
    assert reasons[0].endswith("after Holm; 30 questions worse, 0 better).")
    assert gate(aggregate(*nearly), comparison=compare(*before, *nearly)) == []
    assert gate(aggregate(*before), comparison=compare(*after, *before)) == []


def test_short_names_are_of_metrics_and_others_are_refused() -> None:
    assert metric_name("faithfulness") == "faithfulness_cited"
    assert metric_name("refusal_f1") == "refusal_f1"
    assert [metric_name(name) for name in (*ALIASES, *WATCHED)]
    with pytest.raises(ValueError, match=r"'faith' is no metric\. Metrics: outcome_answered, "):
        gate(aggregate([row(answered(claim("A")))], ()), {"faith": 1})
