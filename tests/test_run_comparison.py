"""Two runs compared, against exact permutation tests by enumeration and examples worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from eval.metrics import Measure
from eval.metrics.registry import METRICS
from eval.records import Row
from eval.runs.comparison import Change, compare, corrected_for_all, detectable, holm
from eval.runs.paired import Paired, sign_flips
from eval.statistics.exact import rate_interval
from tests.cases import ANSWERED, REFUSED, answered, claim, row, verdicts

MEAN = METRICS["must_contain"]


def outcomes(text: str) -> list[Row]:
    """Answerable questions q0, q1, ...: + answered and right, - answered and wrong, r refused, e error."""
    said = {"+": answered(claim("yes")), "-": answered(claim("no")), "r": REFUSED, "e": None}
    return [row(said[one], id=f"q{place}", must_contain=("yes",)) for place, one in enumerate(text)]


def means(values: Sequence[float]) -> np.ndarray:
    return np.array([(value, 1.0) for value in values])


def sign_flip_p(a: np.ndarray, b: np.ndarray, measure: Measure, *, seed: int = 0) -> float:
    """The p of one metric that both runs scored everywhere."""
    (found,) = sign_flips([Paired(measure, np.arange(len(a)), a, b)], len(a), seed=seed)
    assert found is not None
    return found


def exact_p(a: Sequence[float], b: Sequence[float]) -> float:
    """The p of the sign-flip test over all 2^n ways to swap."""
    differences = np.subtract(b, a)
    found = [abs(np.dot(signs, differences)) for signs in product((1, -1), repeat=len(a))]
    return float(np.mean(np.array(found) >= abs(differences.sum()) - 1e-9))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1)),
        ((0.1, 0.5, 0.3, 0.9, 0.2), (0.4, 0.6, 0.2, 1.0, 0.7)),
        ((1, 0, 1, 1), (0, 1, 0, 0)),
        ((1, 0, 1), (1, 0, 1)),
    ],
    ids=["all better", "mostly better", "mostly worse", "equal"],
)
def test_the_permutation_p_is_that_of_all_ways_to_swap(a: Sequence[float], b: Sequence[float]) -> None:
    assert sign_flip_p(means(a), means(b), MEAN, seed=5) == pytest.approx(exact_p(a, b), abs=0.01)


def test_a_p_is_never_0() -> None:
    assert sign_flip_p(means([0.0] * 200), means([1.0] * 200), MEAN) == 1 / 10_000


def test_swapping_questions_of_an_f1_computes_the_f1_anew() -> None:
    # Refusals of four unanswerable questions: B catches two more.
    # Two of the 2^2 ways to swap those two give a difference as large.
    parts = {True: (1.0, 0.0, 0.0), False: (0.0, 0.0, 1.0)}
    a = np.array([parts[one] for one in (True, True, False, False)])
    b = np.array([parts[one] for one in (True, True, True, True)])
    assert sign_flip_p(a, b, METRICS["refusal_f1"], seed=2) == pytest.approx(0.5, abs=0.02)


def test_runs_are_paired_by_question_and_what_changed_is_named() -> None:
    a, b = outcomes("++--r+"), [*reversed(outcomes("+-+++e")), row(ANSWERED, id="new")]
    found = compare(a, (), b, (), metrics={"must_contain": MEAN, "gold_recall": METRICS["gold_recall"]})
    one = found.differences["must_contain"]
    assert (one.a, one.b, one.n, one.of) == pytest.approx((0.5, 4 / 6, 6, 6))
    assert one.difference == pytest.approx(1 / 6)
    assert (one.wins, one.ties, one.losses) == (3, 1, 2)
    assert one.changes == (Change("q1", 1, 0), Change("q2", 0, 1), Change("q3", 0, 1), Change("q4", 0, 1), Change("q5", 1, 0))
    assert (found.only_a, found.only_b) == ((), ("new",))
    nothing = found.differences["gold_recall"]
    assert (nothing.a, nothing.difference, nothing.p, nothing.p_holm, nothing.n) == (None, None, None, None, 0)


def test_a_mean_is_compared_where_both_runs_were_scored() -> None:
    a = [row(ANSWERED, id="1"), row(ANSWERED, id="2"), row(ANSWERED, id="3")]
    b = [row(ANSWERED, id="1"), row(REFUSED, id="2"), row(ANSWERED, id="3")]
    judged = verdicts("0 cited -", "1") + verdicts("0 cited +", "2") + verdicts("0 cited +", "3")
    found = compare(a, judged, b, verdicts("0 cited +", "1") + verdicts("0 cited ?", "3")).differences["faithfulness_cited"]
    assert (found.a, found.b, found.difference, found.n, found.of, found.p) == (0.0, 1.0, 1.0, 1, 3, None)


def test_fewer_seconds_are_a_win() -> None:
    a, b = ([row(ANSWERED, id=str(place), seconds=place + more) for place in range(4)] for more in (1.0, 0.5))
    found = compare(a, (), b, ()).differences["latency_median"]
    assert (found.difference, found.wins, found.losses, found.worse) == (-0.5, 4, 0, False)


def test_the_interval_of_a_difference_is_that_of_paired_resamples() -> None:
    found = compare(outcomes("+" * 50 + "-" * 50), (), outcomes("+" * 60 + "-" * 40), ()).differences["must_contain"]
    half = 1.96 * (0.1 * 0.9 / 100) ** 0.5  # ten of a hundred differ by 1
    assert (found.low, found.high) == pytest.approx((0.1 - half, 0.1 + half), abs=0.02)
    assert found.p == pytest.approx(2 / 2**10, abs=0.002)


def test_the_detectable_difference_of_one_metric_is_2_8_standard_errors_of_the_paired_differences() -> None:
    a, b = outcomes("+" * 50 + "-" * 50), outcomes("+" * 60 + "-" * 40)
    sd = (100 / 99 * 0.1 * 0.9) ** 0.5
    alone = {"must_contain": MEAN}
    assert compare(a, (), b, (), metrics=alone).differences["must_contain"].detectable == pytest.approx(
        (1.9842 + 0.8453) * sd / 10, rel=1e-4
    )
    assert compare(a, (), a, (), metrics=alone).differences["must_contain"].detectable is None
    assert (compare(a, (), b, ()).differences["answered_f1"].detectable, compare(a, (), b, ()).differences["tokens"].p) == (None, 1.0)


def test_what_is_detectable_grows_with_the_number_of_metrics_compared() -> None:
    a, b = outcomes("+" * 50 + "-" * 50), outcomes("+" * 60 + "-" * 40)
    found = compare(a, (), b, ()).differences
    tested = sum(one.p is not None and one.higher_is_better is not None for one in found.values())
    one = found["must_contain"]
    assert one.detectable == detectable(one.error, 100, tested) > (detectable(one.error, 100, 1) or 0)  # type: ignore[operator]
    assert detectable(0.05, 100, 20) == pytest.approx((3.0995 + 0.8453) * 0.05, rel=1e-3)
    assert (detectable(0.05, 8, 20), detectable(None, 100, 1)) == (None, None)  # 2 of 2^8 swaps are more than 0.05 / 20


def test_the_detectable_difference_of_an_f1_is_of_its_standard_error() -> None:
    found = compare(outcomes("+++r" * 10), (), outcomes("++rr" * 10), (), metrics={"answered_f1": METRICS["answered_f1"]})
    one = found.differences["answered_f1"]
    assert one.difference == pytest.approx(2 / 3 - 6 / 7)
    assert one.detectable == pytest.approx(2.8016 * (one.high - one.low) / (2 * 1.96), rel=0.15)  # type: ignore[operator]


def test_questions_that_all_differ_alike_are_not_certain() -> None:
    found = [compare(outcomes(a), (), outcomes(b), ()).differences["must_contain"] for a, b in (("-" * 50, "+" * 50), ("+" * 50, "-" * 50))]
    low, high = rate_interval(50, 50)[0], rate_interval(0, 50)[1]
    beside = ((1 - low) ** 2 + high**2) ** 0.5  # none fell, but some might
    assert [(one.low, one.high) for one in found] == [pytest.approx((1 - beside, 1.0)), pytest.approx((-1.0, beside - 1))]
    same = compare(outcomes("+-" * 25), (), outcomes("+-" * 25), ()).differences["must_contain"]
    assert (same.low, same.high) == pytest.approx((-high, high))
    assert (same.difference, same.p) == (0.0, 1.0)


def test_holm_is_as_in_a_worked_example() -> None:
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert holm({"a": 0.4, "b": 0.9}) == {"a": 0.8, "b": 0.9}
    assert holm({}) == {}


def test_what_has_no_better_direction_is_not_among_those_corrected_for() -> None:
    a, b = outcomes("+" * 9), outcomes("r" * 9)
    names = ("outcome_answered", "must_contain")
    found = compare(a, (), b, (), metrics={name: METRICS[name] for name in names}).differences
    assert found["outcome_answered"].p_holm is None
    assert found["must_contain"].p_holm == found["must_contain"].p == pytest.approx(2 / 2**9, abs=0.002)
    doubled = corrected_for_all({"must_contain": found["must_contain"], "answered_f1": found["must_contain"]})
    assert doubled["must_contain"].p_holm == pytest.approx(2 * (found["must_contain"].p or 0))


def test_a_single_question_has_a_difference_and_no_test() -> None:
    found = compare(outcomes("+"), (), outcomes("-"), ()).differences["must_contain"]
    assert (found.difference, found.low, found.high, found.p, found.detectable, found.worse) == (-1.0, None, None, None, None, True)


def test_the_same_seed_gives_the_same_comparison() -> None:
    a, b = outcomes("+-+-r+-e"), outcomes("++++++++")
    assert compare(a, (), b, (), seed=4) == compare(a, (), b, (), seed=4)
    assert compare(a, (), b, (), seed=4) != compare(a, (), b, (), seed=5)
