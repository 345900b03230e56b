"""One abstract: `?abstract=` and its id."""

from __future__ import annotations

import streamlit as st

from rag.export import bibtex, csl_json
from rag.model import Abstract
from ui.parts.navigation import ask_about
from ui.parts.sidebar import plain
from ui.render.papers import paper_html
from ui.resources import assistant, holdings_cache

NEIGHBOURS = 5


def actions(abstract: Abstract) -> None:
    """What can be done with the abstract."""
    with st.container(horizontal=True, key="paper_actions"):
        if st.button("Ask about this", key="paper_ask", type="primary", icon=":material/chat:"):
            ask_about(abstract)
        st.download_button("BibTeX", lambda: bibtex([abstract]), f"{abstract.id}.bib", on_click="ignore", key="paper_bib")
        st.download_button("CSL-JSON", lambda: csl_json([abstract]), f"{abstract.id}.json", on_click="ignore", key="paper_csl")


def neighbours(abstract: Abstract) -> None:
    """The abstracts nearest to it, each leading to its page."""
    hits = assistant().retrieve(f"{abstract.title or ''} {abstract.text}"[:1500], NEIGHBOURS + 1)
    near = [hit for hit in hits if hit.abstract_id != abstract.id][:NEIGHBOURS]
    if near:
        st.html('<h2 class="rag-small">Nearest in the corpus</h2>')
        with st.container(key="paper_near", gap=None):
            for hit in near:
                st.button(plain(hit.label), key=f"paper_near_{hit.abstract_id}", type="tertiary", on_click=go, args=(hit.abstract_id,))


def go(abstract_id: str) -> None:
    """Show another abstract on this page."""
    st.query_params["abstract"] = abstract_id


abstract_id = st.query_params.get("abstract", "")
found = holdings_cache().papers([abstract_id]).get(abstract_id) if abstract_id else None
if found is None:
    st.warning(
        "There is no abstract with this address in the corpus; it may have been removed." if abstract_id else "No abstract is chosen."
    )
else:
    st.html(paper_html(found))
    actions(found.abstract)
    neighbours(found.abstract)
