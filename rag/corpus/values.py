"""What the cell of a table says: a text, a number, a date, names, links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rag.corpus.draft import find_urls
from rag.records import DatePrecision

# SQLite's and JavaScript's exact integers end near here; no paper has more readers.
_LARGEST_COUNT = 10**12
_SURROGATE = re.compile("[\ud800-\udfff]")
_COUNT = re.compile(r"\d{1,3}(?:[, ]\d{3})*|\d{1,13}(?:\.0{1,9})?")
_PARTS = ("name", "full_name", "fullName", "display_name", "displayName", "author", "literal", "fullname")


def plain(text: str) -> str:
    """The same text with half characters (lone surrogates, which no database stores) replaced one for one."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def text_of(value: Any) -> str:
    """A cell as text: a list of texts is joined by spaces, a number is written out, nothing else is text ("")."""
    if isinstance(value, str):
        return plain(value.strip())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return plain(" ".join(part.strip() for part in value).strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return ""


def number_text(value: int | float) -> str:
    """A number as a table would show it: 12.0 is "12", as spreadsheets write whole numbers."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_COUNT:
        value = int(value)
    return str(value) if abs(value) < 10**40 else ""


def count_of(value: Any) -> int | None:
    """A count that is not negative: 12, "12", "1,234", 12.0; None for anything else."""
    text = text_of(value)
    if not _COUNT.fullmatch(text):
        return None
    number = int(re.sub(r"[, ]|\.0+$", "", text))
    return number if number <= _LARGEST_COUNT else None


def names_of(value: Any) -> tuple[tuple[str, ...], bool]:
    """Author names, and whether the list is whole (it is not where it ends in "et al." or "and others").

    A list gives a name an element (a text, or an object with a name); a text is cut at semicolons, else as
    `split_names` says.
    """
    if isinstance(value, list):
        names = [_name(element) for element in value]
    elif isinstance(value, Mapping):
        names = [_name(value)]
    else:
        names = split_names(text_of(value))
    kept = [re.sub(r"[,\s]*\bet al\b\.?$", "", name).strip() for name in names]
    whole = kept == names and "others" not in kept
    return tuple(name for name in kept if name and name != "others"), whole


def _name(value: Any) -> str:
    if not isinstance(value, Mapping):
        return text_of(value)
    for part in _PARTS:
        if value.get(part):
            inner = value[part]
            return _name(inner) if isinstance(inner, Mapping) and inner is not value else text_of(inner)
    given = value.get("given") or value.get("first") or value.get("firstName") or value.get("first_name") or ""
    family = value.get("family") or value.get("last") or value.get("lastName") or value.get("last_name") or ""
    return f"{text_of(given)} {text_of(family)}".strip()


def split_names(text: str) -> list[str]:
    """Names written in one text: "A. B; C. D", "A B, C D and E F", "B, A and D, C", "B, A.".

    Commas part names where each part has two words or more ("Ada Lovelace, Alan Turing"); where parts are single
    words or initials in pairs they part surname and forename ("Lovelace, Ada").
    """
    for separator in (";", "|", "\n"):
        if separator in text:
            return _strip(text.split(separator))
    chunks = _strip(re.split(r",? and | & ", text))
    if len(chunks) > 1 and all(chunk.count(",") == 1 for chunk in chunks):
        return chunks
    parts = _strip(",".join(chunks).split(","))
    pairs = len(parts) % 2 == 0 and len(chunks) == 1 and any(_short(part) for part in parts)
    if pairs:
        return [f"{family}, {given}" for family, given in zip(parts[::2], parts[1::2], strict=True)]
    return parts


def _short(part: str) -> bool:
    return " " not in part or bool(re.fullmatch(r"(?:\w\.?[\s-]?){1,4}", part))


def _strip(parts: list[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]


def links_of(value: Any) -> tuple[str, ...]:
    """The http(s) links of a cell: a text with one or more, a list of texts or of objects with a url."""
    if isinstance(value, list):
        found = [link for element in value for link in links_of(element)]
    elif isinstance(value, Mapping):
        found = list(links_of(text_of(value.get("url") or value.get("href") or value.get("URL"))))
    else:
        found = [link for part in re.split(r"[;|,]+(?=https?://)", text_of(value)) for link in find_urls(part)]
    return tuple(dict.fromkeys(found))


def doi_of(value: Any) -> str | None:
    """A DOI as "doi:10.1/x", from "10.1/x", "doi:10.1/x" or "https://doi.org/10.1/x"; None where there is none."""
    found = re.search(r"10\.\d[^\s]*/\S+", text_of(value)[:2000])
    return f"doi:{found.group()}" if found else None


_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), 1)}
_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ]+\d{1,2}:.*)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SLASHES = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]+|\d+")

Date = tuple[str, DatePrecision]


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


def month_of(value: Any) -> int | None:
    """The number of a month: 6, "06", "Jun", "june"; None where it is none."""
    text = text_of(value).casefold().strip(". ")
    if re.fullmatch(r"\d{1,2}", text):
        return int(text) if 1 <= int(text) <= 12 else None
    return _MONTHS.get(text[:3])


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
    months = [_MONTHS[word[:3].casefold()] for word in words if _is_month(word)]
    days = [int(word) for word in words if word.isdecimal() and 1 <= int(word) <= 31]
    if not months:
        return iso_date(int(years[0]))
    day = days[0] if len(days) == 1 and len(months) == 1 else 0
    return iso_date(int(years[0]), months[0], day) or iso_date(int(years[0]), months[0])


def _is_month(word: str) -> bool:
    return (
        re.fullmatch(
            r"jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?",
            word.casefold(),
        )
        is not None
    )
