"""The model service: any OpenAI-compatible server, asked with retries, limits of time and tokens, and a way to stop. Cheap to import."""

from rag.llm.chat import ChatModel
from rag.llm.embedding import EmbeddingModel
from rag.llm.records import Call, Message, Reply, Restart, Usage
from rag.llm.wire import json_part

__all__ = ["Call", "ChatModel", "EmbeddingModel", "Message", "Reply", "Restart", "Usage", "json_part"]
