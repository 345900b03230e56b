"""Questions that are not put to the abstracts: greetings, thanks, what the assistant can do, and what is new in the index."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from rag.questions.amounts import NUMBER, number
from rag.questions.dates import TIME, read_time
from rag.questions.papers import PAPERS
from rag.questions.verbalize import spell_date
from rag.text import BE, DO, HAVE, any_of

# What is no question to the corpus: greetings, thanks, and questions about the assistant or about the corpus itself.

SmallTalk = Literal["greeting", "thanks", "farewell", "abilities", "overview"]

_SOFT = r"(?:(?:and|so|ok(?:ay)?|well|oh|um|please|hi|hello|hey),? )*"
_TOOL = (
    r"(?:you|this (?:tool|assistant|program|app|thing|system|chatbot|bot|site|page)|the (?:tool|assistant|program|app|bot|chatbot)"
    r"|abstract-?rag|rag)"
)
_CORPUS = (
    r"(?:(?:this|the|your|our) (?:\w+ )?(?:corpus|collection|library|index|database|listing|data ?set|catalogue)|(?:the|these|those"
    r"|your|all) (?:listed |stored )?(?:papers|abstracts|documents)|here)"
)
_PATTERNS: tuple[tuple[SmallTalk, str], ...] = (
    (
        "greeting",
        r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|hallo|moin|salut|bonjour|hola)(?:,? (?:there"
        r"|all|everyone|again|you|assistant|bot|librarian))?",
    ),
    (
        "greeting",
        r"(?:(?:hi|hello|hey)[,!.]? )?(?:how are you(?: doing)?(?: today)?|how is it going|how's it going|what's up|nice to meet you)",
    ),
    (
        "thanks",
        r"(?:(?:many )?thanks(?: a lot| so much| very much)?|thank you(?: so much| very much| kindly)?|thx|cheers|great|perfect"
        r"|nice|cool|ok(?:ay)?|good|got it|understood|wonderful|well done|very helpful|that helps|that was helpful)"
        r"(?:[,!.]? (?:thanks|thank you|great|perfect|that helps|for (?:your|the) (?:help|answer)|that was helpful|very helpful))*",
    ),
    ("farewell", r"(?:bye(?:[- ]bye)?|goodbye|good ?night|see you(?: later| soon)?|that's all|that is all|farewell|exit|quit)"),
    ("abilities", rf"(?:who|what) (?:are|is) {_TOOL}"),
    ("abilities", rf"what {any_of('auxiliaries.do', 'auxiliaries.modal')} {_TOOL} (?:do|know|offer|answer|help (?:me )?with)(?: for me)?"),
    (
        "abilities",
        rf"(?:how|in what way) (?:do|does|can|should) (?:{_TOOL}|this|it|all this) (?:work|help(?: me)?|answer(?: questions)?|be used)",
    ),
    (
        "abilities",
        rf"(?:how (?:do|can|should) i (?:use|ask|work with)(?: {_TOOL.replace('you|', '')}| (?:you|it|this))?|help(?: me)?|(?:what"
        rf"|which) (?:kinds? of )?questions (?:can|may|should|could) i ask(?: (?:you|here))?|what can i (?:ask|do)(?: (?:you|here"
        rf"|with you|with this))?)",
    ),
    (
        "abilities",
        r"(?:tell me about yourself|introduce yourself|are you (?:a|an) (?:bot|robot|human|ai|person|language model|llm|machine)"
        r"|what languages? do you (?:speak|understand)|can you help(?: me)?)",
    ),
    (
        "overview",
        rf"what(?:'s| is| do you have| have you got| can i find)(?: there)? ?(?:in|inside)? {_CORPUS}(?: (?:about|on|all about))?",
    ),
    (
        "overview",
        rf"(?:what|which) (?:topics?|themes?|subjects?|areas?|fields?|kinds? of (?:papers|research|topics|work)|sorts? of (?:papers"
        rf"|topics|research)|papers)(?: (?:are|is|{DO}|can))?(?: (?:there|you|i|{_CORPUS}))?(?: (?:cover|covered|have|find"
        rf"|deal with|treated?|contain|in|about|on|there|known|know))*(?: (?:in|by|about)? ?{_CORPUS})?",
    ),
    ("overview", rf"what (?:is|are) {_CORPUS} (?:about|on|made of|made up of)(?: in general| overall| mainly)?"),
    (
        "overview",
        rf"(?:give|show|write)(?: me)? (?:an? |the )?(?:short |brief |quick |general )?(?:overview|summary|outline|description"
        rf"|impression)(?: (?:of|over|about|for) {_CORPUS})?|(?:describe|summari[sz]e|outline|introduce) {_CORPUS}"
        rf"|(?:an? )?overview of {_CORPUS}|overview",
    ),
    (
        "overview",
        rf"what (?:do|does|did) {_CORPUS} (?:contain|cover|hold|have|include|deal with|treat|comprise)(?: in general| overall)?"
        rf"|what (?:do you know|do you know about|is known here|have you got|have you read|can you tell me about {_CORPUS})",
    ),
    ("overview", rf"how (?:big|large) is {_CORPUS}"),
)
_COMPILED = tuple((name, re.compile(rf"{_SOFT}(?:{pattern})[\s!.?:)]*", re.IGNORECASE)) for name, pattern in _PATTERNS)


def small_talk_form(small_talk: SmallTalk) -> Literal["about", "small talk"]:
    """Whether it asks about the assistant or its corpus, or is a courtesy."""
    return "about" if small_talk in ("abilities", "overview") else "small talk"


def read_small_talk(text: str) -> SmallTalk | None:
    """What kind of courtesy a whole text is; None for a question to the corpus."""
    said = " ".join(text.replace("\u2019", "'").split())
    return next((name for name, pattern in _COMPILED if pattern.fullmatch(said)), None)


# Questions about what has come into the index: "what's new?", "which papers were added since Monday?"; by rules. A plain date behind
# "added since" is left to the conditions on papers' own dates, as in "posted since June 2024".

Kind = Literal["visit", "run", "time"]

_DAYS = tuple(name.lower() for name in calendar.day_name)
_UNITS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}
_VISIT = (
    r"since (?:(?:the|my|our) )?(?:last|previous|latest) (?:time|visit|session|conversation|chat|question)"
    r"(?: (?:that )?(?:i|we) (?:asked|talked|spoke|was here|were here|visited|looked|checked|came)(?: here| in| by)?)?"
    r"|since (?:i|we) (?:last )?(?:was|were|asked|talked|spoke|visited|looked|checked|came)(?: here| in| by)?(?: last)?"
)
_RUN = (
    r"recently|lately|last|most recently|since the (?:last|previous|latest) (?:indexing|update|run|import|upload)"
    r"|in the (?:last|latest) (?:indexing|update|run)"
)
_MOMENT = (
    rf"(?:(?:since|after|from|on) )?(?:last )?(?P<day>yesterday|today|{'|'.join(_DAYS)})"
    r"|(?:since |in |during )?(?P<which>last|this) (?P<unit>week|month|year)"
    rf"|(?:since|in|within|over|during) the (?:last|past) (?:(?P<many>{NUMBER}) )?(?P<units>hours?|days?|weeks?|months?)"
    rf"|(?:since )?(?P<ago>{NUMBER}|an?) (?P<units_>hours?|days?|weeks?|months?) ago"
)
_DATE = rf"(?:since|after) (?:the )?(?P<date>{TIME})"
_HERE = (
    r"(?: (?:in|to|into|on|here in) (?:the|this|your|our) (?:corpus|collection|library|index|database|catalogue)| here| (?:in|with) here)?"
)
_ABOUT = rf"(?: (?:about|on|concerning|regarding) (?P<{{name}}>(?:(?!\b(?:since|{BE}|{HAVE}|got|came)\b).)+?))?"
_WHEN = rf"(?:,? (?P<when>(?P<visit>{_VISIT})|(?:{_RUN})|{_MOMENT}))"
_WHEN_DATED = rf"(?:,? (?P<when>(?P<visit>{_VISIT})|(?:{_RUN})|{_MOMENT}|{_DATE}))"
_NEWS_LEAD = r"(?:(?:and|so|ok(?:ay)?|well|hi|hello|hey|please|tell me|show me),? )*"
_ASKS = rf"(?:which|what|how many|list|show(?: me)?|are there(?: any)?|(?:is|are) any|any|name)(?: all)?(?: the)?(?: new)? (?:{PAPERS})"
_CAME = (
    r"(?: (?:that|which))?(?: (?:were|was|are|have been|has been|have|has|got|did))?(?: (?:newly|new|recently|lately|last|just|freshly))?"
    r" (?P<verb>added|indexed|imported|uploaded to the index|brought in|come in|came in|come into the index|came into the index)"
)
_NEWS_PATTERNS = tuple(
    re.compile(rf"{_NEWS_LEAD}(?:{pattern})[\s?.!]*", re.IGNORECASE)
    for pattern in (
        rf"(?:what(?:'s| is| are| was)|is there anything|is anything|anything|something|what do you have that is) new"
        rf"{_HERE}{_WHEN_DATED}?{_HERE}",
        rf"what (?:has|have) (?:changed|been added|come in){_HERE}{_WHEN_DATED}?{_HERE}",
        rf"what (?:was|is) (?:newly |recently )?added{_HERE}{_WHEN}?{_HERE}",
        rf"{_ASKS}{_ABOUT.format(name='topic')}{_CAME}{_HERE}{_WHEN}?{_HERE}",
        rf"{_ASKS}{_ABOUT.format(name='topic')}(?: that| which)? (?:are|is) new{_HERE}{_WHEN_DATED}?{_HERE}",
        rf"(?:which|what|how many|list|show(?: me)?|are there|any|name)(?: all)?(?: the)?(?: any)? new (?:{PAPERS})"
        rf"{_ABOUT.format(name='topic')}(?: are there| do you have| have you got)?{_HERE}{_WHEN}{_HERE}",
    )
)


@dataclass(frozen=True, slots=True)
class Since:
    """From when on, as it is said, and the moment itself."""

    said: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class News:
    """A question about what came into the index: since when, as it was put, and about which topic ("" for any).

    `kind` tells what it is since: the asker's last visit, the last run that brought abstracts in, or a time.
    """

    since: str
    kind: Kind
    topic: str = ""


def read_news(text: str) -> News | None:
    """What a whole question asks of what is new; None for any other question."""
    said = " ".join(text.replace("\u2019", "'").split())
    for pattern in _NEWS_PATTERNS:
        match = pattern.fullmatch(said)
        if match:
            found = match.groupdict()
            kind: Kind = "visit" if found.get("visit") else "time" if _moment_of(found) else "run"
            return News(found.get("when") or "", kind, (found.get("topic") or "").strip())
    return None


def asks_of_visit(text: str) -> bool:
    """True for a question about what is new to which it matters when the asker was here before."""
    news = read_news(text)
    return news is not None and (news.kind == "visit" or not news.since)


def resolve_since(news: News, now: datetime) -> Since:
    """From when on, for a question of kind "time", with the day said that is meant. Days begin at midnight in UTC, weeks on Monday.

    "Since Monday" is since the last one before today; "since last week" is since its Monday.
    """
    match = re.fullmatch(rf"(?:{_MOMENT}|{_DATE})", news.since, re.IGNORECASE)
    assert match is not None, "it was read by the same pattern"
    moment = _moment(match, now.astimezone(UTC))
    at = spell_date(f"{moment:%Y-%m-%d}") + (f", {moment:%H:%M}" if moment.hour or moment.minute else "")
    words = re.sub(r"^(?:since|after|from|on|in|during|within|over) ", "", news.since, flags=re.IGNORECASE)
    return Since(f"since {at}, UTC" if match["date"] else f"since {words} ({at}, UTC)", moment)


def _moment_of(found: dict[str, str | None]) -> str:
    """The group of the pattern that names a time, "" for none."""
    return next((name for name in ("day", "unit", "units", "units_", "date") if found.get(name)), "")


def _moment(match: re.Match[str], now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if day := (match["day"] or "").lower():
        back = 0 if day == "today" else 1 if day == "yesterday" else (now.weekday() - _DAYS.index(day) - 1) % 7 + 1
        return midnight - timedelta(days=back)
    if unit := (match["unit"] or "").lower():
        return _begun(midnight, unit, last=match["which"].lower() == "last")
    if match["date"]:
        time = read_time(match["date"])
        if time.month:  # of no year: the last one that has begun
            return datetime(now.year - (time.month > now.month), time.month, 1, tzinfo=UTC)
        return datetime(time.first // 10000, time.first // 100 % 100, time.first % 100, tzinfo=UTC)
    units = (match["units"] or match["units_"]).lower().removesuffix("s")
    many = match["many"] or match["ago"] or "1"
    return (now - min(number(many) if many.lower() not in ("a", "an") else 1, 1000) * _UNITS[units]).replace(second=0, microsecond=0)


def _begun(midnight: datetime, unit: str, *, last: bool) -> datetime:
    """The beginning of this or the last week, month or year."""
    if unit == "week":
        return midnight - timedelta(days=midnight.weekday() + 7 * last)
    if unit == "year":
        return midnight.replace(year=midnight.year - last, month=1, day=1)
    first = midnight.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1) if last else first
