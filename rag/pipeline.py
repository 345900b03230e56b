"""LlamaIndex's ingestion pipeline over the catalogue's pending texts: our splitter, then any embedding. Slow to import (1.5 s)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, Document

from rag.embed import Embedder, load_wordllama, unit
from rag.nodes import PassageSplitter
from rag.records import Passage, Sentence
from rag.texts import FinishedText, PendingText

_SENTENCES = "sentences"


class KeepingSplitter(PassageSplitter):
    """Our splitter, which also leaves in each node's metadata where its sentences stand, as [start, end] pairs."""

    def _nodes(self, document: BaseNode, text: str, found: tuple[Sentence, ...], counts: Iterator[int]) -> list[BaseNode]:
        nodes: list[BaseNode] = super()._nodes(document, text, found, counts)
        for node in nodes:
            last = node.metadata["last"]
            node.metadata[_SENTENCES] = [(one.start, one.end) for one in found[node.metadata["first"] : last + 1]]
            node.excluded_embed_metadata_keys.append(_SENTENCES)
        return nodes


class EmbedderStep(BaseEmbedding):  # type: ignore[misc]  # LlamaIndex is not typed for us
    """One of our embedders as a LlamaIndex embedding."""

    _embedder: Any = PrivateAttr()

    def __init__(self, embedder: Embedder, batch: int) -> None:
        super().__init__(model_name=embedder.name, embed_batch_size=batch)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores this step."""
        return "EmbedderStep"

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = list(self._embedder.embed(texts))
        return rows

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def make_pipeline(embedding: BaseEmbedding | Embedder, budget: int, batch: int) -> IngestionPipeline:
    """Split and embed: no cache and no docstore, for the catalogue decides what is new."""
    counter = load_wordllama()
    step = embedding if isinstance(embedding, BaseEmbedding) else EmbedderStep(embedding, batch)
    splitter = KeepingSplitter(count_tokens=counter.word_tokens.counts, budget=budget, include_prev_next_rel=False)
    return IngestionPipeline(transformations=[splitter, step], disable_cache=True)


def process(pipeline: IngestionPipeline, texts: Sequence[PendingText]) -> list[FinishedText]:
    """Run a batch of texts through the pipeline; every text comes back, also one without a passage."""
    nodes: dict[str, list[BaseNode]] = {text.abstract_id: [] for text in texts}
    for node in pipeline.run(documents=[_document(text) for text in texts], show_progress=False):
        nodes[node.metadata["abstract_id"]].append(node)
    return [_finished(text, nodes[text.abstract_id]) for text in texts]


def _document(text: PendingText) -> Document:
    metadata = {"abstract_id": text.abstract_id} | ({"title": text.title} if text.title else {})
    return Document(id_=text.abstract_id, text=text.text, metadata=metadata)


def _finished(text: PendingText, nodes: Sequence[Any]) -> FinishedText:
    passages = [
        Passage(text.abstract_id, node.start_char_idx, node.end_char_idx, node.metadata["first"], node.metadata["last"]) for node in nodes
    ]
    vectors = unit(np.array([node.embedding for node in nodes], dtype=np.float32).reshape(len(nodes), -1))
    sentences = {
        first + index: span for node in nodes for first in (node.metadata["first"],) for index, span in enumerate(node.metadata[_SENTENCES])
    }
    return FinishedText(text.number, [sentences[index] for index in range(len(sentences))], passages, vectors)
