"""Near matches: abstracts that may be about a topic and are not counted, and what relaxed conditions would leave."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import replace

from rag.collection.selection import Selection
from rag.evidence import member_citation
from rag.model import Answer, Claim, Filters, pluralize
from rag.questions import Topic, conditions_of, field_name, spell_date, without

# Abstracts near a topic that are not counted: listed beside the count.

GROUP = "Not counted, but near"
_LISTED = 5  # abstracts that are listed


def with_near_matches(answer: Answer, selection: Selection) -> Answer:
    """The answer to a count or a list, with a claim of its own for abstracts that just miss the topic; they are no members."""
    near = selection.about.near[:_LISTED] if selection.topic else ()
    if not near:
        return answer
    first = len(answer.citations) + 1
    citations = tuple(member_citation(number, one) for number, one in enumerate(near, start=first))
    named = "; ".join(one.label for one in near)
    claim = Claim("collection", f"{named}.", tuple(one.number for one in citations), group=GROUP)
    return replace(
        answer,
        claims=(*answer.claims, claim),
        citations=(*answer.citations, *citations),
        checks=dict(answer.checks) | {"computed": len(answer.claims) + 1, "near": len(near)},
    )


# Where conditions leave nothing: what is left without each of them, and the nearest value that leaves any.

_SUGGESTIONS = 3  # sentences, at the most


def relaxed_conditions(selection: Selection) -> list[str]:
    """What would match without one condition or with a nearby value, where the conditions leave nothing."""
    found = []
    for one in conditions_of(selection.filters)[: 2 * _SUGGESTIONS]:
        rest = selection.but(without(selection.filters, one))
        left = rest.count()
        if left and (rest.filters or rest.topic):
            found.append(f'Without "{one.short}", {pluralize(left, "abstract")} would match.')
        near = _nearest_value(rest, one.filters) if left else ""
        found += [near] if near else []
    left = replace(selection, topic=Topic()).count() if selection.filters and selection.topic else 0
    if left:  # a word that was taken for the topic may be none
        found.insert(0, f'Without "{selection.about_topic}", {pluralize(left, "abstract")} would match.')
    return found[:_SUGGESTIONS]


def _nearest_date(rest: Selection, filters: Filters) -> str:
    """The nearest date that leaves something; of two as near, the earlier."""
    low = next((one.low for one in filters.ranges if one.low is not None), None)
    high = next((one.high for one in filters.ranges if one.high is not None), None)
    days = Counter(one.date for one in rest if one.date)
    if not days:
        return "None of these states a date."

    def distance(date: str) -> int:
        day = _ordinal(f"{date}-01-01"[:10])
        return max(0 if low is None else _ordinal(_iso(low)) - day, 0 if high is None else day - _ordinal(_iso(high)))

    best = min(sorted(days), key=distance)
    return f"The nearest with any is dated {spell_date(best)}: {pluralize(days[best], 'abstract')}."


def _iso(day: int) -> str:
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def _ordinal(day: str) -> int:
    return datetime.date.fromisoformat(day).toordinal()


def _nearest_value(rest: Selection, filters: Filters) -> str:
    """The nearest value of a number, or the looser reading of a mention, that leaves something."""
    if any(one.field in ("first_day", "last_day") for one in filters.ranges):
        return _nearest_date(rest, filters)
    for one in filters.ranges:
        field = one.field
        if one.low is None and one.high is None:
            continue
        values = [value for value in (getattr(abstract, field) for abstract in rest) if value is not None]
        if values:
            best = min(
                sorted(set(values)),
                key=lambda value: max((one.low or value) - value, value - (one.high if one.high is not None else value)),
            )
            return f"The nearest with any is {field} = {best}: {pluralize(values.count(best), 'abstract')}."
        return f"None of these states {'a date' if field == 'year' else field_name(field)}."
    for scan in filters.scans:
        if scan.kind == "word" and not scan.negated:
            left = rest.narrowed(scans=(replace(scan, kind="part"),)).count()
            elsewhere = rest.narrowed(scans=(replace(scan, place="anywhere"),)).count()
            if left:
                return f"As a part of longer words it stands in {pluralize(left, 'abstract')}."
            if elsewhere:
                return f"With titles counted, {pluralize(elsewhere, 'abstract')} would match."
    return ""
