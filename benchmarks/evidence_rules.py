"""The rules by which sentences were chosen before `rag.evidence` learned weights, which have to be better than these."""

from __future__ import annotations

import re

import numpy as np

from rag.embedding.similarity import Floats, LongText, shared_stems, weighted_mean, word_matches
from rag.embedding.wordllama import dot
from rag.questions.question import Question
from rag.text.words import stems

# Weights of the five similarities and the place in the text, found on the development questions (`python -m benchmarks.questions`);
# they matter less than that all are there.
_RARE, _WORDS, _MEANING, _TOKENS, _SIGN, _PLACE = 0.5, 0.3, 0.2, 0.5, 0.3, 0.1
_BEFORE = 0.1  # off for what stands before the abstract speaks of its own work
_NOTICE = 0.3  # off for "code is available at ...", unless that is asked for
_NAMED = 0.5  # of a word's weight, where it is part of a name
_ASKED_BY_NAME = 1.5  # times the signs, where all of the abstract is about what the question names
_ALL = _RARE + _WORDS + _MEANING + _TOKENS + _SIGN + _PLACE

_NUMBER = (
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"hundreds?|thousands?|millions?|billions?|half|twice|doubl\w+|thirds?|quarters?|order of magnitude)\b"
)
_SIGNS = {
    "numeric": re.compile(_NUMBER, re.IGNORECASE),
    "why": re.compile(
        r"\b(?:because|due to|since|thus|therefore|hence|owing to|reveals?|(?:find|found|show)s? that|crucial|reasons?|caus\w+|leads?|"
        r"results? in|"
        r"attribut\w+|suggest\w*|indicat\w+|overlook\w*|explain\w*|stems? from)\b",
        re.IGNORECASE,
    ),
    "how": re.compile(
        r"\b(?:by|using|via|through|propose|introduce|based on|consist\w*|convert\w*|employ\w*|leverag\w+|design\w*|train\w*|we)\b",
        re.IGNORECASE,
    ),
}
# What says outright how something is done.
_METHOD = re.compile(
    r"\b(?:(?:key|main|core|basic|central) idea|(?:is|are) to use|consists? of|composed of|specifically|first(?:ly)?,|two[- ]st(?:age|ep)|"
    r"by (?:first |then |jointly )?\w+ing|we (?:use|employ|leverage|convert|design|utili[sz]e|adopt|combine|train|build))\b",
    re.IGNORECASE,
)

_AVAILABLE = re.compile(r"\b(?:available|releas\w+|open-sourc\w+|publish\w*|accessible|found|visit)\b.*|https?://", re.IGNORECASE)
_GOODS = re.compile(r"\b(?:codes?|demos?|samples?|checkpoints?|scripts?|repository|licen[cs]e\w*|github|https?)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:we|our|is proposed|in this|this (?:paper|work|study|report|survey|article))\b", re.IGNORECASE)


def rule_scores(question: Question, long: LongText) -> Floats:
    """How well each sentence of an abstract bears on the question, between 0 and 1. Shape (sentences,)."""
    found = shared_stems(question.short, long)
    count = len(long.spans)
    if not count:
        return np.zeros(0, dtype=np.float32)
    # Names tell the abstract rather than the sentence; so does a word of the question that every sentence has.
    named = {one for name in question.names for one in stems(name)}
    idf = question.short.idf * np.array([_NAMED if one in named else 1.0 for one in question.short.stems], dtype=np.float32)
    rarity = idf * np.log((count + 1) / (found.sum(axis=0) + 0.5)).astype(np.float32)
    signs = np.array([_sign(question, long.sentence(index)) for index in range(count)], dtype=np.float32)
    if named and any(one in sentence for sentence in long.stems for one in named):
        signs *= _ASKED_BY_NAME
    total = (
        _RARE * weighted_mean(found, rarity)
        + _WORDS * weighted_mean(found, idf)
        + _MEANING * dot(long.vectors, question.short.vector)
        + _TOKENS * weighted_mean(word_matches(question.short, long), idf)
        + _SIGN * signs
        + _PLACE * np.linspace(0, 1, count, dtype=np.float32)
        - _BEFORE * (np.arange(count) < _contribution(long))
        - _NOTICE * np.array([_is_notice(question, long.sentence(index)) for index in range(count)], dtype=np.float32)
    )
    return np.asarray(np.clip(total / _ALL, 0, 1), dtype=np.float32)


def _contribution(long: LongText) -> int:
    """The first sentence that speaks of the abstract's own work; 0 where none does."""
    return next((index for index in range(len(long.spans)) if _OWN.search(long.sentence(index))), 0)


def _sign(question: Question, sentence: str) -> float:
    """How much a sentence looks like the kind of answer that is asked for: 0, 1, or 2 where it says so outright."""
    if question.kind == "how" and _METHOD.search(sentence):
        return 2.0
    pattern = _SIGNS.get(question.kind)
    return 1.0 if pattern and pattern.search(sentence) else 0.0


def _is_notice(question: Question, sentence: str) -> bool:
    """True for a notice of where to get things, which answers only a question about them."""
    goods = _GOODS.search(sentence) and _AVAILABLE.search(sentence)
    return bool(goods) and not (_GOODS.search(question.text) or _AVAILABLE.search(question.text))
