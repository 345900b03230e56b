"""Papers: all abstracts, or those that bear best on a search, in a table whose rows open their page."""

from __future__ import annotations

import streamlit as st

from rag.records import Abstract
from rag.showing import places, shown
from ui.asking import open_paper
from ui.resources import assistant, shelf
from ui.words import counted

SHOWN = 200  # rows at a time


def row(abstract: Abstract) -> dict[str, object]:
    """A row of the table: plain values, which the table sorts and never reads as Markdown."""
    return {
        "Paper": shown(abstract.label),
        "Year": abstract.year,
        "Authors": abstract.authors,
        "Upvotes": abstract.upvotes,
        "Source": places(abstract.sources[:1]),
    }


st.header("Papers", anchor=False)
search = st.text_input("Search", key="q", placeholder="Search the abstracts", label_visibility="collapsed", bind="query-params")
if search and search.strip():
    papers = shelf().papers(hit.abstract_id for hit in assistant().retrieve(search, 50))
    abstracts = [one.abstract for one in papers.values()]
    st.caption(f"The {counted(len(abstracts), 'abstract', 'abstracts')} that bear best on this, best first.")
else:
    abstracts = assistant().abstracts()
    st.caption(f"{counted(len(abstracts), 'abstract', 'abstracts')}, in the order of the files.")
    abstracts = abstracts[:SHOWN]

chosen = st.dataframe(
    [row(one) for one in abstracts], key="papers_table", hide_index=True, on_select="rerun", selection_mode="single-row", width="stretch"
)
if chosen and chosen["selection"]["rows"]:
    index = chosen["selection"]["rows"][0]
    if index < len(abstracts):
        open_paper(abstracts[index].id)
