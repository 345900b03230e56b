"""Times that a question names (a year, a month, a quarter, a day), and the conditions on papers that they make."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.corpus import iso_date
from rag.model import Range, Scan, day_number
from rag.questions.amounts import NUMBER, Part, number
from rag.text import BE, DO, HAVE, MONTH, MONTHS, ORDINALS, any_of

# A time that a question names: a year, a month, a season, a quarter, a day; how it is written and which days it means.

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
    if named := re.search(rf"({'|'.join(_NAMED)})\D{{0,40}}({YEAR})", lowered):
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
    return Time(day_number(date, "first"), day_number(date, "last"))


def shifted(day: int, by: int) -> int:
    """A day before or after another."""
    moved = datetime.date(day // 10000, day // 100 % 100, day % 100) + datetime.timedelta(by)
    return int(f"{moved:%Y%m%d}")


# Times of papers as questions put them: "from 2024", "between 2019 and 2021", "since June 2023", "in December", "not from 2024".

_DATED = (
    rf"(?:(?:that|which|who) )?(?:(?:{BE}|have been|has been|got|get|being)(?: "
    r"|(?=n't )))?(?:only )?(?P<not1>not |n't )?(?:been )?(?:first "
    r"|only |newly )?"
    r"(?P<verb>posted|put up|published|listed|dated|released|uploaded|submitted|written|added|put online|came out|come out|coming out"
    r"|appear(?:ed|ing)?|dating(?: back)?|dates?(?: back)?(?= (?:back|from|to|before|after|since|in)\b)|went (?:online|up)|made public|"
    r"stem(?:s|ming)?|(?<=are )(?=from|of|in)|(?<=were )(?=from)|(?<=n't )(?=from))? ?(?:only )?"
)
_NOT = (
    r"(?P<not2>not |neither |other than |except(?: for)?(?: those| the ones)? |excluding(?: those)? |but not |apart from |outside (?:of )?"
    r"|leaving out )?"
)
_UNITS = (
    r"(?! ?(?:%|hours?|hrs?|languages?|samples?|speakers?|words?|tokens?|pairs?|million|billion|sentences?|examples?|steps?|people"
    r"|patients?|"
    rf"subjects?|images?|videos?|utterances?|times|units?|{any_of('papers', 'works.many')})\b)"
)
_BUT = r"(?:(?<=everything )|(?<=anything )|(?<=all )|(?<=papers ))but"
_INCLUSIVE = r"(?:,? ?\(?(?:both )?(?:years |ends )?(?:included|inclusive(?:ly)?)\)?)?"
_ANY_YEAR = (
    r"(?:,? ?(?:(?:of|in) (?:any|every|whatever|all) years?|(?:whatever|whichever|no matter|regardless of|in any|any)"
    r"(?: the| which| what)? year)\b)?"
)
# "From 2023 on" is a span; "from 2023 on speech" goes on with a topic, and so does "on that topic".
_ON = rf"(?! (?!(?:with|by|and|without|which|that (?:nobody|no one|{HAVE}|are|were|{DO}|got|mention|contain|show))\b))"
_JOIN = r"(?: ?, ?| or | nor | and | and/or | ?& ?)"

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
            rf"from(?= {TIME} (?:on(?:wards?)?\b{_ON}|onwards?\b|(?:or|and) (?:later|newer|after|onwards?)\b))) (?P<a>{TIME}){_UNITS}"
            rf"(?: on(?:wards?)?\b{_ON}| (?:or|and) (?:later|newer|after|onwards?)\b)?",
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
            rf"\b{_DATED}{_NOT}(?:until|till|up to(?: and including)?|by|through|in or before|on or before|not after|not later than"
            rf"|no later than) (?P<a>{TIME}){_UNITS}",
            re.IGNORECASE,
        ),
    ),
    ("low", re.compile(rf"\b{_DATED}{_NOT}(?:in |from )?\b(?P<a>{TIME}) (?:or|and) (?:later|newer|after|onwards?)\b", re.IGNORECASE)),
    ("high", re.compile(rf"\b{_DATED}{_NOT}(?:in |from )?\b(?P<a>{TIME}) (?:or|and) (?:earlier|older|before)\b", re.IGNORECASE)),
    (
        "any",
        re.compile(
            rf"\b{_DATED}{_NOT}(?:(?:with|have|has|having|carry|carries|carrying|bear|bears|bearing|show) (?:an?|the|as) (?:date"
            rf"|year)(?: in| of| from)?"
            rf"|back to|in|from|of|during|for|on|dated|within) (?:(?:the (?:years?|months?)(?: of)?|any|every|each) )?(?P<a>{TIME})"
            rf"(?P<more>(?:{_JOIN}(?:(?:in|from) )?(?:{TIME})){{0,12}}){_UNITS}{_ANY_YEAR}",
            re.IGNORECASE,
        ),
    ),
    ("any", re.compile(rf"\b(?:dated|only|just|{_NOT[:-1]}) ?(?P<a>{YEAR})\b{_UNITS}", re.IGNORECASE)),
    ("any", re.compile(rf"\b(?P<a>{YEAR}) only\b", re.IGNORECASE)),
    ("any", re.compile(rf"(?<=[,;] )(?P<a>{YEAR})(?=\s*(?:[,;:?]|$))", re.IGNORECASE)),
    (
        "any",
        re.compile(
            rf"\b(?P<before>{any_of('papers.many', 'entries.many')},? )(?P<a>{YEAR})(?P<more>(?:{_JOIN}{YEAR}){{0,12}})\b"
            r"(?=\s*(?:[?,.!]|$|(?:and|with|by|that|which|without|written|per|sorted|on|about)\b))",
            re.IGNORECASE,
        ),
    ),
    (
        "any",
        re.compile(
            rf"\b(?P<not2>(?:{_BUT}|except(?: for)?|other than|excluding|apart from) )?"
            rf"(?P<before>(?:the|of|among|all|any|which|what|for|from|other|your|first|many|and|are|in|list|by|with"
            rf"|non-?|top|newest|latest|oldest|{any_of('numbers.several')}|more|fewer|\d) ?|^)"
            rf"(?P<a>(?:{MONTH} )?{YEAR})(?P<more>(?:{_JOIN}{YEAR}){{0,12}})(?:'s)?(?: listed)? (?="
            rf"(?:[\w-]+-author(?:ed)? |untitled |undated |upvoted )?(?:{any_of('papers', 'works', 'entries', 'items')}|ones?)\b)",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Period(Part):
    """A condition on dates. `verb` is what puts it to papers ("posted"), "" for a bare "in 2024"; `ahead` stands right before its noun."""

    verb: str = ""
    ahead: bool = False
    connector: str = ""


def read_periods(text: str) -> Iterator[Period]:
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
    first = read_time(found["a"])
    if kind == "any":
        others = [read_time(one) for one in re.findall(TIME, found.get("more") or "", re.IGNORECASE)]
        return _any([first, *others], negated=negated)
    if first.month and kind == "both" and (last_month := read_time(found["b"]).month):  # "from June to August"
        months = [one % 12 + 1 for one in range(first.month - 1, first.month + (last_month - first.month) % 12)]
        return (Scan("month", tuple(map(str, months)), negated=negated),)
    if first.month and not (kind == "both" and not read_time(found["b"]).month):
        return ()
    low: int | None = None
    high: int | None = None
    if kind == "both":
        last = read_time(found["b"])
        if last.month:
            return ()
        if first.month:  # "between March and June 2023"
            first = days(last.last // 10000, first.month, 0)
        first, last = sorted((first, last), key=lambda one: one.first)
        whole = first.whole_years and last.whole_years
        return _span(first.first, last.last, negated=negated, whole=whole)
    if kind in ("low", "above"):
        low = first.first if kind == "low" else shifted(first.last, 1)
    else:
        high = first.last if kind == "high" else shifted(first.first, -1)
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


def _any(times: list[Time], *, negated: bool) -> tuple[Range | Scan, ...]:
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
