"""What a question takes for granted, held against an abstract: is there a sentence that says otherwise?

Held to be a contradiction is only what can be shown in one sentence that speaks of the very thing, by one of the signs of
`rag.flagging.otherwise`; paraphrase is not attempted. On tests/data/premises.jsonl nothing that holds is contradicted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from rag.compare import Floats, Long, matches, read_long, read_short, shared, weighted
from rag.flagging.naming import squeezed
from rag.flagging.otherwise import SIGNS, Held
from rag.flagging.reading import read
from rag.flagging.valence import is_turn
from rag.words import STOP_WORDS

_SHARED = 0.4  # of the statement's words, by weight, that the sentence must have
_NEXT = 0.6  # of the best such share in the abstract: what speaks of it less speaks of something else
_ALIKE = 0.6  # nearness from which another word counts as one of the statement's
_OWN = re.compile(
    r"(?:(?<=^)|(?<=, )|(?<=that )|(?<=and ))(?:it|we|(?:our|this|the (?:proposed|resulting)) (?:[\w-]+ )?(?:model|method|approach|system"
    r"|framework|work|strategy|technique)s?)\b",
    re.IGNORECASE,
)
_MOST = 2  # sentences that are shown
_NAME = 3  # words; what is longer is a title, not what a sentence would call the work


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence of an abstract that says otherwise than a statement: its index, and how much of the statement it speaks of."""

    index: int
    share: float


def contradictions(statement: str, name: str, title: str | None, long: Long) -> list[Contradiction]:
    """The sentences of an abstract that contradict a statement about it, the strongest first, at most two; none where none surely does.

    `name` is what the abstract calls its own work; "it" and "our model" stand for it.
    """
    shares = shares_of(statement, title, long)
    best = float(shares.max(initial=0.0))
    said, name = read(statement), name if len(name.split()) <= _NAME else ""
    sentences = [read(_OWN.sub(lambda own: name or own[0], long.sentence(index))) for index in range(len(long.spans))]
    least = max(_SHARED, _NEXT * best)
    strength = {
        at: sum(sign(Held(said, sentences[at], sentences, shares, name)) for sign in SIGNS) * float(shares[at])
        for at in range(len(long.spans))
        if shares[at] >= least
    }
    against = sorted((at for at, strong in strength.items() if strong > 0), key=lambda at: (-strength[at], at))
    return [Contradiction(at, float(shares[at])) for at in against[:_MOST]]


def shares_of(statement: str, title: str | None, long: Long) -> Floats:
    """How much of a statement each sentence speaks of, words of direction aside; what the title has, each of them does."""
    short = read_short(statement)
    telling = short.idf * np.array([not is_turn(name) for name in short.stems], dtype=np.float32)
    near = matches(short, long)
    near = np.where(near >= _ALIKE, near, 0)
    for named in read_long([title]) if title else ():
        near = np.maximum(near, shared(short, named).any(axis=0))
    return weighted(np.asarray(near, dtype=np.float32), telling)


def credited(question: str, name: str, abstract: str) -> str | None:
    """Whom a question credits with a system ("Google's BLSP", "BLSP by Google"), where the abstract does not have that name."""
    if not name:
        return None
    own = re.escape(name)
    match = re.search(rf"\b(?P<of>[A-Z]\w+)['\u2019]s (?:\w+ ){{0,2}}{own}\b|\b{own} (?:by|from|of) (?P<by>[A-Z]\w+)", question)
    whose = (match["of"] or match["by"]) if match else None
    return whose if whose and whose.casefold() not in STOP_WORDS and squeezed(whose) not in squeezed(abstract) else None
