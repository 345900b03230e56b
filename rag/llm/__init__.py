"""The model service: any OpenAI-compatible server, or a program's own model, within limits of time and tokens and with a way to stop."""

from __future__ import annotations

from rag.llm.adapters import ObjectModel, TextModel
from rag.llm.address import Address, read_address
from rag.llm.chat import ChatModel
from rag.llm.choice import Models
from rag.llm.embedding import EmbeddingModel
from rag.llm.failures import TooLongError
from rag.llm.language_model import LanguageModel
from rag.llm.prompts import Prompts, load_prompts
from rag.llm.protocol import json_part
from rag.llm.records import Call, Message, Reply, Restart, Usage
from rag.llm.whole import WholeReplies

__all__ = [
    "Address",
    "Call",
    "ChatModel",
    "EmbeddingModel",
    "LanguageModel",
    "Message",
    "Models",
    "ObjectModel",
    "Prompts",
    "Reply",
    "Restart",
    "TextModel",
    "TooLongError",
    "Usage",
    "WholeReplies",
    "json_part",
    "load_prompts",
    "read_address",
]
