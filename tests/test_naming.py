"""An abstract is called by its title, else by the system that it introduces, else by its first words; never by an invented title."""

from __future__ import annotations

import pytest

from rag.corpus.naming import introduced_name, label


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("In this paper, we propose KS-Lottery, a method to find parameters.", "KS-Lottery"),
        ("We propose a method called MoE-LPR (Mixture-of-Experts with Language Priors Routing) to help.", "MoE-LPR"),
        ("We present a multitask speech model -- PolySpeech, which reads and writes.", "PolySpeech"),
        ("Thus an injection method of knowledge, InjectTST, is proposed in this paper.", "InjectTST"),
        ("We present TransNormerLLM, the first large language model (LLM) of its kind.", "TransNormerLLM"),
        ("We introduce CLASP (Contrastive Language-Speech Pretraining), a representation.", "CLASP"),
        ("We propose a continual framework named ERNIE 2.0 which learns.", "ERNIE 2.0"),
        ("We introduce a variant of it, named Magneto, to fulfil the goal.", "Magneto"),
        ("Our work yields an efficient model that we call tinyCLAP.", "tinyCLAP"),
        ("We propose the Causally Fair Language (CFL) architecture.", "CFL"),
        ("We publish the largest data set of trees, termed Tree-9K, which has nine thousand.", "Tree-9K"),
        ("We develop the Yeast Gene Order Browser (YGOB; http://x.org) to help.", "YGOB"),
    ],
)
def test_the_system_that_an_abstract_introduces_is_its_name(text: str, name: str) -> None:
    assert introduced_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "We fine-tune BERT and LLaMA on our data.",
        "Models such as CLIP need data. We propose to train CLIP on less.",
        "We propose a method for automatic speech recognition (ASR).",
        "We present an automatic speech recognition (ASR) system.",
        "We introduce a novel Face-to-Face dialogue model.",
        "We propose LLM-based agents and English-centric LLMs.",
        "We take advantage of the recently proposed speech-to-unit translation (S2UT) framework.",
        "An extension to ALGOL is proposed in this paper.",
        "We present experiments with a small model -- TinyLlama, which we trained.",
        "Winters were cold in those years.",
        "",
    ],
)
def test_a_system_that_is_only_mentioned_is_no_name(text: str) -> None:
    assert introduced_name(text) is None


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        ("wav2vec: Unsupervised Pre-training", "We explore unsupervised pre-training.", "wav2vec"),
        ("W2v-BERT: Combining Two Losses", "We propose w2v-BERT that combines them.", "W2v-BERT"),
        ("Whistle: Weakly Phonetic Supervision", "We study supervision, which is called Whistle.", "Whistle"),
        ("Don't Stop Pretraining: Adapt Language Models", "We study models.", None),
        ("Building Datasets: From Snapshots to Corpora", "We build them.", None),
        ("Hypoglycemia: incidence and predictors", "We study hypoglycemia in children.", None),
        ("HIV: the long road", "We study HIV in three towns.", None),
        ("LLM Post-Training: A Deep Dive", "We survey it.", None),
    ],
)
def test_a_title_gives_the_name_where_it_begins_with_one(title: str, text: str, name: str | None) -> None:
    assert introduced_name(text, title) == name


def test_a_label_is_the_cleaned_title() -> None:
    assert label(r"Qu\'ebec~French", "We propose KS-Lottery, a method.") == "Québec French"


def test_a_label_without_a_title_is_the_introduced_name() -> None:
    assert label(None, "We propose KS-Lottery, a method.") == "KS-Lottery"


def test_a_label_without_title_and_name_is_the_first_words_in_quotation_marks() -> None:
    assert label(None, r"Winters were cold in the ``little'' ice age, and summers too.") == "“Winters were cold in the “little” ice age …”"
    assert label(None, "Winters were cold.") == "“Winters were cold.”"
