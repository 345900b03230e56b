"""That a change of an answer does not go unnoticed: digests of what a reader sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import unchanged
from eval.questions import SHIPPED, load_questions
from rag.assistant import Assistant
from rag.model.answers import Answer
from rag.model.records import Citation, Claim

CITED = Citation(1, "sentence", "a1", "KS-Lottery", "It finds tickets.", 0, 17)
ANSWER = Answer("How?", "How?", "answered", (Claim("evidence", "It finds tickets.", (1,)),), (CITED,), answerability=0.9)


@pytest.mark.parametrize(
    "other",
    [
        replace(ANSWER, outcome="info"),
        replace(ANSWER, claims=(Claim("evidence", "It finds no tickets.", (1,)),)),
        replace(ANSWER, citations=(replace(CITED, end=16),)),
        replace(ANSWER, notices=("Something.",)),
        replace(ANSWER, table=(("year", "papers"), ("2024", "5"))),
    ],
)
def test_what_a_reader_sees_decides_the_digest(other: Answer) -> None:
    assert unchanged.digest(other) != unchanged.digest(ANSWER)


def test_scores_and_times_do_not() -> None:
    assert unchanged.digest(replace(ANSWER, answerability=0.8, seconds=3.0)) == unchanged.digest(ANSWER)


def test_the_shipped_questions_are_answered_as_before(assistant: Assistant) -> None:
    """Every tenth here; `make gate` holds all of them against their digests."""
    stored = unchanged.stored()
    questions = load_questions(SHIPPED)
    assert set(stored) == {one.id for one in questions}
    now = {one.id: unchanged.digest(assistant.ask(one.question, one.history)) for one in questions[::10]}
    assert {name for name, value in now.items() if stored[name] != value} == set()


def test_answers_that_differ_are_new_or_are_missing_are_named() -> None:
    assert unchanged.changed({"q1": "0", "q2": "1", "q3": "2"}, {"q1": "0", "q2": "9", "q4": "3"}) == ["q2", "q3", "q4"]
    assert unchanged.changed(unchanged.stored(), unchanged.stored()) == []
