"""Dates as listings write them: "Dec 17, 2024", "May 29", "3 June 2021", "2024-06", "2019"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from rag.lexicon import MONTH, MONTHS
from rag.records import DatePrecision

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
