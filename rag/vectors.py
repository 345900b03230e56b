"""The dense index of one generation: Chroma, embedded. Vectors and filter fields only; the texts are in the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexDamagedError, RagError, SettingsError
from rag.filters import NO_FILTERS, Filters, NumberField

Vectors = NDArray[np.float32]
Fields = Mapping[NumberField, int]

_COLLECTION = "passages"
# A search width of 600 finds 99.6 % of the exact best 100 among SciFact's 11,196 passages in 2 ms; see benchmarks/indexing.py.
_HNSW = {"space": "cosine", "max_neighbors": 16, "ef_construction": 100, "ef_search": 600, "sync_threshold": 1000}

_opening = threading.Lock()  # chromadb's table of open clients is not safe to fill from two threads


class VectorIndex:
    """An open Chroma collection in a folder. Safe to query from several threads; must be closed (it holds files open)."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the collection in `folder`, or create it; raises IndexDamagedError where it cannot be read."""
        chromadb = _import_chromadb()
        with _opening, _translated(folder):
            self._client = chromadb.PersistentClient(str(folder.absolute()), settings=_settings())
            get = self._client.create_collection if create else self._client.get_collection
            more = {"configuration": {"hnsw": _HNSW}} if create else {}
            self._collection = get(_COLLECTION, embedding_function=None, **more)
        self.folder, self._closed = folder, False

    def upsert(self, ids: Sequence[str], vectors: Vectors, fields: Sequence[Fields], sources: Sequence[Sequence[str]]) -> None:
        """Store passages: their vectors, shape (len(ids), dimensions), and what filters ask for."""
        batch = min(self._client.get_max_batch_size(), 1000)
        with _translated(self.folder):
            for start in range(0, len(ids), batch):
                part = slice(start, start + batch)
                metadatas = [_metadata(one, files) for one, files in zip(fields[part], sources[part], strict=True)]
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part], metadatas=metadatas)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; unknown ids do not matter."""
        batch = min(self._client.get_max_batch_size(), 1000)
        with _translated(self.folder):
            for start in range(0, len(ids), batch):
                self._collection.delete(ids=list(ids[start : start + batch]))

    def count(self) -> int:
        """How many passages are stored."""
        with _translated(self.folder):
            return int(self._collection.count())

    def query(self, vector: Vectors, limit: int, filters: Filters = NO_FILTERS) -> list[tuple[str, float]]:
        """The (passage id, cosine) of the `limit` passages nearest to a vector, best first, ties by id.

        A vector of zeros (a question without a known word) is near to nothing.
        """
        if limit < 1 or not np.any(vector):
            return []
        with _translated(self.folder):
            found = self._collection.query(
                query_embeddings=[np.asarray(vector, dtype=np.float32)], n_results=limit, where=_where(filters), include=["distances"]
            )
        hits = [(one, 1.0 - distance) for one, distance in zip(found["ids"][0], found["distances"][0], strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def close(self) -> None:
        """Give the files back. Must not be called while another thread queries."""
        with _opening:
            if not self._closed:
                self._client.close()
            self._closed = True


def _import_chromadb() -> Any:
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


def _settings() -> Any:
    """Chroma's settings, none of them from the environment."""
    from chromadb.config import Settings

    class Explicit(Settings):  # type: ignore[misc]
        @classmethod
        def settings_customise_sources(cls, settings_cls: Any, init_settings: Any, **_: Any) -> tuple[Any, ...]:
            return (init_settings,)

    return Explicit(anonymized_telemetry=False, allow_reset=False)


def _metadata(fields: Fields, sources: Sequence[str]) -> dict[str, Any]:
    """Scalars only: a source is a key of its own, since an abstract may have several. Chroma refuses an empty mapping."""
    metadata: dict[str, Any] = dict(fields.items())
    metadata.update((f"source:{name}", True) for name in sources)
    return metadata or {"source:": True}


def _where(filters: Filters) -> dict[str, Any] | None:
    parts: list[dict[str, Any]] = []
    for one in filters.ranges:
        bounds = (("$gte", one.low), ("$lte", one.high))
        stated: list[dict[str, Any]] = [{str(one.field): {sign: bound}} for sign, bound in bounds if bound is not None]
        parts += stated or [{str(one.field): {"$gte": -(2**62)}}]
    if filters.sources:
        parts.append(_combined("$or", [{f"source:{name}": True} for name in filters.sources]))
    return _combined("$and", parts) if parts else None


def _combined(operator: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {operator: parts}


class _translated:  # noqa: N801 - used as a function
    """Chroma's errors (and its bindings') as ours, at this border."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from chromadb.errors import ChromaError, NotFoundError

        if isinstance(error, NotFoundError):
            raise IndexDamagedError(f"The vectors in {self.folder} cannot be read ({error}). Type: rag index --rebuild") from error
        if isinstance(error, ChromaError):
            raise RagError(f"The vectors in {self.folder} cannot be used: {error}") from error
