"""The sidebar: this browser's conversations and what can be done with the open one, and the filters of the next question."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.chat import ConversationRecord, Turn
from rag.export import bibtex, cited_ids, conversation_dict, conversation_markdown, csl_json, json_text
from rag.model import Abstract, Filters, RagError, Scan, escape_html, escape_markdown
from ui.resources import history, holdings_cache, owner, running

# The menu of the open conversation: rename, save, delete.


def draw_menu(ask: Any, one: ConversationRecord) -> None:
    """Draw it; `ask` is the page to go to when the conversation is gone."""
    st.text_input("Name", one.title, key=f"side_name_{one.id}", on_change=_rename, args=(one.id,))
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
    return [paper.abstract for paper in holdings_cache().papers(cited_ids(_turns(one))).values()]


def _rename(conversation_id: str) -> None:
    try:
        history().rename(conversation_id, owner(), st.session_state[f"side_name_{conversation_id}"])
    except RagError as error:
        st.toast(plain(str(error)), icon=":material/error:", duration="long")


# The sidebar: this browser's conversations, and the filters of the next question; both are in the address of the page.

_SHOWN = 30  # conversations

# What Streamlit reads in a label beside Markdown: ":smile:", ":material/home:", "->", "--", ">=". A joiner that nobody sees parts it.
_SHORTHAND = re.compile(r"(:(?=[\w+\\/-]+:)|[-<>=~](?=\\?[-<>=~]))")


def draw(ask: Any) -> None:
    """Draw it; `ask` is the page on which a conversation opens."""
    with st.sidebar:
        if st.button("New question", key="side_new", icon=":material/edit_square:", width="stretch"):
            st.switch_page(ask, query_params={})  # filters in the address would forbid to clear it
        _filters()
        _conversations(ask)


def options() -> dict[str, Any]:
    """What the filters ask of the assistant."""
    selected: dict[str, Any] = {}
    first, last = _year("from"), _year("to")
    if first is not None or last is not None:
        selected["year"] = (first, last)
    known = holdings_cache().holdings().sources
    chosen = [one for one in st.session_state.get("source") or [] if one in known]
    if st.session_state.get("titles"):
        selected["filters"] = Filters(scans=(Scan("missing", ("title",), negated=True),))
    return selected | ({"sources": chosen} if chosen else {})


def plain(text: str, *, typed: bool = False) -> str:
    """A text as Streamlit's own elements may show it: nothing in it is Markdown, an image, a link, an icon, an emoji or an arrow.

    What a user `typed` stays as it is; of a document the markup is made plain first.
    """
    return _SHORTHAND.sub("\\1\u2060", escape_markdown(text, typed=typed))


def _filters() -> None:
    held = holdings_cache().holdings()
    active = any(st.session_state.get(key) or key in st.query_params for key in ("from", "to", "source", "titles"))
    with st.expander("Filters · on" if active else "Filters", icon=":material/filter_list:", expanded=active):
        years = [str(year) for year in held.years]
        st.selectbox("From", years, index=None, placeholder="any year", key="from", bind="query-params")
        st.selectbox("To", years, index=None, placeholder="any year", key="to", bind="query-params")
        st.multiselect("Sources", list(held.sources), key="source", placeholder="all files", bind="query-params")
        st.toggle("Titled papers only", key="titles", bind="query-params")
        if active:
            st.button("Clear filters", key="side_clear", type="tertiary", on_click=clear)


def clear() -> None:
    """Ask of all abstracts again."""
    st.session_state["from"] = st.session_state["to"] = None
    st.session_state["source"] = []
    st.session_state["titles"] = False


def _conversations(ask: Any) -> None:
    search = st.text_input("Search conversations", key="side_search", placeholder="Search conversations", label_visibility="collapsed")
    found = history().conversations(owner(), search, limit=_SHOWN + 1)
    if not found:
        st.caption("No conversation has these words." if search else "Your conversations will be listed here.")
    for one in found[:_SHOWN]:
        _entry(ask, one)
    if len(found) > _SHOWN:
        st.caption(f"The {_SHOWN} most recent are shown. Search for older ones.")


def _entry(ask: Any, one: ConversationRecord) -> None:
    """A conversation as a button; the one that is open can be renamed, exported and deleted."""
    if st.query_params.get("c") != one.id:
        if st.button(plain(one.title, typed=True), key=f"side_open_{one.id}", type="tertiary", width="stretch"):
            st.switch_page(ask, query_params={"c": one.id})
        return
    with st.container(key="side_current", horizontal=True, vertical_alignment="center", gap=None):
        st.html(f'<span class="rag-current" aria-current="page">{escape_html(one.title, typed=True)}</span>')
        with st.popover("More", type="tertiary"):
            draw_menu(ask, one)


def _year(key: str) -> int | None:
    value = st.session_state.get(key)
    return int(value) if value and str(value).isdigit() else None
