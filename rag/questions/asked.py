"""What kind of thing answers a question, and how long and in which form the answer is to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.questions.query import Asked, AskedKind, Operation
from rag.questions.tokens import Tokens

_NOUN_WORDS = 6
_QUANTITIES = frozenset(
    """share gain portion rate accuracy size percentage fraction score improvement ratio speedup number amount reduction increase budget
    cost margin bitrate length""".split()
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How long an answer is to be and in which form, how many points it may have, and where that is said."""

    length: Literal["brief", "normal", "long"] = "normal"
    shape: Literal["prose", "bullets", "table"] = "prose"
    limit: int | None = None
    spans: tuple[tuple[int, int], ...] = ()

    def taken(self, count: int) -> list[bool]:
        """For each word of the question, whether it says this."""
        return [any(start <= place < end for start, end in self.spans) for place in range(count)]

    def overlaps(self, start: int, end: int) -> bool:
        """True where a phrase is a part of this."""
        return any(start < other_end and other_start < end for other_start, other_end in self.spans)


def read_shape(tokens: Tokens) -> Shape:
    """The length and the form that a question asks for."""
    length: Literal["brief", "normal", "long"] = "normal"
    shape: Literal["prose", "bullets", "table"] = "prose"
    limit: int | None = None
    spans: list[tuple[int, int]] = []
    for place in range(len(tokens)):
        brief, long = tokens.take(place, "brief"), tokens.take(place, "long")
        bullets, table = tokens.take(place, "as_bullets"), tokens.take(place, "as_table")
        found = brief or long or bullets or table
        if found is None or any(place < end for _, end in spans):
            continue
        length = "brief" if brief else "long" if long else length
        shape = "bullets" if bullets else "table" if table else shape
        number = tokens.take(place - 1, "number") if bullets else None
        limit = int(number.value) if number else limit
        start = place - 1 if number or tokens.word(place - 1) in ("in", "as") else place
        spans.append((start - (number is not None and tokens.word(start - 1) in ("in", "as")), found.end))
    return Shape(length, shape, limit, tuple(spans))


def read_asked(tokens: Tokens, operation: Operation) -> Asked:
    """What answers a question: a number, a name, a date, a reason, a way, yes or no, or another thing, with its noun."""
    if operation == "yesno":
        return Asked("yesno")
    for place in range(len(tokens)):
        counted = tokens.take(place, "how_much", "counting")
        if counted is not None:
            return Asked("number", _noun(tokens, counted.end))
        if tokens.take(place, "asking_date") is not None:
            return Asked("date")
        noun = _noun(tokens, place + 1) if tokens.word(place) in ("what", "which", "what's", "whats") else ""
        if noun and any(word.removesuffix("s") in _QUANTITIES for word in noun.split()):
            return Asked("number", noun)
        if (kind := _kind(tokens, place)) is not None:
            return Asked(kind, noun)
        if noun:
            return Asked("name" if tokens.word(place) == "which" else "thing", noun)
    return Asked()


def _kind(tokens: Tokens, place: int) -> AskedKind | None:
    kinds: tuple[tuple[str, AskedKind], ...] = (("reason", "reason"), ("asking_name", "name"), ("way", "way"))
    return next((kind for type_, kind in kinds if tokens.take(place, type_) is not None), None)


def _noun(tokens: Tokens, place: int) -> str:
    """The content words from a place on, up to a function word."""
    at = tokens.skip(place, "determiner", "exactly", "of", "be") if tokens.word(place) in ("is", "are", "the", "was", "exact") else place
    end = at
    while end < len(tokens) and end - at < _NOUN_WORDS and tokens.words[end].is_word:
        if tokens.take(end, "be", "do", "have", "modal", "in", "of", "that", "to", "and", "or", "denied", "pronoun") is not None:
            break
        end += 1
    return tokens.span(at, end).lower()
