"""Comparing a short text (a question, a claim) with the sentences of a longer one: shared words, shared meaning.

Used by retrieval (which abstracts), extraction (which sentences) and the support check (does it bear the claim out).
Everything here rests on wordllama's token vectors and the shipped frequency tables, whatever the index embeds with, so that
the same two texts compare the same for ever.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.embed import Vectors, dot, load_wordllama, unit
from rag.sentences import split
from rag.vocabulary import Vocabulary, current_vocabulary
from rag.words import STOP_WORDS, idf, stem, words

Floats = NDArray[np.float32]
_CACHED = 4096  # texts; about 12 kB each
_UNRELATED = 0.3  # cosine of two words that have nothing to do with each other, at the most


@dataclass(frozen=True, eq=False)
class Short:
    """A question or claim: its n distinct content words with their vectors (n, 256), stems and idf (n,); its own vector (256,)."""

    words: Vectors
    stems: tuple[str, ...]
    idf: Floats
    vector: Floats


@dataclass(frozen=True, eq=False)
class Long:
    """A text cut into n sentences: for each its span, its stems, its distinct content words (rows of `vocabulary`), its vector (n, 256)."""

    text: str
    spans: tuple[tuple[int, int], ...]
    stems: tuple[frozenset[str], ...]
    words: tuple[NDArray[np.int32], ...]
    vectors: Vectors
    vocabulary: Vocabulary

    def sentence(self, index: int) -> str:
        """The words of one sentence."""
        start, end = self.spans[index]
        return self.text[start:end]


def read_short(text: str) -> Short:
    """Prepare a question or a claim."""
    distinct = {stem(word): word for word in reversed(_content(text))}
    stems = tuple(reversed(distinct))
    vocabulary = current_vocabulary()
    return Short(
        words=vocabulary.vectors(vocabulary.rows([distinct[one] for one in stems])),
        stems=stems,
        idf=np.array([idf(one) for one in stems], dtype=np.float32),
        vector=load_wordllama().embed([text])[0],
    )


def _content(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP_WORDS]


class _Texts:
    """The last few thousand texts that were prepared; safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, Long] = OrderedDict()
        self._lock = Lock()

    def get(self, texts: Sequence[str]) -> list[Long]:
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


def read_long(texts: Sequence[str]) -> list[Long]:
    """Prepare texts, all that are new in one go; those met lately cost nothing."""
    return _texts.get(texts)


def _prepare(texts: Sequence[str]) -> list[Long]:
    model, vocabulary = load_wordllama(), current_vocabulary()
    cut = [tuple(split(text)) for text in texts]
    flat = [text[start:end] for text, places in zip(texts, cut, strict=True) for start, end in places]
    content = [list(dict.fromkeys(_content(sentence))) for sentence in flat]
    rows = vocabulary.rows([word for one in content for word in one])
    vectors = model.embed(flat)
    prepared: list[Long] = []
    sentence, row = 0, 0
    for text, places in zip(texts, cut, strict=True):
        stop = sentence + len(places)
        of_sentences = []
        for one in content[sentence:stop]:
            of_sentences.append(rows[row : row + len(one)])
            row += len(one)
        stems = tuple(frozenset(map(stem, one)) for one in content[sentence:stop])
        prepared.append(Long(text, places, stems, tuple(of_sentences), vectors[sentence:stop], vocabulary))
        sentence = stop
    return prepared


def shared(short: Short, long: Long) -> NDArray[np.bool_]:
    """Which of the short text's stems each sentence has. Shape (sentences, stems)."""
    return np.array([[name in sentence for name in short.stems] for sentence in long.stems], dtype=np.bool_).reshape(
        len(long.stems), len(short.stems)
    )


def matches(short: Short, long: Long) -> Floats:
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
    """How near each word comes to each other word, from 0 to 1 as in `matches`. Shape (len(left), len(right))."""
    return _above(dot(left, right.T))


def _above(cosines: Floats) -> Floats:
    """What cosines of words have above that of unrelated ones, from 0 to 1."""
    return np.asarray(np.clip((cosines - _UNRELATED) / (1 - _UNRELATED), 0, 1), dtype=np.float32)


def weighted(part: Floats | NDArray[np.bool_], weights: Floats) -> Floats:
    """The weighted mean along the last axis; 0 where there are no weights."""
    total = float(weights.sum())
    if total == 0:
        return np.zeros(part.shape[:-1], dtype=np.float32)
    return np.asarray((part * weights).sum(axis=-1) / total, dtype=np.float32)


def pairs(rows: Floats | NDArray[np.bool_]) -> Floats | NDArray[np.bool_]:
    """Each row joined with the next by taking the larger value: windows of two sentences."""
    joined = rows.copy()
    if len(rows) > 1:
        np.maximum(joined[:-1], rows[1:], out=joined[:-1])
    return joined


def pair_cosines(vector: Floats, rows: Vectors) -> Floats:
    """The cosine of a vector with each row joined with the next (their sum). Shape (rows,)."""
    joined = rows.copy()
    if len(rows) > 1:
        joined[:-1] += rows[1:]
    return dot(unit(joined), vector)
