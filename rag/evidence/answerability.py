"""Whether the abstracts that come nearest answer a question: a calibrated chance, its features, and what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.embedding import Floats, dot, joined_windows, read_long, unit_rows, weighted_mean, word_matches
from rag.evidence.details import (
    METRIC,
    asked_noun,
    counted_noun,
    has_number,
    introduces_named,
    is_generic_quantity,
    is_named,
    missing_names,
    number_nearness,
    only_mentioned,
    rarely_reported,
    word_likeness,
)
from rag.evidence.sentence_scores import evidence_scores, quantity_fit
from rag.questions import Question
from rag.search import Candidate
from rag.support import squeeze_name
from rag.text import folded_words, stem

# Features that separate answerable from unanswerable questions. There are two ways to be unanswerable. Where no abstract is on the topic,
# even the nearest is not similar. Where the abstract is here and lacks the detail, everything is similar but the thing that is asked for,
# so the features of the detail look at nothing else. None depends on the embedder of the index. A feature that does not apply to a
# question, as that of a number where none is asked for, is left out.

_READ = 12  # abstracts that a question is held against
_COUNTING_ABSTRACTS = 3  # abstracts that may hold a number, where none is the one that the question names
_REPORTED = 0.35  # of nearness of the thing counted to the words around a number
_MOST_LISTED = 3  # names; more say no more
_NOUN_MARGIN = 0.05  # of likeness: what comes as near to the noun may list what it asks for

# Things that have proper names, so that a sentence which lists them has names.
_NAMED_THINGS = re.compile(
    r"\b(?:datasets?|corpus|corpora|benchmarks?|languages?|language pairs?|llms?|models?|compan(?:y|ies)|optimi[sz]ers?|databases?|"
    r"toolkits?|frameworks?|collections?|backbones?|names?|tools?|sources?|countries|platforms?|librar(?:y|ies)|licen[cs]es?|baselines?|"
    r"universit\w+)\b",
    re.IGNORECASE,
)
# Nouns that seldom occur beside a figure: "10 %" and not "a portion of 10 %".
_UNNAMED_QUANTITIES = frozenset(
    "portion share percentage percent fraction proportion part number amount extent margin gain gains degree".split()
)
# A figure must answer these; "how often" and "how well" may be answered in words.
_HOW_MUCH = re.compile(r"\bhow (?:many|much|few|little|large|big|small|long|high|low|far|fast|old)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[\w+*./-]+")

Features = dict[str, float]


def topic_features(question: Question, found: Sequence[Candidate]) -> Features:
    """Features of whether the best abstract is on the topic of the question. `found` is not empty."""
    near = found[:_READ]
    best = near[0]
    met = [_word_coverage(question, one) for one in near]
    result = {"near": best.hit.fused, "meaning": _text_cosine(question, best), "met": float(weighted_mean(met[0], question.short.idf))}
    introduced = introduces_named(question, best.abstract)
    if question.names:
        result["unknown"] = len(missing_names(question, found)) / len(question.names)
    if question.names or introduced:
        result["introduced"] = float(introduced)
    noun = {stem(word) for word in asked_noun(question)}
    asked = question.short.idf * np.array([one in noun for one in question.short.stems], dtype=np.float32)
    if asked.any() and best.long.spans:
        index = int(evidence_scores(question, best.long, best.abstract.title).argmax())
        windows = np.asarray(joined_windows(word_matches(question.short, best.long)), dtype=np.float32)
        around = windows[max(0, index - 1) : index + 1].max(axis=0)
        result["noun"] = float(weighted_mean(around - np.max(met, axis=0), asked))
    return result


def detail_features(question: Question, found: Sequence[Candidate]) -> Features:
    """Features of whether the best abstract reports the thing that is asked for. `found` is not empty."""
    best = found[0]
    noun = asked_noun(question)
    of_figure = bool(METRIC.search(" ".join(noun)) or _HOW_MUCH.search(question.text))
    result = {"seldom": rarely_reported(question.text, f"{best.abstract.title or ''} {best.abstract.text}")}
    if of_figure:
        result["number"] = float(quantity_fit(question, best.long))
    thing = [word for word in counted_noun(question) if not is_generic_quantity(word)] if question.kind == "numeric" else []
    if thing:
        read = found[:1] if is_named(question, best.abstract) else found[:_COUNTING_ABSTRACTS]
        result["quantity"] = float(max(number_nearness(thing, one) for one in read) >= _REPORTED)
    asked = [word for word in noun if not is_generic_quantity(word)] or noun
    if asked and best.long.spans:
        sentences = [best.long.sentence(index) for index in range(len(best.long.spans))]
        alike = [word_likeness(asked, folded_words(sentence)) for sentence in sentences]
        if of_figure and not all(word in _UNNAMED_QUANTITIES for word in asked):
            result["figure"] = max((like for like, sentence in zip(alike, sentences, strict=True) if has_number(sentence)), default=0.0)
        elif _NAMED_THINGS.search(" ".join(noun)):
            nearest = [sentence for like, sentence in zip(alike, sentences, strict=True) if like >= max(alike) - _NOUN_MARGIN]
            result["listed"] = max(min(_MOST_LISTED, _new_names(question, sentence)) for sentence in nearest) / _MOST_LISTED
    return result


def weakest_words(question: Question, one: Candidate) -> list[str]:
    """The words of the question, without its names, that an abstract meets least: at most two, in the question's order."""
    named = {stem(part) for name in question.names for part in folded_words(name)}
    scores = question.short.idf * (1 - _word_coverage(question, one))
    lack = {part: float(score) for part, score in zip(question.short.stems, scores, strict=True) if part not in named}
    worst = sorted(lack, key=lambda part: -lack[part])[:2]
    return list({stem(word): word for word in folded_words(question.text) if stem(word) in worst}.values())


def _text_cosine(question: Question, one: Candidate) -> float:
    """The cosine of the question with the text as a whole."""
    vectors = one.long.vectors
    return float(dot(unit_rows(vectors.sum(axis=0)), question.short.vector)) if len(vectors) else 0.0


def _word_coverage(question: Question, one: Candidate) -> Floats:
    """How near each word of the question comes to the text or the title of an abstract. Shape (words,)."""
    texts = [one.long, *(read_long([one.abstract.title]) if one.abstract.title else ())]
    return np.asarray(np.max([word_matches(question.short, text).max(axis=0, initial=0.0) for text in texts], axis=0), dtype=np.float32)


def _new_names(question: Question, sentence: str) -> int:
    """How many words with a capital, but for the first of the sentence, the question does not have."""
    asked = {squeeze_name(word) for word in (*question.names, *folded_words(question.text))}
    said = (match[0].strip(".-") for match in _TOKEN.finditer(sentence) if match.start())
    return sum(any(letter.isupper() for letter in word) and squeeze_name(word) not in asked for word in said)


# The calibrated chance that the nearest abstracts answer a question, and what is missing where they do not.


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic regression: for each feature its mean and its weight in the log odds. A feature that a question lacks adds nothing."""

    constant: float
    weights: Mapping[str, tuple[float, float]]

    def chance(self, features: Features) -> float:
        """The probability that the model gives for these features, between 0 and 1."""
        odds = self.constant + sum(weight * (features[name] - mean) for name, (mean, weight) in self.weights.items() if name in features)
        return 1 / (1 + math.exp(-odds))


# Fitted and cross-validated by `python -m benchmarks.fit_answerability`.
TOPIC = Model(
    1.039,
    {
        "introduced": (0.471, 1.82),
        "meaning": (0.359, 6.23),
        "met": (0.462, 2.30),
        "near": (0.487, 6.84),
        "noun": (-0.457, 0.61),
        "unknown": (0.215, -3.39),
    },
)
DETAIL = Model(
    1.457,
    {
        "figure": (0.441, 3.72),
        "listed": (0.435, 4.28),
        "number": (0.095, 2.87),
        "quantity": (0.469, 1.90),
        "seldom": (0.083, -1.69),
    },
)

_ONLY_MENTIONED = 0.1  # the chance at most, where the paper that is asked about is only mentioned


@dataclass(frozen=True, slots=True)
class Answerability:
    """The chance that abstracts answer a question, between 0 and 1: that one is on the topic, times that it has the detail.

    `unknown` are names of the question that none of the best abstracts has, `mentioned` a name whose own paper is asked about and is
    not here, `lacking` what is asked of the best abstract. `here` says that the question names the work that comes nearest.
    """

    topic: float
    detail: float
    lacking: str = ""
    unknown: tuple[str, ...] = ()
    mentioned: str | None = None
    here: bool = False

    @property
    def chance(self) -> float:
        """The chance that the question can be answered, rounded to four places."""
        return round(min(self.topic * self.detail, _ONLY_MENTIONED if self.mentioned else 1.0), 4)


def estimate_answerability(question: Question, found: Sequence[Candidate]) -> Answerability:
    """Judge the abstracts that were found for a question, best first."""
    if not found or not question.short.stems:
        return Answerability(0.0, 0.0, unknown=question.names)
    return Answerability(
        TOPIC.chance(topic_features(question, found)),
        DETAIL.chance(detail_features(question, found)),
        _missing_detail(question, found[0]),
        missing_names(question, found),
        only_mentioned(question, found),
        introduces_named(question, found[0].abstract),
    )


def _missing_detail(question: Question, best: Candidate) -> str:
    """The thing counted, else the noun asked for, else the words that the best abstract meets least; as the question writes it."""
    thing = counted_noun(question) if question.kind == "numeric" else []
    asked = thing if any(not is_generic_quantity(word) for word in thing) else asked_noun(question) or weakest_words(question, best)
    found = (re.search(rf"(?<!\w){re.escape(word)}(?!\w)", question.text, re.IGNORECASE) for word in asked)
    return " ".join(match[0] if match else word for match, word in zip(found, asked, strict=True))
