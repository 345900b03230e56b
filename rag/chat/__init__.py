"""Conversations, stored as they are answered, and their turns as the next question sees them."""

from __future__ import annotations

from rag.chat.conversation import Conversation, last_visit
from rag.chat.history import History
from rag.chat.turns import ConversationRecord, Turn, answer_messages, partial

__all__ = ["Conversation", "ConversationRecord", "History", "Turn", "answer_messages", "last_visit", "partial"]
