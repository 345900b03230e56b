"""Whether a phrase attaches to papers: nothing but conditions and linking words may stand between it and a word for papers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.amounts import Part
from rag.lexicon import BE, DO, HAVE, any_of
from rag.periods import Period

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
    r"^\s*(?:,|that|which|are|is|were|who)*\s*(?:on|about|dealing with|concerning|regarding|covering|related to|concerned with"
    r"|devoted to)\b[^?!.;]*$",
    re.IGNORECASE,
)
_FINITE = re.compile(rf"(?:^|[\s,])(?:{BE}|have been|has been|got)\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[?.!,;]|$|and\b|that\b|which\b|with\b|have\b|has\b|mention)")
_ASKED = re.compile(r"\b(?:how many|which|what|list|show|name|two|three|several|were|was|are)\b", re.IGNORECASE)


def attached(text: str, one: Part, works: list[tuple[int, int]], taken: Sequence[Part]) -> bool:
    """True where a condition is one on papers, which stand at `works`; those `taken` count as part of them."""
    if isinstance(one, Period) and one.ahead:
        return True
    blank = blanked(text, [(other.start, other.end) for other in taken])
    before = [end for _, end in works if end <= one.start]
    inside = any(start < one.end and one.start < end for start, end in works)
    if inside or any(not _GLUE.sub("", blank[end : one.start]) for end in before):
        return True
    if _leads(one, blank, works):
        return True
    return isinstance(one, Period) and bool(before) and _resumes(one, blank[before[-1] : one.start], text[one.end :])


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


def _leads(one: Part, blank: str, works: list[tuple[int, int]]) -> bool:
    """True for "In 2024, how many papers ..." and "No more than two authors: which papers?"."""
    if _GLUE.sub("", blank[: one.start]).strip():
        return False
    ahead = next((blank[one.end : start] for start, _ in works if start >= one.end), None)
    return ahead is not None and _ASKED.search(ahead) is not None and not _GLUE.sub("", _ASKED.sub("", ahead))


def blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with blanks in the place of what is taken."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
