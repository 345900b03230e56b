"""Comparing a short text (a question, a claim) with the sentences of a longer one: shared words, and vectors of words and sentences."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, filterfalse
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.embedding.wordllama import Vectors, WordLlama, dot, load_wordllama, unit_rows
from rag.text import STOP_WORDS, folded_words, idf, sentence_spans, stem

# Vectors of whole words: each word met is pooled from its tokens once and kept.

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
            new = list(dict.fromkeys(filterfalse(self._rows.__contains__, words)))
            if new:
                self._add(new)
            return np.fromiter(map(self._rows.__getitem__, words), dtype=np.int32, count=len(words))

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


# Comparing a short text (a question, a claim) with the sentences of a longer one: shared words, shared meaning. Used by retrieval (which
# abstracts), extraction (which sentences) and the support check (does it support the claim). Everything here rests on wordllama's token
# vectors and the shipped frequency tables, whatever the index embeds with, so that the same two texts compare the same for ever.

Floats = NDArray[np.float32]
_CACHED = 4096  # texts; about 12 kB each
_UNRELATED = 0.3  # cosine of two words that have nothing to do with each other, at the most


@dataclass(frozen=True, eq=False)
class ShortText:
    """A question or claim: its n distinct content words with their vectors (n, 256), stems and idf (n,); its own vector (256,)."""

    words: Vectors
    stems: tuple[str, ...]
    idf: Floats
    vector: Floats


@dataclass(frozen=True, eq=False)
class LongText:
    """A text cut into n sentences: for each its span, its distinct content words (and their rows of `vocabulary`), its vector (n, 256).

    `encoded`: the encoder's vectors of the sentences, shape (n, 384), where an index stores them.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    content: tuple[tuple[str, ...], ...]
    words: tuple[NDArray[np.int32], ...]
    vectors: Vectors
    vocabulary: Vocabulary
    encoded: Vectors | None = None

    @cached_property
    def stems(self) -> tuple[frozenset[str], ...]:
        """The stems of each sentence's content words."""
        return tuple(frozenset(map(stem, words)) for words in self.content)

    def sentence(self, index: int) -> str:
        """The words of one sentence."""
        start, end = self.spans[index]
        return self.text[start:end]


def read_short(text: str) -> ShortText:
    """Prepare a question or a claim."""
    distinct = {stem(word): word for word in reversed(_content(text))}
    stems = tuple(reversed(distinct))
    vocabulary = current_vocabulary()
    return ShortText(
        words=vocabulary.vectors(vocabulary.rows([distinct[one] for one in stems])),
        stems=stems,
        idf=np.array([idf(one) for one in stems], dtype=np.float32),
        vector=load_wordllama().embed([text])[0],
    )


def _content(text: str) -> list[str]:
    return list(filterfalse(STOP_WORDS.__contains__, folded_words(text)))


class _Texts:
    """The last few thousand texts that were prepared; safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, LongText] = OrderedDict()
        self._lock = Lock()

    def get(self, texts: Sequence[str]) -> list[LongText]:
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(missing, _prepare(missing), strict=True))
        with self._lock:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return [known[text] for text in texts]


_texts = _Texts(_CACHED)


def read_long(texts: Sequence[str]) -> list[LongText]:
    """Prepare texts, all that are new in one go; those met lately cost nothing."""
    return _texts.get(texts)


def _prepare(texts: Sequence[str]) -> list[LongText]:
    model, vocabulary = load_wordllama(), current_vocabulary()
    cut = [tuple(sentence_spans(text)) for text in texts]
    flat = [text[start:end] for text, places in zip(texts, cut, strict=True) for start, end in places]
    content = [tuple(dict.fromkeys(_content(sentence))) for sentence in flat]
    rows = vocabulary.rows(list(chain.from_iterable(content)))
    of_sentences = np.split(rows, np.cumsum([len(one) for one in content])[:-1]) if content else []
    vectors = model.embed(flat)
    prepared: list[LongText] = []
    first = 0
    for text, places in zip(texts, cut, strict=True):
        after = first + len(places)
        words = tuple(of_sentences[first:after])
        prepared.append(LongText(text, places, tuple(content[first:after]), words, vectors[first:after], vocabulary))
        first = after
    return prepared


def shared_stems(short: ShortText, long: LongText) -> NDArray[np.bool_]:
    """Which of the short text's stems each sentence has. Shape (sentences, stems)."""
    return np.array([[name in sentence for name in short.stems] for sentence in long.stems], dtype=np.bool_).reshape(
        len(long.stems), len(short.stems)
    )


def word_matches(short: ShortText, long: LongText) -> Floats:
    """How near each word of the short text comes to the nearest word of each sentence, from 0 to 1. Shape (sentences, words).

    The cosine of the two words' vectors, with what unrelated words reach anyway (0.3) taken off: better than the plain
    cosine, and than token by token, on both retrieval collections.
    """
    counts = [len(one) for one in long.words]
    result = np.zeros((len(counts), len(short.words)), dtype=np.float32)
    if not len(short.words) or not sum(counts):
        return result
    cosines = dot(short.words, long.vocabulary.vectors(np.concatenate(long.words)).T)
    position = 0
    for index, count in enumerate(counts):
        if count:
            result[index] = cosines[:, position : position + count].max(axis=1)
        position += count
    return _above(result)


def nearness(left: Vectors, right: Vectors) -> Floats:
    """How near each word comes to each other word, from 0 to 1 as in `word_matches`. Shape (len(left), len(right))."""
    return _above(dot(left, right.T))


def _above(cosines: Floats) -> Floats:
    """What cosines of words have above that of unrelated ones, from 0 to 1."""
    return np.asarray(np.clip((cosines - _UNRELATED) / (1 - _UNRELATED), 0, 1), dtype=np.float32)


def weighted_mean(part: Floats | NDArray[np.bool_], weights: Floats) -> Floats:
    """The weighted mean along the last axis; 0 where there are no weights."""
    total = float(weights.sum())
    if total == 0:
        return np.zeros(part.shape[:-1], dtype=np.float32)
    return np.asarray((part * weights).sum(axis=-1) / total, dtype=np.float32)


def joined_windows(rows: Floats | NDArray[np.bool_]) -> Floats | NDArray[np.bool_]:
    """Each row joined with the next by taking the larger value: windows of two sentences."""
    joined = rows.copy()
    if len(rows) > 1:
        np.maximum(joined[:-1], rows[1:], out=joined[:-1])
    return joined


def window_cosines(vector: Floats, rows: Vectors) -> Floats:
    """The cosine of a vector with each row joined with the next (their sum). Shape (rows,)."""
    joined = rows.copy()
    if len(rows) > 1:
        joined[:-1] += rows[1:]
    return dot(unit_rows(joined), vector)
