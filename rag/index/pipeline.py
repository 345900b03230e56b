"""LlamaIndex's ingestion pipeline over the catalogue's pending texts, for any of its embeddings. Slow to import (1.5 s)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from llama_index.core.bridge.pydantic import Field
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, Document, NodeRelationship, RelatedNodeInfo, TextNode

from rag.embedding import load_wordllama, unit_rows
from rag.index.catalogue import FinishedText, PendingText
from rag.model import Passage, Sentence
from rag.text import passages, split_sentences

# Passages as LlamaIndex nodes: the first step of the ingestion pipeline, with our own ids and offsets.

TokenCounter = Callable[[Sequence[str]], Sequence[int]]

_TITLE = "title"


class PassageSplitter(NodeParser):  # type: ignore[misc]  # LlamaIndex is not typed for us
    """Cuts documents, each one abstract, into a TextNode a passage, the same on every run.

    A document's text is the abstract's verbatim text; its metadata has `abstract_id` (else its id counts) and, where there
    is one, `title`. A node's id is `Passage.id`; `start_char_idx` and `end_char_idx` count characters of that text, and
    `first` and `last` in its metadata number its sentences. What is embedded is the title, a line break and the passage.
    A document without text has no node.

    `count_tokens` gives the tokens of each of many texts; `budget` is the most tokens of a passage.
    """

    count_tokens: TokenCounter = Field(exclude=True, description="tokens of each text")
    budget: int = Field(default=256, ge=1, description="most tokens of a passage")

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores this step."""
        return "PassageSplitter"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        texts = [node.get_content() for node in nodes]
        cut = [split_sentences(_abstract_id(node), text) for node, text in zip(nodes, texts, strict=True)]
        flat = [text[one.start : one.end] for text, found in zip(texts, cut, strict=True) for one in found]
        counts = iter(self.count_tokens(flat))
        return [made for node, text, found in zip(nodes, texts, cut, strict=True) for made in self._nodes(node, text, found, counts)]

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Any]) -> list[BaseNode]:
        """Nothing: the inherited step searches each node's text in its document, and may find an earlier copy of it."""
        return nodes

    def _nodes(self, document: BaseNode, text: str, found: tuple[Sentence, ...], counts: Iterator[int]) -> list[BaseNode]:
        abstract_id = _abstract_id(document)
        cut = passages(abstract_id, found, [next(counts) for _ in found], self.budget)
        # Not `as_related_node_info()`: it hashes the whole document, for a document store that is not used here.
        source = document.source_node or RelatedNodeInfo(node_id=document.id_, node_type=document.get_type())
        made = [_node(document, source, text, passage) for passage in cut]
        if self.include_prev_next_rel:
            for before, after in pairwise(made):
                before.relationships[NodeRelationship.NEXT] = RelatedNodeInfo(node_id=after.id_, node_type=after.get_type())
                after.relationships[NodeRelationship.PREVIOUS] = RelatedNodeInfo(node_id=before.id_, node_type=before.get_type())
        return made


def _abstract_id(document: BaseNode) -> str:
    return str(document.metadata.get("abstract_id", document.id_))


def _node(document: BaseNode, source: RelatedNodeInfo, text: str, passage: Passage) -> BaseNode:
    metadata = {**document.metadata, "abstract_id": passage.abstract_id, "first": passage.first, "last": passage.last}
    if not metadata.get(_TITLE):
        metadata.pop(_TITLE, None)
    unseen = [key for key in metadata if key != _TITLE]
    return TextNode(
        id_=passage.id,
        text=text[passage.start : passage.end],
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_embed_metadata_keys=unseen,
        excluded_llm_metadata_keys=unseen,
        metadata_template="{value}",
        text_template="{metadata_str}\n{content}",
        relationships={NodeRelationship.SOURCE: source},
    )


# The catalogue's pending texts through LlamaIndex's pipeline: our splitter, then the embedding.

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


def make_pipeline(embedding: BaseEmbedding, budget: int) -> IngestionPipeline:
    """Split and embed: no cache and no docstore, for the catalogue decides what is new."""
    splitter = KeepingSplitter(count_tokens=load_wordllama().word_tokens.counts, budget=budget, include_prev_next_rel=False)
    return IngestionPipeline(transformations=[splitter, embedding], disable_cache=True)


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
    vectors = unit_rows(np.array([node.embedding for node in nodes], dtype=np.float32).reshape(len(nodes), -1 if nodes else 0))
    sentences = {
        first + index: span for node in nodes for first in (node.metadata["first"],) for index, span in enumerate(node.metadata[_SENTENCES])
    }
    return FinishedText(text.number, [sentences[index] for index in range(len(sentences))], passages, vectors)
