"""Intervals of figures: against exact distributions by enumeration, and published values."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import comb

import numpy as np
import pytest

from benchmarks.coverage import CHANGES, FIGURES, Change, Figure, power, simulated, simulated_change
from eval.metrics.registry import aggregate
from eval.statistics.bootstrap import AREA, F1, MEAN_F1, RATIO, interval, quantile
from eval.statistics.exact import clopper_pearson, count_interval, rate_interval, t_quantile
from eval.statistics.resampling import RESAMPLES, middle, resampled
from tests.cases import ANSWERED, REFUSED, answered, claim, row


def means(*values: float) -> np.ndarray:
    """The parts of a mean."""
    return np.array([(value, 1.0) for value in values])


def test_bootstrap_means_of_three_values_are_spread_as_the_27_possible_resamples() -> None:
    values = (0.0, 0.3, 1.0)
    exact = Counter(round(sum(drawn) / 3, 9) for drawn in product(values, repeat=3))
    found = Counter(np.round(RATIO.values(resampled(3, 1), means(*values)), 9).tolist())
    assert set(found) == set(exact)
    assert [found[one] / RESAMPLES for one in exact] == pytest.approx([count / 27 for count in exact.values()], abs=0.03)
    low, high = middle(RATIO.values(resampled(3, 1), means(*values))) or (None, None)
    assert (low, high) == (0.0, 1.0)  # 1 of 27 resamples, 3.7 %, is all 0


def test_the_interval_of_a_mean_is_near_the_normal_one_for_many_questions() -> None:
    values = np.random.default_rng(3).uniform(size=400)
    low, high, _ = interval(means(*values), RATIO, share=True, seed=0)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_every_resample_draws_as_many_questions_as_there_are_and_repeats_for_its_seed() -> None:
    weights = resampled(5, 7)
    assert weights.shape == (RESAMPLES, 5)
    assert set(weights.sum(axis=1).tolist()) == {5}
    resampled.cache_clear()
    assert (resampled(5, 7) == weights).all()
    assert (resampled(5, 8) != weights).any()


def test_twelve_of_twelve_is_not_certain() -> None:
    rows = [row(ANSWERED, id=str(place)) for place in range(12)]
    found = aggregate(rows, ())
    right, wrong = found["outcome_answered"], found["outcome_refused"]
    assert (right.value, right.low, right.high) == pytest.approx((1.0, 0.7640, 1.0), abs=1e-4)
    assert (wrong.value, wrong.low, wrong.high) == pytest.approx((0.0, 0.0, 0.2360), abs=1e-4)
    assert right.interval == wrong.interval == "exact"


def test_equal_shares_that_are_not_0_or_1_have_a_width_too() -> None:
    low, high, how = interval(means(0.5, 0.5, 0.5, 0.5), RATIO, share=True, seed=0)
    assert (low, high) == pytest.approx((0.0676, 0.9324), abs=1e-4)  # as 2 of 4
    assert how == "effective n"
    assert interval(means(2.0, 2.0), RATIO, share=False, seed=0) == (None, None, "n too small")
    assert interval(means(*[2.0] * 12), RATIO, share=False, seed=0) == (2.0, 2.0, "bootstrap-t")


def test_one_question_has_no_interval() -> None:
    found = aggregate([row(ANSWERED)], ())["outcome_answered"]
    assert (found.value, found.low, found.high, found.interval, found.n) == (1.0, None, None, "", 1)
    nothing = aggregate([], ())["outcome_answered"]
    assert (nothing.value, nothing.low, nothing.n, nothing.of, nothing.coverage) == (None, None, 0, 0, 1.0)


def test_a_perfect_f1_gets_its_interval_from_the_questions_it_rests_on() -> None:
    rows = [row(REFUSED, id=f"u{place}", answerable=False) for place in range(3)] + [row(ANSWERED, id=f"a{place}") for place in range(40)]
    found = aggregate(rows, ())
    assert found["refusal_precision"].low == rate_interval(3, 3)[0]
    lows = [2 * low / (1 + low) for low in (rate_interval(3, 3)[0], rate_interval(40, 40)[0])]
    assert (found["refusal_f1"].low, found["answered_f1"].low) == pytest.approx(tuple(lows))
    both = found["grounded_refusal_f1"]
    assert (both.low, both.high) == pytest.approx((sum(lows) / 2, 1.0))
    assert both.interval == "combined"


def test_f1_is_of_the_sums_and_undefined_where_nothing_was_to_be_found() -> None:
    parts = np.array([(1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], dtype=float)
    assert F1.of(parts) == pytest.approx(4 / 6)
    assert F1.values(np.array([[2, 0, 0, 0], [1, 0, 3, 0], [0, 0, 1, 0], [0, 0, 0, 0]]), parts)[:2] == pytest.approx([1.0, 2 / 5])
    assert np.isnan(F1.values(np.array([[0, 0, 1, 0], [0, 0, 0, 0]]), parts)).all()
    assert MEAN_F1.of(np.hstack([parts, parts])) == pytest.approx(4 / 6)
    assert F1.of(np.empty((0, 3))) is None


@pytest.mark.parametrize(("share", "weights", "value"), [(0.5, (1, 1, 1, 1), 2), (0.95, (1, 1, 1, 1), 9), (0.5, (0, 0, 1, 3), 1)])
def test_a_quantile_is_the_nearest_rank(share: float, weights: tuple[int, ...], value: float) -> None:
    parts = np.array([(9.0, 1.0), (2.0, 1.0), (4.0, 1.0), (1.0, 1.0)])
    assert quantile(share).values(np.array([weights]), parts).tolist() == [value]


def test_resampling_is_over_questions_and_not_over_claims() -> None:
    many = answered(*[claim("A")] * 500)
    found = aggregate([row(many, id="1"), row(many, id="2")], ())["faithfulness_cited"]
    assert (found.value, found.n, found.low, found.high) == (0.0, 2, *rate_interval(0, 2))


def test_a_quantile_lies_between_two_ordered_values_or_n_is_too_small() -> None:
    times = np.stack([np.arange(1.0, 101.0), np.ones(100)], axis=1)
    assert interval(times, quantile(0.5), share=False, seed=0) == (40.0, 61.0, "order")
    assert interval(times, quantile(0.95), share=False, seed=0) == (90.0, 100.0, "order")
    assert interval(times[:71], quantile(0.95), share=False, seed=0) == (None, None, "n too small")
    assert interval(times[:5], quantile(0.5), share=False, seed=0) == (None, None, "n too small")


def test_no_event_in_fifty_questions_leaves_room_for_some() -> None:
    low, high, how = interval(means(*[0.0] * 50), RATIO, share=False, count=True, seed=0)
    assert (low, high) == pytest.approx((0.0, 3.689 / 50), abs=1e-4)
    assert how == "effective n"


def test_what_has_no_method_of_its_own_is_bootstrapped() -> None:
    parts = np.array([(0.9, 0.0, 1.0), (0.8, 1.0, 1.0), (0.7, 0.0, 1.0), (0.6, 1.0, 1.0)] * 5)
    low, high, how = interval(parts, AREA, share=True, seed=0)
    assert low is not None
    assert high is not None
    assert (how, low < (AREA.of(parts) or 0) < high) == ("bootstrap", True)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 20, 0.0866, 0.4910), (81, 263, 0.2527, 0.3676)]
)
def test_intervals_by_two_tails_are_those_of_the_tables(right: int, n: int, low: float, high: float) -> None:
    assert clopper_pearson(right, n) == pytest.approx((low, high), abs=1e-4)


def test_quantiles_of_student_and_of_counts_are_those_of_the_tables() -> None:
    assert [t_quantile(freedom) for freedom in (1, 4, 11, 36, 400)] == pytest.approx([12.7062, 2.7764, 2.2010, 2.0281, 1.9659], abs=1e-4)
    assert count_interval(0.1, 50, 0.1 / 50) == pytest.approx((5 * 0.3247 / 50, 5 * 2.3337 / 50), rel=0.08)  # Garwood's for 5 events, and t


@pytest.mark.parametrize("n", [5, 12, 37, 100])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9, 0.99])
def test_the_interval_of_a_rate_covers_95_percent_by_enumeration(n: int, share: float) -> None:
    chances = {right: comb(n, right) * share**right * (1 - share) ** (n - right) for right in range(n + 1)}
    covered = sum(chance for right, chance in chances.items() if rate_interval(right, n)[0] <= share <= rate_interval(right, n)[1])
    assert 0.95 <= covered <= 1


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_an_interval_covers_what_it_says_in_a_small_simulation(figure: Figure) -> None:
    now, _ = simulated(figure, 37, 60, seed=3, old=False)
    assert now.given == 0 or now.coverage >= 0.85  # of 60 with 95 % each, 51 or more: 99.9 %


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_interval_of_a_difference_covers_what_it_says_in_a_small_simulation(change: Change) -> None:
    now, _ = simulated_change(change, 37, 60, seed=3, old=False)
    assert now.given == 0 or now.coverage >= 0.85


def test_what_is_detectable_is_shown_four_times_in_five_after_the_correction() -> None:
    plain, corrected = power(60, 10, 100, seed=1)
    assert 0.68 <= corrected <= 0.92  # 80 of 100, and three standard errors
    assert plain > corrected
