"""Conditions on papers, read from a question by rules: each counts only where its phrase attaches to papers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.model import Filters, Range, Scan
from rag.questions.amounts import Part, read_amounts
from rag.questions.collection_query import topic_words
from rag.questions.dates import Period, read_periods
from rag.questions.mentions import Mention, mention_settings, read_mentions
from rag.questions.papers import ATTACHED_TO, THINGS, WORKS, file_conditions, stated_conditions
from rag.text import BE, DO, HAVE, any_of

# Whether a phrase attaches to papers: nothing but conditions and linking words may stand between it and a word for papers.

_HERE = (
    r"(?:in|of|from|on|among|within) (?:this|the|your|our|that|whole|entire) ?(?:whole |entire |present |given )?(?:corpus"
    r"|collection|listings?|list|index|library|database|data ?set|set|catalogue|catalog|page|feed)"
)
_GLUE = re.compile(
    rf"{_HERE}|\b(?:most|fewest|least|highest|lowest|largest)[- ](?:number of )?(?:up-?voted|up-?votes?|liked|commented|discussed"
    rf"|comments?|authors?)\b"
    rf"|\b(?:per|for each|each|every|by) (?:year|month)s?\b|\b(?:that|which|who|{BE}|be|been|being|{HAVE}"
    rf"|got|get|gets|there|here|{DO}|you|we|i|us|me|know|posted|published"
    r"|received|drew|dates?|dating|back|went|online|something|everything|neither|nor|n|w|tell|list|show|give|count|collection"
    r"|corpus|listings?|ever|already|each|first|last|more|than|vs|versus|compared|"
    r"listed|released|written|available|exist|existing|stored|shown|only|all|either|both|and|or|but|also|come|came|coming|out"
    r"|appear|appeared|"
    rf"of|them|these|those|any|some|{any_of('papers', 'works', 'entries')}|items?|the|in|to|with|just|please|find|see"
    r"|say|please|"
    r"not|n't|don|doesn|didn|aren|weren|at|one|ones|explicitly|actually|whose|dated|still|total|altogether|t|a|an)\b|[,()'\u2019:]|\s",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^\s*+(?:,|that|which|are|is|were|who)*\s*+(?:on|about|dealing with|concerning|regarding|covering|related to|concerned with"
    r"|devoted to)\b[^?!.;]*$",
    re.IGNORECASE,
)
_FINITE = re.compile(rf"(?:^|[\s,])(?:{BE}|have been|has been|got)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[?.!,;]|$|and\b|that\b|which\b|with\b|have\b|has\b|mention)")
_ASKED = re.compile(r"\b(?:how many|which|what|list|show|name|two|three|several|were|was|are)\b", re.IGNORECASE)

_NEAREST = 3  # words for papers before a condition; beyond those, what stands between is more and not less


def attaches(text: str, one: Part, works: list[tuple[int, int]], taken: Sequence[Part]) -> bool:
    """True where a condition is one on papers, which stand at `works`; those `taken` count as part of them."""
    if isinstance(one, Period) and one.ahead:
        return True
    blank = blank_out(text, [(other.start, other.end) for other in taken])
    before = [end for _, end in works if end <= one.start]
    inside = any(start < one.end and one.start < end for start, end in works)
    if inside or any(not _GLUE.sub("", blank[end : one.start]) for end in before[-_NEAREST:]):
        return True
    if _leads(one, blank, works):
        return True
    return isinstance(one, Period) and bool(before) and _resumes(one, blank[before[-1] : one.start], text[one.end :])


def _resumes(one: Period, between: str, after: str) -> bool:
    """True where the phrase is about papers again after their topic: "papers on speech from 2023", "... were posted in 2024"."""
    if one.verb in ("posted", "published", "listed", "dated", "came out", "appeared", "uploaded"):
        return (
            _TOPIC.match(between) is not None
            or re.search(r"(?:,|\band|\bbut|\bthat|\bwhich)\s*$", between) is not None
            or _FINITE.search(text_before(one, between)) is not None
        )
    return (
        _TOPIC.match(between) is not None
        and one.connector not in ("in", "during", "for", "on", "by", "to")
        and _ENDS.match(after) is not None
    )


def text_before(one: Period, between: str) -> str:
    """What stands right before the phrase."""
    return between[-12:]


def _leads(one: Part, blank: str, works: list[tuple[int, int]]) -> bool:
    """True for "In 2024, how many papers ..." and "No more than two authors: which papers?"."""
    if _GLUE.sub("", blank[: one.start]).strip():
        return False
    ahead = next((blank[one.end : start] for start, _ in works if start >= one.end), None)
    return ahead is not None and _ASKED.search(ahead) is not None and not _GLUE.sub("", _ASKED.sub("", ahead))


def blank_out(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in the place of what is taken."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


# Counts that a question compares: "more papers from 2023 or 2024?", "more with one author than with two?".

_COMPARED = re.compile(r"\b(?:more|fewer|less)\b(?! (?:than )?(?:\d|authors?\b|up-?votes?\b|comments?\b|likes?\b))", re.IGNORECASE)
_OPPOSED = re.compile(r"\b(?:or|than|vs\.?|versus|compared (?:to|with))\b", re.IGNORECASE)
_BETWEEN = re.compile(
    r"[\s,?]*(?:(?:papers|abstracts|ones) )?(?:(?:more|fewer|less) (?:(?:common|numerous|frequent|often) )?)?(?:or"
    r"|than|vs\.?|versus|compared (?:to|with))\s+(?:(?:those|ones|papers|abstracts|there are|are|were|that"
    r"|which|posted|published)\s+)*",
    re.IGNORECASE,
)


def merge_parts(parts: Sequence[Range | Scan]) -> Filters:
    """Conditions that must all hold, each once."""
    ranges = tuple(dict.fromkeys(part for part in parts if isinstance(part, Range)))
    return Filters(ranges, (), tuple(dict.fromkeys(part for part in parts if isinstance(part, Scan))))


def compared_counts(text: str, found: Sequence[Part]) -> tuple[tuple[Filters, ...], tuple[Part, ...]]:
    """The conditions whose numbers a question compares, and the phrases that state them; none where it compares no numbers."""
    stated = [(one.start, one.end) for one in found]
    ways = (match for match in _COMPARED.finditer(text) if not any(start <= match.start() < end for start, end in stated))
    way = next(ways, None)
    if way is None:
        return (), ()
    ordered = sorted(found, key=lambda one: one.start)
    for one, other in itertools.pairwise(ordered):
        if _BETWEEN.fullmatch(text[one.end : other.start] + " "):
            return (merge_parts(one.parts), merge_parts(other.parts)), (one, other)
    for one in (one for one in ordered if one.end > way.start()):
        values = _alternatives(one)
        if len(values) > 1 and _OPPOSED.search(text[one.start : one.end]):
            return values, (one,)
    return (), ()


def _alternatives(one: Part) -> tuple[Filters, ...]:
    """The single conditions of one that is met by any of several values."""
    if len(one.parts) != 1:
        return ()
    part = one.parts[0]
    if isinstance(part, Scan):
        return tuple(Filters(scans=(replace(part, values=(value,)),)) for value in part.values) if not part.negated else ()
    if part.low is None or part.high is None or part.outside or part.field == "first_day":
        return ()
    return tuple(Filters((Range(part.field, value, value),)) for value in range(part.low, part.high + 1))


# Conditions on papers, read from a question by rules: each counts only where its phrase attaches to papers. "How many papers from 2024
# ..." asks for papers of a year; "since 1979" or "10 languages" are what a paper is about. So a phrase is taken for a condition where
# nothing but such phrases and linking words stand between it and a word for papers.

_ASKS = re.compile(
    r"\W*(?:(?:and|but|so|then|ok|okay|please|now|hi|hello),? )*(?:(?:in|of|from|among|by|for|since|until|before|after|between"
    r"|during|with|without|on) .*)?"
    rf"\b(?:what|which|who|whose|how|when|where|why|{BE}|{DO}|{HAVE}|can|could|list|show|name|give|find|tell"
    r"|count|any|compare|rank|sort|order|get|print|break|split|group|tabulate|enumerate|display|fetch|search|look|plot|chart|top|everything)\b",
    re.IGNORECASE,
)
_LINKED = re.compile(
    rf"\W*(?:(?:{THINGS}|{any_of('papers')}|titles?|that|which|who|whose|also|too|on|about|in|of|with|for|by|from|and|or"
    r"|please|using|mention\w*|contain\w*|per|concerning|regarding|related|dealing|here|only|but|w|over|under|more|than|at|between"
    r"|since|until|before|after|without|sorted|ranked|ordered|grouped)\b|$)",
    re.IGNORECASE,
)
_MOST = 32  # conditions of one question; each is held against all that stands before it
_TELLING = re.compile(rf"(?<!that )(?<!which )(?<!who )\b(?:{HAVE}|{BE})\b \w", re.IGNORECASE)


_MEASURES = re.compile(
    r"\b(?:authors?|up-?votes?|likes?|comments?|titles?|dates?|most|least|fewest|highest|lowest|largest|smallest|newest|oldest|latest|earliest"
    r"|average|mean|median|share|percentage|fraction|proportion|per|upvoted|commented|please|could|entries|entry|items?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was read: `filters`, where in the text (start, end), and the text `bare` of them, blanks in their place.

    `found` are the conditions one by one, each with its place. `tells` is true of a sentence that states something: nothing
    is read from it. `sides` are conditions whose numbers are to be compared, and are not among the `filters`.
    """

    filters: Filters
    spans: tuple[tuple[int, int], ...]
    bare: str
    found: tuple[Part, ...] = ()
    tells: bool = False
    sides: tuple[Filters, ...] = ()


# "How often is BERT mentioned?" is counted by abstract.
_OFTEN = re.compile(
    rf"^how (?:many times|often) (?=(?:{BE}|{DO}|{HAVE}) .*\b(?:mentioned|named|cited|occur|appear|come up)\W*$)",
    re.IGNORECASE,
)


def read_conditions(text: str, sources: Sequence[str] = ()) -> Conditions:
    """The conditions on papers that a question states. `sources` are the names of files that it may name."""
    plain = _OFTEN.sub("in how many abstracts ", _straight(text))
    works = [match.span() for match in ATTACHED_TO.finditer(plain)]
    found = _accepted(plain, works, sources) if works else []
    if (
        found
        and WORKS.search(plain) is None
        and _other_things(blank_out(plain, [*((one.start, one.end) for one in found), *mention_settings(plain)]))
    ):
        found = []
    tells = _tells(plain, blank_out(plain, [*((one.start, one.end) for one in found), *mention_settings(plain)]))
    if tells:
        found = []
    sides, compared = compared_counts(plain, found)
    filters = merge_parts([part for one in found if one not in compared for part in one.parts])
    spans = [(one.start, one.end) for one in found]
    if any(isinstance(one, Mention) for one in found):
        spans += mention_settings(plain)
    return Conditions(filters, tuple(sorted(spans)), blank_out(plain, spans), tuple(found), tells, sides)


def _other_things(bare: str) -> bool:
    """True where a word such as items or documents stands with words of a subject: they need not be papers."""
    return bool(topic_words(_MEASURES.sub(" ", ATTACHED_TO.sub(" ", bare))))


def _tells(text: str, bare: str) -> bool:
    """True for a sentence that states something and asks nothing: "Papers published before 2010 overestimate effects"."""
    if "?" in text or _ASKS.match(text) or not topic_words(_MEASURES.sub(" ", WORKS.sub(" ", bare))):
        return False
    first = WORKS.search(bare)
    return first is not None and (_LINKED.match(bare[first.end() :]) is None or _TELLING.search(bare[first.end() :]) is not None)


def _straight(text: str) -> str:
    """The text with straight quotes, each character in its place."""
    return text.translate(str.maketrans("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb", '"""\'\'""'))


def _accepted(text: str, works: list[tuple[int, int]], sources: Sequence[str]) -> list[Part]:
    """The conditions that attach to papers, none overlapping another."""
    taken: list[Part] = []
    quoted = [match.span() for match in re.finditer(r"\"[^\"]*\"", text)]
    plain = [
        one
        for one in (*file_conditions(text, sources), *stated_conditions(text), *read_periods(text), *read_amounts(text))
        if not _inside(one, quoted)
    ]
    if len(plain) > _MOST:
        last = sorted(one.start for one in plain)[_MOST - 1]
        plain = [one for one in plain if one.start <= last]
    waiting = sorted(plain, key=lambda one: one.loose)
    _take(waiting, text, works, taken)
    asides = list(mention_settings(text))
    for one in read_mentions(text, tuple(other.start for other in plain)):
        if any(start <= one.start < end for start, end in asides):
            continue
        if not _overlaps(one, taken) and (one.titles or attaches(text, one, works, taken)):
            taken.append(one)
    _take(waiting, text, works, taken)
    return taken


def _take(waiting: Sequence[Part], text: str, works: list[tuple[int, int]], taken: list[Part]) -> None:
    """Add the conditions that attach to those taken; one that does may be the bridge to another."""
    for _ in range(3):
        for one in waiting:
            if not _overlaps(one, taken) and (not one.loose or attaches(text, one, works, taken)):
                taken.append(one)


def _inside(one: Part, quoted: Sequence[tuple[int, int]]) -> bool:
    return any(start <= one.start and one.end <= end for start, end in quoted)


def _overlaps(one: Part, taken: Sequence[Part]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in taken)
