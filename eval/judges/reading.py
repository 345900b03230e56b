"""Texts as the local judge reads them: words, each with its contextual state from the sentence encoder, and what it counts as."""

from __future__ import annotations

import tomllib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.embedding import MiniLM, Vectors
from rag.text import NUMBER_WORDS, STOP_WORDS, idf, sentence_spans, stem, word_spans

LONGEST = 20_000  # characters of a text that are read
_AT_ONCE = 1_800  # characters that go through the encoder together: below its 512 tokens
_KEPT = 192  # texts whose states are kept; one of 1,500 characters takes 0.4 MB
_WORDS_KEPT = 2048  # texts whose words are kept

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, frozenset[str]]:
    """The words that change how much a sentence says, by kind."""
    found = tomllib.loads(resources.files("eval.judges").joinpath("words.toml").read_text(encoding="utf-8"))
    return {name: frozenset(words.split()) for name, words in found.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The n words of a text: folded, stemmed, weighed by rarity, with unit states of shape (n, 384), the number of their sentence,
    and whether they have content and look like names."""

    spans: tuple[tuple[int, int], ...]
    words: tuple[str, ...]
    stems: tuple[str, ...]
    states: Vectors
    idf: Array
    sentence: NDArray[np.int64]
    content: Mask
    named: Mask

    def part(self, kept: Mask) -> Read:
        """Some of its words."""
        at = np.flatnonzero(kept)
        spans, words, stems = (tuple(column[index] for index in at) for column in (self.spans, self.words, self.stems))
        return Read(spans, words, stems, self.states[at], self.idf[at], self.sentence[at], self.content[at], self.named[at])  # type: ignore[arg-type]

    def of_kind(self, kind: str) -> Mask:
        """Which words are of a kind of `words.toml`."""
        listed = kinds()[kind]
        return np.array([word in listed for word in self.words], dtype=np.bool_)


def joined(parts: Sequence[Read]) -> Read | None:
    """Parts of several texts as one, each with sentences of its own; None where there are no words."""
    some = [one for one in parts if one.words]
    if len(some) < 2:
        return some[0] if some else None
    spans = tuple(span for one in some for span in one.spans)
    words = tuple(word for one in some for word in one.words)
    stems = tuple(value for one in some for value in one.stems)
    before = np.cumsum([0, *(int(one.sentence.max()) + 1 for one in some[:-1])])
    sentence = np.concatenate([one.sentence + first for one, first in zip(some, before, strict=True)])
    rows = [np.concatenate([getattr(one, name) for one in some]) for name in ("states", "idf", "content", "named")]
    return Read(spans, words, stems, rows[0], rows[1], sentence, rows[2], rows[3])


@lru_cache(maxsize=_WORDS_KEPT)
def words_of(text: str) -> Read:
    """The words of a text, beyond `LONGEST` characters cut, without states: those have shape (n, 0)."""
    text = text.encode("utf-8", "replace").decode()[:LONGEST]
    spans = tuple(sorted([*word_spans(text), *((at, at + 1) for at, sign in enumerate(text) if sign == "%")]))
    words = tuple(_folded(text[start:end]) for start, end in spans)
    stems = tuple(_value(word) for word in words)
    ends = np.array([end for _, end in sentence_spans(text)] or [0])
    sentence = np.searchsorted(ends, np.array([start for start, _ in spans], dtype=np.int64), side="right")
    weight = np.array([idf(one) for one in stems])
    content = np.array([word not in STOP_WORDS for word in words], dtype=np.bool_)
    named = np.array([_named(text[start:end]) for start, end in spans], dtype=np.bool_)
    return Read(spans, words, stems, np.zeros((len(spans), 0), dtype=np.float32), weight, sentence.astype(np.int64), content, named)


class Reader:
    """Reads texts with an encoder; those that were read last are kept. Safe to use from several threads."""

    def __init__(self, encoder: MiniLM) -> None:
        """Use this encoder."""
        self._encoder = encoder
        self._read: OrderedDict[str, Read] = OrderedDict()
        self._lock = Lock()

    def read(self, text: str) -> Read:
        """The words of a text, beyond `LONGEST` characters cut."""
        with self._lock:
            found = self._read.pop(text, None)
        if found is None:
            words = words_of(text)
            found = replace(words, states=self._states(text.encode("utf-8", "replace").decode()[:LONGEST], words.spans))
        with self._lock:
            self._read[text] = found
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return found

    def _states(self, text: str, spans: Sequence[tuple[int, int]]) -> Vectors:
        """Whole sentences go through the encoder together, as many as it takes at a time."""
        cuts = [0]
        for start, end in sentence_spans(text):
            if end - cuts[-1] > _AT_ONCE and start > cuts[-1]:
                cuts.append(start)
        places = list(zip(cuts, [*cuts[1:], len(text)], strict=True))
        parts = [[(a - start, b - start) for a, b in spans if start <= a < end] for start, end in places]
        found = self._encoder.embed_parts([text[start:end] for start, end in places], parts) if spans else []
        return np.concatenate([rows for _, rows in found]) if found else np.zeros((0, self._encoder.dimensions), dtype=np.float32)


def _named(word: str) -> bool:
    """True for what looks like a name wherever it stands: a capital beyond the first letter, or letters with digits."""
    return any(c.isupper() for c in word[1:]) or (word[:1].isalpha() and any(c.isdigit() for c in word))


def _folded(word: str) -> str:
    return "percent" if word == "%" else word.casefold().replace("\u2019", "'").removesuffix("'s")


def _value(word: str) -> str:
    """A word's stem; small numbers in words are figures."""
    return str(NUMBER_WORDS[word]) if word in NUMBER_WORDS else stem(word)
