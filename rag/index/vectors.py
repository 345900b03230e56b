"""The dense index of one generation, in one of two stores: Chroma for small corpora, FAISS segments for large ones."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from rag.embedding import Vectors, dot
from rag.index.catalogue import Catalogue, passage_vectors
from rag.index.chroma import ChromaIndex, ChromaWriter
from rag.index.segments import SegmentIndex, SegmentWriter, installed
from rag.index.snapshot import Snapshot
from rag.model import Filters

Store = Literal["chroma", "segments"]

_STAYS = 0.5  # of the limit: a corpus that has segments keeps them until it is smaller than that, lest it go to and fro
_READ_AGAIN = 4  # a passage more for so many that are wanted: among these the best are, by 8 bits, but for a few in a thousand
_READ_AT_A_TIME = 500  # texts


class VectorIndex(Protocol):
    """The vectors of one generation, open to be searched. Safe to use from several threads."""

    def nearest(self, vector: Vectors, limit: int, filters: Filters) -> list[tuple[str, float]]:
        """The (passage id, cosine) of the passages nearest to a vector that meet conditions, best first, ties by id."""
        ...

    def lacking(self, since: int) -> int:
        """How many of the snapshot's passages are not stored that came after an edition, -1 for all; what else is there counts too where
        the store has just what is seen."""
        ...

    def close(self) -> None:
        """Give the files back; nobody may be searching."""
        ...


class VectorWriter(Protocol):
    """Fills a folder; nobody may read from it before `finish`."""

    def remove(self, passage_ids: Sequence[str]) -> None:
        """Remove passages; unknown ids do not matter."""
        ...

    def add(self, texts: Sequence[int]) -> None:
        """Add the passages of texts that are embedded, by the texts' numbers."""
        ...

    def finish(self) -> None:
        """Write everything; raises RagError where that is impossible."""
        ...

    def close(self) -> None:
        """End, finished or not."""
        ...


def choose_store(abstracts: int, limit: int, before: Store | None) -> Store:
    """Where the vectors of so many abstracts go: with FAISS installed, into segments above a limit."""
    few = abstracts <= (limit * _STAYS if before == "segments" else limit)
    return "chroma" if few or not installed() else "segments"


def store_version(store: Store) -> dict[str, str]:
    """The library that writes a store's files, and its version as far as that decides whether they can be read."""
    # Another Chroma may bring its database up to date when it opens it, and what is sealed must not change.
    return {"chromadb": version("chromadb")} if store == "chroma" else {"faiss": "1"}


def folder_of(store: Store) -> str:
    """What a store's folder in a generation is called."""
    return {"chroma": "chroma", "segments": "vectors"}[store]


def open_vectors(store: Store, generation: Path, snapshot: Snapshot) -> VectorIndex:
    """The vectors in a generation's folder; raises IndexDamagedError where they cannot be read."""
    folder = generation / folder_of(store)
    return _InChroma(folder, snapshot) if store == "chroma" else _InSegments(folder, snapshot)


def write_vectors(store: Store, generation: Path, catalogue: Catalogue) -> VectorWriter:
    """What fills a store in a generation's folder, which may have one already; raises RagError."""
    folder = generation / folder_of(store)
    return _IntoChroma(folder, catalogue) if store == "chroma" else _IntoSegments(folder, catalogue)


class _InChroma:
    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self._index, self._snapshot = ChromaIndex(folder), snapshot

    def nearest(self, vector: Vectors, limit: int, filters: Filters) -> list[tuple[str, float]]:
        return self._index.query(vector, limit, self._snapshot.passage_ids(filters) if filters else None)

    def lacking(self, since: int) -> int:
        return abs(self._snapshot.count_passages() - self._index.count())

    def close(self) -> None:
        self._index.close()


class _InSegments:
    """Rows that the snapshot does not see are left out of what is found, and more are asked for where too few are left."""

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self._index, self._snapshot = SegmentIndex(folder), snapshot

    def nearest(self, vector: Vectors, limit: int, filters: Filters) -> list[tuple[str, float]]:
        among = np.array(self._snapshot.texts_of(filters), dtype=np.int64) if filters else None
        asked = wanted = limit + limit // _READ_AGAIN
        while True:
            found = self._index.query(vector, asked, among)
            ids = self._snapshot.passages_at([key for key, _ in found])
            if len(ids) >= wanted or len(found) < asked:
                return self._exact(vector, list(ids.values()))[:limit]
            asked *= 2

    def _exact(self, vector: Vectors, ids: Sequence[str]) -> list[tuple[str, float]]:
        """Passages by their cosines from the whole numbers: 8 bits confuse some that are equally near."""
        cosines = dot(self._snapshot.vectors(ids), np.asarray(vector, dtype=np.float32)).tolist() if ids else []
        return sorted(zip(ids, cosines, strict=True), key=lambda hit: (-hit[1], hit[0]))

    def lacking(self, since: int) -> int:
        return sum(int((~self._index.having(some)).sum()) for some in self._snapshot.keys(since))

    def close(self) -> None:
        self._index.close()


class _IntoChroma(ChromaWriter):
    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        super().__init__(folder, create=not folder.exists())
        self._catalogue = catalogue

    def remove(self, passage_ids: Sequence[str]) -> None:
        self.delete(passage_ids)

    def add(self, texts: Sequence[int]) -> None:
        for start in range(0, len(texts), _READ_AT_A_TIME):
            with self._catalogue.reading() as connection:
                ids, vectors = passage_vectors(connection, texts[start : start + _READ_AT_A_TIME])
            if ids:
                self.upsert(ids, vectors)


class _IntoSegments(SegmentWriter):
    def remove(self, passage_ids: Sequence[str]) -> None:
        """Nothing: which rows an edition sees is for the catalogue to say."""


def count_rows(generation: Path) -> int:
    """How many rows a generation's segments have, those of texts that are gone included."""
    with closing(SegmentIndex(generation / folder_of("segments"))) as index:
        return index.count()
