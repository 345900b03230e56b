"""Dates as tables and bibliographies write them (those of listings, which may lack a year, are read in `dates`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rag.corpus.dates import Date, iso_date
from rag.corpus.values import text_of
from rag.lexicon import MONTHS

_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ]+\d{1,2}:.*)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SLASHES = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]+|\d+")


def date_of(value: Any) -> Date | None:
    """A date in ISO 8601, as long as what is stated, with its precision; None where there is none to be read.

    Reads "2024", "2024-06", "2024-06-03", "20240603", times after a date, "3 Jun 2024", "June 3, 2024", "2024 Jun",
    "13/06/2024", Crossref's {"date-parts": [[2024, 6]]}, and seconds or milliseconds since 1970 (UTC). Of a date that
    can be read as two days ("03/06/2024"), and of "Spring 2024", only the year is taken.
    """
    if isinstance(value, Mapping):
        value = value.get("date-parts") or value.get("raw") or value.get("year")
    if isinstance(value, list):
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
    years = list(dict.fromkeys(_YEAR.findall(text)))
    if len(years) != 1:
        return None
    words = _WORD.findall(re.sub(r"\d+:[\d:.+]+.*", "", text))
    months = [MONTHS[word.casefold()] for word in words if word.casefold() in MONTHS]
    days = [int(word) for word in words if word.isdecimal() and 1 <= int(word) <= 31]
    if not months:
        return iso_date(int(years[0]))
    day = days[0] if len(days) == 1 and len(months) == 1 else 0
    return iso_date(int(years[0]), months[0], day) or iso_date(int(years[0]), months[0])
