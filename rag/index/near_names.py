"""The name of a corpus that comes nearest to one that it does not have: found among all, however many there are."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches

import numpy as np
from numpy.typing import NDArray

LEAST_LIKENESS = 0.8  # of string similarity (Ratcliff and Obershelp), from which one name may be a misspelling of the other
_KINDS = 37  # of characters: a to z, 0 to 9, and all others as one


class Names:
    """Names by their letters and digits, each as it is most often written; of many, the near ones are found by what letters they have."""

    def __init__(self, forms: Mapping[str, Mapping[str, int]]) -> None:
        self._written = {letters: max(ways, key=lambda one: (ways[one], one)) for letters, ways in forms.items()}
        self._letters = np.array(sorted(self._written, key=len), dtype=object)
        self._lengths = np.array([len(one) for one in self._letters], dtype=np.int32)
        self._counts = _letter_counts(list(self._letters))

    def __contains__(self, letters: str) -> bool:
        """True where a name has just these letters and digits."""
        return letters in self._written

    def nearest(self, letters: str) -> str | None:
        """The most similar name, as it is written; None where none is similar. Digits must be the same: another version is another name."""
        near = get_close_matches(letters, self._similar(letters), n=1, cutoff=LEAST_LIKENESS)
        return self._written[near[0]] if near and _same_figures(letters, near[0]) else None

    def _similar(self, letters: str) -> list[str]:
        """Those that may be similar: what two names have in common is at most what letters they share, in whatever order."""
        size = len(letters)
        reach = LEAST_LIKENESS / (2 - LEAST_LIKENESS)  # of the lengths of two texts of which one is all in the other
        first, last = np.searchsorted(self._lengths, [np.ceil(size * reach - 1e-9), np.floor(size / reach + 1e-9) + 1])
        shared = np.minimum(self._counts[first:last], _letter_counts([letters])).sum(axis=1, dtype=np.int32)
        likeness = 2.0 * shared / (self._lengths[first:last] + size)
        return [str(one) for one in self._letters[first:last][likeness >= LEAST_LIKENESS - 1e-9]]


def _same_figures(one: str, other: str) -> bool:
    """True where two names are similar both ways and have the same digits: "LLaMA2" is another version, no misspelling of "LLaMA3"."""
    same = [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()]
    return same and SequenceMatcher(None, one, other).ratio() >= LEAST_LIKENESS


def _letter_counts(names: list[str]) -> NDArray[np.uint8]:
    """How often each kind of character stands in each name, 255 at the most. Shape (n, _KINDS)."""
    if not names:
        return np.zeros((0, _KINDS), dtype=np.uint8)
    codes = np.frombuffer("".join(names).encode("utf-32-le"), dtype="<u4").astype(np.int64)
    letter, digit = (codes >= ord("a")) & (codes <= ord("z")), (codes >= ord("0")) & (codes <= ord("9"))
    kinds = np.where(letter, codes - ord("a"), np.where(digit, codes - ord("0") + 26, _KINDS - 1))
    rows = np.repeat(np.arange(len(names)), [len(one) for one in names])
    counts = np.bincount(rows * _KINDS + kinds, minlength=len(names) * _KINDS)
    return np.minimum(counts, 255).astype(np.uint8).reshape(len(names), _KINDS)
