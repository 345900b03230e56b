"""Superlatives over the collection: the most upvoted, the oldest, the longest; ties are told."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from rag.answers import Answer
from rag.filters import Range, Scan
from rag.lexicon import ORDINALS
from rag.nearby import nearest
from rag.pool import CITED, Pool, answered, cite, date_notices, dated, listed, unstated_notice
from rag.records import Abstract
from rag.showing import counted
from rag.stated import Files
from rag.wanted import By, Wanted

_WAYS: dict[By, tuple[str, str]] = {
    "date": ("most recent", "oldest"),
    "upvotes": ("most upvotes", "fewest upvotes"),
    "comments": ("most comments", "fewest comments"),
    "authors": ("most authors", "fewest authors"),
    "words": ("longest text", "shortest text"),
    "title_words": ("longest title", "shortest title"),
}

_COMPARED = 10  # abstracts that were named before and are all listed in their order


def ranked(frame: Answer, wanted: Wanted, pool: Pool, files: Files) -> Answer:
    """The abstracts at one end of an order, as many as are asked for and those that tie with the last of them."""
    by = wanted.by or "date"
    stating = _stating(pool, by)
    keys = sorted(((_value(one, by), one.id) for one in stating), key=lambda pair: pair[0], reverse=wanted.descending)
    notices = date_notices(pool, used=by == "date") + unstated_notice(pool, by)
    if not keys:
        return answered(frame, pool, f"No abstract{pool.phrase} states {_thing(by)}.", (), 0, [*notices, *nearest(pool)])
    chosen = _chosen([value for value, _ in keys], wanted)
    ids = [one for _, one in keys[chosen]]
    if any(one.kind == "id" for one in pool.filters.scans) and len(keys) <= _COMPARED and len(ids) == wanted.take == 1:
        return _compared(frame, wanted, pool, [one for _, one in keys], notices, files)
    found = list(pool.generation.abstracts(ids[:CITED]).values())
    way = _WAYS[by][not wanted.descending]
    if wanted.skip:
        way = f"{next(word for word, place in ORDINALS.items() if place == wanted.skip + 1)} {way}"
    text = _said(found, len(ids), way, by, pool, len(keys))
    notices = _ties(ids, wanted) + notices
    answer = answered(frame, pool, text, cite(found, by, files), len(ids), notices)
    return replace(answer, table=_table(found, by)) if len(found) > 1 else answer


def _compared(frame: Answer, wanted: Wanted, pool: Pool, ids: list[str], notices: list[str], files: Files) -> Answer:
    """The first of a few abstracts that were spoken of, with the others in their order."""
    by = wanted.by or "date"
    found = list(pool.generation.abstracts(ids).values())
    text = _said(found[:1], 1, _WAYS[by][not wanted.descending], by, pool, len(ids))
    others = listed("; ".join(f"{one.label} ({_told(one, by)})" for one in found[1:]))
    answer = answered(frame, pool, f"{text} Then: {others}." if others else text, cite(found, by, files), len(ids), notices)
    return replace(answer, table=_table(found, by)) if others else answer


def _stating(pool: Pool, by: By) -> Pool:
    if by == "date":
        return pool.narrowed(Range("first_day"))
    if by == "title_words":
        return pool.narrowed(scans=(Scan("missing", ("title",), negated=True),))
    return pool if by == "words" or by == "author_names" else pool.narrowed(Range(by))


def _value(abstract: Abstract, by: By) -> tuple[int, str]:
    """What is compared: ISO dates as they are written, all else as numbers."""
    if by == "date":
        return 0, abstract.date or ""
    counts = {"words": len(abstract.text.split()), "title_words": len((abstract.title or "").split())}
    return counts[by] if by in counts else int(getattr(abstract, by)), ""


def _chosen(values: list[tuple[int, str]], wanted: Wanted) -> slice:
    """From the first that is asked for to the last, with those that equal it."""
    first = 0
    for _ in range(wanted.skip):  # the second most upvoted: after all that share the first place
        first = next((index for index in range(first, len(values)) if values[index] != values[first]), first)
    last = min(first + wanted.take, len(values))
    while last < len(values) and values[last] == values[last - 1]:
        last += 1
    return slice(first, last)


def _said(found: list[Abstract], members: int, way: str, by: By, pool: Pool, among: int) -> str:
    tell = partial(_told, by=by)
    of = f"of {counted(among, 'abstract')}{pool.phrase}" + (
        "" if by in ("words",) else f" that state{'s' if among == 1 else ''} {_thing(by)}"
    )
    if members == 1:
        return f"{found[0].label} {'is' if by == 'date' else 'has'} the {way}, {tell(found[0])}, {of}."
    each = listed("; ".join(f"{one.label} ({tell(one)})" for one in found))
    first, last = tell(found[0]), tell(found[-1])
    reach = f"({first} each)" if first == last else f"(from {first} to {last})"
    return f"These {members} {'are' if by == 'date' else 'have'} the {way} {reach} {of}: {each}."


def _told(abstract: Abstract, by: By) -> str:
    if by == "date":
        return dated(abstract)
    number = _value(abstract, by)[0]
    return counted(number, {"words": "word", "title_words": "word"}.get(by, by.removesuffix("s")))


def _thing(by: By) -> str:
    return {"date": "a date", "title_words": "a title", "authors": "a number of authors"}.get(by, by)


def _ties(ids: list[str], wanted: Wanted) -> list[str]:
    if len(ids) <= wanted.take:
        return []
    return [
        f"{len(ids)} share the place: they are equal."
        if wanted.take == 1
        else f"{len(ids)} instead of {wanted.take}: the last ones are equal."
    ]


def _table(found: list[Abstract], by: By) -> tuple[tuple[str, ...], ...]:
    rows = [(str(place), one.label, dated(one) if by == "date" else str(_value(one, by)[0])) for place, one in enumerate(found, start=1)]
    head = {"words": "Words", "title_words": "Words of the title"}.get(by, by.capitalize())
    return (("", "Paper", head), *rows)
