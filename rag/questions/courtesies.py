"""Questions that are not put to the abstracts: greetings, thanks, what the assistant can do, and what is new in the index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from rag.questions.query import News, SmallTalk
from rag.questions.times import read_time
from rag.questions.tokens import Tokens
from rag.questions.verbalize import spell_date

_KINDS: tuple[tuple[str, SmallTalk], ...] = (
    ("help", "abilities"),
    ("themes", "overview"),
    ("corpus", "overview"),
    ("overview", "overview"),
    ("here", "overview"),
    ("paper", "overview"),
    ("assistant", "abilities"),
    ("hello", "greeting"),
    ("thanks", "thanks"),
    ("bye", "farewell"),
)
_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class Since:
    """From when on, as it is said, and the moment itself."""

    said: str
    moment: datetime


def read_courtesy(tokens: Tokens) -> SmallTalk | None:
    """What kind of courtesy a question is, if it is one."""
    ends = sum(one.is_word for one in tokens.words)
    for kind, courtesy in _KINDS[-3:]:
        if ends and tokens.skip(0, kind, "filler", "please") >= ends:
            return courtesy
    for kind, courtesy in _KINDS:
        if tokens.has(kind):
            return courtesy
    known = ("papers", "know", "have", "collection", "corpus", "contain")
    return "overview" if any(one.word in known for one in tokens.words) else None


def small_talk_form(small_talk: SmallTalk) -> Literal["about", "small talk"]:
    """Whether it asks about the assistant or its corpus, or is a courtesy."""
    return "about" if small_talk in ("abilities", "overview") else "small talk"


def read_news(tokens: Tokens) -> tuple[News, list[tuple[int, int]]]:
    """Since when something is to be new, and where that is said."""
    for place, visit in tokens.each("visit"):
        return News(tokens.span(place, visit.end), "visit"), [(place, visit.end)]
    for place in range(len(tokens)):
        lead = tokens.take(place, "low", "above", "in") if tokens.take(place, "last_rel", "recent_rel") is None else None
        start = lead.end if lead else place
        start += tokens.word(start) == "the"
        end = _moment_end(tokens, start)
        if end is not None:
            return News(tokens.span(place, end), "time"), [(place, end)]
    for place, run in tokens.each("run"):
        return News(tokens.span(place, run.end), "run"), [(place, run.end)]
    return News("", "run"), []


def _moment_end(tokens: Tokens, place: int) -> int | None:
    """The place behind a time: "last Monday", "the last 5 days", "two hours ago", "3 May 2024"."""
    at = tokens.skip(place, "last_rel", "recent_rel")
    day = tokens.take(at, "weekday")
    if day is not None:
        return day.end
    many = tokens.take(at, "number")
    unit = tokens.take(many.end if many else at, "unit")
    if unit is not None and unit.value in (*_UNITS, "year") and (at > place or many or tokens.word(place - 1) in ("a", "an")):
        ago = tokens.take(unit.end, "ago")
        return ago.end if ago else unit.end if at > place else None
    found = read_time(tokens, place, date(2000, 1, 1))
    return found[1] if found is not None and tokens.take(place - 1, "low", "above", "in") else None


def resolve_since(news: News, now: datetime) -> Since:
    """From when on, for a question of kind "time", with the day said that is meant. Days begin at midnight in UTC, weeks on Monday.

    "Since Monday" is since the last one before today; "since last week" is since its Monday.
    """
    tokens = Tokens(news.since)
    lead = tokens.take(0, "low", "above", "in") if tokens.take(0, "last_rel", "recent_rel") is None else None
    start = lead.end if lead else 0
    now = now.astimezone(UTC)
    moment, dated = _moment(tokens, tokens.skip(start, "determiner"), now)
    at = spell_date(f"{moment:%Y-%m-%d}") + (f", {moment:%H:%M}" if moment.hour or moment.minute else "")
    said = start - (start > 0 and tokens.word(start - 1) == "the")
    return Since(f"since {at}, UTC" if dated else f"since {tokens.span(said, len(tokens))} ({at}, UTC)", moment)


def _moment(tokens: Tokens, place: int, now: datetime) -> tuple[datetime, bool]:
    """The moment, and whether it is a date that needs no explanation."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    at = tokens.skip(place, "last_rel", "recent_rel")
    day = tokens.take(at, "weekday")
    if day is not None:
        back = {"today": 0, "yesterday": 1}.get(day.value)
        return midnight - timedelta(days=(now.weekday() - int(day.value) - 1) % 7 + 1 if back is None else back), False
    many = tokens.take(at, "number")
    unit = tokens.take(many.end if many else at, "unit")
    if unit is not None and unit.value in (*_UNITS, "year"):
        if many or tokens.take(unit.end, "ago") or tokens.word(place - 1) == "the" or unit.value in ("hour", "day"):
            count = min(int(many.value), 1000) if many else 1
            return (now - count * _UNITS.get(unit.value, timedelta(days=365))).replace(second=0, microsecond=0), False
        last = tokens.take(place, "last_rel") is not None
        return _begun(midnight, unit.value, last=last), False
    found = read_time(tokens, place, now.date())
    if found is None:
        return midnight, False
    time = found[0]
    if time.month:  # of no year: the last one that has begun
        return datetime(now.year - (time.month > now.month), time.month, 1, tzinfo=UTC), True
    return datetime(time.first // 10000, time.first // 100 % 100, time.first % 100, tzinfo=UTC), True


def _begun(midnight: datetime, unit: str, *, last: bool) -> datetime:
    """The beginning of this or the last week, month or year."""
    if unit == "week":
        return midnight - timedelta(days=midnight.weekday() + 7 * last)
    if unit == "year":
        return midnight.replace(year=midnight.year - last, month=1, day=1)
    first = midnight.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1) if last else first
