"""Near matches: abstracts that just miss a topic, and what relaxed conditions would leave."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice

from rag.collection.selection import Selection
from rag.embedding import dot, read_long, read_short, weighted_mean, word_matches
from rag.evidence import member_citation
from rag.model import Abstract, Answer, Claim, Filters, pluralize
from rag.questions import conditions_of, field_name, spell_date, without
from rag.text import idf, stems

# Abstracts near a topic that are not counted: listed beside the count, with the words of the topic that each lacks.

GROUP = "Not counted, but near"
_LISTED = 5  # abstracts that are listed
_COMPARED = 600  # abstracts whose similarity is computed, at most: a millisecond each the first time
# Of similarity, which members of a topic mostly exceed. An abstract that lacks one word of several needs less of it than one that
# lacks more or has but other words for the topic. Looked up on two dozen topics: below, they have a word in common and no more.
_ONE_MISSING, _MORE_MISSING = 0.4, 0.5


@dataclass(frozen=True, slots=True)
class NearMatch:
    """An abstract that is not about a topic by the rule, the words of the topic that it lacks, and how near it comes (0 to 1)."""

    abstract: Abstract
    lacks: tuple[str, ...]
    similarity: float

    @property
    def reason(self) -> str:
        """Why it is not counted: `no word for "low-resource"`."""
        return "no word for " + " or ".join(f'"{word}"' for word in self.lacks)


def with_near_matches(answer: Answer, selection: Selection) -> Answer:
    """The answer to a count or a list, with a claim of its own for abstracts that just miss the topic; they are no members."""
    near, missing_one = near_matches(selection)
    if not near:
        return answer
    first = len(answer.citations) + 1
    citations = tuple(member_citation(number, one.abstract) for number, one in enumerate(near, start=first))
    named = "; ".join(f"{one.abstract.label} ({one.reason})" for one in near)
    claim = Claim("collection", f"{named}.", tuple(one.number for one in citations), group=GROUP)
    words = len(selection.about.words) if selection.about else 0
    more = (
        f"{pluralize(missing_one, 'abstract')} {'lacks' if missing_one == 1 else 'lack'} one of the {words} words; the nearest are listed."
    )
    notices = (more,) if words > 1 and missing_one > sum(len(one.lacks) == 1 for one in near) else ()
    return replace(
        answer,
        claims=(*answer.claims, claim),
        citations=(*answer.citations, *citations),
        notices=(*notices, *answer.notices),
        checks=dict(answer.checks) | {"computed": len(answer.claims) + 1, "near": len(near)},
    )


def near_matches(selection: Selection) -> tuple[list[NearMatch], int]:
    """The nearest abstracts that are not about the topic, at most five, and how many lack one word of several.

    Near is what lacks one word of several, or whatever else it lacks the rarest, and has words of like meaning: the mean of how near
    the topic's words come to some word of the abstract, by weight, and of the nearest sentence's likeness to the topic.
    """
    if selection.about is None:
        return [], 0
    topic = selection.about.words
    rarest = max(topic, key=lambda word: (sum(map(idf, stems(word))), word))
    missing = [(one, tuple(selection.lacks(one))) for one in selection.off_topic()]
    missing_one = [pair for pair in missing if len(pair[1]) == 1 < len(topic)]
    rest = [pair for pair in missing if rarest in pair[1] and not len(pair[1]) == 1 < len(topic)]
    read = list(islice((*missing_one, *rest), _COMPARED))
    short = read_short(" ".join(topic))
    longs = read_long([f"{one.title or ''}. {one.text}" for one, _ in read])
    near = []
    for (one, lacks), long in zip(read, longs, strict=True):
        best_cosine = float(dot(long.vectors, short.vector).max(initial=0.0))
        similarity = (float(weighted_mean(word_matches(short, long).max(axis=0, initial=0.0), short.idf)) + best_cosine) / 2
        if similarity >= (_ONE_MISSING if len(lacks) == 1 < len(topic) else _MORE_MISSING):
            near.append(NearMatch(one, lacks, similarity))
    return sorted(near, key=lambda one: (-one.similarity, one.abstract.id))[:_LISTED], len(missing_one)


# Where conditions leave nothing: what is left without each of them, and the nearest value that leaves any.

_SUGGESTIONS = 3  # sentences, at the most


def relaxed_conditions(selection: Selection) -> list[str]:
    """What would match without one condition or with a nearby value, where the conditions leave nothing."""
    found = []
    for one in conditions_of(selection.filters)[: 2 * _SUGGESTIONS]:
        rest = selection.but(without(selection.filters, one))
        left = rest.count()
        if left and (rest.filters or rest.about):
            found.append(f'Without "{one.short}", {pluralize(left, "abstract")} would match.')
        near = _nearest_value(rest, one.filters) if left else ""
        found += [near] if near else []
    left = replace(selection, about=None).count() if selection.filters and selection.about else 0
    if selection.about is not None and left:  # a word that was taken for the topic may be none
        about = " ".join(selection.about.words)
        found.insert(0, f'Without "{"not " * selection.about.negated}about {about}", {pluralize(left, "abstract")} would match.')
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
