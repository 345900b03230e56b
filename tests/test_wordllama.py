"""The embedding that comes with the wheel: unit vectors that mean something."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.embedding.wordllama import load_wordllama, unit_rows


def test_vectors_have_length_one_and_256_numbers() -> None:
    vectors = load_wordllama().embed(["speech recognition", "a"])
    assert vectors.shape == (2, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 1], abs=1e-6)


def test_texts_about_one_thing_are_nearer_than_texts_about_another() -> None:
    speech, spoken, protein = load_wordllama().embed(["automatic speech recognition", "transcribing spoken words", "protein folding"])
    assert speech @ spoken > speech @ protein + 0.2


def test_an_empty_text_gives_zeros_and_no_text_no_rows() -> None:
    model = load_wordllama()
    assert model.embed([""]).tolist() == [[0.0] * 256]
    assert model.embed([]).shape == (0, 256)


def test_unit_leaves_a_row_of_zeros_alone() -> None:
    assert unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32)).tolist() == [pytest.approx([0.6, 0.8]), [0, 0]]


def test_tokens_are_counted() -> None:
    model = load_wordllama()
    assert model.count_tokens("") == 0
    assert model.count_tokens("speech recognition") == len(model.tokens(["speech recognition"])[0]) == 2


@settings(max_examples=20)
@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_a_vector_is_the_same_alone_and_in_any_company(texts: list[str]) -> None:
    model = load_wordllama()
    alone = [model.embed([text])[0].tobytes() for text in texts]
    assert [row.tobytes() for row in model.embed([*texts, *reversed(texts)])] == [*alone, *reversed(alone)]
