"""Questions about the collection as a whole, computed by code: counts, lists, rankings, tables, overviews."""

from __future__ import annotations

from rag.collection.compute import Scope, answer_by_code, apply_filters, echo, read_scope, with_frame
from rag.collection.overview import arrivals_answer, overview_answer

__all__ = ["Scope", "answer_by_code", "apply_filters", "arrivals_answer", "echo", "overview_answer", "read_scope", "with_frame"]
