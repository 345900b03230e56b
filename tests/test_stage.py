"""Splitting and embedding a batch: what LlamaIndex's pipeline gives, and what the encoder gives beside it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.embeddings import BaseEmbedding

from rag.embedding import load_encoder, load_wordllama
from rag.index.catalogue import PendingText
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date
from rag.index.stage import make_stage
from rag.model.settings import Settings
from tests.processes import finished, python

SENTENCES = [f"Sentence {number} says that method {number} learns from {number} examples of speech." for number in range(60)]
TEXTS = [
    PendingText(1, "a", "On speech", " ".join(SENTENCES)),
    PendingText(2, "b", None, "  We test it. We test it. It works, e.g. here.\n"),
    PendingText(3, "c", "Nothing but a title", ""),
    PendingText(4, "d", "", " ".join(SENTENCES[:7])),
]


class StaticVectors(BaseEmbedding):  # type: ignore[misc]  # LlamaIndex is not typed for us
    """The word vectors as an embedding of LlamaIndex's."""

    def _get_text_embedding(self, text: str) -> list[float]:
        rows: list[list[float]] = load_wordllama().embed([text]).tolist()
        return rows[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


@pytest.mark.parametrize("budget", [32, 100, 512])
def test_our_own_stage_gives_what_the_pipeline_gives(budget: int) -> None:
    ours = make_stage(load_wordllama(), budget)(TEXTS)
    theirs = make_stage(StaticVectors(), budget)(TEXTS)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.number, list(one.sentences), list(one.passages)) == (other.number, list(other.sentences), list(other.passages))
        np.testing.assert_allclose(one.vectors.reshape(-1), other.vectors.reshape(-1), atol=1e-6)
    assert [len(one.passages) for one in ours][1:3] == [1, 0]


@pytest.mark.skipif(load_encoder() is None, reason="the encoder's weights are not installed")
def test_each_sentence_of_a_text_in_several_passages_has_one_vector(tmp_path: Path) -> None:
    encoder: Any = load_encoder()
    long, short, empty, _ = make_stage(encoder, 100)(TEXTS)
    assert any(second.first == first.last for first, second in pairwise(long.passages))  # a sentence that two passages have
    assert long.sentence_vectors is not None
    assert long.sentence_vectors.shape == (len(SENTENCES), encoder.dimensions)
    first = encoder.embed_parts([f"On speech\n{SENTENCES[0]}"], [[(10, 10 + len(SENTENCES[0]))]])[0][1][0]
    assert float(long.sentence_vectors[0] @ first) > 0.7
    assert short.sentence_vectors is not None
    assert (len(short.sentence_vectors), empty.sentence_vectors) == (3, None)


@pytest.mark.skipif(load_encoder() is None, reason="the encoder's weights are not installed")
def test_a_text_of_several_passages_is_read_back_with_the_vectors_of_its_sentences(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "long.jsonl").write_text('{"title": "On speech", "abstract": "' + " ".join(SENTENCES) + '"}\n', encoding="utf-8")
    settings = Settings(index_dir=tmp_path / "index", corpus=tmp_path / "corpus", embedding="minilm", passage_tokens=100, _env_file=None)
    assert bring_up_to_date(settings).passages > 5
    with open_index(settings) as index, index.reading() as generation:
        (one,) = generation.ids()
        assert len(generation.sentence_vectors([one])[one]) == len(generation.sentences([one])[one]) == len(SENTENCES)


def test_llamaindex_is_imported_for_its_own_embeddings_alone() -> None:
    program = """
import sys
from rag.embedding import load_wordllama
from rag.index.catalogue import PendingText
from rag.index.stage import make_stage
make_stage(load_wordllama(), 512)([PendingText(1, "a", None, "One is it.")])
sys.exit("llama_index.core" in sys.modules)
"""
    assert finished(python(program)).returncode == 0
