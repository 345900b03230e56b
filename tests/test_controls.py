"""Controls: claims known to be right or wrong, planted among those that a judge is given."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from eval.controls import (
    ALTERATIONS,
    KINDS,
    catch_rates,
    dropped_condition,
    exchanged_names,
    exchanged_roles,
    judged_with_controls,
    negated,
    plant,
    reworded,
    share_of,
    wrong_number,
)
from eval.judges.tasks import Task, is_verbatim
from eval.records import Control, Row, Verdict
from rag.assistant import Assistant
from rag.model.records import Abstract, Citation, Claim
from tests import cases

TEXT = (
    "We propose NestNet, which outperforms BirdBERT on 12 tasks. It was trained on Alpine recordings of 48 hours. "
    "Results may improve when more labels are given."
)
OTHER = "We study the tides of the northern sea. The moon explains most of them."
ABSTRACTS = {one: Abstract(one, None, text, one) for one, text in (("a1", TEXT), ("a2", OTHER))}


def quoting(start: int, end: int, said: str = "", by: str = "verbatim") -> Row:
    """An answer of one claim, which cites a slice of the first abstract; by default it is that slice."""
    cited = Citation(1, "sentence", "a1", "a1", TEXT[start:end], start, end)
    made = Claim("evidence", said or TEXT[start:end], (1,), verdict_by=by)
    return cases.row(cases.answered(made, citations=(cited,)), retrieved=(("a1", 2.0), ("a2", 1.0)))


class Listening:
    """A judge that notes what it is asked, and accepts all of it."""

    name = "listening"

    def __init__(self, *gatekeeper_of: str) -> None:
        self.gatekeeper_of = frozenset(gatekeeper_of)
        self.asked: list[Task] = []

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        self.asked += tasks
        return [task.verdict("supported", 1.0) for task in tasks]


@pytest.mark.parametrize(
    ("alter", "sentence", "altered"),
    [
        (negated, "We propose NestNet.", "We do not propose NestNet."),
        (negated, "It is trained on birds.", "It is not trained on birds."),
        (negated, "NestNet improves recall.", "NestNet does not improve recall."),
        (negated, "It is not trained on birds.", None),
        (exchanged_names, "We hold NestNet against BirdBERT in the wild.", "We hold BirdBERT against NestNet in the wild."),
        (exchanged_names, "We test NestNet and BirdBERT.", None),
        (exchanged_roles, "Small models outperform large models on birds.", "large models outperform Small models on birds."),
        (exchanged_roles, "It listens to birds.", None),
        (dropped_condition, "Results may improve with labels.", "Results always improve with labels."),
        (dropped_condition, "The model is right about birds if it is trained on them.", "The model is right about birds."),
        (dropped_condition, "If it is trained, it is right about all birds.", "It is right about all birds."),
        (wrong_number, "It listens to birds.", None),
    ],
)
def test_a_sentence_is_altered_in_one_place_or_left_alone(alter: object, sentence: str, altered: str | None) -> None:
    assert alter(sentence, Random(1)) == altered  # type: ignore[operator]


def test_a_wrong_number_is_another_number_of_the_same_form() -> None:
    for seed in range(20):
        said = wrong_number("It takes 1,200 hours and 4.5 days.", Random(seed))
        assert said is not None
        assert said != "It takes 1,200 hours and 4.5 days."
        assert len(said) == len("It takes 1,200 hours and 4.5 days.")


def test_a_turn_of_phrase_is_exchanged_for_one_that_says_the_same() -> None:
    assert reworded("We propose NestNet.") == "The authors propose NestNet."
    assert reworded("Birds sing.") is None


def test_an_answer_gets_two_wrong_controls_and_a_right_one_the_same_each_time() -> None:
    row = quoting(0, TEXT.index(" It was"))
    found = plant(row, ABSTRACTS.get, 1.0)
    assert found == plant(row, ABSTRACTS.get, 1.0)
    assert [one.supported for one in found] == [False, False, True]
    assert len({one.kind for one in found}) == 3
    assert {one.kind for one in found[:2]} <= set(KINDS)
    for one in found:
        assert is_verbatim(one.task) == (one.kind == "untouched")


def test_controls_are_planted_in_about_so_many_questions_of_a_run_and_only_where_something_is_cited() -> None:
    assert (share_of(30), share_of(600), share_of(0)) == (1.0, 0.1, 0.0)
    rows = [cases.row(quoting(0, 30).answer, id=f"q{number}", retrieved=()) for number in range(600)]
    assert 40 < sum(bool(plant(row, ABSTRACTS.get, share_of(600))) for row in rows) < 80
    assert plant(cases.row(cases.REFUSED), ABSTRACTS.get, 1.0) == ()
    assert plant(cases.row(None), ABSTRACTS.get, 1.0) == ()


def test_the_judge_is_not_told_which_claims_are_planted_and_its_verdicts_on_them_are_kept_apart() -> None:
    judge = Listening()
    row = quoting(0, TEXT.index(" It was"), "NestNet is better than BirdBERT.", by="local")
    verdicts, controls = judged_with_controls(row, ABSTRACTS.get, judge, 1.0)
    assert [one.claim for one in verdicts if one.against == "cited"] == [0]
    assert [one.right for one in controls] == [False, False, True]
    first = judge.asked[:4]
    assert {(one.against, one.question_id) for one in first} == {("cited", "q")}
    assert {one.said for one in controls} <= {one.said for one in first}


def test_a_cited_sentence_word_for_word_needs_no_judge() -> None:
    judge = Listening()
    (said, *_), _ = judged_with_controls(quoting(0, TEXT.index(" It was")), ABSTRACTS.get, judge, 0.0)
    assert (said.decision, said.by) == ("supported", "verbatim")
    assert judge.asked == []
    altered = quoting(0, TEXT.index(" It was"), TEXT[: TEXT.index(" It was")].replace("12", "21"))
    judged_with_controls(altered, ABSTRACTS.get, judge, 0.0)
    assert [task.said for task in judge.asked] == [TEXT[: TEXT.index(" It was")].replace("12", "21")]


def test_what_a_judge_let_into_the_answer_is_marked_as_its_own() -> None:
    row = quoting(0, TEXT.index(" It was"), "NestNet is better than BirdBERT.", by="strict-model")
    (own, *_), _ = judged_with_controls(row, ABSTRACTS.get, Listening("strict-model"), 0.0)
    (foreign, *_), _ = judged_with_controls(row, ABSTRACTS.get, Listening("other-model"), 0.0)
    assert (own.by, foreign.by) == ("own", "")


def test_rates_are_counted_by_kind_without_what_the_judge_failed_on() -> None:
    said = [
        ("wrong number", False, "absent"),
        ("wrong number", False, "supported"),
        ("negation", False, "unscored"),
        ("reworded", True, "weak"),
    ]
    controls = [Control("q", kind, supported, "x", decision) for kind, supported, decision in said]  # type: ignore[arg-type]
    assert catch_rates(controls) == {"wrong number": (1, 2), "reworded": (0, 1)}


def test_every_alteration_finds_something_to_alter_in_the_corpus(assistant: Assistant) -> None:
    abstracts = assistant.abstracts()
    made = {kind: sum(alter(one.text, Random(one.id)) is not None for one in abstracts) for kind, alter in ALTERATIONS.items()}
    assert min(made.values()) > len(abstracts) // 5, made
