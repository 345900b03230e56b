"""Questions of yes or no: the deciding sentence first, what speaks against it said, what is not spoken of refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag import Assistant
from rag.questions.question import proposition

ASKED = [json.loads(line) for line in (Path(__file__).parent / "data" / "yesno.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("Does SmallNet beat BigNet?", "SmallNet beat BigNet"),
        ("And is SmallNet better than BigNet?", "SmallNet better than BigNet"),
        ("Doesn't SmallNet forget?", "not SmallNet forget"),
        ("Why does SmallNet forget?", None),
    ],
)
def test_what_a_question_of_yes_or_no_asks_of(question: str, statement: str | None) -> None:
    assert proposition(question) == statement


def test_the_sentence_that_decides_comes_first_and_none_is_wrongly_refused(assistant: Assistant) -> None:
    first = 0
    for row in ASKED:
        if row["answerable"]:
            answer = assistant.ask(row["question"])
            assert answer.outcome in ("answered", "nearest"), row["question"]
            first += row["quote"] in answer.citation(1).quote
    assert first >= 12, "of 14; lower it only for a reason"


def test_what_the_abstract_does_not_speak_of_is_not_plainly_answered(assistant: Assistant) -> None:
    doubted = [assistant.ask(row["question"]).outcome in ("nearest", "refused") for row in ASKED if not row["answerable"]]
    assert sum(doubted) >= 9, "of 14; lower it only for a reason"


def test_the_line_of_doubt_names_what_is_not_said(assistant: Assistant) -> None:
    answer = assistant.ask("Does KS-Lottery use reinforcement learning?")
    assert answer.reason == "KS-Lottery is in the corpus, but its abstract does not say whether this is so: use reinforcement learning."
    assert answer.citations[0].label == "KS-Lottery"


def test_a_sentence_that_speaks_against_it_leads_and_is_told(assistant: Assistant) -> None:
    answer = assistant.ask("Does CLaM-TTS need cascaded modeling?")
    assert answer.outcome == "answered"
    assert "eliminating the need for cascaded modeling" in answer.citation(1).quote
    assert answer.text.startswith("No. ")
    assert (answer.claims[0].opening, answer.claims[0].verdict, answer.notices) == ("No", "supported", ())


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("Does pre-finetuning hurt performance when few tasks are used?", "Yes"),
        ("Is tinyCLAP smaller than Microsoft CLAP?", ""),  # the reader is left to see that 6 % is less
    ],
)
def test_yes_is_said_only_where_a_sentence_says_as_much(assistant: Assistant, question: str, opening: str) -> None:
    assert assistant.ask(question).claims[0].opening == opening
