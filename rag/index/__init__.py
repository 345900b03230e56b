"""The index: the catalogue (SQLite) is the truth; Chroma (or FAISS) and tantivy are derived from it, generation by generation."""

from __future__ import annotations

from rag.index.auto_index import make_small_index
from rag.index.backup import restore_backup, write_backup
from rag.index.catalogue import Catalogue
from rag.index.chroma_server import server_name
from rag.index.conditions import Grouping
from rag.index.database import Connection, Database, Row
from rag.index.generation import Generation
from rag.index.generations import CHANGED, Index, Watch, open_index
from rag.index.ingest import IndexReport, bring_up_to_date, check_index, remove_source
from rag.index.kept import WHOLE, known_names, known_sample, known_themes
from rag.index.layout import Layout
from rag.index.near_names import Names
from rag.index.paging import Order, read_page
from rag.index.runners import Processes, RayCluster
from rag.index.salvage import salvage_catalogue
from rag.index.server_catalogue import open_catalogue
from rag.index.server_database import Mark, Server, ServerDatabase
from rag.index.sync import stale_files
from rag.index.uploads import MOST_FILES, KeptUpload, Upload, add_uploads, list_uploads, remove_upload
from rag.index.works import KnownFile, known_files, problems

__all__ = [
    "CHANGED",
    "MOST_FILES",
    "WHOLE",
    "Catalogue",
    "Connection",
    "Database",
    "Generation",
    "Grouping",
    "Index",
    "IndexReport",
    "KeptUpload",
    "KnownFile",
    "Layout",
    "Mark",
    "Names",
    "Order",
    "Processes",
    "RayCluster",
    "Row",
    "Server",
    "ServerDatabase",
    "Upload",
    "Watch",
    "add_uploads",
    "bring_up_to_date",
    "check_index",
    "known_files",
    "known_names",
    "known_sample",
    "known_themes",
    "list_uploads",
    "make_small_index",
    "open_catalogue",
    "open_index",
    "problems",
    "read_page",
    "remove_source",
    "remove_upload",
    "restore_backup",
    "salvage_catalogue",
    "server_name",
    "stale_files",
    "write_backup",
]
