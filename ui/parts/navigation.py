"""Questions that a button asks: they are handed to the Ask page."""

from __future__ import annotations

import streamlit as st

from rag.model import Abstract
from ui.holdings import system_name

ASK = "views/ask.py"


def ask(question: str) -> None:
    """Ask a question in a new conversation."""
    st.session_state["ask_next"] = question
    st.switch_page(ASK, query_params={})  # filters in the address would forbid to clear it


def ask_about(abstract: Abstract) -> None:
    """Ask what an abstract is about."""
    name = system_name(abstract)
    said = abstract.label.strip("“”…").strip()
    ask(f"What does {name} do?" if name else f"What do the authors of “{said}” find?")


def open_paper(abstract_id: str) -> None:
    """Open an abstract's page."""
    st.switch_page("views/paper.py", query_params={"abstract": abstract_id})
