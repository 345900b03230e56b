"""What kind of thing answers a question, and how long and in which form the answer is to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.questions.query import Asked, AskedKind, Operation
from rag.questions.tokens import Tokens
from rag.text import STOP_WORDS, stem, words_of

_NOUN_WORDS = 3
_REASONS = ("why", "reason", "reasons")
_MEASURES = words_of("asked.measures")
_MEASURE_STEMS = frozenset(map(stem, _MEASURES))
_DOING = words_of("asked.doing", "auxiliaries.do", "auxiliaries.have", "auxiliaries.modal")
_ENDS = STOP_WORDS | words_of("asked.verbs", "auxiliaries.do")


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
        brief, long, table = (tokens.take(place, kind) for kind in ("brief", "long", "as_table"))
        number = tokens.take(place - 1, "number")
        counted = tokens.take(place, "sentences") if number and tokens.take(place - 2, "in") and tokens.word(place + 1) != "of" else None
        bullets = tokens.take(place, "as_bullets")
        found = brief or long or bullets or table or counted
        if found is None or any(place < end for _, end in spans):
            continue
        length = "brief" if brief else "long" if long else length
        shape = "bullets" if bullets else "table" if table else shape
        number = number if bullets or counted else None
        limit = int(number.value) if number else limit
        start = place - 1 if number or tokens.word(place - 1) in ("in", "as") else place
        spans.append((start - (number is not None and tokens.word(start - 1) in ("in", "as")), found.end))
    return Shape(length, shape, limit, tuple(spans))


def is_measure(word: str) -> bool:
    """True for a noun that a figure answers, such as "size", "rate" or "accuracy"."""
    return word in _MEASURES or stem(word) in _MEASURE_STEMS


def read_asked(tokens: Tokens, operation: Operation) -> Asked:
    """What kind of thing answers a question, and its noun as the question writes it: ("number", "GPU hours")."""
    for place in range(len(tokens)):
        word, after = tokens.word(place), tokens.word(place + 1)
        reason = tokens.take(place, "reason")
        if reason is not None and (reason.end > place + 1 or word in _REASONS):
            return Asked("reason")
        if word == "how":
            counted = after in words_of("asked.counts")
            kind: AskedKind = "number" if counted or after in words_of("asked.degrees") else "way"
            return Asked(kind, _noun(tokens, place + 2) if counted else "")
        if after == "of" and word in words_of("asked.counted"):
            return Asked("number", _noun(tokens, place + 2))
        if word in words_of("asked.which") or (place == 0 and word in words_of("asked.orders")):
            return _named(_noun(tokens, place + 1))
        if word in ("who", "whom"):
            return Asked("name")
        if word == "when" and after in words_of("auxiliaries"):
            return Asked("date")
    return Asked("yesno" if operation == "yesno" else "thing")


def _named(noun: str) -> Asked:
    """What "which" and "what" ask for: a thing of a name, or a number where the noun is a measure."""
    words = noun.split()
    if words[:1] and words[0].casefold() in _REASONS:
        return Asked("reason")
    counted = next((place for place, word in enumerate(words, start=1) if is_measure(word.casefold())), None)
    return Asked("number", " ".join(words[:counted])) if counted else Asked("name" if words else "thing", noun)


def _noun(tokens: Tokens, place: int) -> str:
    """The content words of the phrase that begins here, "kind of" and a form of "be" before it left out; "" for a verb's."""
    while tokens.word(place) in words_of("asked.opening"):
        place += 1
    if tokens.word(place) in _DOING:
        return ""
    end = place
    while end < len(tokens) and end - place < _NOUN_WORDS and tokens.words[end].is_word and tokens.words[end].text.casefold() not in _ENDS:
        end += 1
    return tokens.span(place, end)
