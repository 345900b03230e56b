"""The model service: any OpenAI-compatible server, asked with retries, limits of time and tokens, and a way to stop."""

from __future__ import annotations

from rag.llm.chat import ChatModel
from rag.llm.embedding import EmbeddingModel
from rag.llm.prompts import Prompts, load_prompts
from rag.llm.protocol import json_part
from rag.llm.records import Call, Message, Reply, Restart, Usage

__all__ = ["Call", "ChatModel", "EmbeddingModel", "Message", "Prompts", "Reply", "Restart", "Usage", "json_part", "load_prompts"]
