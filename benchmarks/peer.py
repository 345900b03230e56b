"""LlamaIndex's own way to fuse a lexical and a dense search, over the same first searches as ours.

Its `QueryFusionRetriever` gets our BM25 (tantivy) and our cosines (wordllama, Chroma) from two small retrievers, so that
fusion alone is compared. LlamaIndex's own BM25 package is not used: it pins PyStemmer below 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.embedding.wordllama import Embedder
from rag.index.generation import Generation

Search = Callable[[str], Sequence[tuple[str, float]]]
MODES = ("reciprocal_rerank", "relative_score")


class PassageRetriever(BaseRetriever):
    """A search of passages as a LlamaIndex retriever."""

    def __init__(self, search: Search) -> None:
        super().__init__()
        self._search = search

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        # The fusion tells nodes apart by their text's hash.
        return [NodeWithScore(node=TextNode(id_=name, text=name), score=score) for name, score in self._search(query_bundle.query_str)]


def fused(generation: Generation, embedder: Embedder, mode: str, limit: int) -> Callable[[str], list[str]]:
    """A function that gives the passage ids that LlamaIndex ranks best for a query, best first."""
    retriever = QueryFusionRetriever(
        [
            PassageRetriever(lambda query: generation.search_lexical(query, limit)),
            PassageRetriever(lambda query: generation.search_dense(embedder.embed([query])[0], limit)),
        ],
        llm=MockLLM(),  # never asked: one query is not rewritten
        mode=mode,
        num_queries=1,
        use_async=False,
        similarity_top_k=limit,
    )
    return lambda query: [found.node.node_id for found in retriever.retrieve(query)]
