"""Abstracts, answers and conversations for other programs."""

from __future__ import annotations

from rag.export.formats import (
    FORMATS,
    STREAMS,
    bibtex,
    cited_ids,
    conversation_dict,
    conversation_markdown,
    csl_json,
    csv_table,
    json_lines,
    json_text,
    paper_record,
)

__all__ = [
    "FORMATS",
    "STREAMS",
    "bibtex",
    "cited_ids",
    "conversation_dict",
    "conversation_markdown",
    "csl_json",
    "csv_table",
    "json_lines",
    "json_text",
    "paper_record",
]
