"""Who asks what a paper is gets the sentence that introduces it first."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("summarize the CLASP paper", "This study introduces CLASP"),
        ("What is MoE-LPR?", "In this paper, we propose a method called MoE-LPR"),
        ("tell me about audiopalm", "We introduce AudioPaLM"),
        ("What's the main idea of KS-Lottery?", "In this paper, we propose KS-Lottery"),
    ],
)
def test_the_introduction_comes_first(assistant: Assistant, question: str, first: str) -> None:
    answer = assistant.ask(question)
    assert answer.citations[0].quote.startswith(first)
    assert len({one.abstract_id for one in answer.citations}) == 1
    assert len(answer.text.split()) <= 130


def test_a_question_for_more_than_that_is_answered_as_asked(assistant: Assistant) -> None:
    answer = assistant.ask("How does KS-Lottery find winning tickets?")
    assert not answer.citations[0].quote.startswith("In this paper, we propose KS-Lottery")
