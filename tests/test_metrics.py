"""Metrics that a judge decides, on answers small enough to count by hand: faithfulness, citations, refusals."""

from __future__ import annotations

import pytest

from eval.metrics.citations import (
    citation_precision,
    citation_recall,
    grades_of,
    invalid_citations,
    missing_citations,
    redundant_citations,
    unsupported_citations,
)
from eval.metrics.faithfulness import faithfulness_cited, faithfulness_retrieved, unscored_parts
from eval.metrics.refusal import OUTCOMES, risk_curve
from eval.metrics.registry import METRICS, aggregate, breakdown
from tests.cases import ANSWERED, NEAREST, REFUSED, answered, claim, row, span, verdicts

INFO = type(REFUSED)("Q?", "Q?", "info", reason="Hello.")


def test_faithfulness_is_supported_claims_by_evidence_claims() -> None:
    one = row(answered(claim("A", 1), claim("B", 2), claim("C", 1), claim("D", 2), citations=2))
    assert faithfulness_cited(one, verdicts("0 cited +, 1 cited +, 2 cited ~, 3 cited -")) == 0.5


def test_counts_and_absences_are_no_evidence_claims() -> None:
    one = row(answered(claim("A", 1), claim("2 papers", 1, kind="collection"), claim("No rate.", 1, kind="absence"), citations=1))
    assert faithfulness_cited(one, verdicts("0 cited +")) == 1.0
    only_absence = row(answered(claim("No rate.", 1, kind="absence"), citations=1))
    assert faithfulness_cited(only_absence, ()) is None


def test_a_claim_that_cites_nothing_or_an_invented_number_is_not_supported() -> None:
    one = row(answered(claim("A", 1), claim("B"), claim("C", 7), citations=1))
    assert faithfulness_cited(one, verdicts("0 cited +")) == pytest.approx(1 / 3)
    assert citation_recall(one, verdicts("0 cited +")) == pytest.approx(1 / 3)
    assert (missing_citations(one, ()), invalid_citations(one, ())) == (2.0, 1.0)


def test_one_unscored_claim_leaves_the_question_unscored() -> None:
    one = row(answered(claim("A", 1), claim("B", 1), citations=1))
    assert faithfulness_cited(one, verdicts("0 cited +, 1 cited ?")) is None
    assert faithfulness_cited(one, verdicts("0 cited +")) is None


def test_of_two_verdicts_on_the_same_the_last_holds() -> None:
    assert faithfulness_cited(row(ANSWERED), verdicts("0 cited ?, 0 cited +")) == 1.0


def test_refusals_errors_and_empty_answers_have_no_faithfulness() -> None:
    for one in (row(REFUSED), row(None), row(INFO), row(answered())):
        assert faithfulness_cited(one, ()) is None
        assert not METRICS["faithfulness_cited"].applies(one)


def test_faithfulness_to_what_was_retrieved_does_not_need_citations() -> None:
    one = row(answered(claim("A"), claim("B", 1), citations=1), retrieved=(("a1", 1.0),))
    assert faithfulness_retrieved(one, verdicts("0 retrieved +, 1 retrieved -")) == 0.5
    assert faithfulness_retrieved(one, verdicts("0 retrieved +")) is None
    assert faithfulness_retrieved(row(ANSWERED), ()) == 0.0  # nothing was retrieved, so nothing supports it


def test_unscored_counts_failed_verdicts_and_claims_that_nobody_judged() -> None:
    one = row(answered(claim("A", 1), claim("B", 1), claim("C"), citations=1))
    assert unscored_parts(one, verdicts("0 cited ?, 0 cited +, 0 retrieved ?")) == (2.0, 3.0)


# ALCE, Gao et al. 2023, section 4 and appendix: a citation is irrelevant if it alone does not support the claim and the
# others do without it.
@pytest.mark.parametrize(
    ("judged", "grades", "precision"),
    [
        ("0 cited +, 0 alone 1 +, 0 without 1 -, 0 alone 2 -, 0 without 2 +", ["precise", "redundant"], 0.5),
        ("0 cited +, 0 alone 1 -, 0 without 1 -, 0 alone 2 -, 0 without 2 -", ["precise", "precise"], 1.0),
        ("0 cited +, 0 alone 1 +, 0 without 1 +, 0 alone 2 +, 0 without 2 +", ["precise", "precise"], 1.0),
        ("0 cited -, 0 alone 1 +, 0 alone 2 +", ["unsupported", "unsupported"], 0.0),
        ("0 cited +, 0 alone 1 ?, 0 without 1 -, 0 alone 2 +", ["precise", "precise"], 1.0),
        ("0 cited +, 0 alone 1 ?, 0 without 1 +, 0 alone 2 +", [None, "precise"], None),
        ("0 cited +, 0 alone 1 -, 0 without 1 ?, 0 alone 2 +", [None, "precise"], None),
        ("0 cited ?", [None, None], None),
        ("", [None, None], None),
    ],
    ids=["one redundant", "both needed", "both sufficient", "unsupported", "alone unknown", "unknown", "dropped unknown", "failed", "none"],
)
def test_a_citation_is_precise_if_it_supports_alone_or_is_needed(judged: str, grades: list[str | None], precision: float | None) -> None:
    one = row(answered(claim("A", 1, 2), citations=2))
    assert grades_of(one, verdicts(judged)) == grades
    assert citation_precision(one, verdicts(judged)) == precision


def test_an_invented_number_is_imprecise_and_a_single_citation_needs_no_more_verdicts() -> None:
    one = row(answered(claim("A", 1, 9), claim("B", 1, 1), citations=1))
    judged = verdicts("0 cited +, 1 cited +")
    assert grades_of(one, judged) == ["precise", "invalid", "precise"]
    assert citation_precision(one, judged) == pytest.approx(2 / 3)
    assert citation_recall(one, judged) == 1.0


def test_more_than_three_citations_are_all_looked_at() -> None:
    one = row(answered(claim("A", 1, 2, 3, 4), citations=4))
    judged = verdicts("0 cited +, 0 alone 1 +, " + ", ".join(f"0 alone {n} -, 0 without {n} +" for n in (2, 3, 4)))
    assert citation_precision(one, judged) == 0.25
    assert redundant_citations(one, judged) == 3.0


def test_claims_without_any_citation_have_precision_0_as_in_alce() -> None:
    assert citation_precision(row(answered(claim("A"))), ()) == 0.0


def test_wrong_citations_are_counted_by_what_is_wrong() -> None:
    one = row(answered(claim("A", 1, 2), claim("B", 2), claim("C", 5), claim("D"), citations=2))
    judged = verdicts("0 cited +, 0 alone 1 +, 0 alone 2 -, 0 without 2 +, 1 cited ~")
    found = [count(one, judged) for count in (invalid_citations, missing_citations, unsupported_citations, redundant_citations)]
    assert found == [1.0, 2.0, 1.0, 1.0]
    assert redundant_citations(one, verdicts("0 cited +, 1 cited ?")) is None


def test_every_question_ends_in_one_of_six_ways() -> None:
    rows = [row(one, id=str(place)) for place, one in enumerate((ANSWERED, NEAREST, REFUSED, INFO, None, answered()))]
    found = aggregate(rows, ())
    assert [found[f"outcome_{one.replace(' ', '_')}"].value for one in OUTCOMES] == pytest.approx([1 / 6] * 6)


def test_refusal_scores_are_those_of_trust_score() -> None:
    # Unanswerable: 3 refused, 1 answered, 1 error. Answerable: 4 answered, 1 refused, 1 without claims.
    unanswerable = [REFUSED, REFUSED, REFUSED, ANSWERED, None]
    answerable = [ANSWERED, ANSWERED, ANSWERED, ANSWERED, REFUSED, answered()]
    rows = [row(one, id=f"u{place}", answerable=False) for place, one in enumerate(unanswerable)]
    rows += [row(one, id=f"a{place}") for place, one in enumerate(answerable)]
    found = aggregate(rows, ())
    assert [found[f"refusal_{one}"].value for one in ("precision", "recall", "f1")] == pytest.approx([3 / 4, 3 / 5, 2 / 3])
    assert [found[f"answered_{one}"].value for one in ("precision", "recall", "f1")] == pytest.approx([4 / 5, 4 / 6, 8 / 11])
    assert found["grounded_refusal_f1"].value == pytest.approx((2 / 3 + 8 / 11) / 2)
    assert [found[f"refusal_{one}"].n for one in ("precision", "recall", "f1")] == [4, 5, 11]
    assert found["refusal_f1"].values["u0"] == 1.0
    assert found["refusal_f1"].values["u4"] == 0.0


def test_what_comes_nearest_is_no_plain_answer_and_its_evidence_counts() -> None:
    rows = [row(NEAREST, id="u", kind="absent_detail", answerable=False)]
    rows += [row(one, id=name, evidence=(span("a1", 0, 10),), gold=("a1",)) for name, one in (("a", NEAREST), ("b", ANSWERED))]
    found = aggregate(rows, verdicts("1 cited +", "u") + verdicts("1 cited +", "a") + verdicts("0 cited +", "b"))
    assert found["refusal_recall"].value == 1.0
    assert found["refusal_precision"].value == 0.5
    assert found["answered_recall"].value == 0.5
    assert [found[f"{one}_absent_detail"].value for one in ("refused", "nearest", "answered")] == [0.0, 1.0, 0.0]
    assert found["evidence_recall@120"].value == 1.0
    assert found["faithfulness_cited"].n == 3


def test_the_risk_of_answering_is_that_of_the_highest_chances_first() -> None:
    chances = [(0.9, True), (0.8, True), (0.6, False), (0.3, True), (0.1, False)]
    rows = [row(answered(answerability=chance), id=f"q{place}", answerable=right) for place, (chance, right) in enumerate(chances)]
    rows += [row(answered(), id="computed"), row(answered(answerability=0.5), id="f", kind="false_premise", answerable=False)]
    assert risk_curve(rows) == [
        (pytest.approx(0.2), 0.0),
        (pytest.approx(0.4), 0.0),
        (pytest.approx(0.6), pytest.approx(1 / 3)),
        (pytest.approx(0.8), 0.25),
        (1.0, 0.4),
    ]
    area = aggregate(rows, ())["risk_coverage_area"]
    assert area.value == pytest.approx((1 / 3 + 0.25 + 0.4) / 5)
    assert area.n == 5
    assert risk_curve([]) == []


def test_an_answer_that_only_says_what_is_not_reported_is_a_refusal() -> None:
    rows = [row(answered(claim("No rate is stated.", 1, kind="absence"), citations=1), kind="absent_detail", answerable=False)]
    found = aggregate(rows, ())
    assert (found["refusal_recall"].value, found["refused_absent_detail"].value, found["answered_precision"].value) == (1.0, 1.0, None)


def test_refusal_scores_are_undefined_where_nothing_is_unanswerable() -> None:
    found = aggregate([row(ANSWERED, id="1"), row(REFUSED, id="2")], ())
    assert [found[f"refusal_{one}"].value for one in ("precision", "recall", "f1")] == [0.0, None, None]
    assert found["grounded_refusal_f1"].value is None


def test_a_false_premise_may_be_corrected_or_refused_and_is_apart_from_the_refusal_scores() -> None:
    answers = {"corrected": ANSWERED, "refused": REFUSED, "misled": answered(claim("Because.", 2), citations=2), "error": None}
    rows = [row(one, id=name, kind="false_premise", evidence=(span("a1", 0, 10),)) for name, one in answers.items()]
    found = aggregate(rows, ())
    assert [found[f"false_premise_{one}"].value for one in ("corrected", "refused", "missed")] == [0.25, 0.25, 0.5]
    assert (found["refusal_precision"].of, found["answered_f1"].of, found["answered_f1"].value) == (0, 0, None)


def test_an_unscored_question_lowers_the_coverage_and_leaves_the_mean_alone() -> None:
    rows = [row(ANSWERED, id="1"), row(ANSWERED, id="2"), row(ANSWERED, id="3"), row(REFUSED, id="4"), row(None, id="5")]
    judged = verdicts("0 cited +", "1") + verdicts("0 cited -", "2") + verdicts("0 cited ?", "3") + verdicts("0 cited -", "other run")
    found = aggregate(rows, judged)["faithfulness_cited"]
    assert (found.value, found.n, found.of, found.coverage, found.values) == (0.5, 2, 3, 2 / 3, {"1": 1.0, "2": 0.0})
    assert aggregate(rows, judged)["unscored"].value == pytest.approx(1 / 3)


def test_a_run_that_nobody_judged_has_no_faithfulness_and_says_so() -> None:
    found = aggregate([row(ANSWERED)], ())
    assert (found["faithfulness_cited"].value, found["faithfulness_cited"].coverage, found["unscored"].value) == (None, 0.0, 1.0)


def test_metrics_are_broken_down_by_kind_tag_and_split() -> None:
    rows = [
        row(ANSWERED, id="1", kind="why", tags=("named", "yes"), split="dev"),
        row(REFUSED, id="2", kind="how", tags=("named",), split="test"),
        row(REFUSED, id="3", kind="how"),
    ]
    shown = {by: {name: one["outcome_answered"].value for name, one in breakdown(rows, (), by).items()} for by in ("kind", "tag", "split")}
    assert shown == {"kind": {"how": 0.0, "why": 1.0}, "tag": {"named": 0.5, "yes": 1.0}, "split": {"dev": 1.0, "test": 0.0}}


def test_two_rows_of_one_question_are_refused() -> None:
    with pytest.raises(ValueError, match="'q' has two rows"):
        aggregate([row(ANSWERED), row(None)], ())


def test_every_metric_says_what_it_is_and_where_it_applies() -> None:
    assert [name for name, one in METRICS.items() if name != one.name or not (one.about and one.rows)] == []
