"""Conditions on the stated fields of abstracts, in one form that catalogue, vector index and lexical index all apply alike."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Literal

from rag.errors import QuestionError
from rag.records import Abstract

NumberField = Literal["year", "first_day", "last_day", "authors", "upvotes", "comments"]
NUMBER_FIELDS: tuple[NumberField, ...] = ("year", "first_day", "last_day", "authors", "upvotes", "comments")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; None leaves an end open. An abstract without the field is outside."""

    field: NumberField
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """All `ranges` must hold, and the abstract must come from one of `sources` (names of files), if any are given."""

    ranges: tuple[Range, ...] = ()
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges or self.sources)


_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
NO_FILTERS = Filters()


def numbers(abstract: Abstract) -> dict[NumberField, int]:
    """The fields of an abstract that a `Range` can ask for; fields that its source does not state are left out.

    A date of a month or a year covers all of its days: `first_day` and `last_day` are written 20240601, 20240630.
    """
    found: dict[NumberField, int | None] = {
        "year": abstract.year,
        "first_day": day(abstract.date, "first") if abstract.date else None,
        "last_day": day(abstract.date, "last") if abstract.date else None,
        "authors": abstract.authors,
        "upvotes": abstract.upvotes,
        "comments": abstract.comments,
    }
    return {name: value for name, value in found.items() if value is not None}


def admits(filters: Filters, abstract: Abstract) -> bool:
    """True where an abstract meets all conditions, as catalogue and indexes apply them."""
    stated = numbers(abstract)
    for one in filters.ranges:
        value = stated.get(one.field)
        if value is None or (one.low is not None and value < one.low) or (one.high is not None and value > one.high):
            return False
    return not filters.sources or any(source.file in filters.sources for source in abstract.sources)


def dated(since: str | None = None, until: str | None = None) -> tuple[Range, ...]:
    """Ranges for dates between two ISO dates of any precision: `dated("2024", "2024-06")` is January to June 2024.

    An abstract matches when every day that its date may mean lies within. Raises QuestionError for what is no date.
    """
    ranges = []
    if since is not None:
        ranges.append(Range("first_day", low=day(since, "first")))
    if until is not None:
        ranges.append(Range("last_day", high=day(until, "last")))
    return tuple(ranges)


def day(date: str, which: Literal["first", "last"]) -> int:
    """The first or last day that an ISO date of any precision covers, as the number 20240630; raises QuestionError."""
    year, month, of_month = _parts(date)
    if which == "first":
        return year * 10000 + (month or 1) * 100 + (of_month or 1)
    return year * 10000 + (month or 12) * 100 + (of_month or calendar.monthrange(year, month or 12)[1])


def _parts(date: str) -> tuple[int, int, int]:
    """Year, month and day; 0 for what the date leaves open."""
    found = _DATE.fullmatch(date)
    year, month, of_month = (int(part) if part else 0 for part in found.groups()) if found else (0, 0, 0)
    try:
        datetime.date(year, month if found and found["month"] else 1, of_month if found and found["day"] else 1)
    except ValueError as error:
        raise QuestionError(f"{date!r} is not a date. Write 2024, 2024-06 or 2024-06-03.") from error
    return year, month, of_month
