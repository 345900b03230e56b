"""The one reading of a question: its operation, its conditions, its topic, what is asked, and what could not be read."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.questions.asked import read_asked, read_shape
from rag.questions.collection import read_looked_up, read_members, read_rank, read_tallied
from rag.questions.comparison import read_comparison, read_point
from rag.questions.conditions import candidate_parts, merged
from rag.questions.courtesies import read_courtesy, read_news
from rag.questions.dates import Part
from rag.questions.draft import Draft, Words
from rag.questions.operations import is_name, probabilities
from rag.questions.query import OPERATIONS, Operation, Query
from rag.questions.tokens import Tokens

_KEPT = 64  # questions whose reading is kept in mind: those of a conversation are read again with each of its turns


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A question cut into words, with its query and the conditions of it, one by one, at their places."""

    tokens: Tokens
    query: Query
    parts: tuple[Part, ...]


def read_query(text: str, *, sources: Sequence[str] = (), today: datetime.date | None = None) -> Query:
    """Read a question that stands by itself; `sources` are the names of files that it may name."""
    return read_closely(text, sources=sources, today=today).query


def read_closely(text: str, *, sources: Sequence[str] = (), today: datetime.date | None = None) -> Reading:
    """Read a question, and keep where its conditions stand."""
    return _read(text, tuple(sources), today or datetime.datetime.now(datetime.UTC).date())


@lru_cache(maxsize=_KEPT)
def _read(text: str, sources: tuple[str, ...], today: datetime.date) -> Reading:
    """The query of the most probable operation that has in the question what it needs."""
    tokens = Tokens(text)
    shape = read_shape(tokens)
    candidates = [one for one in candidate_parts(tokens, sources, today) if not shape.overlaps(one.start, one.end)]
    chances = probabilities(tokens, candidates)
    words = Words(tokens, candidates, shape.taken(len(tokens)))
    for operation in sorted(OPERATIONS, key=lambda one: -chances[one]):
        found = _READERS.get(operation, _content)(words, operation)
        if found is not None:
            query = replace(found[0], text=text, confidence=round(chances[operation], 3), asked=read_asked(tokens, operation))
            shaped = replace(query, length=shape.length, shape=shape.shape, limit=query.limit or shape.limit)
            return Reading(tokens, shaped, tuple(found[1]))
    raise AssertionError("any question may ask for a fact")


def _content(words: Words, operation: Operation) -> Draft | None:
    """What abstracts say; None where the words of the operation are not there."""
    tokens = words.tokens
    point = read_point(tokens) if operation == "agree" else ""
    if (operation == "agree" and not point) or (operation == "yesno" and not _asks_yes_or_no(tokens)):
        return None
    parts = words.conditions(collection=False) if words.asks else []
    sought = words.sought(parts)
    comparison = read_comparison(sought)
    if operation == "compare" and not tokens.has("compare") and comparison is None:
        return None
    query = Query(tokens.text, operation, filters=merged(parts), point=point, comparison=comparison)
    return replace(query, sought=sought, leans=words.leans), parts


def _asks_yes_or_no(tokens: Tokens) -> bool:
    first = tokens.take(tokens.skip(0, "also", "filler", "in"), "be", "do", "have", "modal", "denied")
    return first is not None or not tokens.has("wh")


def _new(words: Words, _: Operation) -> Draft | None:
    """What came into the index; dates that are named are those of papers, as in "posted since June 2024"."""
    tokens = words.tokens
    if not tokens.has("new", "added", "visit"):
        return None
    news, spans = read_news(tokens)
    spans = [*spans, *words.spans("new", "added", "run", "counting")]
    dated = [one for one in words.candidates if one.kind == "date"]
    named = any("year" in tokens.types[place] or "month" in tokens.types[place] for one in dated for place in range(one.start, one.end))
    outside = any(not any(start < one.end and one.start < end for start, end in spans) for one in dated)
    query, _parts = words.over_topic(Query(tokens.text, "new", news=news), [], spans)
    asked = words.papers or tokens.has("about", "added") or not query.topic
    return (replace(query, unread=()), []) if asked and not outside and not (named and words.papers) else None


def _chat(words: Words, _: Operation) -> Draft | None:
    """A greeting, thanks, or a question about the assistant or its corpus."""
    courtesy = read_courtesy(words.tokens)
    named = any(is_name(words.tokens, place) for place in range(len(words.tokens)))
    return None if courtesy is None or words.candidates or named else (Query(words.tokens.text, "chat", courtesy=courtesy), [])


_READERS: Mapping[Operation, Callable[[Words, Operation], Draft | None]] = {
    "list": read_members,
    "count": read_members,
    "rank": lambda words, _: read_rank(words),
    "tally": lambda words, _: read_tallied(words),
    "lookup": lambda words, _: read_looked_up(words),
    "new": _new,
    "chat": _chat,
}
