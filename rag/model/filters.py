"""Conditions on the stated fields of abstracts, in one form that catalogue, vector index and lexical index all apply alike."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.model.errors import QuestionError
from rag.model.records import Abstract

Years = tuple[int | None, int | None]  # the first and the last, both included
NumberField = Literal["year", "first_day", "last_day", "authors", "upvotes", "comments"]
CountedField = Literal["authors", "upvotes", "comments"]
NUMBER_FIELDS: tuple[NumberField, ...] = ("year", "first_day", "last_day", "authors", "upvotes", "comments")


ScanKind = Literal[
    "word", "part", "spelt", "month", "year", "missing", "none", "inferred", "source", "id", "authors", "upvotes", "comments"
]
MENTIONS: tuple[ScanKind, ...] = ("word", "part", "spelt")
Place = Literal["text", "title", "anywhere"]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; None leaves an end open. `outside` asks for the other stated numbers.

    An abstract whose source does not state the field never matches.
    """

    field: NumberField
    low: int | None = None
    high: int | None = None
    outside: bool = False

    def admits(self, value: int | None) -> bool:
        """True where a stated number meets the condition."""
        if value is None:
            return False
        inside = (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        return inside != self.outside


@dataclass(frozen=True, slots=True)
class Scan:
    """A condition that the catalogue decides by reading stored records: one of `values` holds, or none where `negated`.

    "word" and "part" are literal mentions in `place`, in any case: with nothing but white space or punctuation around, or anywhere;
    "spelt" are mentions of a name however its letters and digits are put together; "month" (1 to 12) and "year" are of the date;
    "missing" names fields that the source does not state, "none" fields not stated or 0; "inferred" is about the date and has no
    value; "source" are names of files; "id" are abstracts; "authors", "upvotes" and "comments" are one of several stated numbers.
    An abstract without a date is in no month and no year, and not outside of any; nor does one without a title lack a word in it.
    """

    kind: ScanKind
    values: tuple[str, ...] = ()
    place: Place = "text"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """All `ranges` and `scans` must hold, and the abstract must come from one of `sources` (names of files), if any are given."""

    ranges: tuple[Range, ...] = ()
    sources: tuple[str, ...] = ()
    scans: tuple[Scan, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges or self.sources or self.scans)


_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
NO_FILTERS = Filters()


def stated_numbers(abstract: Abstract) -> dict[NumberField, int]:
    """The fields of an abstract that a `Range` can ask for; fields that its source does not state are left out.

    A date of a month or a year covers all of its days: `first_day` and `last_day` are written 20240601, 20240630.
    """
    found: dict[NumberField, int | None] = {
        "year": abstract.year,
        "first_day": day_number(abstract.date, "first") if abstract.date else None,
        "last_day": day_number(abstract.date, "last") if abstract.date else None,
        "authors": abstract.authors,
        "upvotes": abstract.upvotes,
        "comments": abstract.comments,
    }
    return {name: value for name, value in found.items() if value is not None}


def meets_filters(filters: Filters, abstract: Abstract) -> bool:
    """True where an abstract meets all conditions, as catalogue and indexes apply them."""
    stated = stated_numbers(abstract)
    if not all(one.admits(stated.get(one.field)) for one in filters.ranges):
        return False
    if filters.sources and not any(source.file in filters.sources for source in abstract.sources):
        return False
    return all(meets_scan(one, abstract) for one in filters.scans)


def meets_scan(scan: Scan, abstract: Abstract) -> bool:
    """True where an abstract meets one scanned condition."""
    found = _SCANS[scan.kind](scan, abstract)
    return found is not None and found != scan.negated


def mention_pattern(value: str, *, part: bool) -> re.Pattern[str]:
    """What finds a literal mention, in any case; any white space counts as a space."""
    literal = r"\s+".join(re.escape(word) for word in value.split())
    return re.compile(literal if part else rf"(?<!\w){literal}(?!\w)", re.IGNORECASE)


_CHUNKS = re.compile(r"[^\W\d_]+|\d+")
_BETWEEN = r"[\s._-]*"


def name_chunks(name: str) -> list[str]:
    """The letters and the digits of a name in turn, without a last ".0": "wav", "2", "vec", "2" of "wav2vec 2.0"."""
    chunks = _CHUNKS.findall(name)
    return chunks[:-1] if len(chunks) > 1 and chunks[-1] == "0" and chunks[-2].isdigit() else chunks


def spelling_pattern(chunks: Sequence[str]) -> re.Pattern[str]:
    """What finds letters and digits in this order, with other signs between them or none, with or without a last ".0"."""
    last = rf"(?:{_BETWEEN}0)?" if chunks[-1].isdigit() else ""
    return re.compile(rf"(?<!\w){_BETWEEN.join(map(re.escape, chunks))}{last}(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _patterns(scan: Scan) -> tuple[re.Pattern[str], ...]:
    if scan.kind == "spelt":
        return tuple(spelling_pattern(chunks) for value in scan.values if (chunks := name_chunks(value)))
    return tuple(mention_pattern(value, part=scan.kind == "part") for value in scan.values)


def is_mention(scan: Scan, title: str | None, text: str) -> bool | None:
    """True where one of the values of a scan stands in its place, negated or not; None for a title that is not there."""
    if scan.place == "title" and title is None:
        return None
    texts = {"text": [text], "title": [title or ""], "anywhere": [title or "", text]}[scan.place]
    return any(pattern.search(one) for pattern in _patterns(scan) for one in texts)


def _mentioned(scan: Scan, abstract: Abstract) -> bool | None:
    return is_mention(scan, abstract.title, abstract.text)


def _in_month(scan: Scan, abstract: Abstract) -> bool | None:
    if not abstract.date or len(abstract.date) < len("2024-06"):
        return None
    return str(int(abstract.date[5:7])) in scan.values


def _stated(abstract: Abstract, name: str) -> object:
    return {
        "title": abstract.title,
        "date": abstract.date,
        "authors": abstract.authors,
        "upvotes": abstract.upvotes,
        "comments": abstract.comments,
    }[name]


_SCANS: dict[ScanKind, Callable[[Scan, Abstract], bool | None]] = {
    "word": _mentioned,
    "part": _mentioned,
    "spelt": _mentioned,
    "month": _in_month,
    "year": lambda scan, one: None if one.year is None else str(one.year) in scan.values,
    "missing": lambda scan, one: any(_stated(one, name) is None for name in scan.values),
    "none": lambda scan, one: all(not _stated(one, name) for name in scan.values),
    "inferred": lambda _, one: None if one.date is None else one.date_inferred,
    "source": lambda scan, one: any(source.file in scan.values for source in one.sources),
    "id": lambda scan, one: one.id in scan.values,
    "authors": lambda scan, one: None if one.authors is None else str(one.authors) in scan.values,
    "upvotes": lambda scan, one: None if one.upvotes is None else str(one.upvotes) in scan.values,
    "comments": lambda scan, one: None if one.comments is None else str(one.comments) in scan.values,
}


def day_number(date: str, which: Literal["first", "last"]) -> int:
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
