"""A name that the corpus nearly has is offered, and never put in by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.records import Abstract
from rag.spelling import did_you_mean

ABSTRACTS = [
    Abstract("a1", "KS-Lottery: Finding Certified Lottery Tickets", "We propose KS-Lottery. It beats HuBERT and LLaMA2.", "KS-Lottery"),
    Abstract("a2", None, "In this work we train wav2vec 2.0 on CommonVoice.", "wav2vec 2.0"),
]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("KS-Lotery", "No abstract mentions KS-Lotery. Did you mean KS-Lottery?"),
        ("CommonVoise", "No abstract mentions CommonVoise. Did you mean CommonVoice?"),
        ("RuBERT", "No abstract mentions RuBERT. Did you mean HuBERT?"),
    ],
)
def test_a_name_that_is_nearly_one_of_the_corpus_is_offered(name: str, told: str) -> None:
    assert did_you_mean([name], ABSTRACTS, "g1") == (told,)


@pytest.mark.parametrize("name", ["ks-lottery", "KSLottery", "LLaMA3", "Common Voice", "Whisper", "XLM", "GPT"])
def test_other_writings_other_versions_and_other_names_are_not(name: str) -> None:
    assert did_you_mean([name], ABSTRACTS, "g1") == ()


def test_an_answer_offers_it_beside_what_it_says(index_dir: Path, corpus: Path) -> None:
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract")) as assistant:
        answer = assistant.ask("How does KS-Lotery find winning tickets?")
        assert answer.notices == ("No abstract mentions KS-Lotery. Did you mean KS-Lottery?",)
        assert assistant.ask("How does KS-Lottery find winning tickets?").notices == ()
