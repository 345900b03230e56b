"""A follow-up made to stand by itself."""

from __future__ import annotations

from typing import Any

import pytest

from rag.asking import standalone
from rag.errors import QuestionError

HISTORY = [
    {"role": "user", "content": "How does KS-Lottery find winning tickets?"},
    {"role": "assistant", "content": "It compares embeddings with the Kolmogorov-Smirnov test. [1] It certifies them. [2][3]"},
]


def test_a_question_without_history_is_left_as_it_is() -> None:
    assert standalone("And why does it work?", []) == "And why does it work?"


def test_a_question_that_names_its_subject_is_left_as_it_is() -> None:
    assert standalone("What does CoWPiRec convert clicks into?", HISTORY) == "What does CoWPiRec convert clicks into?"


@pytest.mark.parametrize("question", ["How many parameters does it need?", "And in practice?", "Why?", "What do the authors prove?"])
def test_a_question_that_leans_gets_topic_and_names_without_markers(question: str) -> None:
    assert standalone(question, HISTORY) == f"{question} (How does KS-Lottery find winning tickets? Kolmogorov-Smirnov)"


def test_the_topic_is_the_last_question_that_stood_by_itself() -> None:
    history = [
        *HISTORY,
        {"role": "user", "content": "What does BLSP align in large language models?"},
        {"role": "assistant", "content": "Speech and text. [1]"},
        {"role": "user", "content": "Why that?"},
        {"role": "assistant", "content": "To keep behaviour. [1]"},
    ]
    assert (
        standalone("And how long does it take?", history) == "And how long does it take? (What does BLSP align in large language models?)"
    )


def test_markers_that_a_user_copied_are_left_out_of_the_topic() -> None:
    history = [{"role": "user", "content": "Does KS-Lottery certify its tickets [2]?"}]
    assert standalone("Why is it so?", history) == "Why is it so? (Does KS-Lottery certify its tickets?)"


def test_a_system_message_is_no_topic() -> None:
    assert standalone("Why is it so?", [{"role": "system", "content": "You are KIND."}]) == "Why is it so?"


@pytest.mark.parametrize(
    "message",
    [{"role": "user"}, {"content": "x"}, {}, "hello", None, 3, {"role": "user", "content": None}, {"role": "user", "content": ["x"]}],
)
def test_a_malformed_message_is_quoted(message: Any) -> None:
    with pytest.raises(QuestionError) as caught:
        standalone("Why?", [message])
    assert str(caught.value) == f'A message of the history must have "role" and "content", both text, not {message!r}.'
