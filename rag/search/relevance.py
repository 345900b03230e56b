"""How probable it is that abstracts are about a topic, and which of them are therefore counted: one judgement for all that asks so."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from rag.embedding import Floats, load_encoder, load_wordllama
from rag.index import WHOLE, Generation, known_sample
from rag.model import Abstract
from rag.questions import Topic
from rag.search.topic_features import NAMES, Judged, read_judged, topic_features
from rag.text import read_vocabulary

_CANDIDATES = 150  # by words and by meaning, of each form of a phrase
_LIKELY = 0.25  # of the most probable, for any to be counted
_NEAR = 0.04  # probability of those that come near
_NEAREST = 3  # that are listed where none is even near, and a word is not known


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression: what each feature adds, and the constant."""

    constant: float
    of: Mapping[str, float]

    def probabilities(self, features: Floats) -> Floats:
        """The probability of each row. Shape (n,)."""
        weights = np.array([self.of.get(name, 0.0) for name in NAMES])
        return np.asarray(1 / (1 + np.exp(-(features.astype(np.float64) @ weights + self.constant))), dtype=np.float32)


@lru_cache(maxsize=1)
def _stored() -> Mapping[str, Any]:
    """The weights by the model whose vectors they are for (`python -m benchmarks.fit_topics` makes them)."""
    found: Mapping[str, Any] = json.loads(resources.files("rag.search").joinpath("data", "topic_weights.json").read_text(encoding="utf-8"))
    return found


def stored_weights(encoded: bool) -> Weights:
    """The weights for the encoder's vectors or for wordllama's."""
    one = _stored()["encoder" if encoded else "wordllama"]
    return Weights(one["constant"], one["weights"])


@dataclass(frozen=True, slots=True)
class Relevance:
    """Abstracts by how probably they are about a topic, the most probable first: `members` are counted, `near` are the next that may be.

    `sure` is False where there are no members and that rests on too little: some come near, or a word of the topic is not known.
    """

    members: tuple[Abstract, ...]
    near: tuple[Abstract, ...]
    sure: bool = True

    def within(self, ids: Collection[str]) -> Relevance:
        """The same of some abstracts only."""
        members, near = (tuple(one for one in part if one.id in ids) for part in (self.members, self.near))
        return Relevance(members, near, bool(members) or (self.sure and not near))


class Corpus:
    """What does not depend on the question, read once for a generation."""

    def __init__(self, generation: Generation) -> None:
        self.whole = generation.manifest.abstracts <= WHOLE
        if self.whole:
            self._background = tuple(generation.listing())
            self.vocabulary = read_vocabulary(self._background)
        else:
            sample = known_sample(generation)
            self._background = tuple(generation.abstracts(sample.background).values())
            self.vocabulary = sample.vocabulary
        self._judged = read_judged(generation, self._background, len(self._background)) if self.whole and self._background else None

    def candidates(self, generation: Generation, forms: Sequence[str]) -> Judged | None:
        """The abstracts to judge: all of a small corpus, else the best by words and those that stand for the rest."""
        if self.whole:
            return self._judged
        hits = [passage for form in forms for passage, _ in (*generation.search_lexical(form, _CANDIDATES), *_dense(generation, form))]
        known = {one.id for one in self._background}
        more = [one for one in dict.fromkeys(passage.rpartition(":")[0] for passage in hits) if one not in known]
        return read_judged(generation, [*self._background, *generation.abstracts(more).values()], len(self._background))


def _dense(generation: Generation, form: str) -> list[tuple[str, float]]:
    """The passages whose vectors come nearest, where the index has vectors of one of the models that are here."""
    model = next((one for one in (load_encoder(), load_wordllama()) if one and one.name == generation.manifest.recipe.embedding), None)
    return generation.search_dense(model.embed([form])[0], _CANDIDATES) if model else []


_corpora: WeakKeyDictionary[Generation, Corpus] = WeakKeyDictionary()


def corpus_of(generation: Generation) -> Corpus:
    """What was read of a generation, or is read now."""
    if generation not in _corpora:
        _corpora[generation] = Corpus(generation)
    return _corpora[generation]


def find_relevant(topic: Topic, generation: Generation) -> Relevance:
    """Which abstracts are about a topic; where it only says what they are not about, all others, in the order of the files."""
    if not topic.every:
        out = {one.id for one in find_relevant(Topic((topic.none,)), generation).members} if topic.none else set()
        return Relevance(tuple(one for one in generation.listing() if one.id not in out), ())
    corpus = corpus_of(generation)
    vocabulary = corpus.vocabulary if corpus.whole else replace(corpus.vocabulary, beginning=generation.words_beginning)
    phrases = [one for group in (*topic.every, topic.none) for one in group]
    of = corpus.candidates(generation, [form for one in phrases for form in vocabulary.forms(one)])
    if of is None:
        return Relevance((), ())
    weights = stored_weights(of.encoded)
    chances = {one: weights.probabilities(topic_features(one, of, vocabulary)) for one in phrases}
    members, whole = about(topic, chances), combined(topic, chances)
    order = sorted(range(len(of.abstracts)), key=lambda at: (-whole[at], of.abstracts[at].id))
    rest = [at for at in order if at not in members]
    near = [at for at in rest if whole[at] >= _NEAR]
    sure = bool(members) or not (near or any(vocabulary.is_unknown(one) for group in topic.every for one in group))
    shown = near if members or sure else near or rest[:_NEAREST]
    return Relevance(tuple(of.abstracts[at] for at in order if at in members), tuple(of.abstracts[at] for at in shown), sure)


def about(topic: Topic, probabilities: Mapping[str, Floats]) -> frozenset[int]:
    """The places of those about a topic, by the probabilities for each of its phrases.

    Each phrase is cut by itself, so that what is about A is as much as what is about A and B and about A and not B together.
    """
    cut = {phrase: frozenset(chosen(chances)) for phrase, chances in probabilities.items()}
    result = frozenset(range(len(next(iter(probabilities.values())))))
    for group in topic.every:
        result &= frozenset().union(*(cut[one] for one in group))
    return result.difference(*(cut[one] for one in topic.none))


def combined(topic: Topic, probabilities: Mapping[str, Floats]) -> Floats:
    """The probability that abstracts are about a topic, by that of each of its phrases. Shape (n,)."""
    result = np.ones_like(next(iter(probabilities.values())))
    for group in topic.every:
        result = result * np.max([probabilities[one] for one in group], axis=0)
    for one in topic.none:
        result = result * (1 - probabilities[one])
    return result


def chosen(probabilities: Floats) -> list[int]:
    """The places of those that are counted: as many of the most probable as have the highest expected F1; none where none is likely.

    The expectation is approximated by that of numerator over that of denominator (Ye et al. 2012, "Optimizing F-measures").
    """
    order = np.argsort(-probabilities, kind="stable")
    if not len(order) or probabilities[order[0]] < _LIKELY:
        return []
    sums = np.cumsum(probabilities[order])
    expected = 2 * sums / (np.arange(1, len(order) + 1) + sums[-1])
    return [int(at) for at in order[: int(expected.argmax()) + 1]]
