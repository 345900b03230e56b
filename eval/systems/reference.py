"""A reference to compare with: LlamaIndex's own query engine over the same corpus and by the same embedding, with nothing of ours beside.

    python -m eval run --system eval.systems.reference:engine --out runs/reference

Where the settings name a model, LlamaIndex's default response synthesizer writes the answer with it. Without one it is plain retrieval:
the answer is the text of the abstract that comes nearest, and nothing is ever refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core import VectorStoreIndex
from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.core.query_engine import CustomQueryEngine, RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import TextNode

from rag.assistant import Assistant
from rag.embedding import load_embedder
from rag.index import bring_up_to_date
from rag.integrations.llama_index import RagEmbedding
from rag.llm import Call, ChatModel
from rag.model import Abstract, ModelError, Settings

TOP_K = 8  # as our own RAG_TOP_K


def engine() -> Any:
    """The query engine by the settings of the surroundings: with their model where they name one, else plain retrieval."""
    settings = Settings()
    model = ChatModel.open(settings) if settings.has_model and settings.mode != "extract" else None
    return query_engine(settings, None if model is None else ServiceLLM(model, settings))


def query_engine(settings: Settings, llm: Any = None) -> Any:
    """LlamaIndex's query engine on the corpus of the settings: by an LLM of LlamaIndex, or without one by the nearest text alone."""
    bring_up_to_date(settings)
    with Assistant.open(settings.model_copy(update={"mode": "extract"})) as assistant:
        nodes = abstract_nodes(assistant.abstracts())
    index = VectorStoreIndex(nodes, embed_model=RagEmbedding(load_embedder(settings)))
    retriever = index.as_retriever(similarity_top_k=TOP_K)
    return NearestText(retriever=retriever) if llm is None else RetrieverQueryEngine.from_args(retriever, llm=llm)


def abstract_nodes(abstracts: Sequence[Abstract]) -> list[TextNode]:
    """One node an abstract: its text verbatim, its title beside it."""
    return [TextNode(id_=one.id, text=one.text, metadata={"title": one.title} if one.title else {}) for one in abstracts if one.text]


class NearestText(CustomQueryEngine):  # type: ignore[misc]  # LlamaIndex is not typed for us
    """Answers with the text that comes nearest."""

    retriever: BaseRetriever

    def custom_query(self, query_str: str) -> Response:
        """The first node's text, with all nodes as sources."""
        nodes = self.retriever.retrieve(query_str)
        return Response(nodes[0].node.text if nodes else "", source_nodes=nodes)


class ServiceLLM(CustomLLM):  # type: ignore[misc]
    """The model of the settings, at any OpenAI-compatible server, as an LLM of LlamaIndex."""

    _model: Any = PrivateAttr()
    _settings: Any = PrivateAttr()

    def __init__(self, model: ChatModel, settings: Settings) -> None:
        super().__init__()
        self._model, self._settings = model, settings

    @property
    def metadata(self) -> LLMMetadata:
        """What it can take in and write."""
        return LLMMetadata(context_window=self._settings.model_window, num_output=min(1_024, self._settings.reply_tokens))

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        """One reply; raises ModelError where the service cannot be used, or cuts it."""
        reply = self._model.complete([{"role": "user", "content": prompt}], call=Call(self._settings.question_tokens))
        if not reply.complete:
            raise ModelError(f"The reply of the model is not complete ({reply.why}).")
        return CompletionResponse(text=reply.text)

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponseGen:
        """The reply in one piece."""
        yield self.complete(prompt)
