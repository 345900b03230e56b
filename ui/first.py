"""The first screen: what the corpus holds, and questions that it is known to answer."""

from __future__ import annotations

import streamlit as st

from ui import render_first
from ui.resources import shelf, starter_questions
from ui.sidebar import plain


def draw() -> None:
    """Draw it."""
    held = shelf().holdings()
    st.html(render_first.welcome(held))
    if held.abstracts:
        with st.container(key="ask_starters", gap="xsmall"):
            for index, question in enumerate(starter_questions(held.generation)):
                st.button(plain(question), key=f"ask_starter_{index}", on_click=_ask, args=(question,), width="stretch")


def _ask(question: str) -> None:
    st.session_state["ask_next"] = question
