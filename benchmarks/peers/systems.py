"""The systems: how each takes the corpus in and is asked, as its own documentation shows it, with its own defaults.

Each function imports what it needs, takes the corpus in within `given.measured()`, and keeps what it keeps below `given.folder`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.measure import BATCH, Built, Given
from rag.embedding import Vectors, load_wordllama
from rag.index import bring_up_to_date, open_index
from rag.model import NO_FILTERS, Settings
from rag.search import retrieve_hits

_AT_A_TIME = 5_000  # Chroma refuses more than 5,461 records at once


@dataclass(frozen=True, slots=True)
class System:
    """How a system is built and what has to be installed for it; none of ours."""

    title: str
    build: Callable[[Given], Built]
    packages: tuple[str, ...] = ()


def ours(given: Given) -> Built:
    """Our index and `retrieve_hits`: both candidates, united and read again; one hit an abstract."""
    settings = Settings(index_dir=given.folder, corpus=(given.corpus,), embedding="wordllama", mode="extract", _env_file=None)
    with given.measured():
        bring_up_to_date(settings)
    generation = given.held.enter_context(given.held.enter_context(open_index(settings)).reading())
    embedder = load_wordllama()

    def search(query: str, limit: int) -> list[str]:
        return [one for hit in retrieve_hits(generation, embedder, query, limit) for one in hit.external_ids][:limit]

    def dense(query: str, limit: int) -> list[str]:
        return [one for one, _ in generation.search_dense(given.embed([query])[0], limit)]

    def rows() -> tuple[list[str], Vectors]:
        ids = generation.passage_ids(NO_FILTERS)
        return ids, np.concatenate([generation.vectors(ids[start : start + 10_000]) for start in range(0, len(ids), 10_000)])

    return Built(search, dense, f"vectors in {generation.manifest.store}; its dense search finds passages", rows)


def llama_index(given: Given) -> Built:
    """`IngestionPipeline` into Chroma; `QueryFusionRetriever` over its vector retriever and its BM25, where that is installed."""
    import chromadb
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import Document
    from llama_index.vector_stores.chroma import ChromaVectorStore

    class Static(BaseEmbedding):  # type: ignore[misc]
        """The common embedding as one of LlamaIndex."""

        def _get_query_embedding(self, query: str) -> list[float]:
            return given.asked(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return given.asked(text)

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = given.embed(texts).tolist()
            return rows

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return given.asked(query)

    embedding = Static(embed_batch_size=BATCH)
    options = chromadb.Settings(anonymized_telemetry=False)
    with given.measured():
        client = chromadb.PersistentClient(str(given.folder / "chroma"), settings=options)
        store = ChromaVectorStore(chroma_collection=client.create_collection("papers", embedding_function=None))
        pipeline = IngestionPipeline(transformations=[embedding], vector_store=store)
        documents = [Document(text=one.text, id_=one.id) for one in given.papers()]
        for start in range(0, len(documents), _AT_A_TIME):
            pipeline.run(documents=documents[start : start + _AT_A_TIME])
        lexical = _llama_bm25(documents, given.folder / "bm25")
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedding)

    def found(retriever: Any, query: str) -> list[str]:
        return [one.node.ref_doc_id or one.node.node_id for one in retriever.retrieve(query)]

    def vectors(limit: int) -> Any:
        return index.as_retriever(similarity_top_k=limit)

    def fused(limit: int) -> Any:
        both = [vectors(limit), lexical(limit)] if lexical else [vectors(limit)]
        return QueryFusionRetriever(both, llm=MockLLM(), mode="reciprocal_rerank", num_queries=1, use_async=False, similarity_top_k=limit)

    retrievers = {limit: fused(limit) for limit in (10, 100)}
    nearest = vectors(10)
    note = "BM25 and vectors by reciprocal rank" if lexical else "vectors alone: llama-index-retrievers-bm25 is not installed"
    note += f"; taken in by {_AT_A_TIME:,}, as more than 5,461 nodes at once fail" if len(documents) > _AT_A_TIME else ""
    return Built(lambda query, limit: found(retrievers[limit], query), lambda query, limit: found(nearest, query)[:limit], note)


def _llama_bm25(documents: list[Any], folder: Path) -> Callable[[int], Any] | None:
    """LlamaIndex's BM25 over these nodes, kept in a folder, as a retriever of so many; None where it is not installed."""
    try:
        from llama_index.retrievers.bm25 import BM25Retriever
    except ModuleNotFoundError:
        return None
    lexical = BM25Retriever.from_defaults(nodes=documents)
    lexical.persist(str(folder))

    def retriever(limit: int) -> Any:
        one = BM25Retriever(existing_bm25=lexical.bm25, similarity_top_k=limit)
        one.corpus = lexical.corpus
        return one

    return retriever


def txtai(given: Given) -> Built:
    """`Embeddings` with content, hybrid, and external vectors."""
    from txtai import Embeddings

    with given.measured():
        index = Embeddings(method="external", transform=lambda texts: given.embed(list(texts)), content=True, hybrid=True)
        index.index((one.id, one.text, None) for one in given.papers())
        index.save(str(given.folder / "txtai"))

    def search(query: str, limit: int) -> list[str]:
        return [row["id"] for row in index.search(query, limit)]

    def dense(query: str, limit: int) -> list[str]:
        return [row["id"] for row in index.search(query, limit, weights=1.0)]

    return Built(search, dense, "BM25 and vectors by a weighted sum")


def haystack(given: Given) -> Built:
    """`InMemoryDocumentStore`, both of its retrievers, and `DocumentJoiner`."""
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    with given.measured():
        store = InMemoryDocumentStore()
        for papers, vectors in given.embedded():
            rows = vectors.tolist()
            store.write_documents([Document(id=one.id, content=one.text, embedding=row) for one, row in zip(papers, rows, strict=True)])
        store.save_to_disk(str(given.folder / "store.json"))
    words, meaning = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def nearest(query: str, limit: int) -> Any:
        return meaning.run(query_embedding=given.asked(query), top_k=limit)["documents"]

    def search(query: str, limit: int) -> list[str]:
        both = [words.run(query=query, top_k=limit)["documents"], nearest(query, limit)]
        return [one.id for one in joiner.run(documents=both, top_k=limit)["documents"]]

    note = "all in memory, kept as one JSON file; BM25 and vectors by reciprocal rank"
    return Built(search, lambda query, limit: [one.id for one in nearest(query, limit)], note)


def qdrant(given: Given) -> Built:
    """Qdrant without a server, which compares with all vectors."""
    from qdrant_client import QdrantClient
    from qdrant_client.models import Distance, PointStruct, VectorParams

    with given.measured():
        client = QdrantClient(path=str(given.folder))
        client.create_collection("papers", vectors_config=VectorParams(size=load_wordllama().dimensions, distance=Distance.COSINE))
        number = 0
        for papers, vectors in given.embedded():
            rows = zip(papers, vectors.tolist(), strict=True)
            points = [
                PointStruct(id=place, vector=row, payload={"id": one.id, "text": one.text}) for place, (one, row) in enumerate(rows, number)
            ]
            client.upsert("papers", points)
            number += len(points)

    def search(query: str, limit: int) -> list[str]:
        return [str(one.payload["id"]) for one in client.query_points("papers", query=given.asked(query), limit=limit).points]

    return Built(search, search, "vectors alone: its BM25 would be downloaded; local mode, exact")


def lancedb(given: Given) -> Built:
    """LanceDB, hybrid with its own full-text index, reciprocal rank; no index of vectors, which its documentation advises from 100,000."""
    import lancedb as library
    from lancedb.rerankers import RRFReranker

    def rows() -> Iterator[list[dict[str, Any]]]:
        for papers, vectors in given.embedded(_AT_A_TIME):
            yield [{"id": one.id, "text": one.text, "vector": row} for one, row in zip(papers, vectors, strict=True)]

    with given.measured():
        batches = rows()
        table = library.connect(str(given.folder)).create_table("papers", next(batches))
        for batch in batches:
            table.add(batch)
        table.create_fts_index("text")
    reranker = RRFReranker()

    def search(query: str, limit: int) -> list[str]:
        asked = table.search(query_type="hybrid").vector(given.asked(query)).text(query)
        return [row["id"] for row in asked.rerank(reranker).limit(limit).to_list()]

    def dense(query: str, limit: int) -> list[str]:
        return [row["id"] for row in table.search(given.asked(query)).limit(limit).to_list()]

    return Built(search, dense, "full text and vectors by reciprocal rank; vectors compared with all")


SYSTEMS = {
    "ours": System("abstract-rag", ours),
    "llama_index": System(
        "LlamaIndex, Chroma",
        llama_index,
        ("llama-index-core", "llama-index-vector-stores-chroma", "llama-index-retrievers-bm25", "chromadb"),
    ),
    "txtai": System("txtai", txtai, ("txtai", "faiss-cpu")),
    "haystack": System("Haystack, in memory", haystack, ("haystack-ai",)),
    "qdrant": System("Qdrant, local mode", qdrant, ("qdrant-client",)),
    "lancedb": System("LanceDB", lancedb, ("lancedb",)),
}
