"""What can be done with the open conversation: rename, save, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.records import Abstract
from rag.references import bibtex, csl_json, json_text
from rag.transcript import cited_ids, conversation_dict, conversation_markdown
from rag.turns import ConversationRecord, Turn
from ui.resources import history, owner, running, shelf


def draw(ask: Any, one: ConversationRecord) -> None:
    """Draw it; `ask` is the page to go to when the conversation is gone."""
    st.text_input("Name", one.title, max_chars=200, key=f"side_name_{one.id}", on_change=_rename, args=(one.id,))
    formats: dict[str, tuple[str, Callable[[], str]]] = {
        "Markdown": ("conversation.md", lambda: conversation_markdown(one, _turns(one))),
        "JSON": ("conversation.json", lambda: json_text(conversation_dict(one, _turns(one)), indent=2)),
        "BibTeX of what is cited": ("cited.bib", lambda: bibtex(_cited(one))),
        "CSL-JSON of what is cited": ("cited.json", lambda: csl_json(_cited(one))),
    }
    for name, (file, make) in formats.items():
        st.download_button(name, make, file, on_click="ignore", key=f"side_{file}_{one.id}", type="tertiary", icon=":material/download:")
    sure = st.checkbox("Delete this conversation for ever", key=f"side_sure_{one.id}")
    if st.button("Delete", key=f"side_delete_{one.id}", disabled=not sure, icon=":material/delete:"):
        for turn in _turns(one):
            running().stop(turn.id)
        history().delete(one.id, owner())
        st.switch_page(ask, query_params={})  # filters in the address would forbid to clear it


def _turns(one: ConversationRecord) -> tuple[Turn, ...]:
    found: tuple[Turn, ...] = history().turns(one.id, one.owner)
    return found


def _cited(one: ConversationRecord) -> list[Abstract]:
    return [paper.abstract for paper in shelf().papers(cited_ids(_turns(one))).values()]


def _rename(conversation_id: str) -> None:
    history().rename(conversation_id, owner(), st.session_state[f"side_name_{conversation_id}"])
