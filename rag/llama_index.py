"""Our retrieval for any LlamaIndex program: `HybridRetriever` fits wherever LlamaIndex takes a retriever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, ObjectType, QueryBundle, RelatedNodeInfo, TextNode

from rag.assistant import Assistant, Years
from rag.errors import NotFoundError
from rag.records import Abstract, Hit


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
