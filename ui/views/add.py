"""Add: abstracts from files or from a text, read and shown before they are indexed; and what was added so far."""

from __future__ import annotations

import streamlit as st

from rag.model import IndexBusyError
from ui.jobs import indexing
from ui.parts import adding
from ui.render.words import counted
from ui.resources import holdings_cache, may_write

st.html(adding.STYLE)
st.header("Add abstracts", anchor=False)
work = indexing()
work.wait(adding.PATIENCE)
held = holdings_cache().holdings()
st.write(f"The corpus holds {counted(held.abstracts, 'abstract', 'abstracts')} from {counted(len(held.sources), 'file', 'files')}.")
if not may_write():
    st.info("This page is read-only here: RAG_UI_WRITE decides who may add abstracts.")
elif work.busy:
    adding.draw_progress(work)
else:
    try:
        adding.draw_outcome(work)
        adding.draw_form(work)
    except IndexBusyError as error:
        st.warning(str(error))
adding.draw_uploads(work)
