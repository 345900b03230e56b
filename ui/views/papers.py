"""Papers: all abstracts, or those that are about a search, or the word that none is; each opens its page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.export import bibtex, csl_json, csv_table, json_lines
from rag.model import Abstract
from ui.parts import adding, filters
from ui.parts.navigation import open_paper
from ui.parts.sidebar import options, plain
from ui.render.papers import nothing_about, paper_line, years_chart
from ui.render.words import counted
from ui.resources import holdings_cache

SHOWN = 25  # papers on a page


def rows(abstracts: Sequence[Abstract]) -> None:
    """Each with its name, which opens its page, and what its source states of it."""
    for abstract in abstracts:
        if st.button(plain(abstract.label), key=f"papers_open_{abstract.id}", type="tertiary"):
            open_paper(abstract.id)
        st.html(paper_line(abstract))


def nothing(found: filters.PaperList, narrowed: bool) -> None:
    """That no abstract is about the search, and what comes nearest, apart and said to be no more than that."""
    st.html(nothing_about(found.search, narrowed=narrowed))
    if found.found:
        st.html('<h2 class="rag-small">Nearest to it, which may be about something else</h2>')
        with st.container(key="papers_list", gap=None):
            rows(found.found)


st.html(adding.STYLE)
st.header("Papers", anchor=False)
search = st.text_input(
    "Search", key="q", placeholder="Search the abstracts", label_visibility="collapsed", bind="query-params", icon=":material/search:"
)
filters.draw()
found = filters.list_papers((search or "").strip())
total = holdings_cache().holdings().abstracts

if not (found.listing.number and found.sure):
    if found.search and total:
        nothing(found, bool(found.narrowed or options()))
    else:
        st.info("No abstract matches this." if total else "The corpus is empty. Add abstracts on the page Add.")
    st.button("Clear the search and all filters", key="papers_clear", on_click=filters.clear)
    st.stop()

number, years = found.listing.number, found.listing.years
st.html(years_chart(years, number - sum(years.values())) or "<div></div>")
narrowed = bool(found.search or found.narrowed or options())
words = ("is about this" if number == 1 else "are about this") if found.search else "match"
st.markdown(f"**{number:,} of {counted(total, 'abstract', 'abstracts')}** {words}" if narrowed else f"**{total:,} abstracts**")
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="papers_actions"):
    label, said = filters.ask_button(found)
    if st.button(label, key="papers_ask", icon=":material/chat:", help=said):
        filters.ask_about(found)
    with st.popover("Save", icon=":material/download:"):
        st.download_button("BibTeX", lambda: bibtex(found.every()), "papers.bib", on_click="ignore", key="papers_bib")
        st.download_button("CSV", lambda: csv_table(found.every()), "papers.csv", on_click="ignore", key="papers_csv")
        st.download_button("JSON Lines", lambda: json_lines(found.every()), "papers.jsonl", on_click="ignore", key="papers_json")
        st.download_button("CSL-JSON", lambda: csl_json(found.every()), "papers.json", on_click="ignore", key="papers_csl")
    order = st.selectbox("Order", filters.sort_orders(found), key="sort", label_visibility="collapsed", bind="query-params", width=170)
    if narrowed:
        st.button("Clear", key="papers_all", type="tertiary", on_click=filters.clear)

pages = max(1, -(-number // SHOWN))
place = st.container(key="papers_list", gap=None)
page = min(int(st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1), pages)
with place:
    rows(found.page(order, (page - 1) * SHOWN, SHOWN))
