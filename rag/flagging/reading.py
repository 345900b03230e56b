"""A sentence as the checks read it: words, stems, clauses, and what a denial reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.words import STOP_WORDS, idf, spans, stem

NEGATIONS = frozenset(
    "not no never nor neither none nothing without cannot fail fails failed failing unable lack lacks lacking hardly barely "
    "struggle struggles struggled refuse refuses absence".split()
)
REACH = 8  # words before a word in which a negation still denies it
_TURNS = frozenset("but while whereas although though however yet except unless because since which who where when and or".split())
_AFTER_NOT = frozenset("only just merely solely simply necessarily".split())
_BREAK = re.compile(r"[,;:()\u2013\u2014]|--|[.!?](?=\s|$)")


@dataclass(frozen=True, eq=False)
class Reading:
    """A text's words, folded, and their stems, in order; where a new clause begins; which words are its denials."""

    text: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    begins: frozenset[int]
    denials: tuple[int, ...]

    def content(self, first: int, last: int) -> list[str]:
        """The stems of content words among words `first` to `last` (not included)."""
        first, last = max(0, first), min(len(self.words), last)
        return [self.stems[index] for index in range(first, last) if self.words[index] not in STOP_WORDS]

    def clause(self, index: int) -> tuple[int, int]:
        """The first word of the clause that a word stands in, and the one after its last."""
        first = max((begin for begin in self.begins if begin <= index), default=0)
        return first, min((begin for begin in self.begins if begin > index), default=len(self.words))

    def denied(self, index: int) -> bool:
        """True if a denial of the same clause stands at most eight words before the word."""
        first = self.clause(index)[0]
        return any(max(first, index - REACH) <= one < index for one in self.denials)


@lru_cache(maxsize=4096)
def read(text: str) -> Reading:
    """The reading of a text; those met lately cost nothing."""
    places = tuple(spans(text))
    words = tuple(text[start:end].casefold().replace("\u2019", "'").removesuffix("'s") for start, end in places)
    breaks = {
        index
        for index in range(1, len(places))
        if words[index] in _TURNS or _BREAK.search(text, places[index - 1][1], places[index][0] + 1)
    }
    return Reading(text, words, tuple(map(stem, words)), places, frozenset(breaks), tuple(_denials(words)))


def _denials(words: tuple[str, ...]) -> list[int]:
    """Where a denial stands: "not only" and "nothing but" deny nothing."""
    found = []
    for index, word in enumerate(words):
        if word in NEGATIONS or word.endswith("n't"):
            after = words[index + 1] if index + 1 < len(words) else ""
            if after not in _AFTER_NOT and not (word in ("nothing", "none") and after == "but"):
                found.append(index)
    return found


def weight(stems: frozenset[str] | set[str]) -> float:
    """The summed inverse document frequency of stems."""
    return sum(map(idf, sorted(stems)))


_MOST = 5.0  # that one word may add to an alignment: a rare name stands in many sentences that say something else


def aligned(claim: Reading, sentences: list[Reading]) -> list[Reading]:
    """The sentences that share most with the claim, all that come within a quarter of the best, best first."""
    said = set(claim.content(0, len(claim.words)))
    scored = [(sum(min(_MOST, idf(name)) for name in sorted(said & set(one.stems))), -place, one) for place, one in enumerate(sentences)]
    best = max((score for score, _, _ in scored), default=0.0)
    return [one for score, _, one in sorted(scored, key=lambda item: item[:2], reverse=True) if score > 0 and score >= 0.75 * best]
