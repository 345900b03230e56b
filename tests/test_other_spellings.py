"""A literal mention is scanned as it is written; other ways to write it are told."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.model.records import Abstract
from rag.questions.mentions import other_spellings

TEXTS = ("We use wav2vec 2.0.", "Wav2Vec2.0 is used; wav2vec 2.0 too.", "It is wav2vec2, no more.", "wav2vec is older.", "BERT-based work.")


def count(value: str) -> tuple[int, tuple[str, ...]]:
    return other_spellings(value, [Abstract(str(number), None, text, label=text) for number, text in enumerate(TEXTS)])


@pytest.mark.parametrize(
    ("value", "others"),
    [
        ("wav2vec2", (1, ("wav2vec 2.0",))),  # it stands in "Wav2Vec2.0" as a word
        ("wav2vec 2.0", (1, ("wav2vec2",))),
        ("wav2vec-2", (3, ("wav2vec 2.0", "Wav2Vec2.0", "wav2vec2"))),
        ("wav2vec", (0, ())),
        ("BERT", (0, ())),
        ("BERT based", (1, ("BERT-based",))),
        ("2.0", (0, ())),
    ],
)
def test_other_spellings_have_the_same_letters_and_digits(value: str, others: tuple[int, tuple[str, ...]]) -> None:
    assert count(value) == others


def test_they_are_told_and_not_counted(assistant: Assistant) -> None:
    answer = assistant.ask("in how many abstracts does wav2vec2 occur?")
    assert len(answer.citations) == 2
    assert any('it otherwise: "wav2vec 2.0"' in notice for notice in answer.notices)
