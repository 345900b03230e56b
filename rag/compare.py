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

from rag.embed import Vectors, WordLlama, load_wordllama, unit
from rag.sentences import split
from rag.words import STOP_WORDS, idf, spans, stem

Floats = NDArray[np.float32]
_CACHED = 4096  # texts; about 15 kB each


@dataclass(frozen=True, eq=False)
class Short:
    """A question or claim: its distinct content stems with their idf (n,), its content tokens (t,) with weights, its vector (256,)."""

    stems: tuple[str, ...]
    idf: Floats
    tokens: Vectors
    token_weights: Floats
    vector: Floats


@dataclass(frozen=True, eq=False)
class Long:
    """A text cut into n sentences: for each its span, its stems, its distinct tokens, its vector (n, 256)."""

    text: str
    spans: tuple[tuple[int, int], ...]
    stems: tuple[frozenset[str], ...]
    tokens: tuple[NDArray[np.int64], ...]
    vectors: Vectors

    def sentence(self, index: int) -> str:
        """The words of one sentence."""
        start, end = self.spans[index]
        return self.text[start:end]


def read_short(text: str) -> Short:
    """Prepare a question or a claim."""
    model = load_wordllama()
    content = [(start, end) for start, end in spans(text) if text[start:end].casefold() not in STOP_WORDS]
    found = [stem(text[start:end]) for start, end in content]
    distinct = tuple(dict.fromkeys(found))
    ids: list[int] = []
    weights: list[float] = []
    for name, pieces in zip(found, model.tokens([text[start:end] for start, end in content]), strict=True):
        ids += pieces
        weights += [idf(name) / max(len(pieces), 1)] * len(pieces)
    return Short(
        stems=distinct,
        idf=np.array([idf(name) for name in distinct], dtype=np.float32),
        tokens=model.directions[ids],
        token_weights=np.array(weights, dtype=np.float32),
        vector=model.embed([text])[0],
    )


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
    model = load_wordllama()
    cut = [tuple(split(text)) for text in texts]
    flat = [text[start:end] for text, places in zip(texts, cut, strict=True) for start, end in places]
    ids = model.tokens(flat)
    vectors = model.pool(ids)
    prepared: list[Long] = []
    position = 0
    for text, places in zip(texts, cut, strict=True):
        stop = position + len(places)
        prepared.append(
            Long(
                text=text,
                spans=places,
                stems=tuple(_stems(sentence) for sentence in flat[position:stop]),
                tokens=tuple(np.unique(np.array(one, dtype=np.int64)) for one in ids[position:stop]),
                vectors=vectors[position:stop],
            )
        )
        position = stop
    return prepared


def _stems(sentence: str) -> frozenset[str]:
    return frozenset(stem(sentence[a:b]) for a, b in spans(sentence) if sentence[a:b].casefold() not in STOP_WORDS)


def shared(short: Short, long: Long) -> NDArray[np.bool_]:
    """Which of the short text's stems each sentence has. Shape (sentences, stems)."""
    return np.array([[name in sentence for name in short.stems] for sentence in long.stems], dtype=np.bool_).reshape(
        len(long.stems), len(short.stems)
    )


def matches(short: Short, long: Long, model: WordLlama | None = None) -> Floats:
    """How near each token of the short text comes to the nearest token of each sentence: cosines, shape (sentences, tokens)."""
    model = model or load_wordllama()
    counts = [len(one) for one in long.tokens]
    result = np.zeros((len(counts), len(short.tokens)), dtype=np.float32)
    if not len(short.tokens) or not sum(counts):
        return result
    cosines = short.tokens @ model.directions[np.concatenate(long.tokens)].T
    position = 0
    for index, count in enumerate(counts):
        if count:
            result[index] = cosines[:, position : position + count].max(axis=1)
        position += count
    return result


def weighted(part: Floats | NDArray[np.bool_], weights: Floats) -> Floats:
    """The weighted mean along the last axis; 0 where there are no weights."""
    total = float(weights.sum())
    if total == 0:
        return np.zeros(part.shape[:-1], dtype=np.float32)
    return np.asarray(part @ weights / total, dtype=np.float32)


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
    return np.asarray(unit(joined) @ vector, dtype=np.float32)
