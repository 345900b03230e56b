"""Which sentences of an abstract bear on a question: the signs of `rag.evidence_signs` weighed by how well they told so far."""

from __future__ import annotations

import re

import numpy as np

from rag.compare import Floats, Long
from rag.evidence_signs import sentence_signs
from rag.quantities import NUMBER_SAID, noun_words
from rag.question import Question
from rag.words import STOP_WORDS, stem, words

# Fitted by `python -m benchmarks.fit_evidence`.
WEIGHTS = {
    "met": 7.49,
    "met before": 1.36,
    "names": -0.99,
    "meaning": 3.01,
    "first": -0.99,
    "background": -1.73,
    "background, why": 2.09,
    "background, how": -1.76,
    "introduces": -0.70,
    "introduces, how": -3.09,
    "defines": 3.24,
    "introduces, survey": 1.09,
    "aim, how": -2.13,
    "means, how": 2.42,
    "method, how": 2.39,
    "cause": 1.88,
    "figure, why or how": -1.66,
    "number": 3.62,
    "late, numeric": 3.05,
    "late, survey": -1.01,
    "gain": 0.90,
    "gain, numeric": 2.53,
    "data": 3.94,
    "evaluation, fact": -0.55,
    "listed": 2.81,
    "parts": 3.19,
    "question": -1.63,
    "notice": -1.60,
}

_NUMBER = re.compile(rf"\d|\b(?:{NUMBER_SAID}|order of magnitude)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many\b(.{0,60})", re.IGNORECASE)


def evidence_scores(question: Question, long: Long, title: str | None = None) -> Floats:
    """How likely it is of each sentence of an abstract that the answer stands in it, if in any: they sum to 1. Shape (sentences,)."""
    if not long.spans:
        return np.zeros(0, dtype=np.float32)
    signs = sentence_signs(question, long, title)
    total = np.sum([weight * signs[name] for name, weight in WEIGHTS.items()], axis=0)
    raised = np.exp(total - total.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def quantity_fit(question: Question, long: Long) -> int:
    """Whether an abstract can hold the number that is asked for: -1 where it has no number at all, 1 where it counts the
    very thing ("how many languages": "101 languages"), else 0; 0 also for questions that ask for no number."""
    if question.kind != "numeric":
        return 0
    if not any(_NUMBER.search(long.sentence(index)) for index in range(len(long.spans))):
        return -1
    counted = _counted(question.text)
    return int(bool(counted) and any(_counts(long.sentence(index), counted) for index in range(len(long.spans))))


def _counted(text: str) -> frozenset[str]:
    """The stems of what a question asks the number of: the words after "how many", up to the next function word."""
    found = _HOW_MANY.search(text)
    if not found:
        return frozenset()
    return frozenset(map(stem, noun_words(words(found[1]), STOP_WORDS)))


def _counts(sentence: str, counted: frozenset[str]) -> bool:
    """True where a number stands at most three words before one of the counted stems."""
    said = words(sentence)
    places = [index for index, word in enumerate(said) if _NUMBER.fullmatch(word) or word[0].isdigit()]
    return any(stem(word) in counted for place in places for word in said[place + 1 : place + 4])
