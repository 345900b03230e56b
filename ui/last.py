"""What can be done with the last answer."""

from __future__ import annotations

import streamlit as st

from rag.export import answer_markdown
from rag.turns import Turn, partial


def draw(turn: Turn, conversation: str) -> None:
    """The row of buttons under the last turn."""
    text = answer_markdown(partial(turn))
    with st.container(key="ask_actions", horizontal=True, vertical_alignment="center"):
        with st.popover("Copy", type="tertiary", icon=":material/content_copy:"):
            st.code(text, language="markdown", wrap_lines=True)
        st.download_button("Download", text, "answer.md", "text/markdown", type="tertiary", icon=":material/download:", on_click="ignore")
