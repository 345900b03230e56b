"""Superlatives, tables and averages over the collection: the most upvoted, papers per year, the mean number of authors."""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, islice

from rag.collection.near_matches import relaxed_conditions
from rag.collection.selection import (
    CITED,
    Selection,
    cite_members,
    collection_answer,
    date_notices,
    dated_text,
    shorten_listing,
    unstated_notice,
)
from rag.evidence import Files
from rag.model import Abstract, Answer, Filters, NumberField, Range, Scan, pluralize
from rag.questions import By, Group, Order, Query, Tally, Topic, conditions_of, join_phrases
from rag.text import ORDINALS

# Superlatives over the collection: the most upvoted, the oldest, the longest; ties are told.

_EXTREMES: dict[By, tuple[str, str]] = {
    "date": ("most recent", "oldest"),
    "upvotes": ("most upvotes", "fewest upvotes"),
    "comments": ("most comments", "fewest comments"),
    "authors": ("most authors", "fewest authors"),
    "words": ("longest text", "shortest text"),
    "title_words": ("longest title", "shortest title"),
}

_RANKED_IN_FULL = 10  # abstracts cited before that are all listed in their order, at most


def ranking_answer(frame: Answer, query: Query, selection: Selection, files: Files) -> Answer:
    """The abstracts at one end of an order, as many as are asked for and those that tie with the last of them."""
    order = query.order or Order()
    by, take = order.by, query.limit or 1
    stating = _with_stated(selection, by)
    keys, every = _leading(stating, order, take)
    notices = date_notices(selection, used=by == "date") + unstated_notice(selection, by)
    if not keys:
        return collection_answer(
            frame,
            selection,
            f"No abstract{selection.phrase} states {_field_phrase(by)}.",
            (),
            0,
            [*notices, *relaxed_conditions(selection)],
        )
    chosen = _ranked_slice([value for value, _ in keys], order.skip, take)
    ids = [one for _, one in keys[chosen]]
    if any(one.kind == "id" for one in selection.filters.scans) and every <= _RANKED_IN_FULL and len(ids) == take == 1:
        return _ranked_in_full(frame, order, selection, [one for _, one in keys], notices, files)
    found = list(selection.generation.abstracts(ids[:CITED]).values())
    way = _EXTREMES[by][not order.descending]
    if order.skip:
        way = f"{next((word for word, place in ORDINALS.items() if place == order.skip + 1), f'{order.skip + 1}th')} {way}"
    text = _sentence(found, len(ids), way, by, selection, every)
    notices = _tie_notices(ids, take) + notices
    answer = collection_answer(frame, selection, text, cite_members(found, by, files), len(ids), notices)
    return replace(answer, table=_table(found, by)) if len(found) > 1 else answer


def _ranked_in_full(frame: Answer, order: Order, selection: Selection, ids: list[str], notices: list[str], files: Files) -> Answer:
    """The first of a few abstracts that were cited before, with the others in their order."""
    by = order.by
    found = list(selection.generation.abstracts(ids).values())
    text = _sentence(found[:1], 1, _EXTREMES[by][not order.descending], by, selection, len(ids))
    others = shorten_listing("; ".join(f"{one.label} ({_spell_value(one, by)})" for one in found[1:]))
    answer = collection_answer(
        frame, selection, f"{text} Then: {others}." if others else text, cite_members(found, by, files), len(ids), notices
    )
    return replace(answer, table=_table(found, by)) if others else answer


def _with_stated(selection: Selection, by: By) -> Selection:
    if by == "date":
        return selection.narrowed(Range("first_day"))
    if by == "title_words":
        return selection.narrowed(scans=(Scan("missing", ("title",), negated=True),))
    return selection if by == "words" or by == "author_names" else selection.narrowed(Range(by))


def _number(abstract: Abstract, by: By) -> int:
    counts = {"words": len(abstract.text.split()), "title_words": len((abstract.title or "").split())}
    return counts[by] if by in counts else int(getattr(abstract, by))


_Keys = list[tuple[tuple[int, int], str]]  # what abstracts are compared by, and their ids
_SORTED: dict[By, NumberField] = {"date": "first_day", "upvotes": "upvotes", "comments": "comments", "authors": "authors"}


def _leading(stating: Selection, order: Order, take: int) -> tuple[_Keys, int]:
    """Those that come first in an order, in it, at least as many as are asked for and all that equal these; and how many there are."""
    field = _SORTED.get(order.by)
    if field is not None:
        counts = stating.tally(field)
        values = _first_values(sorted(counts.items(), reverse=order.descending), order.skip, max(take, _RANKED_IN_FULL))
        stating = stating.narrowed(Range(field, min(values), max(values))) if values else stating
    keys = sorted(_sort_keys(stating, order.by), key=lambda pair: pair[0], reverse=order.descending)
    return keys, len(keys) if field is None else sum(counts.values())


def _first_values(counts: list[tuple[int | str, int]], skip: int, take: int) -> list[int]:
    """Values up to where, behind the first `skip`, there are `take` abstracts."""
    found, number = [], 0
    for place, (value, of_value) in enumerate(counts):
        found.append(int(value))
        number += of_value if place >= skip else 0
        if number >= take:
            break
    return found


def _sort_keys(stating: Selection, by: By) -> _Keys:
    """Of two dates that begin on one day, the one that covers more is the earlier."""
    if by == "date":
        return [((first, -last), one) for one, (first, last) in stating.numbers("first_day", "last_day")]
    if by == "upvotes" or by == "comments" or by == "authors":
        return [((value, 0), one) for one, (value,) in stating.numbers(by)]
    return [((_number(one, by), 0), one.id) for one in stating]


def _ranked_slice(values: list[tuple[int, int]], skip: int, take: int) -> slice:
    """From the first that is asked for to the last, with those that equal it."""
    first = 0
    for _ in range(skip):  # the second most upvoted: after all that share the first place
        first = next((index for index in range(first, len(values)) if values[index] != values[first]), first)
    last = min(first + take, len(values))
    while last < len(values) and values[last] == values[last - 1]:
        last += 1
    return slice(first, last)


def _sentence(found: list[Abstract], members: int, way: str, by: By, selection: Selection, among: int) -> str:
    tell = partial(_spell_value, by=by)
    of = f"of {pluralize(among, 'abstract')}{selection.phrase}" + (
        "" if by in ("words",) else f" that state{'s' if among == 1 else ''} {_field_phrase(by)}"
    )
    if members == 1:
        return f"{found[0].label} {'is' if by == 'date' else 'has'} the {way}, {tell(found[0])}, {of}."
    each = shorten_listing("; ".join(f"{one.label} ({tell(one)})" for one in found))
    first, last = tell(found[0]), tell(found[-1])
    reach = f"({first} each)" if first == last else f"(from {first} to {last})"
    return f"These {members} {'are' if by == 'date' else 'have'} the {way} {reach} {of}: {each}."


def _spell_value(abstract: Abstract, by: By) -> str:
    if by == "date":
        return dated_text(abstract)
    return pluralize(_number(abstract, by), {"words": "word", "title_words": "word"}.get(by, by.removesuffix("s")))


def _field_phrase(by: By) -> str:
    return {"date": "a date", "title_words": "a title", "authors": "a number of authors"}.get(by, by)


def _tie_notices(ids: list[str], take: int) -> list[str]:
    if len(ids) <= take:
        return []
    return [f"{len(ids)} share the place: they are equal." if take == 1 else f"{len(ids)} instead of {take}: the last ones are equal."]


def _table(found: list[Abstract], by: By) -> tuple[tuple[str, ...], ...]:
    rows = [(str(place), one.label, dated_text(one) if by == "date" else str(_number(one, by))) for place, one in enumerate(found, start=1)]
    head = {"words": "Words", "title_words": "Words of the title"}.get(by, by.capitalize())
    return (("", "Paper", head), *rows)


# Tables and averages over the collection: papers per year, the mean number of upvotes.

_GROUP_HEADS: dict[Group, str] = {"year": "Year", "month": "Month", "authors": "Authors", "source": "File"}
_GROUP_FIELDS: dict[Group, str] = {"year": "date", "month": "date", "authors": "number of authors", "source": "file"}
_CITED_FIELDS: dict[Group, str] = {"year": "date", "month": "date", "authors": "authors"}

_Key = int | str
_Rows = list[tuple[_Key, int]]


def table_answer(frame: Answer, tally: Tally, selection: Selection, files: Files) -> Answer:
    """How many abstracts there are of each year, month, number of authors or file; or which has the most."""
    group = tally.group or "year"
    rows = list(selection.tally(group).items())
    notices = _omission_notices(selection, group, selection.count() - _of_groups(selection, group, rows).count())
    if not rows:
        return collection_answer(
            frame,
            selection,
            f"No abstract{selection.phrase} states its {_GROUP_FIELDS[group]}.",
            (),
            0,
            [*notices, *relaxed_conditions(selection)],
        )
    members = _of_groups(selection, group, rows)
    text = (
        f"Abstracts{selection.phrase} per {_GROUP_HEADS[group].lower()}: "
        + "; ".join(f"{_group_name(key, group)}: {number}" for key, number in rows)
        + "."
    )
    if tally.extreme is not None:
        text, best = _extreme_groups(rows, tally, selection)
        members = _of_groups(selection, group, best)
    shown = list(islice(members, CITED))
    answer = collection_answer(frame, selection, text, cite_members(shown, _CITED_FIELDS.get(group), files), members.count(), notices)
    return replace(answer, table=((_GROUP_HEADS[group], "Abstracts"), *((_group_name(key, group), str(number)) for key, number in rows)))


def _of_groups(selection: Selection, group: Group, rows: _Rows) -> Selection:
    """Those of a selection that are of one of the groups."""
    return selection.narrowed(scans=(Scan(group, tuple(str(key) for key, _ in rows)),))


def _omission_notices(selection: Selection, group: Group, number: int) -> list[str]:
    notices = date_notices(selection, used=True)[:1] if group in ("year", "month") else []
    notices = [one for one in notices if "inferred" in one]
    return notices + ([f"Left out: {pluralize(number, 'abstract')} without a stated {_GROUP_FIELDS[group]}."] if number else [])


def _extreme_groups(rows: _Rows, tally: Tally, selection: Selection) -> tuple[str, _Rows]:
    """The group with the most or the fewest abstracts in words, and all groups that share the place."""
    number = (max if tally.extreme == "most" else min)(count for _, count in rows)
    best = [(key, count) for key, count in rows if count == number]
    named = " and ".join(_group_name(key, tally.group or "year") for key, _ in best)
    verb, each = ("has", "") if len(best) == 1 else ("have", " each")
    return f"{named} {verb} the {tally.extreme} abstracts{selection.phrase}: {number}{each}.", best


def count_comparison_answer(frame: Answer, tally: Tally, selection: Selection) -> Answer:
    """The numbers of abstracts that meet one condition or another, or are about one topic or another, held against each other."""
    sides = [_narrowed(selection, filters, topic) for filters, topic in tally.sides]
    phrases = [_side_phrase(filters, topic) for filters, topic in tally.sides]
    order = sorted(range(len(sides)), key=lambda index: -sides[index].count())
    first, *others = [f"{phrases[index]} ({sides[index].count()})" for index in order]
    same = len({one.count() for one in sides}) == 1
    said = f"as many abstracts {first} as" if same else f"more abstracts {first} than"
    members = list({one.id: one for side in sides for one in side}.values())
    notices = list(dict.fromkeys(notice for side in sides for notice in date_notices(side)))
    text = f"The corpus has {said} {join_phrases(others)}{f', all{selection.phrase}' if selection.phrase else ''}."
    answer = collection_answer(frame, selection, text, cite_members(members[:CITED], None, {}), len(members), notices)
    rows = tuple((phrase, str(side.count())) for phrase, side in zip(phrases, sides, strict=True))
    return replace(answer, table=(("Condition", "Abstracts"), *rows))


def _side_phrase(filters: Filters, topic: Topic) -> str:
    return join_phrases([*(unit.phrase for unit in conditions_of(filters)), *([f"about {topic.text}"] if topic else [])])


def _narrowed(selection: Selection, filters: Filters, topic: Topic) -> Selection:
    """Those of a selection that meet further conditions, or are about a topic."""
    narrowed = selection.narrowed(*filters.ranges, scans=filters.scans)
    return Selection(selection.generation, narrowed.filters, topic) if topic else narrowed


def _group_name(key: _Key, group: Group) -> str:
    return calendar.month_name[int(key)] if group == "month" else str(key)


def average_answer(frame: Answer, tally: Tally, selection: Selection, files: Files) -> Answer:
    """The mean, the median or the sum of a counted field, over the abstracts that state it."""
    field = tally.field or "upvotes"
    stating = selection.narrowed(Range(field))
    found = Figures({int(value): number for value, number in selection.tally(field).items()})
    notices = date_notices(selection) + unstated_notice(selection, field)
    if not found.number:
        return collection_answer(
            frame, selection, f"No abstract{selection.phrase} states {field}.", (), 0, [*notices, *relaxed_conditions(selection)]
        )
    members = list(islice(stating, CITED))
    text = _average_sentence(found, tally, f"the {field} of {pluralize(found.number, 'abstract')}{selection.phrase}")
    return collection_answer(frame, stating, text, cite_members(members, field, files), found.number, notices)


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers by how many abstracts state each, in the order of the numbers: as much as is needed to describe them all."""

    counts: Mapping[int, int]

    @property
    def number(self) -> int:
        """How many abstracts state one."""
        return sum(self.counts.values())

    @property
    def sum(self) -> int:
        """Of all."""
        return sum(value * number for value, number in self.counts.items())

    @property
    def median(self) -> float:
        """The middle one, or the mean of the two in the middle."""
        return (self._at((self.number - 1) // 2) + self._at(self.number // 2)) / 2

    def _at(self, place: int) -> int:
        ends = list(accumulate(self.counts.values()))
        return list(self.counts)[bisect_right(ends, place)]


def _average_sentence(values: Figures, tally: Tally, of: str) -> str:
    figures = {"mean": f"{values.sum / values.number:.2f}", "median": f"{values.median:g}", "sum": f"{values.sum:,}"}
    name = tally.statistic or "mean"
    others = ", ".join(f"{other} {figure}" for other, figure in figures.items() if other != name)
    return f"The {name} of {of} that state{'s' if values.number == 1 else ''} a number is {figures[name]} ({others})."
