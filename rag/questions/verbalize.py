"""Conditions in words: one by one, as "year = 2024" for what was applied and as "dated 2024" for a sentence."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass

from rag.model import Filters, NumberField, Range, Scan, pluralize

_THINGS: dict[str, str] = {"authors": "author", "upvotes": "upvote", "comments": "comment"}
_PLACES = {"text": "text", "title": "title", "anywhere": "title or text"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as a person thinks of it; a date between two days is one. `short` is "year = 2024", `phrase` "dated 2024"."""

    filters: Filters
    short: str
    phrase: str

    @property
    def dated(self) -> bool:
        """True where it is about the date."""
        fields = {one.field for one in self.filters.ranges}
        return bool(fields & {"year", "first_day", "last_day"}) or any(one.kind in ("month", "year") for one in self.filters.scans)


def conditions_of(filters: Filters) -> list[Condition]:
    """The conditions of filters, each by itself."""
    return [*_ranges(filters.ranges), *map(_scan, filters.scans), *_sources(filters.sources)]


def without(filters: Filters, unit: Condition) -> Filters:
    """The filters with one condition left out."""
    return Filters(
        tuple(one for one in filters.ranges if one not in unit.filters.ranges),
        () if unit.filters.sources else filters.sources,
        tuple(one for one in filters.scans if one not in unit.filters.scans),
    )


def join_phrases(parts: list[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}" if parts else ""


def spell_date(date: str) -> str:
    """An ISO date of any precision as people say it: "14 December 2022", "June 2024", "2024"."""
    year, month, day = (*(int(part) for part in date.split("-")), 0, 0)[:3]
    return " ".join(part for part in (str(day or ""), calendar.month_name[month] if month else "", str(year)) if part)


def _ranges(ranges: tuple[Range, ...]) -> Iterator[Condition]:
    low = next((one for one in ranges if one.field == "first_day" and one.high is None and one.low is not None), None)
    high = next((one for one in ranges if one.field == "last_day" and one.low is None and one.high is not None), None)
    if low and high:
        yield _between(low, high)
    for one in ranges:
        if not (low and high and one in (low, high)):
            yield Condition(Filters((one,)), _short(one), _phrase(one))


def _between(low: Range, high: Range) -> Condition:
    first, last = _day(low.low), _day(high.high)
    month = first[:7] if first[:7] == last[:7] and first.endswith("-01") and _is_last(last) else ""
    if first == last or month:
        when = month or first
        return Condition(Filters((low, high)), f"date = {when}", f"dated {spell_date(when)}")
    return Condition(Filters((low, high)), f"date = {first}..{last}", f"dated {spell_date(first)} to {spell_date(last)}")


def _short(one: Range) -> str:
    if one.field in ("first_day", "last_day"):
        return f"date = {_bounds(one, _day)}"
    sign = "not " if one.outside else "= "
    return f"{one.field} {sign}{_bounds(one, str)}"


def _bounds(one: Range, write: object) -> str:
    say = write if callable(write) else str
    if one.low == one.high:
        return "stated" if one.low is None else say(one.low)
    return f"{'' if one.low is None else say(one.low)}..{'' if one.high is None else say(one.high)}"


def _phrase(one: Range) -> str:
    if one.field in ("year", "first_day", "last_day"):
        return _dated(one)
    thing = _THINGS[one.field]
    low, high = one.low, one.high
    if low is None and high is None:
        return f"with a stated number of {thing}s"
    if low is not None and high is not None:
        but = "any number but " if one.outside else ""
        return (
            f"with {but}{'' if but else 'exactly '}{pluralize(low, thing)}"
            if low == high
            else f"with {'a number outside of ' * bool(but)}{low} to {high} {thing}s"
        )
    return f"with at least {pluralize(low, thing)}" if low is not None else f"with at most {pluralize(high or 0, thing)}"


def _dated(one: Range) -> str:
    say = str if one.field == "year" else lambda day: spell_date(_day(day))
    no = "not " if one.outside else ""
    if one.low is None and one.high is None:
        return "with a stated date"
    if one.low is not None and one.high is not None:
        return f"{no}dated {say(one.low)}" if one.low == one.high else f"{no}dated {say(one.low)} to {say(one.high)}"
    return f"dated {say(one.low)} or later" if one.low is not None else f"dated {say(one.high)} or earlier"


def _scan(one: Scan) -> Condition:
    no = "not " if one.negated else ""
    values = list(one.values)
    match one.kind:
        case "word" | "part":
            return _literal(one)
        case "month":
            names = join_phrases([calendar.month_name[int(value)] for value in values], "or")
            short, phrase = (
                f"month {no or '= '}{names}",
                f"{no}dated in {names} of any year" if not one.negated else f"not dated in {names}",
            )
        case "year":
            short, phrase = f"year {no or '= '}{join_phrases(values, 'or')}", f"{no}dated {join_phrases(values, 'or')}"
        case "authors" | "upvotes" | "comments":
            either = join_phrases(values, "or")
            short, phrase = f"{one.kind} {no or '= '}{either}", f"{no}with {either} {one.kind}"
        case "missing":
            short = f"{join_phrases(values)} {'stated' if one.negated else 'not stated'}"
            phrase = f"{'with' if one.negated else 'without'} a stated {join_phrases(values)}"
        case "none":
            short, phrase = f"{join_phrases(values)} none", f"without {join_phrases(values)}"
        case "inferred":
            short, phrase = f"date {no}inferred", f"whose date is {no}inferred"
        case "source":
            short, phrase = f"source {no or '= '}{join_phrases(values, 'or')}", f"{no}from {join_phrases(values, 'or')}"
        case _:
            short, phrase = f"{no}among {pluralize(len(values), 'abstract')} named before", f"{no}among the {len(values)} named before"
    return Condition(Filters(scans=(one,)), short, phrase)


def _literal(one: Scan) -> Condition:
    values = join_phrases([f'"{value}"' for value in one.values], "or")
    place = _PLACES[one.place]
    how = (
        "in any place"
        if one.kind == "part" and not any(map(str.isalnum, "".join(one.values)))
        else "as a word or a part of one"
        if one.kind == "part"
        else "as a word"
    )
    no = "does not mention" if one.negated else "mentions"
    return Condition(Filters(scans=(one,)), f"{place} {no} {values}, {how}", f"whose {place} {no} {values} ({how})")


def _sources(sources: tuple[str, ...]) -> Iterator[Condition]:
    if sources:
        names = join_phrases(list(sources), "or")
        yield Condition(Filters(sources=sources), f"source = {' or '.join(sources)}", f"from {names}")


def _day(number: int | None) -> str:
    return "" if number is None else f"{number // 10000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"


def _is_last(day: str) -> bool:
    year, month, of_month = (int(part) for part in day.split("-"))
    return of_month == calendar.monthrange(year, month)[1]


def field_name(field: NumberField | str) -> str:
    """What a field is called in a sentence."""
    return {"first_day": "date", "last_day": "date", "words": "length in words", "title_words": "length of the title in words"}.get(
        field, field
    )
