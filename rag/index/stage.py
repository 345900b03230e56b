"""Splitting and embedding a batch of texts: a pure step from pending texts to finished ones, which can run anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from rag.embedding import Embedder, MiniLM, Vectors, load_wordllama
from rag.index.catalogue import FinishedText, PendingText
from rag.model import Passage, Sentence
from rag.text import passages, split_sentences

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding

Embedding: TypeAlias = "BaseEmbedding | Embedder"
Stage = Callable[[Sequence[PendingText]], list[FinishedText]]


def make_stage(embedding: Embedding, budget: int) -> Stage:
    """The stage with one of our embedders, or LlamaIndex's ingestion pipeline with one of its embeddings.

    `budget` is the most tokens of a passage.
    """
    if hasattr(embedding, "embed"):
        return Splitting(embedding, budget)
    from rag.index.pipeline import make_pipeline, process  # imports LlamaIndex, which takes 1.5 s

    pipeline = make_pipeline(embedding, budget)
    return lambda texts: process(pipeline, texts)


class Splitting:
    """Cuts texts into passages of whole sentences, and embeds each with its title; the encoder also embeds the sentences.

    What comes out is what LlamaIndex's pipeline with our splitter gives (tests/test_splitter.py), in half the time.
    """

    def __init__(self, embedder: Embedder, budget: int) -> None:
        self._embedder, self._budget = embedder, budget
        self._count_tokens = load_wordllama().word_tokens.counts

    def __call__(self, texts: Sequence[PendingText]) -> list[FinishedText]:
        """The finished texts, one for each, in their order; one without a sentence has no passage."""
        found = [split_sentences(one.abstract_id, one.text) for one in texts]
        cut = self._passages(texts, found)
        vectors, sentences = self._embedded(texts, found, cut)
        bounds = pairwise(accumulate(map(len, cut), initial=0))
        return [
            FinishedText(one.number, [(each.start, each.end) for each in spoken], made, vectors[begin:end], rows)
            for one, spoken, made, (begin, end), rows in zip(texts, found, cut, bounds, sentences, strict=True)
        ]

    def _passages(self, texts: Sequence[PendingText], found: Sequence[Sequence[Sentence]]) -> list[tuple[Passage, ...]]:
        spoken = [one.text[each.start : each.end] for one, sentences in zip(texts, found, strict=True) for each in sentences]
        counts = iter(self._count_tokens(spoken))
        return [
            passages(one.abstract_id, sentences, [next(counts) for _ in sentences], self._budget)
            for one, sentences in zip(texts, found, strict=True)
        ]

    def _embedded(
        self, texts: Sequence[PendingText], found: Sequence[Sequence[Sentence]], cut: Sequence[Sequence[Passage]]
    ) -> tuple[Vectors, list[Vectors | None]]:
        """The vectors of all passages, and those of each text's sentences where the embedder is the encoder."""
        heads = [f"{one.title}\n" if one.title else "" for one in texts]
        read = [head + one.text[each.start : each.end] for one, head, made in zip(texts, heads, cut, strict=True) for each in made]
        if not isinstance(self._embedder, MiniLM):
            return self._embedder.embed(read), [None] * len(texts)
        parts = [
            [(each.start - one.start + len(head), each.end - one.start + len(head)) for each in sentences[one.first : one.last + 1]]
            for head, sentences, made in zip(heads, found, cut, strict=True)
            for one in made
        ]
        both = iter(self._embedder.embed_parts(read, parts))
        embedded = [[next(both) for _ in made] for made in cut]
        vectors = [vector for of_text in embedded for vector, _ in of_text]
        return np.array(vectors, dtype=np.float32), [_rows(made, of_text) for made, of_text in zip(cut, embedded, strict=True)]


def _rows(made: Sequence[Passage], embedded: Sequence[tuple[Vectors, Vectors]]) -> Vectors | None:
    """The vectors of a text's sentences, each once: a passage may begin with the last sentence of the one before."""
    met, kept = 0, []
    for passage, (_, rows) in zip(made, embedded, strict=True):
        kept.append(rows[met - passage.first :])
        met = passage.last + 1
    return np.concatenate(kept) if kept else None
