"""A small corpus that has no index yet is indexed when it is first asked."""

from __future__ import annotations

from typing import Any

from rag.catalogue import missing
from rag.config import NO_PAPERS, Settings
from rag.corpus import find_files
from rag.errors import CorpusError
from rag.progress import Progress

_BYTES_AN_ABSTRACT = 1300  # of a listing, to tell a small corpus from a large one without reading it


def make_small_index(settings: Settings, progress: Progress, embedding: Any | None) -> None:
    """Index the corpus; raises IndexMissingError where it is larger than `RAG_AUTO_INDEX_LIMIT`, CorpusError where it is not there."""
    if settings.only_added:
        raise CorpusError(NO_PAPERS)
    files = find_files(settings.corpus)
    about = sum(file.path.stat().st_size for file in files) // _BYTES_AN_ABSTRACT
    if not files or about > settings.auto_index_limit:
        raise missing(settings.index_dir)
    from rag.ingest import bring_up_to_date

    bring_up_to_date(settings, progress=progress, embedding=embedding)
