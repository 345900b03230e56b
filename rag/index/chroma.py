"""Chroma, embedded: the vectors of a small corpus. Vectors only; texts and fields are in the catalogue."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedding import Vectors
from rag.index.database import execute_once
from rag.model import IndexDamagedError, RagError, SettingsError, leave_behind, tell_forks

_COLLECTION = "passages"
# A search width of 600 finds 99.6 % of the exact best 100 among SciFact's 11,196 passages in 2 ms; see benchmarks/indexing.py.
HNSW = {"space": "cosine", "max_neighbors": 16, "ef_construction": 100, "ef_search": 600, "sync_threshold": 1000}

_NEVER = 2**31 - 1

_opening = threading.Lock()  # chromadb's table of open clients is not safe to fill from two threads


class _Clients:
    """Chroma's table of open clients, which a forked child must begin anew: the threads of those in it stayed in the parent."""

    def after_fork(self) -> None:
        global _opening
        _opening = threading.Lock()
        if "chromadb" in sys.modules:
            from chromadb.api.shared_system_client import SharedSystemClient

            leave_behind(SharedSystemClient._identifier_to_system)
            SharedSystemClient.clear_system_cache()
            SharedSystemClient._refcount_lock = threading.Lock()


_clients = _Clients()
tell_forks(_clients)


class _Opened:
    """An open Chroma collection in a folder; must be closed, for it holds files open."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self._create = create
        self._client, self._collection = self._open()

    def close(self) -> None:
        """Give the files back. Must not be called while another thread uses the collection."""
        with _opening:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _settle(self) -> None:
        """Wait until Chroma's threads have worked off the queue. Closing does not wait for them, nor do two queries for each other."""
        with _translated(self.folder):
            some = self._collection.get(limit=1, include=["embeddings"])
            if some["ids"]:  # a query is answered after everything that was asked before it
                self._collection.query(query_embeddings=some["embeddings"], n_results=1, include=[])

    def _open(self) -> tuple[Any, Any]:
        chromadb = import_chromadb()
        settings = explicit_settings()(anonymized_telemetry=False, allow_reset=False)
        with _opening, _translated(self.folder):
            client = chromadb.PersistentClient(str(self.folder.absolute()), settings=settings)
            if not self._create:
                return client, client.get_collection(_COLLECTION, embedding_function=None)
            self._create = False
            return client, client.create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": HNSW})


class ChromaWriter(_Opened):
    """The one writer of a collection; nobody may read from the folder before `finish`."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the collection in `folder`, or create it; raises IndexDamagedError where it cannot be read."""
        super().__init__(folder, create=create)
        if not create:
            self._write_through(HNSW["sync_threshold"])

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store the vectors of passages, shape (len(ids), dimensions)."""
        batch = min(self._client.get_max_batch_size(), 1000)
        with _translated(self.folder):
            for start in range(0, len(ids), batch):
                part = slice(start, start + batch)
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; unknown ids do not matter."""
        batch = min(self._client.get_max_batch_size(), 1000)
        with _translated(self.folder):
            for start in range(0, len(ids), batch):
                self._collection.delete(ids=list(ids[start : start + batch]))

    def finish(self) -> None:
        """Have the graph written to its files, see that no reader will ever write to them, and close.

        Chroma keeps the latest passages, up to a threshold, in a queue. Every client that opens the folder works it
        off, some of it twice when several threads ask at once, and past the threshold writes to the files of the graph
        in place, while others may read them. So the queue is emptied here, and the threshold then set out of reach.
        """
        self._write_through(2)
        with _translated(self.folder):
            some = self._collection.get(limit=2, include=["embeddings"])
            if some["ids"]:  # two changes reach the threshold
                self._collection.upsert(ids=some["ids"], embeddings=some["embeddings"])
        self._write_through(_NEVER)
        self.close()
        _silence(self.folder / "chroma.sqlite3")

    def _write_through(self, threshold: object) -> None:
        """Set how many changes wait before they are written; counts from here on, when the collection is opened again."""
        with _translated(self.folder), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Chroma's about a collection that embeds nothing itself
            self._collection.modify(configuration={"hnsw": {"sync_threshold": threshold}})
        self._settle()
        self.close()
        self._client, self._collection = self._open()


def _silence(database: Path) -> None:
    """Have nothing written where Chroma notes each opening: the file stays as it was sealed, and opens on a full disk too."""
    execute_once(database, "CREATE TRIGGER IF NOT EXISTS silent BEFORE INSERT ON acquire_write BEGIN SELECT RAISE(IGNORE); END")


class ChromaIndex(_Opened):
    """A finished collection. Safe to query from several threads, and from several processes."""

    def __init__(self, folder: Path) -> None:
        """Open the collection in `folder`; raises IndexDamagedError where it cannot be read."""
        super().__init__(folder)
        self._settle()

    def count(self) -> int:
        """How many passages are stored."""
        with _translated(self.folder):
            return int(self._collection.count())

    def query(self, vector: Vectors, limit: int, among: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """The (passage id, cosine) of the `limit` passages nearest to a vector, best first, ties by id.

        `among` are the ids of the only passages that may be found: Chroma's own conditions would read what it stores of each. A vector
        of zeros (a question without a known word) is near to nothing.
        """
        if limit < 1 or not np.any(vector) or (among is not None and not among):
            return []
        with _translated(self.folder):
            found = self._collection.query(
                query_embeddings=[np.asarray(vector, dtype=np.float32)],
                ids=None if among is None else list(among),
                n_results=limit,
                include=["distances"],
            )
        hits = [(one, 1.0 - distance) for one, distance in zip(found["ids"][0], found["distances"][0], strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))


def import_chromadb() -> Any:
    """chromadb reads un-prefixed names (MIGRATIONS, ...) from the environment and `.env` while it is imported."""
    from pydantic import ValidationError

    try:
        import chromadb
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise SettingsError(
            f"chromadb takes {name} from the environment or .env and cannot use {first['input']!r}. "
            f"Unset {name}, or write it elsewhere: abstract-rag's own settings all begin with RAG_."
        ) from error
    return chromadb


@lru_cache(maxsize=1)
def explicit_settings() -> Any:
    """Chroma's settings class, deaf to the environment; one class, for clients of one folder must have equal settings."""
    from chromadb.config import Settings

    class Explicit(Settings):  # type: ignore[misc]  # chromadb's types are not read
        @classmethod
        def settings_customise_sources(cls, settings_cls: Any, init_settings: Any, **_: Any) -> tuple[Any, ...]:
            return (init_settings,)

    return Explicit


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Chroma's errors as ours, at this border."""
    from chromadb.errors import ChromaError, NotFoundError

    try:
        yield
    except NotFoundError as error:
        raise IndexDamagedError(f"The vectors in {folder} cannot be read ({error}). Type: rag index") from error
    except ChromaError as error:
        raise RagError(f"The vectors in {folder} cannot be used: {error}") from error
