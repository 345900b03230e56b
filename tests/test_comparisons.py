"""Comparisons: which sides a question sets against each other, and an answer for each of them."""

from __future__ import annotations

import pytest

from rag import Answer, Assistant
from rag.questions.comparison import read_comparison


@pytest.mark.parametrize(
    ("question", "sides", "aspect"),
    [
        ("How does VoiceLDM compare with Tacotron 2?", ["VoiceLDM", "Tacotron 2"], ""),
        ("BLSP versus SLM", ["BLSP", "SLM"], ""),
        ("Which is larger, BLOOM or GPT-3?", ["BLOOM", "GPT-3"], "is larger"),
        ("UniVL or Vid2Seq - which data was each trained on?", ["UniVL", "Vid2Seq"], "which data was each trained on"),
        ("How do dMel and FocalCodec differ in what they keep?", ["dMel", "FocalCodec"], "in what they keep"),
        ("Compare HuBERT, wav2vec 2.0 and data2vec on LibriSpeech", ["HuBERT", "wav2vec 2.0", "data2vec"], "on LibriSpeech"),
        ("What is the difference between encoder-only and decoder-only models?", ["encoder-only models", "decoder-only models"], ""),
        ("speech translation versus text translation", ["speech translation", "text translation"], ""),
        ("How does dMel differ from \u201cScaling of Speech: A Study\u201d?", ["dMel", "Scaling of Speech: A Study"], ""),
        ("Is HuBERT better than Tacotron 2 at recognition?", ["HuBERT", "Tacotron 2"], "at recognition"),
    ],
)
def test_the_sides_of_a_comparison_are_read(question: str, sides: list[str], aspect: str) -> None:
    read = read_comparison(question)
    assert read is not None
    assert ([side.sought for side in read.sides], read.aspect) == (sides, aspect)


@pytest.mark.parametrize(
    "question",
    [
        "How does KS-Lottery find winning tickets?",
        "How does it compare to other methods?",
        "Which systems use interleaved speech, and do they produce audio or only tokens?",
        "fairness or social bias of language models - who works on that?",
        "A paper on recipes and a paper on novels both use BERT. How do they compare?",
    ],
)
def test_what_sets_nothing_against_anything_has_no_sides(question: str) -> None:
    assert read_comparison(question) is None


def labels(answer: Answer) -> list[str]:
    """What each evidence claim cites, in order, once each."""
    cited = [answer.citation(number).label.partition(":")[0] for claim in answer.claims for number in claim.citations]
    return list(dict.fromkeys(cited))


def test_each_side_has_its_own_sentences_side_by_side(assistant: Assistant) -> None:
    answer = assistant.ask("What is the difference between dMel and FocalCodec?")
    assert labels(answer) == ["dMel", "FocalCodec"]
    assert {claim.kind for claim in answer.claims} == {"evidence"}


def test_sides_that_are_topics_stand_under_headings_and_names_speak_for_themselves(assistant: Assistant) -> None:
    topics = assistant.ask("Compare speech translation and speech recognition")
    assert topics.claims[0].group == ""  # it speaks of both
    assert all(one in topics.citation(1).quote for one in ("translation", "recognition"))
    assert list(dict.fromkeys(claim.group for claim in topics.claims[1:])) == ["Speech translation", "Speech recognition"]
    named = assistant.ask("What is the difference between dMel and FocalCodec?")
    assert {claim.group for claim in named.claims} == {""}


def test_a_side_that_the_corpus_does_not_have_is_said(assistant: Assistant) -> None:
    answer = assistant.ask("How does FocalCodec compare with Tacotron 2?")
    assert labels(answer) == ["FocalCodec"]
    assert [(claim.kind, claim.text) for claim in answer.claims][-1] == ("absence", "No abstract in the corpus mentions Tacotron 2.")


def test_a_comparison_of_two_that_are_not_here_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask("Which is larger, Gemini or Claude?")
    assert answer.outcome == "refused"
    assert answer.reason == "The corpus does not say. No abstract in the corpus mentions Gemini. No abstract in the corpus mentions Claude."
    assert answer.near_misses


def test_sides_may_be_topics_and_a_topic_may_be_absent(assistant: Assistant) -> None:
    answer = assistant.ask("How does federated learning differ from blockchain consensus?")
    assert [claim.text for claim in answer.claims if claim.kind == "absence"] == [
        "No abstract in the corpus is about blockchain consensus."
    ]
    assert labels(answer) == ["Bitwidth Heterogeneous Federated Learning with Progressive Weight Dequantization"]


def test_a_name_in_passing_counts_as_mentioned(assistant: Assistant) -> None:
    answer = assistant.ask("How does MS-HuBERT differ from HuBERT?")
    assert labels(answer) == ["MS-HuBERT"]
    assert all(claim.kind == "evidence" for claim in answer.claims)
