"""Which sentences of an abstract are relevant to a question: their features, and the fitted weights that score them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import numpy as np

from rag.embedding import Floats, LongText, sentence_cosines, shared_stems, weighted_mean, word_matches
from rag.evidence.details import NUMBER_SAID, has_number, word_likeness
from rag.questions import Asked, Question, is_measure
from rag.support import squeeze_name
from rag.text import folded_words, stem, stems, words_of

# Features that separate the sentence that answers from the others of its abstract: meaning and words shared with the question, its place,
# and whether it has what the question asks for: a number, names, the noun, or words that go with words of the question (`signs` of the
# lexicon: "because" with "why").

_NAME_FACTOR = 0.5  # of a word's weight, where it is part of a name: names tell the abstract rather than the sentence
_TITLE_FACTOR = 0.1  # likewise where the title has it: all of the abstract is about it
_MOST_LISTED = 3  # names; more say no more
_NAMED = frozenset(map(stem, words_of("asked.named")))
_OWN, _OWN_TEXT = words_of("own.words"), words_of("text.own")
_SIGNS = {
    name: (frozenset(map(stem, words_of(f"signs.{name}.asked"))), frozenset(map(stem, words_of(f"signs.{name}.told"))))
    for name in ("gain", "data", "way")
}
_TOKEN = re.compile(r"[\w+*./-]+")


def sentence_features(question: Question, long: LongText, title: str | None) -> dict[str, Floats]:
    """The features of each sentence of an abstract. Shape of each (sentences,); a feature that does not apply to the question is 0."""
    sentences = [long.sentence(index) for index in range(len(long.spans))]
    said = [[stem(word) for word in folded_words(sentence)] for sentence in sentences]
    count, places = len(sentences), np.arange(len(sentences))
    own = next((at for at in range(count) if _is_of_own_work(sentences[at])), 0)
    late = np.linspace(0, 1, count, dtype=np.float32)
    before = (places < own).astype(np.float32)
    number = np.array([has_number(sentence) for sentence in sentences], dtype=np.float32)
    numeric, noun = question.kind == "numeric", question.query.asked.noun.casefold().split()
    return {
        **_overlap(question, long, sentences, title),
        **_signs(question, said),
        "noun": np.array([word_likeness(noun, folded_words(one)) if noun else 0 for one in sentences], dtype=np.float32),
        "background": before,
        "background, why": before * (question.kind == "why"),
        "introduces": (places == own).astype(np.float32),
        "number": number * numeric,
        "late, numeric": late * numeric,
        "names": _new_name_share(question, sentences) * (not _NAMED.isdisjoint(map(stem, noun))),
    }


def _overlap(question: Question, long: LongText, sentences: list[str], title: str | None) -> dict[str, Floats]:
    """What each sentence shares with the question: meaning, without the names in it, which tell the abstract; words, near and the same."""
    named = {part for name in question.names for part in stems(name)}
    titled = frozenset(stems(title or ""))
    factors = [(_NAME_FACTOR if one in named else 1) * (_TITLE_FACTOR if one in titled else 1) for one in question.short.stems]
    weights = np.asarray(question.short.idf * np.array(factors), dtype=np.float32)
    shared = shared_stems(question.short, long)
    rarity = np.log((len(sentences) + 1) / (shared.sum(axis=0) + 0.5)).astype(np.float32)
    # Not the mean over the words alone: where most sentences have all of them, they tell none.
    telling = rarity / np.log((len(sentences) + 1) / 1.5) if len(sentences) > 1 else np.ones_like(rarity)
    return {
        "meaning": sentence_cosines(_without_names(question), long),
        "words": weighted_mean(word_matches(question.short, long) * telling, weights),
    }


def _without_names(question: Question) -> str:
    text = question.text
    for name in question.names:
        text = text.replace(name, "it")
    return text


def _is_of_own_work(sentence: str) -> bool:
    """True where a sentence speaks of the abstract's own work: "we", "our", "in this paper"."""
    words = folded_words(sentence)
    return not sentence.endswith("?") and (
        not _OWN.isdisjoint(words) or any(one == "this" and two in _OWN_TEXT for one, two in itertools.pairwise(words))
    )


def _signs(question: Question, said: list[list[str]]) -> dict[str, Floats]:
    """For each sign whether a sentence has its words where the question asks for it."""
    words = frozenset(map(stem, folded_words(question.text)))
    return {
        name: np.array([not words.isdisjoint(asked) and not told.isdisjoint(one) for one in said], dtype=np.float32)
        for name, (asked, told) in _SIGNS.items()
    }


def _new_name_share(question: Question, sentences: list[str]) -> Floats:
    """How many words with a capital, but for the first of each sentence, the question does not have, up to 1 for several."""
    asked = {squeeze_name(word) for word in (*question.names, *folded_words(question.text))}
    counts = []
    for sentence in sentences:
        said = (match[0].strip(".-") for match in _TOKEN.finditer(sentence) if match.start())
        counts.append(sum(any(letter.isupper() for letter in word) and squeeze_name(word) not in asked for word in said))
    return np.array([min(one, _MOST_LISTED) / _MOST_LISTED for one in counts], dtype=np.float32)


# Scores of sentences: the softmax over the weighted features.


@lru_cache(maxsize=1)
def weights() -> Mapping[str, float]:
    """The weight of each feature, as `python -m benchmarks.fit_evidence` fitted and wrote it."""
    return dict(json.loads(resources.files("rag.evidence").joinpath("sentence_weights.json").read_text(encoding="utf-8")))


_NUMBER = re.compile(rf"\d|\b(?:{NUMBER_SAID}|order of magnitude)\b", re.IGNORECASE)


def evidence_scores(question: Question, long: LongText, title: str | None = None) -> Floats:
    """The probability of each sentence of an abstract to hold the answer, if any does: they sum to 1. Shape (sentences,)."""
    if not long.spans:
        return np.zeros(0, dtype=np.float32)
    features = sentence_features(question, long, title)
    total = np.sum([weight * features[name] for name, weight in weights().items()], axis=0)
    raised = np.exp(total - total.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def quantity_fit(question: Question, long: LongText) -> int:
    """Whether an abstract can hold the number that is asked for: -1 where it has no number at all, 1 where it counts the
    very thing ("how many languages": "101 languages"), else 0; 0 also for questions that ask for no number."""
    if question.kind != "numeric":
        return 0
    if not any(_NUMBER.search(long.sentence(index)) for index in range(len(long.spans))):
        return -1
    counted = _counted_stems(question.query.asked)
    return int(bool(counted) and any(_states_count_of(long.sentence(index), counted) for index in range(len(long.spans))))


def _counted_stems(asked: Asked) -> frozenset[str]:
    """The stems of what a question asks the number of; none where it asks for the value of a measure."""
    words = asked.noun.casefold().split()
    return frozenset(map(stem, words)) if words and not is_measure(words[-1]) else frozenset()


def _states_count_of(sentence: str, counted: frozenset[str]) -> bool:
    """True where a number occurs at most three words before one of the counted stems."""
    said = folded_words(sentence)
    places = [index for index, word in enumerate(said) if _NUMBER.fullmatch(word) or word[0].isdigit()]
    return any(stem(word) in counted for place in places for word in said[place + 1 : place + 4])
