"""How near abstracts come to a topic, as features of the two: by their words, by the nearness of words, by the meaning of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Floats, dot, load_encoder, load_wordllama, meanings, read_long, read_short, unit_rows, weighted_mean
from rag.index import Generation
from rag.model import Abstract
from rag.search.rerank import word_nearness
from rag.text import ReadAbstract, Vocabulary, folded, read_abstract, units

NAMES = (
    "words",  # the share of the topic's words that the abstract has, each by how much it tells in this corpus
    "sentence_words",  # of the best sentence or the title
    "run",  # 1 where the words stand one after the other
    "title_run",
    "alike",  # the mean nearness of the topic's words to some word of the abstract
    "title_alike",
    "text",  # the cosine with the abstract, and how many standard deviations that is above the corpus's mean
    "text_above",
    "sentence",  # the same of its best sentence
    "sentence_above",
)
# Cosines of a topic with abstracts that have nothing to do with it, and how many such are added to a corpus's own.
_USUAL, _USUAL_SPREAD, _STEADYING = 0.15, 0.12, 10


@dataclass(frozen=True, eq=False)
class Judged:
    """Abstracts that are held against topics, with their words and vectors; the first `background` of them stand for the corpus.

    `texts` has shape (n, dimensions), `sentences` all sentences, of which those from `starts[i]` on are of abstract i. The vectors are
    those of the encoder that the index stores (`encoded`), else wordllama's.
    """

    abstracts: tuple[Abstract, ...]
    read: tuple[ReadAbstract, ...]
    texts: Floats
    sentences: Floats
    starts: NDArray[np.int64]
    background: int
    encoded: bool


def read_judged(generation: Generation, abstracts: Sequence[Abstract], background: int) -> Judged:
    """Make abstracts ready; there is one at least."""
    found = _stored_vectors(generation, [one.id for one in abstracts])
    longs = [] if found else read_long([one.text for one in abstracts])
    texts, sentences = found or (np.array([one.vectors.sum(axis=0) for one in longs]), [one.vectors for one in longs])
    sentences = [part if len(part) else np.zeros((1, texts.shape[1]), dtype=np.float32) for part in sentences]
    starts = np.cumsum([0, *map(len, sentences)])[:-1]
    read = tuple(read_abstract(one.title or "", one.text) for one in abstracts)
    return Judged(tuple(abstracts), read, unit_rows(texts), unit_rows(np.concatenate(sentences)), starts, background, found is not None)


def _stored_vectors(generation: Generation, ids: Sequence[str]) -> tuple[Floats, list[Floats]] | None:
    """The encoder's vectors of abstracts and of their sentences, None where the index has them not of all or the encoder is not here."""
    stored = generation.sentence_vectors(ids)
    if load_encoder() is None or len(stored) < len(ids):
        return None
    passages = generation.passages_of(ids)
    rows = generation.vectors([one.id for abstract in ids for one in passages[abstract]])
    starts = np.cumsum([0, *(len(passages[one]) for one in ids)])[:-1]
    return np.add.reduceat(rows, starts), [stored[one] for one in ids]


def topic_features(topic: str, of: Judged, vocabulary: Vocabulary) -> Floats:
    """The features of a topic and each abstract; of its forms (with acronyms, without) the nearest. Shape (n, len(NAMES))."""
    forms = vocabulary.forms(topic)
    literal = np.max([_literal(one, of, vocabulary) for one in forms], axis=0)
    alike = np.max([_alike(one, of, vocabulary) for one in forms[:2]], axis=0)
    return np.column_stack([literal, alike, _meaning(forms[:2], of)]).astype(np.float32)


def _literal(form: str, of: Judged, vocabulary: Vocabulary) -> Floats:
    every = units(form)
    said = list(dict.fromkeys(every))
    result = np.zeros((len(of.read), 4), dtype=np.float32)
    if not said:
        return result
    weights = np.array([vocabulary.weight(unit) for unit in said])
    weights /= weights.sum()
    run = [part for unit in every for part in unit]
    for row, one in zip(result, of.read, strict=True):
        places = [one.title, *one.sentences]
        each = np.array([[place.has(unit) for unit in said] for place in places])
        row[:] = each.any(axis=0) @ weights, (each @ weights).max(), any(place.has_run(run) for place in places), one.title.has_run(run)
    return result


def _alike(form: str, of: Judged, vocabulary: Vocabulary) -> Floats:
    short = read_short(form)
    weights = np.array([vocabulary.weight((folded(word),)) for word in short.stems], dtype=np.float32)
    titles = word_nearness(short, read_long([one.title or "" for one in of.abstracts]))
    whole = np.maximum(word_nearness(short, read_long([one.text for one in of.abstracts])), titles)
    return np.column_stack([weighted_mean(whole, weights), weighted_mean(titles, weights)])


def _meaning(forms: Sequence[str], of: Judged) -> Floats:
    vectors = meanings(forms) if of.encoded else load_wordllama().embed(forms)
    texts = dot(of.texts, vectors.T).max(axis=1)
    sentences = np.maximum.reduceat(dot(of.sentences, vectors.T).max(axis=1), of.starts)
    return np.column_stack([part for one in (texts, sentences) for part in (one, _above(one, one[: of.background]))])


def _above(cosines: Floats, background: Floats) -> Floats:
    """How many standard deviations cosines are above the background's mean; a few usual ones steady both."""
    size = len(background) + _STEADYING
    mean = (background.sum() + _STEADYING * _USUAL) / size
    spread = (((background - mean) ** 2).sum() + _STEADYING * _USUAL_SPREAD**2) / size
    return np.asarray((cosines - mean) / np.sqrt(spread), dtype=np.float32)
