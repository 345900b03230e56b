"""Tokenizing word by word gives the tokenizer's own tokens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.embedding.wordllama import WordTokens, load_wordllama, wordllama_tokenizer

PIECES = st.sampled_from(
    ["wav2vec", " ", "  ", "2.0", "état", "▁", "<s>", "</s>", "<unk>", "\n", "\t", "日本", "🙂", "(a", "b),", "é", "\u00a0"]
)
TOKENIZER = wordllama_tokenizer()
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))


@settings(max_examples=200)
@given(texts=st.lists(TEXTS, max_size=6))
def test_tokens_are_those_of_the_tokenizer(texts: list[str]) -> None:
    expected = [one.ids for one in TOKENIZER.encode_batch_fast(texts, add_special_tokens=False)]
    tokens = WordTokens(TOKENIZER)
    assert [tokens(texts), tokens(texts)] == [expected, expected]
    assert tokens.counts(texts) == [len(one) for one in expected]


@settings(max_examples=50)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_a_vector_does_not_depend_on_its_batch(texts: list[str]) -> None:
    model = load_wordllama()
    alone = [model.embed([text])[0].tobytes() for text in texts]
    assert [row.tobytes() for row in model.embed(texts)] == alone


@pytest.mark.parametrize("length", [1, 63, 64, 65, 5000])
def test_long_words_are_tokenized_but_not_remembered(length: int) -> None:
    tokens = WordTokens(TOKENIZER)
    (ids,) = tokens(["a " + "x" * length])
    assert ids == TOKENIZER.encode("a " + "x" * length, add_special_tokens=False).ids
    assert ("x" * length in tokens._known) == (length <= 64)
