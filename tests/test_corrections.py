"""Scores corrected for the errors of the judge, with intervals that hold what is not known of it; and how far people agree."""

from __future__ import annotations

import numpy as np
import pytest

from eval.corrections import corrections
from eval.records import Control, Label, Verdict
from eval.statistics.agreement import cohen_kappa, krippendorff_alpha
from eval.statistics.correction import Rates, corrected_share, prediction_powered
from tests import cases

GOOD = Rates(95, 100, 90, 100)


def test_the_formula_of_rogan_and_gladen() -> None:
    assert corrected_share(np.array([[0.0, 0.656, 1.0]] * 40), Rates(85, 100, 85, 100)).value == pytest.approx(0.7229, abs=1e-4)
    assert corrected_share(np.array([[0.0, 0.02, 1.0]] * 40), Rates(90, 100, 90, 100)).value == 0.0
    tossed = corrected_share(np.array([[0.0, 0.5, 1.0]] * 40), Rates(50, 100, 50, 100))
    assert (tossed.value, tossed.why) == (None, "The judge hardly tells right claims from wrong ones: nothing can be corrected.")


def test_a_judge_that_lets_errors_pass_is_corrected_downwards() -> None:
    parts = np.array([[0.0, 0.5, 1.0]] * 40)
    found = corrected_share(parts, Rates(100, 100, 60, 100))
    assert found.value == pytest.approx((0.5 - 0.4) / 0.6)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.1 < found.high < 0.45


def test_what_is_certain_is_not_corrected() -> None:
    assert corrected_share(np.array([[0.8, 0.1, 0.2]] * 40), Rates(100, 100, 75, 100)).value == pytest.approx(
        0.8 + 0.2 * (0.5 - 0.25) / 0.75
    )
    assert corrected_share(np.array([[1.0, 0.0, 0.0]] * 5), GOOD).why == "All claims are verbatim: no judge was needed."


def test_a_judge_that_accepted_everything_is_not_taken_for_one_that_always_will() -> None:
    found = corrected_share(np.array([[0.0, 1.0, 1.0]] * 39), Rates(97, 100, 187, 220))
    assert found.value == 1.0
    assert found.low is not None
    assert found.low < 0.98


def test_a_judge_without_skill_or_that_nobody_measured_corrects_nothing() -> None:
    parts = np.array([[0.0, 0.5, 1.0]] * 10)
    assert "hardly tells" in corrected_share(parts, Rates(50, 100, 52, 100)).why
    assert "validate-judge" in corrected_share(parts, Rates(0, 0, 3, 4)).why


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(7)
    truth, covered = 0.707, 0
    for seed in range(150):
        right = chance.random((100, 3)) < chance.beta(4 * truth, 4 * (1 - truth), (100, 1))
        accepted = np.where(right, chance.random((100, 3)) < 0.85, chance.random((100, 3)) > 0.85)
        rates = Rates(int(chance.binomial(100, 0.85)), 100, int(chance.binomial(136, 0.85)), 136)
        found = corrected_share(np.column_stack([np.zeros(100), accepted.mean(axis=1), np.ones(100)]), rates, seed=seed)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered >= 0.9 * 150  # 94 % over 1,000 (python -m benchmarks.correction); three standard errors below that


def test_people_correct_a_judge_that_flatters() -> None:
    chance = np.random.default_rng(3)
    right = chance.random(400) < 0.6
    judged = np.where(right, 1.0, (chance.random(400) < 0.7).astype(float))
    labels = np.where(np.arange(400) < 80, right.astype(float), np.nan)
    found = prediction_powered(judged, labels)
    assert judged.mean() > 0.8
    assert found.low is not None
    assert found.high is not None
    assert found.low < right.mean() < found.high
    assert prediction_powered(judged, np.where(np.arange(400) < 10, 1.0, np.nan)).why == "People labelled 10 claims; 20 are needed."


def test_agreement_beyond_chance() -> None:
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)  # a worked example that textbooks give for Cohen 1960
    assert cohen_kappa([("y", "y")]) is None
    assert cohen_kappa([]) is None


def test_alpha_takes_raters_who_miss_items() -> None:
    a = [None] * 5 + [3, 4, 1, 2, 1, 1, 3, 3, None, 3]
    b = [1, None, 2, 1, 3, 3, 4, 3, None, None, None, None, None, None, None]
    c = [None, None, 2, 1, 3, 4, 4, None, 2, 1, 1, 3, 3, None, 4]
    rows = [{name: str(said) for name, said in zip("abc", one, strict=True) if said is not None} for one in zip(a, b, c, strict=True)]
    assert krippendorff_alpha(rows) == pytest.approx(0.691, abs=1e-3)  # the example of Krippendorff 2011, nominal
    assert krippendorff_alpha([{"a": "y", "b": "y"}]) is None


def test_a_run_is_corrected_by_its_planted_controls_and_by_people() -> None:
    rows = [cases.row(cases.answered(cases.claim("It is so.", 1), citations=1), id=f"q{number}") for number in range(40)]
    verdicts = {row.question.id: (Verdict(row.question.id, 0, "cited", None, "supported"),) for row in rows}
    wrong = [Control("q1", "negation", False, "x", "supported" if number % 2 else "absent") for number in range(40)]
    right = [Control("q1", "reworded", True, "x", "supported") for _ in range(40)]
    manifest = {"judge": "unknown", "seed": 1}
    found = corrections(rows, verdicts, [*wrong, *right], (), manifest)
    assert (found.catch_rate, found.rates) == ((20, 40), Rates(40, 40, 20, 40))
    assert found.written.method == "Rogan-Gladen"
    labels = [Label(name, f"q{number}", 0, "supported" if number % 4 else "not") for number in range(30) for name in ("ann", "ben")]
    by_people = corrections(rows, verdicts, [], labels, manifest)
    assert by_people.written.method == "prediction-powered"
    assert by_people.written.value == pytest.approx(22 / 30)
    assert by_people.agreement is not None
    assert (by_people.agreement.people, by_people.agreement.claims, by_people.agreement.alpha) == (("ann", "ben"), 30, 1.0)
