"""The picture frame: theme, navigation, sidebar, and the page that is chosen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from rag.model import RagError
from ui.parts import sidebar

HERE = Path(__file__).parent

st.set_page_config(page_title="Ask the abstracts", page_icon=str(HERE / "icon.svg"), layout="centered")
st.html(HERE / "theme.css")
st.html('<script src="./rag/page.js" defer></script>', unsafe_allow_javascript=True)  # a constant: see ui/static/page.js

ask = st.Page(HERE / "views" / "ask.py", title="Ask", default=True)
papers = st.Page(HERE / "views" / "papers.py", title="Papers", url_path="papers")
add = st.Page(HERE / "views" / "add.py", title="Add", url_path="add")
scores = st.Page(HERE / "views" / "scores.py", title="Scores", url_path="scores")
paper = st.Page(HERE / "views" / "paper.py", title="Abstract", url_path="paper", visibility="hidden")

page = st.navigation([ask, papers, add, scores, paper], position="top")
try:
    sidebar.draw(ask)
    page.run()
except RagError as error:
    st.error(sidebar.plain(str(error)))
