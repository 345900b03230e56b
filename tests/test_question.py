"""Reading a question: its kind, its names, and what is no question at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.model.errors import QuestionError
from rag.questions.question import LONGEST, Question, read_question


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


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("How many papers are from 2024?", "count"),
        ("papers per year", "count"),
        ("average number of authors per paper", "count"),
        ("Which papers have two authors?", "list"),
        ("Do any abstracts mention Danish?", "list"),
        ("the five most upvoted", "superlative"),
        ("latest paper on speech", "superlative"),
        ("What's the newest thing you have?", "superlative"),
        ("Top three by upvotes?", "superlative"),
        ("How many upvotes does the most upvoted paper of 2023 have?", "superlative"),
        ("What is the latest one with a question mark in the title?", "superlative"),
        ("Where is Dutch mentioned?", "list"),
        ("Is Swahili mentioned anywhere?", "list"),
        ("Which two papers are the oldest?", "superlative"),
        ("How does BLSP differ from BLSP-KD?", "comparison"),
        ("GSLM versus AudioLM", "comparison"),
        ("Which works deal with sign language?", "list"),
        ("Does fine-tuning make up for old data?", "yesno"),
        ("What is conditional training?", "definition"),
        ("Tell me about SLTrain.", "definition"),
        ("What does 'translate-training' refer to?", "definition"),
        ("How many hours of speech was SmallNet trained on?", "numeric"),
        ("Why does CLIP forget?", "why"),
        ("How are tickets found?", "how"),
        ("Which dataset did UniVL use?", "fact"),
        ("and in 2023?", "followup"),
        ("What about Portuguese?", "followup"),
        ("Why?", "followup"),
        ("hello", "small talk"),
        ("Thank you!", "small talk"),
        ("What can you do?", "about"),
        ("What is in this corpus?", "about"),
        ("How many upvotes does AudioPaLM have?", "fact"),
    ],
)
def test_the_form_of_a_question_is_told_more_finely(text: str, form: str) -> None:
    assert read_question(text).form == form


@pytest.mark.parametrize(
    "text",
    [
        "How many papers did the survey review?",
        "How many studies were included in the meta-analysis?",
        "How many abstracts were annotated by two annotators?",
        "How many languages do the papers cover?",
        "What is the most recent model of OpenAI?",
        "What was the first paper to use contrastive learning for speech?",
        "What is the last layer of the model used for?",
        "How many titles did the classifier label?",
        "What share of papers do they keep after filtering?",
        "What does the latest paper on speech tokens propose?",
        "What is the average number of upvotes a Reddit comment gets?",
        "What were the top 5 systems in the challenge?",
        "Which language has the most speakers?",
        "how did data2vec 2.0 become so much faster than the first one",
    ],
)
def test_what_abstracts_say_is_not_counted_in_the_catalogue(text: str) -> None:
    assert read_question(text).form not in ("count", "list", "superlative")


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


@settings(max_examples=60)
@given(text=st.text(st.characters(), max_size=80))
def test_any_text_is_a_question_or_a_clear_error(text: str) -> None:
    try:
        question = read_question(text)
    except QuestionError as error:
        assert str(error).startswith("The question is")  # noqa: PT017
    else:
        assert isinstance(question, Question)
        assert question.text.strip() == question.text != ""
