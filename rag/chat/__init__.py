"""Conversations that are stored as they are answered, and jobs that can be followed and stopped."""

from __future__ import annotations

from rag.chat.conversation import Conversation, last_visit
from rag.chat.history import History
from rag.chat.turns import ConversationRecord, Turn, partial

__all__ = ["Conversation", "ConversationRecord", "History", "Turn", "last_visit", "partial"]
