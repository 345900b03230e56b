"""Metrics against the reference answer, the question, the contexts and the history, on cases small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from eval.metrics import not_compared
from eval.metrics.answer_correctness import answer_correctness, correctness_precision, correctness_recall
from eval.metrics.context import context_precision, context_recall, context_utilisation, noise_sensitivity
from eval.metrics.conversation import followup_evidence, followup_recall
from eval.metrics.registry import METRICS, aggregate, breakdown
from eval.metrics.relevance import answer_relevance
from eval.metrics.statements import asked, said_text, statements
from eval.records import Question, Row, Verdict
from tests.cases import ANSWERED, NEAREST, REFUSED, answered, claim, row, sentence, span, verdicts

TWO = answered(claim("A", 1), claim("B", 2), citations=2)
MACHINE = {"system": "Linux", "processor": "x86_64", "cores": 4}


def test_statements_are_sentences_cut_at_semicolons() -> None:
    assert statements("It is 4 % better; it is faster. No.") == ("It is 4 % better", "it is faster.", "No.")
    assert (statements(""), statements("–")) == ((), ())


def test_correctness_is_the_f1_of_claims_and_statements() -> None:
    one = row(TWO, answer="It reads; it writes; it speaks.")
    judged = verdicts("0 reference +, 1 reference -, 0 answer +, 1 answer ~, 2 answer -")
    assert correctness_precision(one, judged) == 0.5
    assert correctness_recall(one, judged) == pytest.approx(1 / 3)
    assert answer_correctness(one, judged) == pytest.approx(0.4)
    assert answer_correctness(one, verdicts("0 reference -, 1 reference -, 0 answer -, 1 answer -, 2 answer -")) == 0.0


def test_what_does_not_answer_an_answerable_question_is_not_correct() -> None:
    for one in (REFUSED, None, answered(), answered(claim("No rate.", 1, kind="absence"), citations=1)):
        found = row(one, answer="It reads.")
        assert [measure(found, ()) for measure in (correctness_precision, correctness_recall, answer_correctness)] == [0.0, 0.0, 0.0]
    assert answer_correctness(row(NEAREST, answer="It reads."), verdicts("1 reference +, 0 answer +")) == 1.0


@pytest.mark.parametrize(
    "question",
    [
        {"answer": ""},
        {"answer": "It.", "answerable": False},
        {"answer": "2.", "number": 2},
        {"answer": "A.", "members": ("a",)},
        {"answer": "It is not.", "kind": "false_premise"},
    ],
)
def test_without_a_reference_in_words_correctness_has_no_say(question: dict[str, Any]) -> None:
    one = row(TWO, **question)
    assert not METRICS["answer_correctness"].applies(one)
    assert answer_correctness(one, verdicts("0 reference +, 1 reference +, 0 answer +")) is None


def test_a_judge_that_fails_leaves_correctness_unscored() -> None:
    found = aggregate([row(TWO, answer="It reads.")], verdicts("0 reference +, 1 reference ?, 0 answer +"))
    assert [(found[name].n, found[name].of) for name in ("answer_correctness", "correctness_recall")] == [(0, 1), (1, 1)]


def test_relevance_is_the_share_of_claims_that_address_the_question() -> None:
    assert answer_relevance(row(TWO), verdicts("0 question +, 1 question -")) == 0.5
    assert [answer_relevance(row(one), ()) for one in (REFUSED, None, answered())] == [0.0, 0.0, 0.0]
    assert answer_relevance(row(TWO, answerable=False), verdicts("0 question +, 1 question -")) is None
    for counted in ({"number": 2}, {"members": ("a",)}):
        assert answer_relevance(row(TWO, **counted), verdicts("0 question +, 1 question -")) is None


def retrieved(*ids: str) -> tuple[tuple[str, float], ...]:
    return tuple((one, 1 / place) for place, one in enumerate(ids, start=1))


def test_context_precision_is_the_mean_precision_at_the_relevant_ranks() -> None:
    one = row(TWO, gold=("g1", "g2", "g3"), marginal=("m",), retrieved=retrieved("m", "g1", "x", "g2"))
    assert context_precision(one, ()) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert context_precision(row(TWO, gold=("g",), retrieved=retrieved("x")), ()) == 0.0
    assert context_precision(row(None, gold=("g",)), ()) == 0.0
    assert context_precision(row(TWO, gold=("g",), retrieved=retrieved(*map(str, range(10)), "g")), ()) == 0.0


def test_context_recall_and_utilisation_are_of_the_gold_evidence() -> None:
    said = answered(claim("A", 1), citations=(sentence(1, "a1", 0, 100),))
    spans = (span("a1", 10, 40), span("a1", 200, 240), span("a2", 0, 10), span("a3", 0, 10))
    one = row(said, gold=("a1", "a2", "a3"), evidence=spans, retrieved=retrieved("a1", "x", "a2"))
    assert context_recall(one, ()) == 0.75
    assert context_utilisation(one, ()) == pytest.approx(1 / 3)
    assert context_recall(row(said, gold=("a1", "a9"), retrieved=retrieved("a1")), ()) == 0.5
    nothing = row(REFUSED, gold=("a1",), evidence=spans[:1], retrieved=retrieved("x"))
    assert (context_recall(nothing, ()), context_utilisation(nothing, ())) == (0.0, None)
    assert not METRICS["context_utilisation"].applies(nothing)
    unused = row(REFUSED, gold=("a1",), evidence=spans[:1], retrieved=retrieved("a1"))
    assert context_utilisation(unused, ()) == 0.0


def test_without_gold_the_judge_says_what_the_contexts_bear_out() -> None:
    one = row(TWO, answer="It reads; it writes.", retrieved=retrieved("a", "b", "c"))
    judged = verdicts("0 context 1 -, 0 context 2 +, 0 context 3 -, 1 context 1 -, 1 context 2 -, 1 context 3 -, 0 answer -, 1 answer +")
    assert context_precision(one, judged) == 0.5
    assert context_recall(one, judged) == 0.5
    assert context_utilisation(one, judged) == 0.0
    assert context_precision(one, ()) is None
    assert [context_recall(one, verdicts("0 context 1 ?, 0 context 2 +, 1 context 1 +, 1 context 2 +"))] == [1.0]
    assert context_recall(one, verdicts("0 context 1 ?, 0 context 2 -, 1 context 1 +, 1 context 2 +")) is None


def test_contexts_that_were_not_drawn_on_are_not_waited_for() -> None:
    one = row(TWO, answer="It reads.", retrieved=retrieved("a", "b", "c"))
    assert context_precision(one, verdicts("0 context 1 -, 0 context 2 +")) == 0.5


def misled(one: Row, judged: tuple[Verdict, ...]) -> tuple[float | None, float | None]:
    return noise_sensitivity(True, one, judged), noise_sensitivity(False, one, judged)


def test_noise_is_what_contexts_bear_out_and_the_reference_does_not() -> None:
    said = answered(claim("A", 1), claim("B", 1), claim("C", 2), claim("D", 2), citations=2)
    one = row(said, answer="It reads.", gold=("a1",), retrieved=retrieved("a1", "a2"))
    right = "0 reference +, 1 reference -, 2 reference -, 3 reference -, "
    assert misled(one, verdicts(right + "0 retrieved +, 1 retrieved +, 2 retrieved +, 3 retrieved -")) == (0.25, 0.25)
    elsewhere = Verdict("q", 3, "retrieved", None, "supported", source="a1")  # though it cites a2
    rest = verdicts(right + "0 retrieved +, 1 retrieved -, 2 retrieved -")
    assert misled(one, (*rest, elsewhere)) == (0.25, 0.0)
    assert misled(one, rest) == (None, None)
    assert misled(row(REFUSED, answer="It reads.", gold=("a1",), retrieved=retrieved("a1")), ()) == (None, None)


TURNS = ({"role": "user", "content": "What is A?"}, {"role": "assistant", "content": "A net."})


def test_follow_ups_are_counted_apart_and_by_the_turns_before_them() -> None:
    gold: dict[str, Any] = {"evidence": (span("a1", 0, 10),), "gold": ("a1",), "retrieved": retrieved("x", "a1")}
    rows = [row(ANSWERED, id="1", history=TURNS, **gold), row(ANSWERED, id="2", history=TURNS * 2, **gold), row(ANSWERED, id="3", **gold)]
    assert [followup_evidence(one, ()) for one in rows] == [1.0, 1.0, None]
    assert [followup_recall(one, ()) for one in rows] == [1.0, 1.0, None]
    found = breakdown(rows, (), "turns")
    assert {name: one["mrr"].n for name, one in found.items()} == {"0 turns before": 1, "1 turn before": 1, "2 turns before": 1}


def test_a_follow_up_is_asked_behind_the_last_turn_of_the_user() -> None:
    assert asked(Question("q", "followup", "How big?", history=({"role": "user", "content": "Hello."}, *TURNS))) == "What is A? How big?"
    assert asked(Question("q", "fact", "How big?")) == "How big?"


def test_an_answer_is_its_claims_behind_their_openings_in_english() -> None:
    said = answered(
        claim("line", kind="collection"), claim("Near.", 1, kind="absence"), claim("It  reads.", 1), claim("Es liest.", 1), citations=1
    )
    assert said_text(row(said)) == "It reads. Es liest."
    assert said_text(row(answered(claim("2 papers.", 1, kind="collection"), citations=1))) == "2 papers."


def test_times_are_compared_only_on_one_machine_in_one_state() -> None:
    times = {"latency_median", "latency_p95"}
    assert not_compared({"machine": MACHINE}, {"machine": dict(MACHINE)}) == set()
    for other in ({}, {"machine": None}, {"machine": MACHINE | {"cores": 2}}, {"machine": MACHINE | {"processor": "arm64"}}):
        assert not_compared({"machine": MACHINE}, other) == times
    unknown = {"machine": MACHINE | {"cores": None}}
    assert not_compared(unknown, unknown) == times
    idle, busy = {"machine": MACHINE | {"load": 0.2}}, {"machine": MACHINE | {"load": 3.9}}
    assert not_compared(idle, busy) == times
    assert not_compared(idle, idle) == not_compared(idle, {"machine": MACHINE}) == set()
