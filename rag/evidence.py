"""Which sentences of an abstract bear on a question: words, meaning, and signs of the kind of answer that is asked for."""

from __future__ import annotations

import re

import numpy as np

from rag.compare import Floats, Long, matches, shared, weighted
from rag.question import Question

# Weights of the five similarities and the place in the text, found on the development questions (`python -m benchmarks.questions`);
# they matter less than that all are there.
_RARE, _WORDS, _MEANING, _TOKENS, _SIGN, _PLACE = 0.5, 0.3, 0.2, 0.5, 0.3, 0.1
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


def evidence_scores(question: Question, long: Long) -> Floats:
    """How well each sentence of an abstract bears on the question, between 0 and 1. Shape (sentences,)."""
    found = shared(question.short, long)
    count = len(long.spans)
    if not count:
        return np.zeros(0, dtype=np.float32)
    # A word of the question that every sentence has tells the abstract, not the sentence.
    rarity = question.short.idf * np.log((count + 1) / (found.sum(axis=0) + 0.5)).astype(np.float32)
    sign = _SIGNS.get(question.kind)
    signs = np.array([bool(sign and sign.search(long.sentence(index))) for index in range(count)], dtype=np.float32)
    total = (
        _RARE * weighted(found, rarity)
        + _WORDS * weighted(found, question.short.idf)
        + _MEANING * (long.vectors @ question.short.vector)
        + _TOKENS * weighted(matches(question.short, long), question.short.idf)
        + _SIGN * signs
        + _PLACE * np.linspace(0, 1, count, dtype=np.float32)
    )
    return np.asarray(total / _ALL, dtype=np.float32)
