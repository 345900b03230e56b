"""Which questions about the collection stand by themselves after another question, and which build on it."""

from __future__ import annotations

from typing import Any

import pytest

from rag.assistant import Assistant
from rag.chat import answer_messages
from rag.questions.followups import resolve_follow_up

ASKED = "What does WhisBERT train on?"
ONE: list[dict[str, Any]] = [
    {"role": "user", "content": ASKED, "standalone": ASKED},
    {"role": "assistant", "content": "On text.", "citations": [{"number": 1, "abstract_id": "bada8105fd79", "label": "WhisBERT"}]},
]


@pytest.mark.parametrize(
    "question",
    [
        "papers per year",
        "number of papers with comments",
        "the five most upvoted papers",
        "newest paper?",
        "most discussed paper",
        "how many papers have two authors",
        "How many of the papers are from 2023?",
        "papers from 2023",
        "papers by more than ten authors",
        "untitled abstracts",
        "list papers without a title",
        "average number of authors per paper",
        "which year has the most papers",
        "anything from 2019?",
        "share of papers from 2024",
        "what is the oldest abstract",
        "how many abstracts mention Whisper",
        "total number of papers",
        "in 2022, how many papers?",
        "papers on speech translation",
        "how many papers are there",
        "which paper has the most authors",
        "the five most upvoted",
        "most discussed?",
    ],
)
def test_a_whole_question_about_the_collection_stands_by_itself(question: str) -> None:
    assert resolve_follow_up(question, ONE).text == question


@pytest.mark.parametrize(
    "question",
    [
        "how many authors does it have?",
        "when was it published?",
        "how many authors?",
        "how many upvotes does the paper have?",
        "and the authors?",
        "which dataset?",
        "are there papers like it?",
        "papers that compare with it",
    ],
)
def test_a_question_that_points_back_does_not(question: str) -> None:
    assert "WhisBERT" in resolve_follow_up(question, ONE).text


@pytest.mark.parametrize(
    ("first", "then", "same_as"),
    [
        ("papers with two authors", "which of them are from 2023", "papers from 2023 with two authors"),
        ("papers from 2023", "how many of those", "how many papers from 2023"),
        ("papers from 2023", "and in 2022?", "papers from 2022"),
        ("papers from 2023", "only those with two authors", "papers from 2023 with two authors"),
        ("papers from 2023", "which ones have upvotes?", "papers from 2023 with upvotes"),
        ("papers from 2023", "how many of them mention Whisper?", "how many papers from 2023 mention Whisper"),
        ("papers from 2023", "the three most upvoted of those", "the three most upvoted papers from 2023"),
        ("how many papers are from 2023?", "and with three authors?", "how many papers from 2023 have three authors"),
        ("papers from 2023", "the three most upvoted", "the three most upvoted papers from 2023"),
        ("papers from 2023", "and the newest one?", "the newest paper from 2023"),
        ("papers from 2023", "the oldest of them?", "the oldest paper from 2023"),
        ("papers by two authors", "and by three?", "papers by three authors"),
        ("how many papers have more than 10 upvotes?", "and at least 30?", "how many papers have at least 30 upvotes?"),
        ("papers from 2023", "papers per year", "papers per year"),
        ("papers from 2023", "how many papers have two authors", "how many papers have two authors"),
        ("papers from 2023", "the newest paper", "the newest paper"),
    ],
)
def test_after_a_question_about_the_collection(assistant: Assistant, first: str, then: str, same_as: str) -> None:
    answer = assistant.ask(first)
    follow = assistant.ask(then, history=answer_messages(answer))
    alone = assistant.ask(same_as)
    assert {one.abstract_id for one in follow.citations} == {one.abstract_id for one in alone.citations}, follow.standalone_question
    assert follow.checks == alone.checks
