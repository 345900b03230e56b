"""Vectors of whole words: each word met is pooled from its tokens once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.embed import Vectors, WordLlama, load_wordllama

_MOST = 150_000  # words of one vocabulary, 1 kB each; then a new one is begun, and the old goes with the texts that use it


class Vocabulary:
    """Words and their unit vectors, one row a word. Safe to use from several threads: rows are only ever added."""

    def __init__(self, model: WordLlama) -> None:
        self._model = model
        self._rows: dict[str, int] = {}
        self._table = np.zeros((4096, model.dimensions), dtype=np.float32)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, words: Sequence[str]) -> NDArray[np.int32]:
        """The row of each word; new words are added. Shape (len(words),)."""
        with self._lock:
            new = list(dict.fromkeys(word for word in words if word not in self._rows))
            if new:
                self._add(new)
            return np.array([self._rows[word] for word in words], dtype=np.int32)

    def vectors(self, rows: NDArray[np.int32]) -> Vectors:
        """The vectors of rows. Shape (len(rows), dimensions)."""
        return np.asarray(self._table[rows])

    def _add(self, words: Sequence[str]) -> None:
        first = len(self._rows)
        table = self._table
        if first + len(words) > len(table):
            larger = np.zeros((max(2 * len(table), first + len(words)), table.shape[1]), dtype=np.float32)
            larger[:first] = table[:first]
            table = larger
        table[first : first + len(words)] = self._model.embed(words)
        self._table = table  # a reader has either table, and both hold the rows that it knows
        self._rows.update((word, first + offset) for offset, word in enumerate(words))


@lru_cache(maxsize=1)
def _first() -> list[Vocabulary]:
    return [Vocabulary(load_wordllama())]


def current_vocabulary() -> Vocabulary:
    """The vocabulary that texts are read with now."""
    held = _first()
    if len(held[0]) > _MOST:
        held[0] = Vocabulary(load_wordllama())
    return held[0]
