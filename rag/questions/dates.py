"""Conditions on the date of papers as questions put them: "from 2024", "between 2019 and 2021", "since June 2023", "not in December"."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.model import Range, Scan
from rag.questions.times import Time, days, read_time, shifted
from rag.questions.tokens import Tokens

Parts = tuple[Range | Scan, ...]
_LED = ("only", "been", "first", "newly", "those", "ones", "got", "get", "being", "just", "even")


@dataclass(frozen=True, slots=True)
class Part:
    """A condition in a question, from the word at `start` to the one before `end`; what it says itself begins at `core`.

    `kind` is date, amount, stated, mention or file. `bare` is a year or month without a word before it; `posted` is true where a verb
    such as "published" puts it to papers.
    """

    start: int
    end: int
    core: int
    kind: str
    parts: Parts
    bare: bool = False
    posted: bool = False


def read_date(tokens: Tokens, place: int, today: datetime.date) -> Part | None:
    """The condition on the date that begins at a place, with what leads to it: "that were not published before 2020"."""
    at, negated = skip_lead(tokens, place, "dated", "be", "have", "do", words=_LED)
    posted = any(tokens.take(one, "dated") is not None for one in range(place, at))
    for start, denied in ((at, negated), (place, False)):
        found = _bounded(tokens, start, today) or _between(tokens, start, today) or _listed(tokens, start, today)
        if found is not None:
            parts, end, bare = found
            return Part(place, end, start, "date", _negated(parts) if denied else parts, bare and start == place, posted and start == at)
        if start == place:
            break
    return None


def skip_lead(tokens: Tokens, place: int, *types: str, words: Sequence[str] = (), bounds: Sequence[str] = ()) -> tuple[int, bool]:
    """The place behind what leads to a condition ("that were not first"), and whether it denies.

    `types` are those of phrases that may stand there, `words` others between them, `bounds` the types of what is no lead: "not more than".
    """
    at, negated = place, False
    while True:
        denied = tokens.take(at, "neg", "denied")
        link = tokens.take(at, *types) or (tokens.take(at, "that") if at > 0 else None)
        end = max((one.end for one in (denied, link) if one is not None), default=at)
        end = at + 1 if end == at and at > place and tokens.word(at) in words else end
        bound = tokens.take(at, *bounds)
        if end == at or (denied is not None and bound is not None and bound.end >= end):
            return at, negated
        negated = negated or (denied is not None and denied.end == end)
        at = end


def _bounded(tokens: Tokens, place: int, today: datetime.date) -> tuple[Parts, int, bool] | None:
    """ "Since 2023", "no later than June 2024", "2019 or earlier", "from 2021 on"."""
    bound = None
    for kind in ("low", "above", "below", "high"):
        one = tokens.take(place, kind)
        if one is not None and (bound is None or one.end > bound[1]):
            bound = (kind, one.end)
    if bound is not None:
        found = read_time(tokens, bound[1], today)
        if found is None or (found[0].month and not (found := _of_last(found, today))):
            return None
        later = tokens.take(found[1], "or_later") if bound[0] == "low" else None
        return _one_side(bound[0], found[0]), _unless_topic(tokens, later.end, found[1]) if later else found[1], False
    at = tokens.skip(place, "in")
    found = read_time(tokens, at, today)
    if found is None or found[0].month:
        return None
    for kind, type_ in (("low", "or_later"), ("high", "or_earlier")):
        behind = tokens.take(found[1], type_)
        if behind is not None and _unless_topic(tokens, behind.end, found[1]) != found[1]:
            return _one_side(kind, found[0]), behind.end, False
    return None


def _of_last(found: tuple[Time, int], today: datetime.date) -> tuple[Time, int]:
    """A month of no year behind "since": the last one that has begun."""
    month = found[0].month
    return days(today.year - (month > today.month), month, 0), found[1]


def _unless_topic(tokens: Tokens, end: int, otherwise: int) -> int:
    """ "From 2023 on" is a span; "from 2023 on speech" goes on with a topic."""
    if tokens.word(end - 1) != "on" or end - otherwise > 1:
        return end
    ends = end >= len(tokens) or not tokens.words[end].is_word
    return end if ends or tokens.take(end, "be", "that", "having", "do", "have", "without", "and", "wh", "group_by") else otherwise


def _between(tokens: Tokens, place: int, today: datetime.date) -> tuple[Parts, int, bool] | None:
    """ "Between March and June 2023", "from 2019 to 2021", "2019-2021"."""
    between = tokens.take(place, "between")
    first = read_time(tokens, between.end if between else tokens.skip(place, "in"), today)
    to = tokens.take(first[1], "to") if first else None
    if first is None or to is None or (tokens.word(first[1]) == "and" and between is None):
        return None
    last = read_time(tokens, tokens.skip(to.end, "in"), today)
    if last is None:
        return None
    end = last[1]
    while tokens.word(end) in ("both", "years", "included", "inclusive", "inclusively", "ends", ",", "(", ")") and (
        tokens.word(end) not in (",", "(") or tokens.word(end + 1) in ("both", "included", "inclusive")
    ):
        end += 1
    one, other = first[0], last[0]
    if one.month and other.month:
        months = [month % 12 + 1 for month in range(one.month - 1, one.month + (other.month - one.month) % 12)]
        return (Scan("month", tuple(map(str, months))),), end, False
    if other.month:
        return None
    if one.month:
        one = days(other.last // 10000, one.month, 0)
    one, other = sorted((one, other), key=lambda time: time.first)
    return _span(one.first, other.last, whole=one.whole_years and other.whole_years), end, False


def _listed(tokens: Tokens, place: int, today: datetime.date) -> tuple[Parts, int, bool] | None:
    """ "In 2022", "from June or July 2024", "in a December of any year", "2018 & 2019"."""
    at = tokens.skip(place, "in")
    every = at
    while tokens.word(every) in ("a", "any", "every", "each", "some", "years", "months", "the", "either", "year", "month", "both"):
        every += 1
    found = read_time(tokens, every, today)
    if found is None:
        return None
    times, end = [found[0]], found[1]
    while (more := _another(tokens, end, today)) is not None:
        times.append(more[0])
        end = more[1]
    bare = at == place
    if bare and every == at and all(one.month for one in times) and tokens.word(place) != "" and not _month_alone(tokens, place, end):
        return None
    any_year = tokens.take(end + (tokens.word(end) == ","), "any_year") if times[-1].month else None
    parts = _any(times)
    return (parts, any_year.end if any_year else end, bare) if parts else None


def _month_alone(tokens: Tokens, place: int, end: int) -> bool:
    """A month without a word before it is one where it cannot be a verb: "june papers", not "may help"."""
    return tokens.take(place, "month_or_verb") is None or (tokens.words[place].text[0].isupper() and place > 0)


def _another(tokens: Tokens, place: int, today: datetime.date) -> tuple[Time, int] | None:
    """One more time of a list."""
    joined = tokens.take(place, "or", "and")
    at = joined.end if joined else place + 1 if tokens.word(place) == "," else None
    if at is None:
        return None
    at = tokens.skip(at, "or", "and") if joined is None else at
    found = read_time(tokens, tokens.skip(at, "in"), today)
    if found is None or (joined is None and found[0].month and not tokens.words[found[1] - 1].text[0].isupper()):
        return None
    return found


def _one_side(kind: str, time: Time) -> Parts:
    low = {"low": time.first, "above": shifted(time.last, 1)}.get(kind)
    high = {"high": time.last, "below": shifted(time.first, -1)}.get(kind)
    return _span(low, high, whole=time.whole_years)


def _span(low: int | None, high: int | None, *, whole: bool) -> Parts:
    if whole:
        return (Range("year", None if low is None else low // 10000, None if high is None else high // 10000),)
    return (
        *((Range("first_day", low=low),) if low is not None else ()),
        *((Range("last_day", high=high),) if high is not None else ()),
    )


def _any(times: list[Time]) -> Parts:
    if all(one.month for one in times):
        return (Scan("month", tuple(str(one.month) for one in times)),)
    if len(times) == 1:
        return _span(times[0].first, times[0].last, whole=times[0].whole_years)
    if all(one.whole_years for one in times):
        years = sorted({year for one in times for year in range(one.first // 10000, one.last // 10000 + 1)})
        if years == list(range(years[0], years[-1] + 1)):
            return (Range("year", years[0], years[-1]),)
        return (Scan("year", tuple(map(str, years))),)
    last = times[-1]
    if last.first and all(one.month for one in times[:-1]) and last.last - last.first < 100:  # "June or July 2024"
        months = [*(one.month for one in times[:-1]), last.first // 100 % 100]
        year = last.first // 10000
        return (Range("year", year, year), Scan("month", tuple(map(str, months))))
    return ()


def complement(part: Range | Scan) -> Range | Scan:
    """All other stated values of a field."""
    if isinstance(part, Scan):
        return replace(part, negated=not part.negated)
    if part.low is not None and part.high is not None:
        return replace(part, outside=True)
    return replace(part, low=None if part.high is None else part.high + 1, high=None if part.low is None else part.low - 1)


def _negated(parts: Parts) -> Parts:
    """All other dates."""
    first, last = parts[0], parts[-1]
    if isinstance(first, Scan) or isinstance(last, Scan) or first.field == "year":
        return (complement(first),)
    low, high = first.low, last.high
    if low is not None and high is not None:
        return (Range("first_day", low, high, outside=True),)
    return (Range("last_day", None, shifted(low, -1)),) if low is not None else (Range("first_day", shifted(high or 0, 1)),)
