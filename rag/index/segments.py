"""The vectors of a large corpus: FAISS segments of 8-bit numbers that are mapped into memory and never change (the extra `faiss`).

A segment is two files: `<number>.faiss`, and `<number>.keys` with the key of each of its rows. A key is a text's number in the catalogue
and the number of a passage's first sentence. What a text says never changes, so a row is right for as long as its text is there; whether
an edition sees it is for the catalogue to say, and removing writes nothing. What is added becomes a segment of its own, into which
segments not much larger are merged, so that there are few of them and each row is written a few times in all.

A query is compared with all rows: 6 ms for 100,000 of 256 numbers, and nothing is missed. Inverted lists were faster and found 86 % of the
ten abstracts nearest to a claim among 100,000 (`python -m benchmarks.peers`): claims lie farther from abstracts than these from each other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Vectors
from rag.index.catalogue import Catalogue, first_key, live_texts, text_of, vectors_of
from rag.model import IndexDamagedError, RagError

Keys = NDArray[np.int64]

INSTALL = "pip install 'abstract-rag[faiss]'"

_MOST = 500_000  # rows of a segment that others are merged into: more would take long to write
_TIER = 4  # a segment that has fewer times as many rows as what is added is merged with it
_READ_AT_A_TIME = 5_000  # texts


def installed() -> bool:
    """True where the library is there."""
    return find_spec("faiss") is not None


class SegmentIndex:
    """The open segments of a folder. Safe to query from several threads."""

    def __init__(self, folder: Path) -> None:
        """Map the segments into memory; raises IndexDamagedError where one cannot be read, RagError where FAISS is not installed."""
        self._segments = [_Segment(path) for path in sorted(folder.glob("*.keys"))]

    def count(self) -> int:
        """How many rows there are, those of texts that are gone included."""
        return sum(len(one.keys) for one in self._segments)

    def query(self, vector: Vectors, limit: int, among: Keys | None = None) -> list[tuple[int, float]]:
        """The (key, cosine) of the `limit` rows nearest to a vector of length 1, best first, ties by key.

        `among` are the numbers of the only texts that may be found. A vector of zeros is near to nothing. Cosines are good to about 0.003.
        """
        if limit < 1 or not np.any(vector):
            return []
        asked = np.asarray(vector, dtype=np.float32).reshape(1, -1)
        found = [hit for one in self._segments for hit in one.query(asked, limit, among)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def having(self, keys: Keys) -> NDArray[np.bool_]:
        """Which keys there are rows of."""
        found = np.zeros(len(keys), dtype=np.bool_)
        for one in self._segments:
            found |= _places(one.keys, keys) >= 0
        return found

    def close(self) -> None:
        """Give the files back, once no thread searches any more."""
        self._segments = []


class _Segment:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys = _read_keys(path)
        self._index = _read_index(path.with_suffix(".faiss"))
        if self._index.ntotal != len(self.keys):
            raise IndexDamagedError(f"{path} does not fit its vectors. Type: rag index")

    def query(self, vector: Vectors, limit: int, among: Keys | None) -> Iterator[tuple[int, float]]:
        faiss = _faiss()
        how = None
        if among is not None:
            rows = np.zeros(len(self.keys), dtype=np.bool_)
            rows[_rows_of(self.keys, among)] = True
            how = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(rows, bitorder="little")))
        scores, places = self._index.search(vector, min(limit, len(self.keys)), params=how)
        return ((int(self.keys[place]), float(score)) for place, score in zip(places[0], scores[0], strict=True) if place >= 0)


class SegmentWriter:
    """The one writer of a folder's segments. Those that are there may be shared with other folders: they are removed, never changed."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        """Begin; raises RagError where FAISS is not installed."""
        _faiss()
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._catalogue, self._texts = folder, catalogue, array("q")

    def add(self, texts: Iterable[int]) -> None:
        """Have the passages of some texts, by number; what is there already is left out."""
        self._texts.extend(texts)

    def finish(self) -> None:
        """Write what was added, with the small segments that are there; raises RagError where that is impossible."""
        there = {path: _read_keys(path) for path in sorted(self._folder.glob("*.keys"))}
        added = np.unique(np.array(self._texts, dtype=np.int64))
        for keys in there.values():
            added = added[~np.isin(added, text_of(keys))]
        if not len(added):
            return
        merged, texts = self._merged(there, added)
        number = max((int(path.stem) for path in there), default=0)
        with _written(self._folder):
            for part in np.array_split(texts, -(-len(texts) // _MOST)):
                number += 1
                self._write(self._folder / f"{number:08d}.keys", part)
            for path in merged:
                path.unlink()
                path.with_suffix(".faiss").unlink()

    def close(self) -> None:
        """End; what was not finished is nowhere."""

    def _merged(self, there: dict[Path, Keys], added: Keys) -> tuple[list[Path], Keys]:
        """The segments that are written anew, and the texts that the new one has: those that were added and what still lives of those."""
        merged, texts = [], added
        for path, keys in sorted(there.items(), key=lambda one: len(one[1])):
            if len(keys) >= _TIER * len(texts) or len(keys) + len(texts) > _MOST:
                break
            with self._catalogue.reading() as connection:
                alive = live_texts(connection, np.unique(text_of(keys)).tolist())
            merged.append(path)
            texts = np.union1d(texts, np.array(alive, dtype=np.int64))
        return merged, texts

    def _write(self, path: Path, texts: Keys) -> None:
        faiss = _faiss()
        keys: list[Keys] = []
        index = None
        for some, vectors in self._rows(texts):
            if index is None:  # the range of each number is taken from the first rows, and what lies beyond it counts as its edge
                index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
                index.train(vectors)
            index.add(vectors)
            keys.append(some)
        if index is None:
            return  # texts without a sentence
        with path.open("xb") as file:
            np.save(file, np.concatenate(keys))
        faiss.write_index(index, str(path.with_suffix(".faiss")))

    def _rows(self, texts: Keys) -> Iterator[tuple[Keys, Vectors]]:
        """The keys and vectors of the texts' passages, in their order, some at a time."""
        rest = iter(texts.tolist())
        while some := list(islice(rest, _READ_AT_A_TIME)):
            with self._catalogue.reading() as connection:
                keys, vectors = vectors_of(connection, some)
            if len(keys):
                yield keys, vectors


def _rows_of(keys: Keys, texts: Keys) -> Keys:
    """Where the keys of some texts stand among others that are in order."""
    first, after = np.searchsorted(keys, first_key(texts)), np.searchsorted(keys, first_key(texts + 1))
    numbers = after - first
    begins = np.cumsum(numbers) - numbers
    return np.repeat(first - begins, numbers) + np.arange(numbers.sum())


def _places(keys: Keys, wanted: Keys) -> NDArray[np.int64]:
    """Where keys stand among others that are in order; -1 for one that does not."""
    places = np.searchsorted(keys, wanted)
    there = places < len(keys)
    there[there] = keys[places[there]] == wanted[there]
    return np.where(there, places, -1)


def _read_keys(path: Path) -> Keys:
    try:
        keys: Keys = np.load(path, mmap_mode="r")
    except (OSError, ValueError) as error:
        raise IndexDamagedError(f"{path} cannot be read ({error}). Type: rag index") from error
    return keys


def _read_index(path: Path) -> Any:
    faiss = _faiss()
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexDamagedError(f"{path} cannot be read ({error}). Type: rag index") from error


@lru_cache(maxsize=1)
def _faiss() -> Any:
    """FAISS, on one thread: its others would be missing in a forked child, which would wait for them."""
    try:
        import faiss
    except ImportError as error:
        raise RagError(f"The index keeps its vectors in FAISS segments, and FAISS is not installed. Type: {INSTALL}") from error
    faiss.omp_set_num_threads(1)
    return faiss


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise RagError(f"The vectors in {folder} cannot be written: {error}. Is the disk full?") from error
