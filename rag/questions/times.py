"""Times that a question names (a year, a month, a season, a quarter, a day, "last year"), and the days that they mean."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from rag.corpus import iso_date
from rag.model import day_number
from rag.questions.tokens import Tokens

# The first month and how many; winter begins in December and ends in the next year's February.
_SEASONS = {"spring": (3, 3), "summer": (6, 3), "autumn": (9, 3), "winter": (12, 3)}
_PARTS = {"early": (1, 4), "mid": (5, 4), "late": (9, 4)}
_MONTHS_OF = {"quarter": 3, "half": 6}
_LAST_DAY_OF_MONTH = 31


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


Found = tuple[Time, int] | None  # a time and the place behind it


def read_time(tokens: Tokens, place: int, today: datetime.date) -> Found:
    """The time that begins at a place, the longest reading of it; None where none does."""
    start = place + (tokens.word(place) == "the")
    readers: tuple[Callable[[Tokens, int, datetime.date], Found], ...] = (
        _iso,
        _part_of_year,
        _section,
        _day_or_month,
        _year,
        _relative,
    )
    found = [one for reader in readers if (one := reader(tokens, start, today)) is not None]
    return max(found, key=lambda one: one[1], default=None)


def days(year: int, month: int, day: int) -> Time:
    """A day, or the month or year that holds it where day or month is 0."""
    date, _ = iso_date(year, month, day) or iso_date(year, month) or (f"{year}", "year")
    return Time(day_number(date, "first"), day_number(date, "last"))


def shifted(day: int, by: int) -> int:
    """A day before or after another."""
    moved = datetime.date(day // 10000, day // 100 % 100, day % 100) + datetime.timedelta(by)
    return int(f"{moved:%Y%m%d}")


def _months(year: int, first: int, count: int) -> Time:
    later, last = divmod(first + count - 2, 12)
    return Time(days(year, first, 0).first, days(year + later, last + 1, 0).last)


def _iso(tokens: Tokens, place: int, _: datetime.date) -> Found:
    found = tokens.take(place, "iso")
    if found is None:
        return None
    year, month, day = (*(int(part) for part in found.value.split("-")), 0)[:3]
    return (days(year, month, day), found.end) if 1 <= month <= 12 else None


def _year_behind(tokens: Tokens, place: int) -> tuple[int, int] | None:
    """A year and the place behind it, with "of" or a comma before it."""
    at = place
    while tokens.word(at) in ("of", ",", "in", "the", "year", "-"):
        at += 1
    found = tokens.take(at, "year")
    return (int(found.value), found.end) if found is not None and at - place <= 2 else None


def _part_of_year(tokens: Tokens, place: int, _: datetime.date) -> Found:
    """ "Early 2023", "summer of 2024", "Q3 2024", "the first quarter of 2023", "the first three months of 2023"."""
    for kind, known in (("season", _SEASONS), ("early", _PARTS), ("mid", _PARTS), ("late", _PARTS)):
        named = tokens.take(place, kind)
        behind = _year_behind(tokens, named.end) if named else None
        if named is not None and behind is not None:
            return _months(behind[0], *known[named.value or kind]), behind[1]
    quarter = tokens.take(place, "quarter")
    behind = _year_behind(tokens, quarter.end) if quarter else None
    if quarter is not None and behind is not None:
        return _months(behind[0], 3 * int(quarter.value) - 2, 3), behind[1]
    before = tokens.take(place, "year")
    after = tokens.take(before.end, "quarter") if before else None
    return (_months(int(before.value), 3 * int(after.value) - 2, 3), after.end) if before and after else None


def _section(tokens: Tokens, place: int, today: datetime.date) -> Found:
    """ "The second quarter of 2023", "the first three months of 2023", "last quarter"."""
    ordinal = tokens.take(place, "ordinal")
    last = tokens.take(place, "last_rel", "recent_rel")
    lead = ordinal or last
    if lead is None:
        return None
    many = tokens.take(lead.end, "number")
    unit = tokens.take(many.end if many else lead.end, "unit")
    behind = _year_behind(tokens, unit.end) if unit else None
    if unit is None or behind is None:
        return None
    length = 1 if unit.value == "month" else _MONTHS_OF.get(unit.value, 0)
    count = min(max(int(many.value), 1), 12) if many else 1
    if not length or length * count > 12:
        return None
    number = int(ordinal.value) if ordinal else 0
    first = (number - 1) * length + 1 if number else 12 - length * count + 1
    return (_months(behind[0], first, length * count), behind[1]) if first <= 12 else None


def _day_or_month(tokens: Tokens, place: int, _: datetime.date) -> Found:
    """ "14 May 2024", "May 14, 2024", "May 2024", "May"."""
    day = tokens.take(place, "number", "ordinal")
    day = day if day and day.value.isdigit() and 0 < int(day.value) <= _LAST_DAY_OF_MONTH and tokens.word(place)[0].isdigit() else None
    month = tokens.take(tokens.skip(day.end, "of") if day else place, "month")
    if month is None:
        return None
    at = month.end + (tokens.word(month.end) == ".")
    if day is None and (after := tokens.take(at, "number", "ordinal")) is not None and "year" not in tokens.types[at]:
        behind = _year_behind(tokens, after.end)
        if behind is not None and 0 < int(after.value) <= _LAST_DAY_OF_MONTH:
            return days(behind[0], int(month.value), int(after.value)), behind[1]
    behind = _year_behind(tokens, at)
    if behind is not None:
        return days(behind[0], int(month.value), int(day.value) if day else 0), behind[1]
    return (Time(0, 0, int(month.value)), at) if day is None else None


def _year(tokens: Tokens, place: int, _: datetime.date) -> Found:
    decade = tokens.take(place, "decade")
    if decade is not None:
        first = int(tokens.word(place)[:4])
        return Time(first * 10000 + 101, (first + 9) * 10000 + 1231), decade.end
    year = tokens.take(place, "year")
    return (days(int(year.value), 0, 0), year.end) if year else None


def _relative(tokens: Tokens, place: int, today: datetime.date) -> Found:
    """ "This year", "last month", "the past two years", "three years ago", from today."""
    lead = tokens.take(place, "recent_rel", "last_rel")
    many = tokens.take(lead.end if lead else place, "number")
    unit = tokens.take(many.end if many else lead.end if lead else place, "unit")
    if unit is None or unit.value not in _STEPS:
        return None
    count = min(int(many.value), 1000) if many else 1
    now = int(f"{today:%Y%m%d}")
    if lead is None:
        ago = tokens.take(unit.end, "ago")
        return (_span(today, unit.value, count), ago.end) if many and ago else None
    if tokens.take(place, "recent_rel") is not None and not many:
        return _span(today, unit.value, 0), unit.end
    if many:  # "the last two years" reach to today
        return Time(_back(today, unit.value, count), now), unit.end
    return _span(today, unit.value, 1), unit.end


_STEPS = {"year": 12, "quarter": 3, "month": 1, "week": 0}


def _span(today: datetime.date, unit: str, back: int) -> Time:
    """The whole unit of the calendar that lies so many before today's."""
    if unit == "week":
        monday = today - datetime.timedelta(days=today.weekday() + 7 * back)
        return Time(int(f"{monday:%Y%m%d}"), int(f"{monday + datetime.timedelta(days=6):%Y%m%d}"))
    length = _STEPS[unit]
    start = (today.year * 12 + today.month - 1) // length * length - back * length
    return _months(start // 12, start % 12 + 1, length)


def _back(today: datetime.date, unit: str, count: int) -> int:
    if unit == "week":
        return int(f"{today - datetime.timedelta(days=7 * count):%Y%m%d}")
    months = today.year * 12 + today.month - 1 - count * _STEPS[unit]
    return days(max(months // 12, 1900), months % 12 + 1, 0).first
