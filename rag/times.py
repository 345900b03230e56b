"""A time that a question names: a year, a month, a season, a quarter, a day; how it is written and which days it means."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from rag import filters
from rag.amounts import NUMBER, number
from rag.corpus.dates import iso_date
from rag.lexicon import MONTH, MONTHS, ORDINALS

YEAR = r"(?:19|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_PLACE = "|".join(word for word, place in ORDINALS.items() if place <= 4)
_HALF = rf"(?:the )?(?:(?:first|second) half|(?:first|last) {NUMBER} months) of {YEAR}"
_QUARTER = rf"(?:(?:the )?(?:{_PLACE}|last) quarter of |Q[1-4] (?:of )?){YEAR}"
_SEASON = rf"(?:(?:the )?(?:spring|summer|autumn|fall|winter),? (?:of )?{YEAR})"
_PART = rf"(?:(?:early|mid|late)[- ]{YEAR}|(?:the )?(?:beginning|start|middle|end) of {YEAR})"
TIME = (
    rf"(?:{_SEASON}|{_PART}|{_HALF}|{_QUARTER}|{YEAR}-\d\d(?:-\d\d)?(?!\d)|{_DAY} (?:of )?{MONTH},? (?:of )?{YEAR}"
    rf"|{MONTH} {_DAY},? {YEAR}"
    rf"|{MONTH},? (?:of )?{YEAR}"
    rf"|the {YEAR[:-2]}0s|{YEAR}(?!\d|-\d\d(?!\d))(?!s\b)|{MONTH}\b)"
)
# The first month and how many; winter begins in December and ends in the next year's February.
_NAMED = {
    "spring": (3, 3), "summer": (6, 3), "autumn": (9, 3), "fall": (9, 3), "winter": (12, 3), "early": (1, 4), "mid": (5, 4), "late": (9, 4),
    "beginning": (1, 4), "start": (1, 4), "end": (9, 4),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Time:
    """The first and last day, as 20240630; a month of no year has neither."""

    first: int
    last: int
    month: int = 0

    @property
    def whole_years(self) -> bool:
        """True for one year or more."""
        return not self.month and self.first % 10000 == 101 and self.last % 10000 == 1231


def read_time(text: str) -> Time:
    """The time that a matched text means."""
    lowered = text.lower()
    if decade := re.search(r"(\d\d\d)0s", lowered):
        return Time(int(decade[1]) * 100000 + 101, int(decade[1]) * 100000 + 91231)
    if half := re.search(rf"(first|second) half of ({YEAR})", lowered):
        return _months(int(half[2]), 1 if half[1] == "first" else 7, 6)
    if part := re.search(rf"(first|last) ({NUMBER}) months of ({YEAR})", lowered):
        count = min(max(number(part[2]), 1), 12)
        return _months(int(part[3]), 1 if part[1] == "first" else 13 - count, count)
    if quarter := re.search(rf"(?:({_PLACE}|last) quarter|q([1-4]))(?: of)? ({YEAR})", lowered):
        place = int(quarter[2]) if quarter[2] else ORDINALS.get(quarter[1], 4)  # the last is the fourth
        return _months(int(quarter[3]), 3 * min(place, 4) - 2, 3)
    if named := re.search(rf"({'|'.join(_NAMED)})\D*({YEAR})", lowered):
        return _months(int(named[2]), *_NAMED[named[1]])
    if iso := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", lowered):
        return days(int(iso[1]), int(iso[2]), int(iso[3] or 0))
    year = re.search(YEAR, lowered)
    month = re.search(MONTH, lowered)
    place = MONTHS[month[0].rstrip(".")] if month else 0
    if year is None:
        return Time(0, 0, place)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", lowered)
    return days(int(year[0]), place, int(day[1]) if day else 0)


def _months(year: int, first: int, count: int) -> Time:
    later, last = divmod(first + count - 2, 12)
    return Time(days(year, first, 0).first, days(year + later, last + 1, 0).last)


def days(year: int, month: int, day: int) -> Time:
    """A day, or the month or year that holds it where day or month is 0."""
    date, _ = iso_date(year, month, day) or iso_date(year, month) or (f"{year}", "year")
    return Time(filters.day(date, "first"), filters.day(date, "last"))


def shifted(day: int, by: int) -> int:
    """A day before or after another."""
    moved = datetime.date(day // 10000, day // 100 % 100, day % 100) + datetime.timedelta(by)
    return int(f"{moved:%Y%m%d}")
