"""Our parts for any LlamaIndex program: `HybridRetriever` wherever it takes a retriever, `CheckedQueryEngine` wherever a query engine,
`RagEmbedding` wherever an embedding."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, ObjectType, QueryBundle, RelatedNodeInfo, TextNode

from rag.assistant import Assistant
from rag.embedding import Embedder
from rag.model import Abstract, Answer, Citation, Event, Hit, NotFoundError, Years, numbered_text


class HybridRetriever(BaseRetriever):  # type: ignore[misc]  # LlamaIndex is not typed for us
    """The passages that bear best on a query, one an abstract, best first; the same nodes on every run.

    A node's id is `Passage.id`, its text the passage verbatim, `start_char_idx` and `end_char_idx` its place in the abstract.
    Its metadata has `abstract_id`, `label`, `source` (file:line) and, where there is one, `title`; a model is shown the label
    alone. The assistant stays its owner's to close. `top_k`, `year` and `sources` are as in `Assistant.ask`.

    >>> engine = RetrieverQueryEngine.from_args(HybridRetriever(Assistant.open()), llm=llm)
    """

    def __init__(self, assistant: Assistant, top_k: int = 8, year: Years | None = None, sources: Sequence[str] = ()) -> None:
        super().__init__()
        self._assistant = assistant
        self._top_k = top_k
        self._year = year
        self._sources = tuple(sources)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.retrieve(query_bundle.query_str, self._top_k, year=self._year, sources=self._sources)
        return [node for hit in hits if (node := self._node(hit))]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)  # the inherited step would hold up the event loop

    def _node(self, hit: Hit) -> NodeWithScore | None:
        try:
            abstract = self._assistant.abstract(hit.abstract_id)
        except NotFoundError:
            return None  # removed from the index since it was found
        return NodeWithScore(node=_text_node(hit, abstract), score=hit.fused)


class CheckedQueryEngine(BaseQueryEngine):  # type: ignore[misc]
    """The whole assistant as a query engine: each sentence of the response is cited and checked.

    The response's text has the [n]; its source nodes are the cited sentences, in the order of their numbers, with `number`,
    `abstract_id`, `label` and `source` as metadata; its metadata holds `outcome` and the whole answer as `answer`
    (`Answer.to_dict`). The assistant stays its owner's to close.

    With `streaming`, `query` gives a StreamingResponse and `aquery` an AsyncStreamingResponse at once, whose source nodes and metadata
    are there with the first piece of text; each piece is a claim with its [n], and all pieces are the answer's text. They come when the
    answer is whole: before that, a reply that breaks off voids what was told, and numbers and order may change, none of which text that
    was given away can take back. For claims as soon as they are checked there is `Assistant.stream`. Whoever closes the generator, or
    cancels the task that waits for it, ends the answer. Errors are those of `Assistant.ask`; with `streaming` those for a question that
    is none come from `query`, the others with the text.

    >>> response = CheckedQueryEngine(Assistant.open()).query("How does KS-Lottery find winning tickets?")
    >>> CheckedQueryEngine(Assistant.open(), streaming=True).query("What is UzBERT?").print_response_stream()
    """

    def __init__(self, assistant: Assistant, year: Years | None = None, sources: Sequence[str] = (), *, streaming: bool = False) -> None:
        super().__init__(callback_manager=None)
        self._assistant = assistant
        self._year = year
        self._sources = tuple(sources)
        self._streaming = streaming

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        if not self._streaming:
            return _response(self._assistant.ask(query_bundle.query_str, year=self._year, sources=self._sources))
        response = StreamingResponse(None, metadata={})
        response.response_gen = _told(self._assistant.stream(query_bundle.query_str, year=self._year, sources=self._sources), response)
        return response

    async def _aquery(self, query_bundle: QueryBundle) -> Response | AsyncStreamingResponse:
        if not self._streaming:
            return _response(await self._assistant.aask(query_bundle.query_str, year=self._year, sources=self._sources))
        response = AsyncStreamingResponse(None, metadata={})
        response.response_gen = _atold(self._assistant.astream(query_bundle.query_str, year=self._year, sources=self._sources), response)
        return response

    def _get_prompt_modules(self) -> dict[str, object]:
        return {}  # its prompts are checked together with the code that reads the replies: they are not to be exchanged


def _response(answer: Answer) -> Response:
    return Response(response=answer.text, source_nodes=_cited_nodes(answer), metadata=_metadata(answer))


def _told(events: Generator[Event, None, None], response: StreamingResponse) -> Generator[str, None, None]:
    """The text of the answer that the events end in, claim by claim; its sources go into the response before."""
    answer = None
    with closing(events):
        for event in events:
            answer = event.answer or answer
    yield from _pieces(answer, response)


async def _atold(events: AsyncGenerator[Event, None], response: AsyncStreamingResponse) -> AsyncGenerator[str, None]:
    """`_told` for an asynchronous response."""
    answer = None
    async with aclosing(events):
        async for event in events:
            answer = event.answer or answer
    for piece in _pieces(answer, response):
        yield piece


def _pieces(answer: Answer | None, response: StreamingResponse | AsyncStreamingResponse) -> Iterator[str]:
    assert answer is not None, "the last step of an answer holds it"
    response.source_nodes.extend(_cited_nodes(answer))
    response.metadata.update(_metadata(answer))
    text, start = answer.text, 0
    for claim in answer.claims:
        said = numbered_text(claim)
        end = text.index(said, start) + len(said)
        yield text[start:end]
        start = end
    if text[start:]:
        yield text[start:]


def _metadata(answer: Answer) -> dict[str, Any]:
    return {"outcome": answer.outcome, "answer": answer.to_dict()}


def _cited_nodes(answer: Answer) -> list[NodeWithScore]:
    return [NodeWithScore(node=_cited_node(one)) for one in answer.citations]


def _cited_node(citation: Citation) -> TextNode:
    metadata = {"number": citation.number, "abstract_id": citation.abstract_id, "label": citation.label}
    if citation.sources:
        metadata["source"] = f"{citation.sources[0].file}:{citation.sources[0].line}"
    return TextNode(
        id_=f"{citation.abstract_id}:{citation.start}-{citation.end}",
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata=metadata,
        excluded_llm_metadata_keys=[key for key in metadata if key != "label"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=citation.abstract_id, node_type=ObjectType.DOCUMENT)},
    )


def _text_node(hit: Hit, abstract: Abstract) -> TextNode:
    passage = hit.passage
    metadata = {"abstract_id": abstract.id, "label": abstract.label}
    if abstract.title:
        metadata["title"] = abstract.title
    if abstract.sources:
        metadata["source"] = f"{abstract.sources[0].file}:{abstract.sources[0].line}"
    return TextNode(
        id_=passage.id,
        text=abstract.text[passage.start : passage.end],
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=metadata,
        excluded_llm_metadata_keys=[key for key in metadata if key != "label"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=abstract.id, node_type=ObjectType.DOCUMENT)},
    )


class RagEmbedding(BaseEmbedding):  # type: ignore[misc]
    """The embedding of the settings (`RAG_EMBEDDING`) for any LlamaIndex index: the sentence encoder, wordllama, or a service's.

    >>> VectorStoreIndex(nodes, embed_model=RagEmbedding(load_embedder(Settings())))
    """

    _embedder: Any = PrivateAttr()

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(model_name=embedder.name)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex stores it."""
        return "RagEmbedding"

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [row.tolist() for row in self._embedder.embed(texts)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, query)
