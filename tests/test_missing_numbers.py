"""A number that is asked for and not reported is said by name to be missing; one that is reported is not."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant


@pytest.mark.parametrize(
    "question",
    [
        "On how many TPUs was AudioPaLM trained?",
        "What batch size did the CLASP authors train with?",
    ],
)
def test_an_abstract_that_is_here_and_does_not_report_the_number_is_named_with_what_it_lacks(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.outcome == "nearest"
    assert answer.reason is not None
    assert "is in the corpus, but its abstract does not report this: " in answer.reason
    assert answer.citations


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("How many languages does CLASP's encoder cover?", "100"),
        ("How much memory can SLTrain save for a 7B LLaMA?", "73"),
        ("How many samples does HateCOT hold?", "52"),
    ],
)
def test_a_number_that_is_reported_is_answered(assistant: Assistant, question: str, number: str) -> None:
    answer = assistant.ask(question)
    assert (answer.outcome, number in answer.text) == ("answered", True)


def test_the_thing_is_named_as_the_question_writes_it(assistant: Assistant) -> None:
    reason = assistant.ask("On how many TPUs was AudioPaLM trained?").reason
    assert reason is not None
    assert reason.endswith("but its abstract does not report this: TPUs.")
