"""What a question wants papers ordered or counted by, and which field of one work it looks up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from rag.model import CountedField
from rag.questions.amounts import COUNTED
from rag.questions.dates import Part
from rag.questions.query import By, Group, Order, Statistic, Tally
from rag.questions.tokens import Phrase, Tokens
from rag.text import words_of

Span = tuple[int, int]
_ENDS: tuple[tuple[str, bool], ...] = (
    ("newest", True), ("oldest", False), ("longest", True), ("shortest", False), ("most", True), ("least", False),
)  # fmt: skip
_NEAR = 4  # words between a superlative and what it is about
_SEVERAL = 10  # of "the latest papers"
_MOST_TAKEN = 50


def read_order(tokens: Tokens, taken: Sequence[bool]) -> tuple[Order, int | None, list[Span]] | None:
    """The order that a question asks for, how many, and where it says so; None where it has no superlative."""
    found = [one for one in _superlatives(tokens, taken) if one[1] is not None]
    if not found:
        return None
    spans: list[Span] = []
    by: By | None = None
    descending = True
    for start, phrase, kind, high in ((at, said, kind, high) for at, said, kind, high in found if said is not None):
        here, end = _by(tokens, start, phrase.end, kind)
        if here is None or (by is not None and kind in ("newest", "oldest") and here == "date"):
            descending = descending if kind != "oldest" else False
            spans.append((start, phrase.end))
            continue
        if by is None:
            by, descending = here, high
        spans.append((start, max(end, phrase.end)))
    if by is None:
        return None
    first = min(start for start, _ in spans)
    limit, skip, more = _many(tokens, first, [end for _, end in spans], taken)
    return Order(by, descending, skip), limit, [*spans, *more]


def _superlatives(tokens: Tokens, taken: Sequence[bool]) -> list[tuple[int, Phrase | None, str, bool]]:
    found: list[tuple[int, Phrase | None, str, bool]] = []
    place = 0
    while place < len(tokens):
        here = [(tokens.take(place, kind), kind, high) for kind, high in (*_ENDS, ("sorted", True)) if not taken[place]]
        best = max((one for one in here if one[0] is not None), key=lambda one: one[0].end if one[0] else 0, default=None)
        if best is not None and best[0] is not None and not _is_ordinal(tokens, place, best[1]):
            found.append((place, *best))
            place = best[0].end
        else:
            place += 1
    return found


def _is_ordinal(tokens: Tokens, place: int, kind: str) -> bool:
    """ "First" and "last" before another superlative or a count are places: "the second most upvoted", "the first two"."""
    behind = tokens.take(place + 1, *(kind for kind, _ in _ENDS if kind not in ("newest", "oldest")))
    return kind == "oldest" and tokens.word(place) == "first" and (behind is not None or tokens.take(place + 1, "number") is not None)


def _by(tokens: Tokens, place: int, end: int, kind: str) -> tuple[By | None, int]:
    """What the superlative at a place is about, and the place behind its words."""
    if kind in ("newest", "oldest"):
        field = tokens.take(end, "field")
        return "date", field.end if field and field.value == "date" else end
    if kind in ("longest", "shortest"):
        return _by_length(tokens, place, end)
    at = end
    while at < len(tokens) and at - end <= _NEAR + 3 * (kind == "sorted" or tokens.word(place) == "top"):
        field, rated = tokens.take(at, "field"), tokens.take(at, "rated")
        if field is not None and field.value in ("upvotes", "comments", "authors", "date", "words"):
            return _field_by(field.value), tokens.skip(field.end, "at_all")
        if rated is not None:
            return COUNTED[rated.value], rated.end
        if (
            kind not in ("sorted",)
            and tokens.word(place) != "top"
            and not tokens.take(at, "number", "of", "determiner", "counting", "number")
        ):
            break
        at += 1
    before = tokens.take(place - 1, "rated")  # "which paper did people like most", "commented on the most"
    start = max((at for at in range(max(0, place - 3), place) if tokens.take(at, "rated")), default=None)
    if before is not None or start is not None:
        rated = tokens.take(start if start is not None else place - 1, "rated")
        return (COUNTED[rated.value], end) if rated else (None, end)
    return ("upvotes" if tokens.word(place) == "top" else "date" if kind == "sorted" else None), end


def _by_length(tokens: Tokens, place: int, end: int) -> tuple[By | None, int]:
    field = tokens.take(end, "field")
    if field is not None and field.value in ("authors", "title"):
        return ("authors" if field.value == "authors" else "title_words"), field.end
    return "words", end


def _field_by(value: str) -> By:
    return "date" if value == "date" else "words" if value == "words" else COUNTED[value]


def _many(tokens: Tokens, start: int, ends: Sequence[int], taken: Sequence[bool]) -> tuple[int | None, int, list[Span]]:
    """How many are asked for, how many are passed over, and where that is said."""
    skip, spans = 0, []
    ordinal = tokens.take(start - 1, "ordinal")
    if ordinal is not None:
        skip = int(ordinal.value) - 1
        spans.append((start - 1, start))
    for at in range(len(tokens)):
        number = tokens.take(at, "number") if not taken[at] else None
        if number is None or not 0 < int(number.value) <= _MOST_TAKEN or tokens.word(at) in ("one", "a single", "single", "zero"):
            continue
        if tokens.word(at - 1) == "of" and tokens.take(number.end, "paper") is None:
            continue
        beside = at in ends or number.end == start or at == start + 1 or any(start <= at < end for end in ends)
        held = _held(tokens, number.end)
        if beside or held or tokens.word(at - 1) in ("first", "top"):
            spans.append((at, number.end))
            return int(number.value), skip, spans
    several = words_of("papers.many", "works.many") | {"ones"}
    plural = any(one.word in several for one in tokens.words)
    among = any(_held(tokens, of.end, 3) for _, of in tokens.each("of"))
    first_plural = plural and not among and tokens.has("top", "sorted", "newest", "oldest", "most")
    return (_SEVERAL if first_plural else None), skip, spans


def _held(tokens: Tokens, place: int, near: int = 2) -> bool:
    """True where a word for papers follows within a few words: "3 recent papers"."""
    return any(tokens.take(at, "paper", "work", "title_thing", "thing") for at in range(place, min(place + near, len(tokens))))


def read_tally(tokens: Tokens, taken: Sequence[bool]) -> tuple[Tally, list[Span]] | None:
    """The table, the extreme group or the average that a question asks for, and where it says so."""
    return _extreme_group(tokens, taken) or _statistic(tokens, taken) or _grouping(tokens, taken)


def _extreme_group(tokens: Tokens, taken: Sequence[bool]) -> tuple[Tally, list[Span]] | None:
    """ "Which year has the most papers?"."""
    for place in range(len(tokens)):
        group = tokens.take(place + 1, "grouped") if tokens.take(place, "wh") else None
        if group is None or taken[place]:
            continue
        for at in range(group.end, len(tokens)):
            for kind in ("most", "least"):
                way = tokens.take(at, kind)
                if way is not None and tokens.take(way.end, "field") is None:
                    tally = Tally(group=cast(Group, group.value), extreme="most" if kind == "most" else "fewest")
                    return tally, [(place, group.end), (at, way.end)]
    return None


def _statistic(tokens: Tokens, taken: Sequence[bool]) -> tuple[Tally, list[Span]] | None:
    """ "The average number of authors", "how many upvotes do the 2023 papers have in total"."""
    spans: list[Span] = []
    name: Statistic | None = None
    field: CountedField | None = None
    for place in range(len(tokens)):
        said, known = tokens.take(place, "statistic"), tokens.take(place, "field")
        if said is not None and not taken[place] and (name is None or name == "sum"):
            name = cast(Statistic, said.value)
            spans.append((place, said.end))
        if known is not None and known.value in COUNTED and field is None and not taken[place]:
            field = COUNTED[known.value]
            spans.append((place, known.end))
    per = any(tokens.take(at + 1, "paper") for at, _ in tokens.each("group_by"))
    if field is None or not (name or per):
        return None
    return Tally(statistic="mean" if per or name is None else name, field=field), spans


def _grouping(tokens: Tokens, taken: Sequence[bool]) -> tuple[Tally, list[Span]] | None:
    """ "Papers per year", "break the papers down by month", "how many papers does each file contain"."""
    for place in range(len(tokens)):
        lead = tokens.take(place, "group_by")
        at = tokens.skip(lead.end, "determiner", "group_by", "in", "of") if lead else place
        group = tokens.take(at, "grouped")
        if group is None or taken[place]:
            continue
        if (
            lead is not None
            or tokens.word(place) in ("yearly", "monthly", "annually", "annual")
            or group.end > place + 2
            or "-" in tokens.word(place)
        ) and tokens.take(group.end, "number") is None:
            return Tally(group=cast(Group, group.value)), [(place, group.end), *_openings(tokens, place)]
    return None


def _openings(tokens: Tokens, place: int) -> list[Span]:
    return [(at, found.end) for at, found in tokens.each("group_by") if at < place and tokens.word(at) != "by"]


def read_lookup(tokens: Tokens) -> tuple[By, list[Span]] | None:
    """The field of one work that is asked for, and where; None where none is."""
    for place in range(len(tokens)):
        dated = tokens.take(place, "asking_date")
        if dated is not None:
            return "date", [(place, dated.end)]
        field = tokens.take(place, "field")
        if field is not None and field.value in ("authors", "upvotes", "comments", "date", "title"):
            counted = any(tokens.take(at, "counting", "how_much") is not None for at in range(place)) or field.end - place > 1
            if field.value == "authors" and not counted:
                return "author_names", [(place, field.end)]
            return _looked_up(field.value), [(place, field.end)]
        if tokens.take(place, "asking_name") is not None and tokens.word(place + 1) in ("wrote", "authored", "published", "made"):
            return "author_names", [(place, place + 2)]
        if (
            tokens.take(place, "counting") is not None
            and tokens.take(place + 2, "people")
            and tokens.word(place + 3) in ("wrote", "authored")
        ):
            return "authors", [(place, place + 4)]
    return None


def _looked_up(value: str) -> By:
    return "title_words" if value == "title" else _field_by(value)


_BETWEEN = ("paper", "thing", "that", "be", "dated", "in", "determiner", "request", "comparing", "work", "having")


def compared_parts(tokens: Tokens, parts: Sequence[Part]) -> tuple[Part, Part] | None:
    """Two conditions with nothing but "or" or "than" between them, whose numbers are held against each other."""
    for one, other in pairwise(parts):
        place, joined = one.end, tokens.take(other.start, "than") is not None
        while place < other.start:
            link = tokens.take(place, "than", "or")
            found = link or tokens.take(place, *_BETWEEN)
            if found is None and tokens.words[place].is_word:
                break
            joined = joined or link is not None
            place = found.end if found else place + 1
        if place >= other.start and joined:
            return one, other
    return None
