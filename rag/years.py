"""Years of papers in a shortened question: "in 2023", "since 2021", "between 2019 and 2021"."""

from __future__ import annotations

import re

from rag.filters import Range
from rag.lexicon import any_of
from rag.times import YEAR

_YEAR = rf"({YEAR})"
_WORK = rf"(?:(?:only|just|the|those|{any_of('papers', 'works')}|ones?|published|posted|released|dated|listed|year|years) )*"
_SPANS = (
    (re.compile(rf"\b{_WORK}(?:between|from|in|of)? ?{_YEAR} ?(?:and|to|until|-|–|\.\.) ?{_YEAR}\b", re.IGNORECASE), (0, 0)),
    (re.compile(rf"\b{_WORK}(?:since|from|starting in) {_YEAR}(?: on(?:wards?)?| or later| and later)\b", re.IGNORECASE), (0, None)),
    (re.compile(rf"\b{_WORK}since {_YEAR}\b", re.IGNORECASE), (0, None)),
    (re.compile(rf"\b{_WORK}(?:after|newer than|later than) {_YEAR}\b", re.IGNORECASE), (1, None)),
    (re.compile(rf"\b{_WORK}(?:before|older than|earlier than) {_YEAR}\b", re.IGNORECASE), (None, -1)),
    (re.compile(rf"\b{_WORK}(?:until|up to|by) {_YEAR}\b", re.IGNORECASE), (None, 0)),
    (re.compile(rf"\b{_WORK}(?:in|from|of|during|for)? ?{_YEAR}\b", re.IGNORECASE), (0, 0)),
)


def years(text: str) -> tuple[Range, str] | None:
    """The years that a text asks for and the text without them; None where it has none."""
    for pattern, (low, high) in _SPANS:
        if match := pattern.search(text):
            first, last = int(match[1]), int(match[match.lastindex or 1])
            found = Range("year", None if low is None else first + low, None if high is None else last + high)
            return found, " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    return None
