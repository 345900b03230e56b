"""Conditions on papers, read from a question by rules: each counts only where its phrase attaches to papers.

"How many papers from 2024 ..." asks for papers of a year; "since 1979" or "10 languages" are what a paper is about. So a
phrase is taken for a condition where nothing but such phrases and linking words stand between it and a word for papers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.amounts import Part, amounts
from rag.filters import Filters, Range, Scan
from rag.literals import Literal, literals, remarks
from rag.periods import Period, periods
from rag.statements import PAPERS, files, statements

# What stands for papers without the word: "which ones are from ...", "what came out in ...", "how many have ...".
_STANDING_IN = (
    r"(?:(?:which|the|any|all|what) ones?\b|(?<=untitled )ones|(?<=those )ones|\bones(?=\s*[?.!]?$)|\bones(?= (?:from|of|with|by"
    r"|posted|published|that))|(?:what|anything|something|everything|all)(?: (?:else|new))?"
    r"(?= (?:(?:was|were|is|has been|that was|that came|you have) )?(?:posted|published|listed|dated|came out|come out|appeared"
    r"|from (?:19|20)\d\d|got posted))"
    r"|(?:how many|which|number)(?: of (?:them|these|those|all|it))?(?= (?:of them )?(?:are|is|were|was|have|has|had|got|get|come"
    r"|came|mention|contain|do not|don't|appeared|do you have|show)\b)"
    r"|^(?:and )?where(?= (?:is|are|does|do) .{1,60} (?:mentioned|named|occur|appear|found)\b)|^(?:is"
    r"|are)(?= .{1,60} mentioned (?:anywhere|somewhere|at all|here)\b)"
    r"|(?:newest|latest|oldest|earliest|first|last|most recent) (?:one|thing|entry)\b|\bwhat(?= (?:do|have) you (?:have|got"
    r"|hold) (?:from|of|since|before|after) (?:19|20))"
    r"|\b(?:anything|everything|something|all)(?= (?:from|of|since|before|after|between|in) (?:19|20)\d\d)"
    r"|^(?:and )?how many(?= (?:in|from|since|before|after|of) (?:19|20)\d\d\b)"
    r"|^(?:and |what (?:is|has|got|was) |which (?:has|got) )?(?:the )?(?:\w+ )?(?:most|fewest|least|highest|lowest"
    r"|largest)[- ](?:up-?voted|up-?votes?|"
    r"liked|commented|discussed|comments?|authors?)\b)"
)
_PAPERS = re.compile(rf"\b(?:{PAPERS})\b|\b{_STANDING_IN}", re.IGNORECASE)
_HERE = (
    r"(?:in|of|from|on|among|within) (?:this|the|your|our|that|whole|entire) ?(?:whole |entire |present |given )?(?:corpus"
    r"|collection|listings?|list|index|library|database|data ?set|set|catalogue|catalog|page|feed)"
)
_GLUE = re.compile(
    rf"{_HERE}|\b(?:most|fewest|least|highest|lowest|largest)[- ](?:number of )?(?:up-?voted|up-?votes?|liked|commented|discussed"
    rf"|comments?|authors?)\b"
    rf"|\b(?:per|for each|each|every|by) (?:year|month)s?\b|\b(?:that|which|who|were|was|are|is|be|been|being|have|has|had"
    rf"|got|get|gets|there|here|do|does|did|you|we|i|us|me|know|posted|published|"
    r"listed|released|written|available|exist|existing|stored|shown|only|all|either|both|and|or|but|also|come|came|coming|out"
    r"|appear|appeared|"
    r"of|them|these|those|any|some|papers?|abstracts?|works?|studies|articles?|publications?|the|in|to|with|just|please|find|see"
    r"|say|please|"
    r"not|n't|don|doesn|didn|aren|weren|at|one|ones|explicitly|actually|whose|dated|still|total|altogether|t|a|an)\b|[,()'\u2019:]|\s",
    re.IGNORECASE,
)
_TOPIC = re.compile(
    r"^\s*(?:,|that|which|are|is|were|who)*\s*(?:on|about|dealing with|concerning|regarding|covering|related to|concerned with"
    r"|devoted to)\b[^?!.;]*$",
    re.IGNORECASE,
)
_FINITE = re.compile(r"(?:^|[\s,])(?:are|were|is|was|have been|has been|got)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[?.!,;]|$|and\b|that\b|which\b|with\b|have\b|has\b|mention)")
_LEADING = re.compile(r"^(?:and |but |so )?$", re.IGNORECASE)

_ASKS = re.compile(
    r"\W*(?:(?:and|but|so|then|ok|okay|please|now|hi|hello),? )*(?:(?:in|of|from|among|by|for|since|until|before|after|between"
    r"|during|with|without|on) .*)?"
    r"\b(?:what|which|who|whose|how|when|where|why|is|are|was|were|do|does|did|has|have|can|could|list|show|name|give|find|tell"
    r"|count|any|compare|rank|sort|order|get|print)\b",
    re.IGNORECASE,
)
_LINKED = re.compile(
    r"\W*(?:(?:papers?|abstracts?|articles?|titles?|ones|that|which|who|whose|also|too|on|about|in|of|with|for|by|from|and|or"
    r"|please|using|mention\w*|contain\w*|per|concerning|regarding"
    r"|related|dealing|here|only|but)\b|$)",
    re.IGNORECASE,
)
_TELLING = re.compile(r"(?<!that )(?<!which )(?<!who )\b(?:has|have|had|is|are|was|were)\b \w", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was read: `filters`, where in the text (start, end), and the text `bare` of them, blanks in their place.

    `found` are the conditions one by one, each with its place. `tells` is true of a sentence that states something: nothing
    is read from it.
    """

    filters: Filters
    spans: tuple[tuple[int, int], ...]
    bare: str
    found: tuple[Part, ...] = ()
    tells: bool = False


def read_conditions(text: str, sources: Sequence[str] = ()) -> Conditions:
    """The conditions on papers that a question states. `sources` are the names of files that it may name."""
    plain = _straight(text)
    works = [match.span() for match in _PAPERS.finditer(plain)]
    found = _accepted(plain, works, sources) if works else []
    tells = _tells(plain, _blanked(plain, [*((one.start, one.end) for one in found), *remarks(plain)]))
    if tells:
        found = []
    parts = [part for one in found for part in one.parts]
    ranges = tuple(dict.fromkeys(part for part in parts if isinstance(part, Range)))
    scans = tuple(dict.fromkeys(part for part in parts if isinstance(part, Scan)))
    spans = [(one.start, one.end) for one in found]
    if any(isinstance(one, Literal) for one in found):
        spans += remarks(plain)
    return Conditions(Filters(ranges, (), scans), tuple(sorted(spans)), _blanked(plain, spans), tuple(found), tells)


def _tells(text: str, bare: str) -> bool:
    """True for a sentence that states something and asks nothing: "Papers published before 2010 overestimate effects"."""
    if "?" in text or _ASKS.match(text):
        return False
    first = _PAPERS.search(bare)
    return first is not None and (_LINKED.match(bare[first.end() :]) is None or _TELLING.search(bare[first.end() :]) is not None)


def _straight(text: str) -> str:
    """The text with straight quotes, each character in its place."""
    return text.translate(str.maketrans("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb", '"""\'\'""'))


def _accepted(text: str, works: list[tuple[int, int]], sources: Sequence[str]) -> list[Part]:
    """The conditions that attach to papers, none overlapping another."""
    taken: list[Part] = []
    quoted = [match.span() for match in re.finditer(r"\"[^\"]*\"", text)]
    plain = [one for one in (*files(text, sources), *statements(text), *periods(text), *amounts(text)) if not _inside(one, quoted)]
    waiting = sorted(plain, key=lambda one: one.loose)
    _take(waiting, text, works, taken)
    asides = list(remarks(text))
    for one in literals(text, tuple(other.start for other in plain)):
        if any(start <= one.start < end for start, end in asides):
            continue
        if not _overlaps(one, taken) and (one.titles or _attached(text, one, works, taken)):
            taken.append(one)
    _take(waiting, text, works, taken)
    return taken


def _take(waiting: Sequence[Part], text: str, works: list[tuple[int, int]], taken: list[Part]) -> None:
    """Add the conditions that attach to those taken; one that does may be the bridge to another."""
    for _ in range(3):
        for one in waiting:
            if not _overlaps(one, taken) and (not one.loose or _attached(text, one, works, taken)):
                taken.append(one)


def _attached(text: str, one: Part, works: list[tuple[int, int]], taken: Sequence[Part]) -> bool:
    if isinstance(one, Period) and one.ahead:
        return True
    blank = _blanked(text, [(other.start, other.end) for other in taken])
    before = [end for _, end in works if end <= one.start]
    inside = any(start < one.end and one.start < end for start, end in works)
    if inside or any(not _GLUE.sub("", blank[end : one.start]) for end in before):
        return True
    if isinstance(one, Period):
        return (bool(before) and _resumes(one, blank[before[-1] : one.start], text[one.end :])) or _leads(one, text, works)
    return False


def _resumes(one: Period, between: str, after: str) -> bool:
    """True where the phrase speaks of papers again after their topic: "papers on speech from 2023", "... were posted in 2024"."""
    if one.verb in ("posted", "published", "listed", "dated", "came out", "appeared", "uploaded"):
        return (
            _TOPIC.match(between) is not None
            or re.search(r"(?:,|\band|\bbut|\bthat|\bwhich)\s*$", between) is not None
            or _FINITE.search(text_of(one, between)) is not None
        )
    return (
        _TOPIC.match(between) is not None
        and one.connector not in ("in", "during", "for", "on", "by", "to")
        and _ENDS.match(after) is not None
    )


def text_of(one: Period, between: str) -> str:
    """What stands right before the phrase."""
    return between[-12:]


def _leads(one: Part, text: str, works: list[tuple[int, int]]) -> bool:
    """True for "In 2024, how many papers ..." """
    head = text[: one.start]
    after = re.match(
        r"\s*,?\s*(?:how many|which|what|list|show|name|two|three|several|were|was|are)\b(?: (?:of (?:the|these|your)|listed|were"
        r"|was|the))*\s*",
        text[one.end :],
        re.IGNORECASE,
    )
    return _LEADING.match(head) is not None and after is not None and any(start == one.end + after.end() for start, _ in works)


def _inside(one: Part, quoted: Sequence[tuple[int, int]]) -> bool:
    return any(start <= one.start and one.end <= end for start, end in quoted)


def _overlaps(one: Part, taken: Sequence[Part]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in taken)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def has_papers(text: str) -> bool:
    """True where a text has a word for papers, or one that stands in for it."""
    return _PAPERS.search(text) is not None


def first_papers(text: str) -> tuple[int, int] | None:
    """Where the first word for papers stands, (start, end)."""
    found = _PAPERS.search(text)
    return found.span() if found else None
