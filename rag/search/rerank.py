"""Reading candidate abstracts again: how near their words, title and best sentence come to the question's.

Everything rests on the word vectors of `rag.embedding.similarity`, whatever the index embeds with. Where the candidates say what an acronym
stands for, it counts as its long form and the long form as the acronym.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding import Floats, LongText, ShortText, dot, nearness, read_long, read_short, weighted_mean
from rag.text import acronyms_in_question, stem, usual_acronyms

_NO_ROWS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class RerankFeatures:
    """A text made ready for comparing, and how near it comes to a question, each from 0 to 1.

    `words`: the mean nearness of the question's words to text and title. `sentence`: the cosine of
    the best sentence.
    """

    long: LongText
    words: float
    sentence: float


def rerank_features(question: str, texts: Sequence[str], titles: Sequence[str], acronyms: float = 1.0) -> list[RerankFeatures]:
    """Read candidates again; `titles` has "" for one without. `acronyms` is how near an acronym is to its long form, from 0 to 1."""
    short = read_short(question)
    longs, title_longs = read_long(texts), read_long(titles)
    whole = np.maximum(word_nearness(short, longs), word_nearness(short, title_longs))
    _Acronyms(question, short, texts, acronyms).raise_(whole, longs, title_longs)
    telling = _telling(short, whole)
    return [
        RerankFeatures(
            long,
            words=float(weighted_mean(of_all, telling)),
            sentence=max(0.0, float(dot(long.vectors, short.vector).max(initial=0.0))),
        )
        for long, of_all in zip(longs, whole, strict=True)
    ]


class _Acronyms:
    """The acronyms that the candidates' texts introduce and the question has or spells out."""

    def __init__(self, question: str, short: ShortText, texts: Sequence[str], near: float) -> None:
        self._nearest = near
        said = acronyms_in_question(question, usual_acronyms(texts))
        self._long = read_short(" ".join(word for one in said.has for word in one.content))
        row = {name: index for index, name in enumerate(self._long.stems)}
        place = {name: index for index, name in enumerate(short.stems)}
        self._has = [(place[stem(one.short)], [row[stem(word)] for word in one.content]) for one in said.has if stem(one.short) in place]
        self._means = [(stem(one.short), [place[name] for name in one.stems if name in place]) for one in said.means]

    def raise_(self, whole: Floats, longs: Sequence[LongText], titles: Sequence[LongText]) -> None:
        """Raise how near the question's words come to each abstract with its title, shape (abstracts, words).

        An acronym comes as near as the farthest word of its long form, where that is nearer; the words of a long form come all
        the way where the acronym stands.
        """
        if self._has:
            in_all = np.maximum(word_nearness(self._long, longs), word_nearness(self._long, titles))
            for place, rows in self._has:
                whole[:, place] = np.maximum(whole[:, place], self._nearest * in_all[:, rows].min(axis=1))
        for name, places in self._means:
            there = np.array([_has(long, name) or _has(title, name) for long, title in zip(longs, titles, strict=True)], dtype=np.float32)
            whole[:, places] = np.maximum(whole[:, places], there[:, None] * self._nearest)


def _has(long: LongText, name: str) -> bool:
    return any(name in sentence for sentence in long.stems)


def word_nearness(short: ShortText, longs: Sequence[LongText]) -> Floats:
    """How near each word of a short text comes to the nearest one of each long: `rag.embedding.similarity.word_matches` of all at once.

    Shape (len(longs), words).
    """
    result = np.zeros((len(longs), len(short.words)), dtype=np.float32)
    rows = [np.concatenate(long.words) if long.words else _NO_ROWS for long in longs]
    counts = np.array([len(one) for one in rows])
    if not len(short.words) or not counts.sum():
        return result
    # A word that stands in many of the texts is compared once.
    distinct, place = np.unique(np.concatenate(rows), return_inverse=True)
    near = nearness(short.words, longs[0].vocabulary.vectors(distinct))[:, place]
    some = counts > 0
    result[some] = np.maximum.reduceat(near, (np.cumsum(counts) - counts)[some], axis=1).T
    return result


def _telling(short: ShortText, near: Floats) -> Floats:
    """How much each word of the question tells the candidates apart: its idf, less where most of them come near to it."""
    count = len(near)
    if not count:
        return short.idf
    met = np.sum(near, axis=0, dtype=np.float32)
    return np.asarray(short.idf * np.log((count + 1) / (met + 0.5)) / np.log(count + 1), dtype=np.float32)
