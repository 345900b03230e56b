"""A small corpus that has no index yet is indexed when it is first asked."""

from __future__ import annotations

from typing import Any

from rag.corpus import CorpusFile, find_files
from rag.index.catalogue import missing_index
from rag.index.ingest import bring_up_to_date
from rag.index.layout import Layout
from rag.index.server_catalogue import lost
from rag.model import NO_PAPERS, CorpusError, IndexDamagedError, Progress, Settings

_BYTES_AN_ABSTRACT = 1300  # of a listing, to tell a small corpus from a large one without reading it


def make_small_index(settings: Settings, progress: Progress, embedding: Any | None) -> None:
    """Index the corpus; raises IndexMissingError where it is larger than `RAG_AUTO_INDEX_LIMIT`, CorpusError where it is not there."""
    gone = lost(Layout.of(settings))
    if gone:
        raise IndexDamagedError(f"{gone} To go on without: rag index")
    if settings.only_added:
        raise CorpusError(NO_PAPERS)
    files = find_files(settings.corpus)
    about = sum(map(_size, files)) // _BYTES_AN_ABSTRACT
    if not files or about > settings.auto_index_limit:
        raise missing_index(settings.index_dir)
    bring_up_to_date(settings, progress=progress, embedding=embedding)


def _size(file: CorpusFile) -> int:
    """The bytes of a file; 0 where it cannot be seen any more, which reading it will tell."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0
