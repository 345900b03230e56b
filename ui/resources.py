"""What all sessions share: the assistant, the stored conversations, the answers under way; and whose browser this is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from rag.assistant import Assistant
from rag.chat import Conversation, History
from rag.model import RagError, Settings
from ui.door import Questions, Visitor, allowed, is_here
from ui.holdings import HoldingsCache, example_questions, related_questions
from ui.jobs import Running
from ui.middleware import COOKIE, owner_of
from ui.readiness import Readiness


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
def questions() -> Questions:
    """How many questions a visitor may ask."""
    return Questions(settings().ui_questions, settings().ui_answers)


@st.cache_resource
def readiness() -> Readiness:
    """Whether questions can be answered, for programs that ask."""
    return Readiness(assistant)


@st.cache_resource
def holdings_cache() -> HoldingsCache:
    """The abstracts that pages show."""
    return HoldingsCache(assistant())


@st.cache_resource
def extractor() -> Assistant:
    """The assistant that tries questions before they are offered: it costs nothing, whatever model is configured."""
    known = settings()
    return Assistant.open(known.model_copy(update={"mode": "extract"})) if known.writes else assistant()


@st.cache_resource(max_entries=1, show_spinner=False)
def starter_questions(generation: str) -> tuple[str, ...]:
    """Questions to begin with, for one state of the index."""
    return example_questions(extractor())


@st.cache_resource(max_entries=500, show_spinner=False)
def further_questions(generation: str, question: str, besides: tuple[str, ...]) -> tuple[str, ...]:
    """Questions to go on with, for one state of the index."""
    return related_questions(extractor(), question, besides)


def warm() -> None:
    """Open what the first page needs; where that fails, the page itself will say why."""
    try:
        with suppress(RagError):
            starter_questions(holdings_cache().holdings().generation)
    finally:
        readiness().begin()


def owner() -> str:
    """Who owns this browser's conversations: its cookie, else this session alone."""
    known = owner_of(st.context.cookies.get(COOKIE))
    return known or str(st.session_state.setdefault("owner", "session-" + secrets.token_hex(16)))


def visitor() -> Visitor:
    """Who this session is to the limits."""
    address, headers = st.context.ip_address, st.context.headers  # no address: this computer's, says Streamlit
    return Visitor(owner(), address or "127.0.0.1", is_here(address, headers, headers.get("Host")))


def may_write() -> bool:
    """True where this reader may add to the corpus and take away from it: on this computer, unless RAG_UI_WRITE says otherwise."""
    return allowed(settings().ui_write, here=visitor().here)


def start(conversation_id: str | None, question: str, options: Mapping[str, Any], *, again: bool = False) -> str:
    """Begin an answer as a job of this process, `again` in the place of the last; the id of its conversation. Raises RagError."""
    with questions().asking(visitor().keys) as hold:
        conversation = Conversation(assistant(), history(), owner(), conversation_id)
        turn, job = (conversation.start_again if again else conversation.start)(question, **options)
        hold(lambda: bool(job.done))
        running().add(turn, job)
    assert conversation.id is not None, "a conversation with a question is stored"
    return conversation.id
