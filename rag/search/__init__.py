"""Which abstracts bear on a question or are about a topic."""

from __future__ import annotations

from rag.search.relevance import Relevance, find_relevant
from rag.search.retrieve import ENCODED, Candidate, boost_context, find_candidates, find_union, merge_filters, retrieve_hits

__all__ = [
    "ENCODED",
    "Candidate",
    "Relevance",
    "boost_context",
    "find_candidates",
    "find_relevant",
    "find_union",
    "merge_filters",
    "retrieve_hits",
]
