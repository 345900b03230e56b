"""Add: for now, how abstracts are added on the command line."""

from __future__ import annotations

import streamlit as st

from ui.resources import may_write, shelf
from ui.words import counted

st.header("Add abstracts", anchor=False)
held = shelf().holdings()
st.write(f"The corpus holds {counted(held.abstracts, 'abstract', 'abstracts')} from {counted(len(held.sources), 'file', 'files')}.")
if not may_write():
    st.info("This page is read-only here: RAG_UI_WRITE decides who may add abstracts.")
else:
    st.write("Put a listing, BibTeX, RIS, CSV or JSON file into the folder of the corpus, and bring the index up to date:")
    st.code("rag index", language=None)
