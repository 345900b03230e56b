"""Whether the abstracts that come nearest answer a question: a calibrated chance, its features, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding import Floats, dot, load_encoder, meanings, sentence_cosines, sentence_meanings, unit_rows
from rag.evidence.details import introduces_named, is_named, missing_names, number_windows, tells_cause, word_likeness
from rag.model import read_models
from rag.questions import Asked, Question, is_measure
from rag.search import ENCODED, Candidate
from rag.text import folded_words, idf, stem

# Features that separate answerable from unanswerable questions. There are two ways to be unanswerable. Where no abstract is on the topic,
# even the nearest is not similar. Where the abstract is here and lacks the detail, everything is similar but the thing that is asked for,
# so the features of the detail look at what kind of thing that is, and at whether such a thing stands there beside words of its noun.
# A feature that does not apply to a question, as that of a number where none is asked for, is left out; so are those of the encoder
# where it is not installed.

_READ = 12  # abstracts that a question is held against, where their sentences' vectors are stored
_COUNTING_ABSTRACTS = 3  # abstracts that may hold the thing, where none is the one that the question names

Features = dict[str, float]


def topic_features(question: Question, found: Sequence[Candidate]) -> Features:
    """Features of whether the best abstract is on the topic of the question. `found` is not empty."""
    near = _near(found)
    best = near[0]
    result = {"near": best.hit.fused}
    introduced = introduces_named(question, best.abstract)
    if question.names:
        result["unknown"] = len(missing_names(question, found)) / len(question.names)
    if question.names or introduced:
        result["introduced"] = float(introduced)
    if load_encoder() is not None:
        fits = [_fit(question, one) for one in near]
        result |= {"fit": fits[0], "stands out": max(fits) - float(np.median(fits))}
    return result


def _near(found: Sequence[Candidate]) -> Sequence[Candidate]:
    """The abstracts that a question is held against: those of which the encoder's vectors are known, else the first few, read now."""
    known = [one for one in found[1:_READ] if one.long.encoded is not None]
    return [found[0], *known] if known else found[:ENCODED]


def detail_features(question: Question, found: Sequence[Candidate]) -> Features:
    """Features of whether the best abstract reports the thing that is asked for, beside those of its topic. `found` is not empty."""
    best, asked = found[0], question.query.asked
    read = found[:1] if is_named(question, best.abstract) else found[:_COUNTING_ABSTRACTS]
    sentences = [sentence for one in read for sentence in _sentences(one)]
    result = topic_features(question, found) | {f"asks {kind}": float(asked.kind == kind) for kind in ("number", "name", "way")}
    noun = folded_words(asked.noun)
    if noun:
        there = {stem(word) for word in folded_words(f"{best.abstract.title or ''} {best.abstract.text}")}
        result["written"] = float(np.average([stem(word) in there for word in noun], weights=[idf(stem(word)) for word in noun]))
    if noun and asked.kind == "number":
        windows = [window for sentence in sentences for window in number_windows(question, sentence)]
        result["number near"] = max((word_likeness(noun, window) for window in windows), default=0.0)
    if load_encoder() is not None and sentences:
        fits = np.concatenate([sentence_cosines(question.text, one.long) for one in read])
        result |= _meaning_features(question, asked, sentences, fits)
    return result


def _meaning_features(question: Question, asked: Asked, sentences: Sequence[str], fits: Floats) -> Features:
    """How near the question comes in meaning to sentences that have a thing of the kind that it asks for."""
    result = {"sentence fit": float(fits.max())}
    if asked.kind == "reason":
        causes = np.array([tells_cause(sentence) for sentence in sentences])
        result["cause"] = float(fits.max(initial=0.0, where=causes) - fits.max())
    if asked.kind == "number":
        holds = np.array([bool(number_windows(question, sentence)) for sentence in sentences])
        result["number fit"] = float(fits.max(initial=0.0, where=holds) - fits.max())
    return result


def _unwritten_noun(question: Question, found: Sequence[Candidate]) -> str:
    """The noun that is asked for, as the question writes it, where the best abstract does not have its word; else ""."""
    noun = question.query.asked.noun
    met = {name for sentence in found[0].long.stems for name in sentence}
    words = folded_words(noun)
    telling = [word for word in words if not is_measure(word)] or words
    return "" if not telling or stem(telling[-1]) in met else noun


def _sentences(one: Candidate) -> list[str]:
    return [one.long.sentence(index) for index in range(len(one.long.spans))]


def _fit(question: Question, one: Candidate) -> float:
    """The mean of the encoder's cosines of the question with an abstract and with its best sentence."""
    (said,) = meanings([question.text])
    rows = sentence_meanings(one.long)
    whole = unit_rows(rows.sum(axis=0, keepdims=True))
    return (float(dot(whole, said)[0]) + float(dot(rows, said).max(initial=0.0))) / 2


# The calibrated chance that the nearest abstracts answer a question, and what is missing where they do not.


@dataclass(frozen=True, slots=True)
class Answerability:
    """The chances that an abstract is on the topic of a question, and that it has the detail, between 0 and 1.

    `unknown` are names of the question that none of the best abstracts has, `lacking` the thing that is asked for where the best
    abstract does not have its last word. `here` says that the question names the work that comes nearest.
    """

    topic: float
    detail: float
    lacking: str = ""
    unknown: tuple[str, ...] = ()
    here: bool = False

    @property
    def chance(self) -> float:
        """The chance that the question can be answered: the lesser of the two, rounded to four places."""
        return round(min(self.topic, self.detail), 4)


def estimate_answerability(question: Question, found: Sequence[Candidate]) -> Answerability:
    """Judge the abstracts that were found for a question, best first."""
    if not found or not question.short.stems:
        return Answerability(0.0, 0.0, unknown=question.names)
    models = read_models("rag.evidence", "answerability.json")
    return Answerability(
        models["topic"].chance(topic_features(question, found)),
        models["detail"].chance(detail_features(question, found)),
        _unwritten_noun(question, found),
        missing_names(question, found),
        introduces_named(question, found[0].abstract),
    )
