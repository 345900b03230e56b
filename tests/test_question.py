"""Reading a question: its kind, its names, and what is no question at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.question import LONGEST, Question, read_question


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What is CoWPiRec?", "fact"),
        ("On which benchmark does DMDNet reach the top result?", "fact"),
        ("How many hours of speech was SmallNet trained on?", "numeric"),
        ("What share of the data is kept?", "numeric"),
        ("Why does CLIP forget?", "why"),
        ("How does KS-Lottery find winning tickets?", "how"),
        ("Which papers use LoRA?", "survey"),
        ("Compare BLSP and TencentPretrain.", "survey"),
        ("Which dataset did the authors use?", "fact"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_wording(text: str, kind: str) -> None:
    assert read_question(text).kind == kind


def test_names_and_content_words_are_kept_apart_from_the_wording() -> None:
    question = read_question("  How does KS-Lottery\n find winning tickets? ")
    assert question.text == "How does KS-Lottery find winning tickets?"
    assert question.names == ("KS-Lottery",)
    assert question.short.stems == ("ks", "lotteri", "find", "win", "ticket")


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_an_empty_question_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(QuestionError, match=r"The question is empty\. Type for example: rag ask"):
        read_question(text)


def test_an_overlong_question_is_refused_with_its_length() -> None:
    assert read_question("x" * LONGEST).text == "x" * LONGEST
    with pytest.raises(QuestionError, match=r"The question has 4,001 characters; at most 4,000 are read\."):
        read_question("x" * (LONGEST + 1))


def test_bytes_that_are_no_characters_are_no_question() -> None:
    with pytest.raises(QuestionError, match="The question is not text"):
        read_question("What is caf\udce9?")


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=80))
def test_any_text_is_a_question_or_a_clear_error(text: str) -> None:
    try:
        question = read_question(text)
    except QuestionError as error:
        assert str(error).startswith("The question is")  # noqa: PT017
    else:
        assert isinstance(question, Question)
        assert question.text.strip() == question.text != ""
