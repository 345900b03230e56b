"""What texts mean, as vectors to compare with one another: the encoder's where its weights are installed, else wordllama's.

The vectors of the last few thousand texts are kept, and those of the sentences of the last thousand abstracts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from rag.embedding.encoder import load_encoder, load_minilm
from rag.embedding.similarity import Floats, LongText
from rag.embedding.wordllama import Vectors, dot, load_wordllama

_KEPT = 20_000  # texts; about 1.6 kB each
_KEPT_IN_CONTEXT = 1000  # texts with their sentences; about 14 kB each


Read = TypeVar("Read")


class _Kept(Generic[Read]):
    """What was lately made of texts, by the text. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Read] = OrderedDict()
        self._lock = Lock()

    def find(self, texts: Sequence[str]) -> dict[str, Read]:
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
            return found

    def put(self, texts: Sequence[str], made: Iterable[Read]) -> None:
        with self._lock:
            self._kept.update(zip(texts, made, strict=True))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


_meanings: _Kept[Vectors] = _Kept(_KEPT)
_in_context: _Kept[tuple[Vectors, Vectors]] = _Kept(_KEPT_IN_CONTEXT)


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
    return long.vectors if load_encoder() is None else encode_in_context([long], [""])[0][1]


def encode_in_context(longs: Sequence[LongText], titles: Sequence[str]) -> list[tuple[Vectors, Vectors]]:
    """The encoder's vector of each text under its title ("" for none), shape (384,), and those of its sentences there, (sentences, 384).

    Raises SettingsError where its weights are not installed.
    """
    heads = [f"{title}\n" if title else "" for title in titles]
    wanted = [head + long.text for head, long in zip(heads, longs, strict=True)]
    known = _in_context.find(wanted)
    missing = {text: place for place, text in enumerate(wanted) if text not in known}
    if missing:
        spans = [[(start + len(heads[place]), end + len(heads[place])) for start, end in longs[place].spans] for place in missing.values()]
        read = load_minilm().embed_parts(list(missing), spans)
        _in_context.put(list(missing), read)
        known.update(zip(missing, read, strict=True))
    return [known[text] for text in wanted]
