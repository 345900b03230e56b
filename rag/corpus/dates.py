"""Dates as listings, tables and bibliographies write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.corpus.values import text_of
from rag.model import DatePrecision
from rag.text import MONTH, MONTHS

# Dates as listings write them: "Dec 17, 2024", "May 29", "3 June 2021", "2024-06", "2019".

Date = tuple[str, DatePrecision]

_YEAR = r"(?:1[5-9]|20)\d\d"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<year>{_YEAR})[-/](?P<month>\d\d?)(?:[-/](?P<day>\d\d?))?(?!\w)",
        rf"(?P<month>{MONTH})\s+(?P<year>{_YEAR})(?!\w)",
        rf"(?P<month>{MONTH})\s+(?P<day>\d\d?)(?:st|nd|rd|th)?(?:\s*,\s*(?P<year>{_YEAR})|\s+(?P<year2>{_YEAR}))?(?!\w)",
        rf"(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?P<month>{MONTH})(?:,?\s+(?P<year>{_YEAR}))?(?!\w)",
        rf"(?P<year>{_YEAR})(?!\w)",
    )
)


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as far as it is stated; `end` is where it ends in the text it was read from."""

    year: int | None
    month: int | None
    day: int | None
    end: int

    def iso(self, missing_year: int | None = None) -> Date | None:
        """ISO 8601 and its precision, with `missing_year` where none is stated; None where neither is known.

        A day that its month does not have (29 February of a year that was inferred) is left out.
        """
        year = self.year or missing_year
        if year is None:
            return None
        return iso_date(year, self.month or 0, self.day or 0) or iso_date(year, self.month or 0)


def iso_date(year: int, month: int = 0, day: int = 0) -> Date | None:
    """The ISO date of numbers; a month or day of 0 is not stated. None where there is no such day or the year is not 1000 to 2999."""
    if not 1000 <= year <= 2999 or not 0 <= month <= 12:
        return None
    if not month:
        return f"{year}", "year"
    if not day:
        return f"{year}-{month:02}", "month"
    try:
        return datetime(year, month, day).date().isoformat(), "day"
    except ValueError:
        return None


def read_date(text: str) -> StatedDate | None:
    """The date that `text` begins with; None where it begins with something else."""
    for form in _FORMS:
        if found := form.match(text):
            parts = found.groupdict()
            year = parts.get("year") or parts.get("year2")
            month = _month(parts.get("month"))
            if month is not None and not 1 <= month <= 12:
                continue
            day = parts.get("day")
            return StatedDate(int(year) if year else None, month, int(day) if day else None, found.end())
    return None


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdecimal() else MONTHS[text.rstrip(".").lower()]


# Dates as tables and bibliographies write them (those of listings, which may lack a year, are read above).

_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ]+\d{1,2}:.*)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SLASHES = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_CELL_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def date_of(value: Any) -> Date | None:
    """A date in ISO 8601, as long as what is stated, with its precision; None where there is none to be read.

    Reads "2024", "2024-06", "2024-06-03", "20240603", times after a date, "3 Jun 2024", "June 3, 2024", "2024 Jun",
    "13/06/2024", Crossref's {"date-parts": [[2024, 6]]}, arXiv's [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}]
    (of several the first one's), and seconds or milliseconds since 1970 (UTC). Of a date that can be read as two days
    ("03/06/2024"), and of "Spring 2024", only the year is taken.
    """
    if isinstance(value, Mapping):
        value = value.get("date-parts") or value.get("raw") or value.get("year")
    if isinstance(value, list):
        if value and isinstance(value[0], Mapping):  # versions, the first one first
            return date_of(text_of(value[0].get("created")))
        value = value[0] if len(value) == 1 and isinstance(value[0], list) else value
        return iso_date(*value[:3]) if value and all(isinstance(part, int) for part in value) else None
    text = text_of(value)[:100]
    if match := _ISO.fullmatch(text):
        return iso_date(*(int(part) for part in match.groups() if part))
    if match := _DIGITS.fullmatch(text):
        return iso_date(*map(int, match.groups()))
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        seconds = int(text) if len(text) < 11 else int(text) // 1000
        return datetime.fromtimestamp(seconds, UTC).date().isoformat(), "day"
    if match := _SLASHES.fullmatch(text):
        return _slashes(*map(int, match.groups()))
    return _written(text)


def month_of(value: Any) -> int | None:
    """The number of a month: 6, "06", "Jun", "june"; None where it is none."""
    text = text_of(value).casefold().strip(". ")
    if re.fullmatch(r"\d{1,2}", text):
        return int(text) if 1 <= int(text) <= 12 else None
    return MONTHS.get(text[:3])


def _slashes(first: int, second: int, year: int) -> Date | None:
    if first == second or (first > 12 and second <= 12):
        return iso_date(year, second, first)
    if second > 12:
        return iso_date(year, first, second)
    return iso_date(year)


def _written(text: str) -> Date | None:
    years = list(dict.fromkeys(_CELL_YEAR.findall(text)))
    if len(years) != 1:
        return None
    words = _WORD.findall(re.sub(r"(?<!\d)\d+:[\d:.+]+.*", "", text))
    months = [MONTHS[word.casefold()] for word in words if word.casefold() in MONTHS]
    days = [int(word) for word in words if word.isdecimal() and 1 <= int(word) <= 31]
    if not months:
        return iso_date(int(years[0]))
    day = days[0] if len(days) == 1 and len(months) == 1 else 0
    return iso_date(int(years[0]), months[0], day) or iso_date(int(years[0]), months[0])
