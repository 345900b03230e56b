"""What texts mean, as vectors to compare with one another: the encoder's where its weights are installed, else wordllama's.

The vectors of the last few thousand texts are kept, and those of the sentences of some hundred.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

import numpy as np

from rag.embedding.encoder import load_encoder
from rag.embedding.similarity import Floats, LongText
from rag.embedding.wordllama import Vectors, dot, load_wordllama

_KEPT = 20_000  # texts; about 1.6 kB each


class _Meanings:
    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def find(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
            return found

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        with self._lock:
            self._kept.update(zip(texts, vectors, strict=True))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


_meanings = _Meanings(_KEPT)


def meanings(texts: Sequence[str]) -> Vectors:
    """The vectors of texts, of length 1, zeros for a blank one. Shape (n, 384), with wordllama (n, 256)."""
    model = load_encoder() or load_wordllama()
    known = _meanings.find(texts)
    missing = list(dict.fromkeys(text for text in texts if text not in known))
    if missing:
        vectors = model.embed(missing)
        _meanings.put(missing, vectors)
        known.update(zip(missing, vectors, strict=True))
    return np.array([known[text] for text in texts], dtype=np.float32).reshape(len(texts), model.dimensions)


def sentence_cosines(text: str, long: LongText) -> Floats:
    """How near a text comes in meaning to each sentence of a longer one, as that sentence stands there. Shape (sentences,)."""
    return dot(sentence_meanings(long), meanings([text])[0])


def sentence_meanings(long: LongText) -> Vectors:
    """The vectors of a text's sentences in its context: those stored, else the encoder's, else wordllama's. Shape (sentences, n)."""
    if long.encoded is not None and len(long.encoded) == len(long.spans):
        return long.encoded
    return long.vectors if load_encoder() is None else _encoded(long.text, long.spans)


@lru_cache(maxsize=512)
def _encoded(text: str, spans: tuple[tuple[int, int], ...]) -> Vectors:
    encoder = load_encoder()
    assert encoder is not None
    return encoder.embed_parts([text], [spans])[0][1]
