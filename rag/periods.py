"""Times of papers as questions put them: "from 2024", "between 2019 and 2021", "since June 2023", "in December", "not from 2024"."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.amounts import Part
from rag.filters import Range, Scan

_YEAR = r"(?:19|20)\d\d"
_MONTHS = [name.lower() for name in calendar.month_name]
_MONTH = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?|sept?(?:ember|\.)?|oct(?:ober|\.)?|"
    r"nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_HALF = rf"(?:the )?(?:first|second) half of {_YEAR}"
_QUARTER = rf"(?:(?:the )?(?:first|second|third|fourth|last) quarter of |Q[1-4] (?:of )?){_YEAR}"
_SEASON = rf"(?:(?:the )?(?:spring|summer|autumn|fall|winter),? (?:of )?{_YEAR})"
_PART = rf"(?:(?:early|mid|late)[- ]{_YEAR}|(?:the )?(?:beginning|start|middle|end) of {_YEAR})"
TIME = (
    rf"(?:{_SEASON}|{_PART}|{_HALF}|{_QUARTER}|{_YEAR}-\d\d(?:-\d\d)?(?!\d)|{_DAY} (?:of )?{_MONTH},? (?:of )?{_YEAR}"
    rf"|{_MONTH} {_DAY},? {_YEAR}"
    rf"|{_MONTH},? (?:of )?{_YEAR}"
    rf"|the {_YEAR[:-2]}0s|{_YEAR}(?!\d|-\d\d(?!\d))(?!s\b)|{_MONTH}\b)"
)
# The first month and how many; winter begins in December and ends in the next year's February.
_NAMED = {
    "spring": (3, 3), "summer": (6, 3), "autumn": (9, 3), "fall": (9, 3), "winter": (12, 3), "early": (1, 4), "mid": (5, 4), "late": (9, 4),
    "beginning": (1, 4), "start": (1, 4), "end": (9, 4),
}  # fmt: skip
_DATED = (
    r"(?:(?:that|which|who) )?(?:(?:were|was|are|is|have been|has been|got|get|being)(?: "
    r"|(?=n't )))?(?:only )?(?P<not1>not |n't )?(?:been )?(?:first "
    r"|only |newly )?"
    r"(?P<verb>posted|published|listed|dated|released|uploaded|submitted|written|added|put online|came out|come out|coming out"
    r"|appear(?:ed|ing)?|dat(?:e|es|ing)(?: back)?(?= (?:from|to|before|after|since|in)\b)|went (?:online|up)|made public|"
    r"stem(?:s|ming)?|(?<=are )(?=from|of|in)|(?<=were )(?=from)|(?<=n't )(?=from))? ?(?:only )?"
)
_NOT = (
    r"(?P<not2>not |other than |except(?: for)?(?: those| the ones)? |excluding(?: those)? |but not |apart from |outside (?:of )?"
    r"|leaving out )?"
)
_UNITS = (
    r"(?! ?(?:%|hours?|hrs?|languages?|samples?|speakers?|words?|tokens?|pairs?|million|billion|sentences?|examples?|steps?|people"
    r"|patients?|"
    r"subjects?|images?|videos?|utterances?|times|units?|papers?|abstracts?|studies|works|articles?)\b)"
)
_INCLUSIVE = r"(?:,? ?\(?(?:both )?(?:years |ends )?(?:included|inclusive(?:ly)?)\)?)?"
_ANY_YEAR = r"(?:,? ?(?:of|in) (?:any|every|whatever|all) years?)?"
_JOIN = r"(?: ?, ?| or | and | and/or )"

_SPANS = (
    (
        "both",
        re.compile(
            rf"\b{_DATED}{_NOT}(?:between|from|in|of|during)? ?(?:the years )?\b(?P<a>{TIME})"
            rf"(?: and | to | until | till | through | up to | ?- ?| ?\u2013 ?|\.\.)(?P<b>{TIME}){_INCLUSIVE}{_UNITS}",
            re.IGNORECASE,
        ),
    ),
    (
        "low",
        re.compile(
            rf"\b{_DATED}{_NOT}(?:since|on or after|as of|starting (?:in|from)|in or after|not before|not earlier than|no earlier than|"
            rf"from(?= {TIME} (?:on(?:wards?)?\b(?! )|onwards?\b|(?:or|and) (?:later|newer|after|onwards?)\b))) (?P<a>{TIME}){_UNITS}"
            r"(?: on(?:wards?)?\b| (?:or|and) (?:later|newer|after|onwards?)\b)?",
            re.IGNORECASE,
        ),
    ),
    (
        "above",
        re.compile(
            rf"\b{_DATED}{_NOT}(?:from )?(?:after|later than|newer than|more recent than|past) (?P<a>{TIME}){_UNITS}", re.IGNORECASE
        ),
    ),
    ("below", re.compile(rf"\b{_DATED}{_NOT}(?:from )?(?:before|prior to|earlier than|older than) (?P<a>{TIME}){_UNITS}", re.IGNORECASE)),
    (
        "high",
        re.compile(
            rf"\b{_DATED}{_NOT}(?:until|till|up to|by|through|in or before|on or before|not after|not later than|no later than) "
            rf"(?P<a>{TIME}){_UNITS}",
            re.IGNORECASE,
        ),
    ),
    ("low", re.compile(rf"\b{_DATED}{_NOT}(?:in |from )?\b(?P<a>{TIME}) (?:or|and) (?:later|newer|after|onwards?)\b", re.IGNORECASE)),
    ("high", re.compile(rf"\b{_DATED}{_NOT}(?:in |from )?\b(?P<a>{TIME}) (?:or|and) (?:earlier|older|before)\b", re.IGNORECASE)),
    (
        "any",
        re.compile(
            rf"\b{_DATED}{_NOT}(?:in|from|of|during|for|on|dated|within) (?:the (?:years?|months?)(?: of)? )?(?P<a>{TIME})"
            rf"(?P<more>(?:{_JOIN}(?:(?:in|from) )?(?:{TIME}))*){_UNITS}{_ANY_YEAR}",
            re.IGNORECASE,
        ),
    ),
    ("any", re.compile(rf"\b(?:dated|{_NOT[:-1]}) ?(?P<a>{_YEAR})\b{_UNITS}", re.IGNORECASE)),
    (
        "any",
        re.compile(
            rf"\b(?P<before>(?:papers|abstracts|articles|publications|preprints|entries),? )(?P<a>{_YEAR})(?P<more>(?:{_JOIN}{_YEAR})*)\b"
            r"(?=\s*(?:[?,.!]|$|(?:and|with|by|that|which|without|written|per|sorted|on|about)\b))",
            re.IGNORECASE,
        ),
    ),
    (
        "any",
        re.compile(
            rf"\b(?P<before>(?:the|of|among|all|any|which|what|for|from|other|your|first|many|and|are|in|list|by|with"
            rf"|non-?|top|newest|latest|oldest|two|three|four|five|six|ten|more|fewer|\d) ?|^)"
            rf"(?P<a>(?:{_MONTH} )?{_YEAR})(?P<more>(?:{_JOIN}{_YEAR})*)(?:'s)?(?: listed)? (?=(?:[\w-]+-author(?:ed)? |untitled |undated "
            rf"|upvoted )?(?:papers?|abstracts?|works?"
            rf"|studies|study|entry|entries|items?|articles?|ones?|publications?)\b)",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class _Time:
    """The first and last day, as 20240630; a month of no year has neither."""

    first: int
    last: int
    month: int = 0

    @property
    def whole_years(self) -> bool:
        """True for one year or more."""
        return not self.month and self.first % 10000 == 101 and self.last % 10000 == 1231


@dataclass(frozen=True, slots=True)
class Period(Part):
    """A condition on dates. `verb` is what puts it to papers ("posted"), "" for a bare "in 2024"; `ahead` stands right before its noun."""

    verb: str = ""
    ahead: bool = False
    connector: str = ""


def periods(text: str) -> Iterator[Period]:
    """Conditions on the date. They may overlap: the first one given is to be preferred."""
    for kind, pattern in _SPANS:
        for match in pattern.finditer(text):
            parts = _parts(kind, match)
            if parts:
                ahead = "before" in match.groupdict()
                start = match.start("a") if ahead else match.start()
                verb = match.groupdict().get("verb") or ""
                connector = match[0][: match.start("a") - match.start()].split()
                yield Period(start, match.end(), parts, True, verb, ahead, connector[-1].lower() if connector else "")


def _parts(kind: str, match: re.Match[str]) -> tuple[Range | Scan, ...]:
    found = match.groupdict()
    negated = bool(found.get("not1") or (found.get("not2") or "").strip()) or (found.get("before") or "").lower().startswith("non")
    first = _read(found["a"])
    if kind == "any":
        others = [_read(one) for one in re.findall(TIME, found.get("more") or "", re.IGNORECASE)]
        return _any([first, *others], negated=negated)
    if first.month and not (kind == "both" and not _read(found["b"]).month):
        return ()
    low: int | None = None
    high: int | None = None
    if kind == "both":
        last = _read(found["b"])
        if last.month:
            return ()
        if first.month:  # "between March and June 2023"
            first = _days(last.last // 10000, first.month, 0)
        first, last = sorted((first, last), key=lambda one: one.first)
        whole = first.whole_years and last.whole_years
        return _span(first.first, last.last, negated=negated, whole=whole)
    if kind in ("low", "above"):
        low = first.first if kind == "low" else _shifted(first.last, 1)
    else:
        high = first.last if kind == "high" else _shifted(first.first, -1)
    return _span(low, high, negated=negated, whole=first.whole_years)


def _span(low: int | None, high: int | None, *, negated: bool, whole: bool) -> tuple[Range | Scan, ...]:
    if whole:
        years = (None if low is None else low // 10000, None if high is None else high // 10000)
        if negated and None in years:
            return (Range("year", None if years[1] is None else years[1] + 1, None if years[0] is None else years[0] - 1),)
        return (Range("year", *years, outside=negated),)
    if negated:
        if low is not None and high is not None:
            return (Range("first_day", low, high, outside=True),)
        return (Range("last_day", None, low - 1),) if low is not None else (Range("first_day", (high or 0) + 1, None),)
    found = []
    if low is not None:
        found.append(Range("first_day", low=low))
    if high is not None:
        found.append(Range("last_day", high=high))
    return tuple(found)


def _any(times: list[_Time], *, negated: bool) -> tuple[Range | Scan, ...]:
    if all(one.month for one in times):
        return (Scan("month", tuple(str(one.month) for one in times), negated=negated),)
    if len(times) == 1:
        return _span(times[0].first, times[0].last, negated=negated, whole=times[0].whole_years)
    if all(one.whole_years for one in times):
        years = sorted({one.first // 10000 for one in times})
        if years == list(range(years[0], years[-1] + 1)):
            return (Range("year", years[0], years[-1], outside=negated),)
        return (Scan("year", tuple(map(str, years)), negated=negated),)
    if times[-1].first and all(one.month for one in times[:-1]) and times[-1].last - times[-1].first < 100:  # "June or July 2024"
        months = [*(one.month for one in times[:-1]), times[-1].first // 100 % 100]
        year = times[-1].first // 10000
        return (Range("year", year, year), Scan("month", tuple(map(str, months)), negated=negated))
    return ()


def _read(text: str) -> _Time:
    """The time that a matched text means."""
    lowered = text.lower()
    if decade := re.search(r"(\d\d\d)0s", lowered):
        return _Time(int(decade[1]) * 100000 + 101, int(decade[1]) * 100000 + 91231)
    if half := re.search(rf"(first|second) half of ({_YEAR})", lowered):
        return _months(int(half[2]), 1 if half[1] == "first" else 7, 6)
    if quarter := re.search(rf"(?:(first|second|third|fourth|last) quarter|q([1-4]))(?: of)? ({_YEAR})", lowered):
        place = int(quarter[2]) if quarter[2] else ("first", "second", "third", "fourth", "last").index(quarter[1]) + 1
        return _months(int(quarter[3]), 3 * min(place, 4) - 2, 3)
    if named := re.search(rf"({'|'.join(_NAMED)})\D*({_YEAR})", lowered):
        return _months(int(named[2]), *_NAMED[named[1]])
    if iso := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", lowered):
        return _days(int(iso[1]), int(iso[2]), int(iso[3] or 0))
    year = re.search(_YEAR, lowered)
    month = re.search(_MONTH, lowered)
    number = next((index for index, name in enumerate(_MONTHS) if month and name and name.startswith(month[0][:3])), 0)
    if year is None:
        return _Time(0, 0, number)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", lowered)
    return _days(int(year[0]), number, int(day[1]) if day else 0)


def _months(year: int, first: int, count: int) -> _Time:
    later, last = divmod(first + count - 2, 12)
    end = year + later
    return _Time(year * 10000 + first * 100 + 1, end * 10000 + (last + 1) * 100 + calendar.monthrange(end, last + 1)[1])


def _shifted(day: int, by: int) -> int:
    """A day before or after another."""
    moved = datetime.date(day // 10000, day // 100 % 100, day % 100) + datetime.timedelta(by)
    return int(f"{moved:%Y%m%d}")


def _days(year: int, month: int, day: int) -> _Time:
    if not 1 <= month <= 12:
        return _Time(year * 10000 + 101, year * 10000 + 1231)
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return _Time(year * 10000 + month * 100 + 1, year * 10000 + month * 100 + calendar.monthrange(year, month)[1])
    whole = year * 10000 + month * 100 + day
    return _Time(whole, whole)
