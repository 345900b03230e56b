"""Which papers are listed: the filters of the sidebar, which questions share, and conditions of the list alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from rag.collection import apply_filters
from rag.index import Order, read_page
from rag.model import NO_FILTERS, Abstract, Filters, NumberField, Range, stated_numbers
from ui.holdings import TITLED, Listing, read_listing
from ui.parts.navigation import ASK, ask
from ui.parts.sidebar import options, plain
from ui.resources import assistant, holdings_cache

NEAREST = 10  # abstracts that a search lists where none is about it
_SHARED_FILTERS = ("from", "to", "source")
_BUTTON_CHARACTERS = 40  # characters of a search on a button
_COUNTS: tuple[NumberField, ...] = ("authors", "upvotes")
_BY_NAME = 5000  # abstracts: names are put in order when they are asked for, all of them
_PAGED: dict[str, Order] = {
    "As in the files": "place",
    "Newest first": "newest",
    "Oldest first": "oldest",
    "Most upvotes": "upvotes",
    "Most authors": "authors",
}
_STATED = {"Most upvotes": "upvotes", "Most authors": "authors", "Newest first": "first_day", "Oldest first": "first_day"}
ORDERS: dict[str, Callable[[Abstract], tuple[Any, str]]] = {
    "Newest first": lambda one: (-int((one.date or "0").replace("-", "").ljust(8, "0")), one.id),
    "Oldest first": lambda one: (one.date or "9999", one.id),
    "By name": lambda one: (one.label.strip("“").casefold(), one.id),
    "Most upvotes": lambda one: (-(one.upvotes if one.upvotes is not None else -1), one.id),
    "Most authors": lambda one: (-(one.authors if one.authors is not None else -1), one.id),
}


@dataclass(frozen=True, slots=True)
class PaperList:
    """The abstracts that are listed, and whether a question can be asked of just these.

    What a search `found` is here, best first; what meets `filters` alone is read a page at a time.
    """

    listing: Listing
    filters: Filters
    search: str
    narrowed: bool
    found: tuple[Abstract, ...] = ()
    sure: bool = True  # False where nothing is about the search: these only come near

    @property
    def exact(self) -> bool:
        """True where the filters of a question say the same as those of the list."""
        return not self.search and not self.narrowed

    def page(self, order: str, first: int, limit: int) -> Sequence[Abstract]:
        """At most `limit` of them from place `first` on, counted from 0."""
        if self.search or order not in _PAGED:
            every = self.found if self.search else tuple(self.every())
            return (sorted(every, key=ORDERS[order]) if order in ORDERS else every)[first : first + limit]
        with assistant().reading() as generation:
            return read_page(generation, self.filters, _PAGED[order], first, limit)

    def every(self) -> Iterator[Abstract]:
        """All of them, one after the other."""
        if self.search:
            yield from self.found
            return
        with assistant().reading() as generation:
            yield from generation.listing(self.filters)


def draw() -> None:
    """The filters; those of which no abstract states anything are left out."""
    held = holdings_cache().holdings()
    for key in _SHARED_FILTERS:
        st.session_state[f"papers_{key}"] = st.session_state.get(key)
    years = [str(year) for year in held.years]
    with st.container(key="papers_facets", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "From", years, index=None, placeholder="any year", key="papers_from", on_change=_copy_to_sidebar, args=("from",), width=130
        )
        st.selectbox("To", years, index=None, placeholder="any year", key="papers_to", on_change=_copy_to_sidebar, args=("to",), width=130)
        st.multiselect(
            "Sources",
            list(held.sources),
            key="papers_source",
            placeholder="all files",
            format_func=lambda name: f"{plain(name)} ({held.sources[name]:,})",
            on_change=_copy_to_sidebar,
            args=("source",),
            width="stretch",
        )
        with st.popover("More · on" if _has_list_filters() else "More", icon=":material/tune:"):
            st.toggle("Only with a stated title", key="titled", bind="query-params")
            for name in _COUNTS:
                most = _highest_counts(held.generation)[name]
                if most:
                    st.number_input(f"{name.capitalize()}, at least", 0, most, None, key=name, placeholder="any", bind="query-params")


def list_papers(search: str) -> PaperList:
    """What the filters and the search leave."""
    ranges = tuple(Range(name, low=value) for name in _COUNTS if (value := st.session_state.get(name)))
    titled = bool(st.session_state.get("titled") or st.session_state.get("titles"))
    selected: dict[str, Any] = {**options(), "filters": Filters(ranges)}
    narrowed = titled or bool(ranges)
    if search:
        judged = assistant().papers_about(search, **selected)
        near = judged.members or judged.near[:NEAREST]
        found = tuple(one for one in near if one.title or not titled)
        return PaperList(_listing(found), NO_FILTERS, search, narrowed, found, bool(judged.members))
    with assistant().reading() as generation:
        filters = apply_filters(generation, selected.get("year"), selected.get("sources", ()), selected["filters"])
        filters = replace(filters, scans=(*filters.scans, TITLED)) if titled else filters
        return PaperList(read_listing(generation, filters), filters, search, narrowed)


def _listing(found: Sequence[Abstract]) -> Listing:
    stated = {name for one in found for name in stated_numbers(one)}
    return Listing(len(found), Counter(one.year for one in found if one.year is not None), frozenset(stated))


def sort_orders(found: PaperList) -> list[str]:
    """The orders that make sense of these; the first is as they come."""
    useful = [name for name in ORDERS if name not in _STATED or _STATED[name] in found.listing.stated]
    if found.listing.number > _BY_NAME:
        useful.remove("By name")
    return ["Best first" if found.search else "As in the files", *useful]


def ask_button(found: PaperList) -> tuple[str, str | None]:
    """What the button says that leads to the Ask page, and what it cannot do; a question knows years and files only."""
    if found.exact:
        return f"Ask about these {found.listing.number:,}", None
    if found.search:
        words = found.search if len(found.search) <= _BUTTON_CHARACTERS else found.search[:_BUTTON_CHARACTERS].rstrip() + " …"
        return f"Ask about “{plain(words, typed=True)}”", "The question is asked of all abstracts in these years and files."
    return "Ask within these years and files" if options() else "Ask all abstracts", "A question cannot be held to titles or counts yet."


def ask_about(found: PaperList) -> None:
    """Go to the Ask page; a search is asked as a question."""
    if found.search:
        ask(f"What do the papers say about {found.search.rstrip('?.! ')}?")
    else:
        st.switch_page(ASK, query_params={})


def clear() -> None:
    """List all abstracts again."""
    st.session_state["from"] = st.session_state["to"] = None
    st.session_state["source"] = []
    st.session_state["titled"] = st.session_state["titles"] = False
    st.session_state["q"] = ""
    for name in _COUNTS:
        st.session_state[name] = None


@st.cache_resource(max_entries=1, show_spinner=False)
def _highest_counts(generation: str) -> dict[str, int]:
    """The highest number of each count that any abstract states, for one state of the index."""
    with assistant().reading() as current:
        return {name: max((int(value) for value in current.tally(name)), default=0) for name in _COUNTS}


def _has_list_filters() -> bool:
    return any(st.session_state.get(key) for key in ("titled", *_COUNTS))


def _copy_to_sidebar(key: str) -> None:
    """Let the sidebar's filter say the same."""
    st.session_state[key] = st.session_state[f"papers_{key}"]
