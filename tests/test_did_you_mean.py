"""A name that the corpus nearly has is offered, and never put in by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.answers.planner import did_you_mean
from rag.assistant import Assistant
from rag.index.near_names import Names
from rag.model.records import Abstract
from rag.model.settings import Settings
from rag.text.names import Forms, count_names

ABSTRACTS = [
    Abstract("a1", "KS-Lottery: Finding Certified Lottery Tickets", "We propose KS-Lottery. It beats HuBERT and LLaMA2.", "KS-Lottery"),
    Abstract("a2", None, "In this work we train wav2vec 2.0 on CommonVoice.", "wav2vec 2.0"),
]


def names() -> Names:
    forms: Forms = {}
    count_names((f"{one.label}. {one.title or ''}. {one.text}" for one in ABSTRACTS), forms)
    return Names(forms)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("KS-Lotery", "No abstract mentions KS-Lotery. Did you mean KS-Lottery?"),
        ("CommonVoise", "No abstract mentions CommonVoise. Did you mean CommonVoice?"),
        ("RuBERT", "No abstract mentions RuBERT. Did you mean HuBERT?"),
    ],
)
def test_a_name_that_is_nearly_one_of_the_corpus_is_offered(name: str, told: str) -> None:
    assert did_you_mean([name], names()) == (told,)


@pytest.mark.parametrize("name", ["ks-lottery", "KSLottery", "LLaMA3", "Common Voice", "Whisper", "XLM", "GPT"])
def test_other_writings_other_versions_and_other_names_are_not(name: str) -> None:
    assert did_you_mean([name], names()) == ()


def test_an_answer_offers_it_beside_what_it_says(index_dir: Path, corpus: Path) -> None:
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract")) as assistant:
        answer = assistant.ask("How does KS-Lotery find winning tickets?")
        assert answer.notices == ("No abstract mentions KS-Lotery. Did you mean KS-Lottery?",)
        assert assistant.ask("How does KS-Lottery find winning tickets?").notices == ()


def test_a_name_in_small_letters_with_a_slip_is_offered_too(assistant: Assistant) -> None:
    assert assistant.ask("whats polyspech").notices == ("No abstract mentions polyspech. Did you mean PolySpeech?",)
    assert assistant.ask("What is Sabiaa-65B?").notices == ("No abstract mentions Sabiaa-65B. Did you mean Sabiá-65B?",)


@pytest.mark.parametrize("question", ["what is a lottery ticket", "how do they pretrain on unlabelled speech"])
def test_words_of_research_prose_are_no_names(assistant: Assistant, question: str) -> None:
    assert not any("Did you mean" in one for one in assistant.ask(question).notices)


def test_another_index_has_other_names(assistant: Assistant, tmp_path: Path) -> None:
    assistant.ask("whats polyspech")  # whose generation may have the same name
    corpus = tmp_path / "papers.jsonl"
    corpus.write_text('{"title": "Frogs", "abstract": "We present FrogJumper, a model of frogs that jump."}\n', encoding="utf-8")
    settings = Settings(index_dir=tmp_path / "index", corpus=(corpus,), mode="extract")
    with Assistant.open(settings) as other:
        assert other.ask("whats frogjumpr").notices == ("No abstract mentions frogjumpr. Did you mean FrogJumper?",)
        assert not any("PolySpeech" in one for one in other.ask("whats polyspech").notices)
