"""The dense index of one generation: in Chroma for a small corpus, in FAISS segments for a large one, or on a Chroma server for any."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from rag.embedding import Vectors, dot
from rag.index.catalogue import Catalogue, passage_vectors, text_of, vectors_of
from rag.index.chroma import ChromaIndex, ChromaWriter
from rag.index.chroma_server import ASKING, WRITING, Collection, Patience
from rag.index.segments import SegmentIndex, SegmentWriter, installed
from rag.index.snapshot import Snapshot
from rag.model import NO_FILTERS, Filters, IndexDamagedError

Store = Literal["chroma", "segments", "served"]

_STAYS = 0.5  # of the limit: a corpus that has segments keeps them until it is smaller than that, lest it go to and fro
_READ_AGAIN = 4  # a passage more for so many that are wanted: among these the best are, by 8 bits, but for a few in a thousand
_READ_AT_A_TIME = 500  # texts
_FEW = 1_000  # texts that are compared one by one rather than asked of a server
_MOST_ASKED = 6_400  # passages that a server is asked for, before all that may be found are compared one by one
_MORE = 4  # times as many are asked for where too few of them may be found
_LATEST = 2**62  # an edition that sees what is there now
_GONE = 0.2  # of the passages: so many rows of texts that are gone are deleted from a server


@dataclass(frozen=True, slots=True)
class Place:
    """Where vectors are: the store, and of a server its address, which nothing writes down, and the collection."""

    store: Store
    url: str = field(default="", repr=False)
    collection: str = ""


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


def choose_store(abstracts: int, limit: int, before: Store | None, *, served: bool) -> Store:
    """Where the vectors of so many abstracts go: to a server, if there is one; else, with FAISS installed, into segments above a limit."""
    if served:
        return "served"
    few = abstracts <= (limit * _STAYS if before == "segments" else limit)
    return "chroma" if few or not installed() else "segments"


def store_version(store: Store) -> dict[str, str]:
    """The library that writes a store's files, and its version as far as that decides whether they can be read."""
    # Another Chroma may bring its database up to date when it opens it, and what is sealed must not change.
    return {"chromadb": version("chromadb")} if store == "chroma" else {"faiss": "1"} if store == "segments" else {"served": "1"}


def folder_of(store: Store) -> str:
    """What a store's folder in a generation is called; nothing is there of what is on a server."""
    return {"chroma": "chroma", "segments": "vectors", "served": "served"}[store]


def open_vectors(place: Place, generation: Path, snapshot: Snapshot, *, patient: bool = False) -> VectorIndex:
    """The vectors of a generation; raises IndexDamagedError where they cannot be read, RagError where a server cannot be asked.

    With `patient`, a server that is away is waited for as in a run, and not as in a question.
    """
    folder = generation / folder_of(place.store)
    if place.store == "served":
        return _InServed(place, snapshot, WRITING if patient else ASKING)
    return _InChroma(folder, snapshot) if place.store == "chroma" else _InSegments(folder, snapshot)


def write_vectors(place: Place, generation: Path, catalogue: Catalogue) -> VectorWriter:
    """What fills a store, which may be there already, for a generation; raises RagError."""
    folder = generation / folder_of(place.store)
    if place.store == "served":
        return _IntoServed(place, catalogue)
    return _IntoChroma(folder, catalogue) if place.store == "chroma" else _IntoSegments(folder, catalogue)


def holds(place: Place, rows: int) -> bool:
    """False where a server has lost a collection, or some of so many rows; raises RagError where it cannot be asked."""
    if place.store != "served":
        return True
    try:
        with closing(Collection(place.url, place.collection)) as collection:
            return collection.count() >= rows
    except IndexDamagedError:
        return False


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
                return _exact(self._snapshot, vector, list(ids.values()))[:limit]
            asked *= 2

    def lacking(self, since: int) -> int:
        return sum(int((~self._index.having(some)).sum()) for some in self._snapshot.passage_keys(since))

    def close(self) -> None:
        self._index.close()


class _InServed:
    """As segments: rows that the snapshot does not see, and those that do not meet conditions, are left out of what the server finds."""

    def __init__(self, place: Place, snapshot: Snapshot, patience: Patience) -> None:
        self._rows, self._snapshot = Collection(place.url, place.collection, patience=patience), snapshot

    def nearest(self, vector: Vectors, limit: int, filters: Filters) -> list[tuple[str, float]]:
        if limit < 1 or not np.any(vector):
            return []
        texts = self._snapshot.texts_of(filters) if filters else None
        if texts is not None and len(texts) <= _FEW:
            return self._among(vector, limit, texts)
        among = None if texts is None else np.array(texts, dtype=np.int64)
        asked = limit
        while asked <= _MOST_ASKED:
            keys = np.array(self._rows.nearest(vector, asked), dtype=np.int64)
            wanted = keys if among is None else keys[np.isin(text_of(keys), among)]
            ids = self._snapshot.passages_at(wanted.tolist())
            if len(ids) >= limit or len(keys) < asked:
                return _exact(self._snapshot, vector, list(ids.values()))[:limit]
            asked *= _MORE
        return self._among(vector, limit, self._snapshot.texts_of(NO_FILTERS) if texts is None else texts)

    def _among(self, vector: Vectors, limit: int, texts: Sequence[int]) -> list[tuple[str, float]]:
        """The passages of texts by their cosines from the catalogue's vectors, some at a time."""
        best: list[tuple[str, float]] = []
        for start in range(0, len(texts), _READ_AT_A_TIME):
            ids, vectors = self._snapshot.passage_vectors(texts[start : start + _READ_AT_A_TIME])
            best = sorted([*best, *_by_cosine(vector, ids, vectors)], key=_order)[:limit]
        return best

    def lacking(self, since: int) -> int:
        return sum(int((~self._rows.having(some)).sum()) for some in self._snapshot.passage_keys(since))

    def close(self) -> None:
        self._rows.close()


def _exact(snapshot: Snapshot, vector: Vectors, ids: Sequence[str]) -> list[tuple[str, float]]:
    """Passages by their cosines from the catalogue's whole numbers: 8 bits confuse some that are equally near, and a server may err."""
    return _by_cosine(vector, ids, snapshot.vectors(ids)) if ids else []


def _by_cosine(vector: Vectors, ids: Sequence[str], vectors: Vectors) -> list[tuple[str, float]]:
    cosines = dot(vectors, np.asarray(vector, dtype=np.float32)).tolist() if ids else []
    return sorted(zip(ids, cosines, strict=True), key=_order)


def _order(hit: tuple[str, float]) -> tuple[float, str]:
    return -hit[1], hit[0]


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


class _IntoServed:
    """What is added is there at once; `finish` adds what the server lacks, and deletes what the catalogue forgot where that is much."""

    def __init__(self, place: Place, catalogue: Catalogue) -> None:
        self._rows = Collection(place.url, place.collection, create=True, patience=WRITING)
        self._catalogue = catalogue

    def remove(self, passage_ids: Sequence[str]) -> None:
        """Nothing: which rows an edition sees is for the catalogue to say."""

    def add(self, texts: Sequence[int]) -> None:
        for start in range(0, len(texts), _READ_AT_A_TIME):
            with self._catalogue.reading() as connection:
                keys, vectors = vectors_of(connection, texts[start : start + _READ_AT_A_TIME])
            if len(keys):
                self._rows.add(keys, vectors)

    def finish(self) -> None:
        passages = 0
        for keys in Snapshot(self._catalogue, _LATEST).passage_keys():
            passages += len(keys)
            self.add(np.unique(text_of(keys[~self._rows.having(keys)])).tolist())
        if self._rows.count() - passages > _GONE * passages:
            self._forget()

    def _forget(self) -> None:
        """Delete the rows of which the catalogue has no passage any more: no edition that anybody reads sees them."""
        gone = []
        for keys in self._rows.all_keys():
            with self._catalogue.reading() as connection:
                known, _ = vectors_of(connection, np.unique(text_of(keys)).tolist())
            gone.append(keys[~np.isin(keys, known)])
        for some in gone:
            self._rows.remove(some)

    def close(self) -> None:
        self._rows.close()


def count_rows(place: Place, generation: Path) -> int:
    """How many rows a generation's segments or collection have, those of texts that are gone included."""
    if place.store == "served":
        with closing(Collection(place.url, place.collection, patience=WRITING)) as collection:
            return collection.count()
    with closing(SegmentIndex(generation / folder_of(place.store))) as index:
        return index.count()
