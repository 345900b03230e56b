"""Words as they are compared: folded, stemmed, weighted."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.words import folded_words, idf, stem, stems, token_idf, word_spans


def test_words_are_folded_and_keep_decimals_and_apostrophes_inside() -> None:
    text = "The model’s 42.50 of 70,000 don't fit (wav2vec 2.0)"
    assert folded_words(text) == ["the", "model", "42.50", "of", "70,000", "don't", "fit", "wav2vec", "2.0"]


def test_stems_are_those_of_content_words_with_repetitions() -> None:
    assert stems("The models of the model: état, 70,000 papers about wav2vec") == ["model", "model", "etat", "70000", "paper", "wav2vec"]
    assert stems("what is it that they do") == []


@pytest.mark.parametrize(
    ("word", "expected"), [("Models", "model"), ("70,000", "70000"), ("Québec", "quebec"), ("model’s", "model"), ("", "")]
)
def test_a_stem_is_folded(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_spans_slice_back_to_the_words() -> None:
    text = "a b1, 2.5"
    assert [text[start:end] for start, end in word_spans(text)] == ["a", "b1", "2.5"]


def test_rare_words_weigh_more_than_common_ones() -> None:
    assert 0.1 <= idf("model") < idf("lotteri") <= idf("qqqzzz")


def test_every_token_has_a_finite_weight() -> None:
    weights = token_idf()
    assert weights.shape == (32000,)
    assert math.isfinite(float(weights.sum()))
    assert float(weights.min()) >= 0


@settings(max_examples=60)
@given(text=st.text(st.characters(), max_size=80))
def test_any_text_has_words(text: str) -> None:
    assert len(folded_words(text)) == len(word_spans(text))
    assert len(stems(text)) <= len(folded_words(text))
    assert all(idf(one) >= 0.1 for one in stems(text))
