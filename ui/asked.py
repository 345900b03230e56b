"""The earlier turns of a conversation, each drawn as one block from its record."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.turns import Turn, partial
from ui import render
from ui.resources import settings, shelf


def draw(turns: Sequence[Turn], *, limit: int | None) -> None:
    """Draw the newest of them; a button shows the rest."""
    shown = turns if limit is None else turns[-limit:]
    if len(shown) < len(turns):
        st.button(f"Show {len(turns) - len(shown)} earlier", key="ask_earlier", type="tertiary", on_click=_all)
    papers = shelf().papers(one for turn in shown for one in render.cited_by(partial(turn)))
    keyless = not settings().has_model
    with st.container(key="asked"):
        for turn in shown:
            st.html(render.block(render.view(turn, papers, keyless=keyless)))


def _all() -> None:
    st.session_state["ask_all"] = True
