"""Numbers that a question holds against each other: "more papers from 2023 or 2024?", "more with one author than with two?"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from rag.amounts import Part
from rag.filters import Filters, Range, Scan

_COMPARED = re.compile(r"\b(?:more|fewer|less)\b(?! (?:than )?(?:\d|authors?\b|up-?votes?\b|comments?\b|likes?\b))", re.IGNORECASE)
_OPPOSED = re.compile(r"\b(?:or|than|vs\.?|versus|compared (?:to|with))\b", re.IGNORECASE)
_BETWEEN = re.compile(
    r"[\s,?]*(?:(?:papers|abstracts|ones) )?(?:(?:more|fewer|less) (?:(?:common|numerous|frequent|often) )?)?(?:or"
    r"|than|vs\.?|versus|compared (?:to|with))\s+(?:(?:those|ones|papers|abstracts|there are|are|were|that"
    r"|which|posted|published)\s+)*",
    re.IGNORECASE,
)


def filters_of(parts: Sequence[Range | Scan]) -> Filters:
    """Conditions that must all hold, each once."""
    ranges = tuple(dict.fromkeys(part for part in parts if isinstance(part, Range)))
    return Filters(ranges, (), tuple(dict.fromkeys(part for part in parts if isinstance(part, Scan))))


def sides_of(text: str, found: Sequence[Part]) -> tuple[tuple[Filters, ...], tuple[Part, ...]]:
    """The conditions whose numbers a question compares, and the phrases that state them; none where it compares no numbers."""
    stated = [(one.start, one.end) for one in found]
    ways = (match for match in _COMPARED.finditer(text) if not any(start <= match.start() < end for start, end in stated))
    way = next(ways, None)
    if way is None:
        return (), ()
    ordered = sorted(found, key=lambda one: one.start)
    for one, other in itertools.pairwise(ordered):
        if _BETWEEN.fullmatch(text[one.end : other.start] + " "):
            return (filters_of(one.parts), filters_of(other.parts)), (one, other)
    for one in (one for one in ordered if one.end > way.start()):
        values = _alternatives(one)
        if len(values) > 1 and _OPPOSED.search(text[one.start : one.end]):
            return values, (one,)
    return (), ()


def _alternatives(one: Part) -> tuple[Filters, ...]:
    """The single conditions of one that is met by any of several values."""
    if len(one.parts) != 1:
        return ()
    part = one.parts[0]
    if isinstance(part, Scan):
        return tuple(Filters(scans=(replace(part, values=(value,)),)) for value in part.values) if not part.negated else ()
    if part.low is None or part.high is None or part.outside or part.field == "first_day":
        return ()
    return tuple(Filters((Range(part.field, value, value),)) for value in range(part.low, part.high + 1))
