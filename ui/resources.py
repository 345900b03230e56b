"""What all sessions share: the assistant, the stored conversations, the answers under way; and whose browser this is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import streamlit as st

from rag.assistant import Assistant
from rag.config import Settings
from rag.conversation import Conversation
from rag.history import History
from ui.door import COOKIE, owner_of
from ui.running import Running
from ui.shelf import Shelf


@st.cache_resource
def settings() -> Settings:
    """The settings, read once."""
    return Settings()


@st.cache_resource(show_spinner="Opening the index …")
def assistant() -> Assistant:
    """The one assistant; a small corpus without an index is indexed first."""
    return Assistant.open(settings())


@st.cache_resource
def history() -> History:
    """The stored conversations."""
    return History.open(settings())


@st.cache_resource
def running() -> Running:
    """The answers under way."""
    return Running()


@st.cache_resource
def shelf() -> Shelf:
    """The abstracts that pages show."""
    return Shelf(assistant())


def owner() -> str:
    """Who owns this browser's conversations: its cookie, else this session alone."""
    known = owner_of(st.context.cookies.get(COOKIE))
    return known or str(st.session_state.setdefault("owner", "session-" + secrets.token_hex(16)))


def start(conversation_id: str | None, question: str, options: Mapping[str, Any]) -> str:
    """Begin an answer as a job of this process; the id of its conversation. Raises RagError."""
    conversation = Conversation(assistant(), history(), owner(), conversation_id)
    turn, job = conversation.start(question, **options)
    running().add(turn, job)
    assert conversation.id is not None, "a conversation with a question is stored"
    return conversation.id
