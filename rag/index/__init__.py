"""The index: the catalogue (SQLite) is the truth; Chroma and tantivy are derived from it, generation by generation."""

from __future__ import annotations

from rag.index.catalogue import Catalogue
from rag.index.database import Connection, Database, Row
from rag.index.generations import CHANGED, Generation, Index, Lease, Watch, leased, open_index
from rag.index.ingest import IndexReport, bring_up_to_date, check_index, make_small_index, remove_source
from rag.index.layout import Layout
from rag.index.sync import stale_files
from rag.index.uploads import MOST_FILES, Kept, Upload, add, kept, remove
from rag.index.works import KnownFile, known_files, problems

__all__ = [
    "CHANGED",
    "MOST_FILES",
    "Catalogue",
    "Connection",
    "Database",
    "Generation",
    "Index",
    "IndexReport",
    "Kept",
    "KnownFile",
    "Layout",
    "Lease",
    "Row",
    "Upload",
    "Watch",
    "add",
    "bring_up_to_date",
    "check_index",
    "kept",
    "known_files",
    "leased",
    "make_small_index",
    "open_index",
    "problems",
    "remove",
    "remove_source",
    "stale_files",
]
