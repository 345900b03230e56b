"""Conditions on papers, read from a question by rules: each counts only where its phrase attaches to papers.

"How many papers from 2024 ..." asks for papers of a year; "since 1979" or "10 languages" are what a paper is about. So a
phrase is taken for a condition where nothing but such phrases and linking words stand between it and a word for papers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.amounts import Part, amounts
from rag.attaching import attached, blanked
from rag.filters import Filters
from rag.lexicon import BE, DO, HAVE, any_of
from rag.literals import Literal, literals, remarks
from rag.nouns import ATTACHED_TO, THINGS, WORKS
from rag.opposed import filters_of, sides_of
from rag.periods import periods
from rag.statements import files, statements
from rag.wanted import topic_words

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
    if found and WORKS.search(plain) is None and _other_things(blanked(plain, [*((one.start, one.end) for one in found), *remarks(plain)])):
        found = []
    tells = _tells(plain, blanked(plain, [*((one.start, one.end) for one in found), *remarks(plain)]))
    if tells:
        found = []
    sides, compared = sides_of(plain, found)
    filters = filters_of([part for one in found if one not in compared for part in one.parts])
    spans = [(one.start, one.end) for one in found]
    if any(isinstance(one, Literal) for one in found):
        spans += remarks(plain)
    return Conditions(filters, tuple(sorted(spans)), blanked(plain, spans), tuple(found), tells, sides)


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
    plain = [one for one in (*files(text, sources), *statements(text), *periods(text), *amounts(text)) if not _inside(one, quoted)]
    waiting = sorted(plain, key=lambda one: one.loose)
    _take(waiting, text, works, taken)
    asides = list(remarks(text))
    for one in literals(text, tuple(other.start for other in plain)):
        if any(start <= one.start < end for start, end in asides):
            continue
        if not _overlaps(one, taken) and (one.titles or attached(text, one, works, taken)):
            taken.append(one)
    _take(waiting, text, works, taken)
    return taken


def _take(waiting: Sequence[Part], text: str, works: list[tuple[int, int]], taken: list[Part]) -> None:
    """Add the conditions that attach to those taken; one that does may be the bridge to another."""
    for _ in range(3):
        for one in waiting:
            if not _overlaps(one, taken) and (not one.loose or attached(text, one, works, taken)):
                taken.append(one)


def _inside(one: Part, quoted: Sequence[tuple[int, int]]) -> bool:
    return any(start <= one.start and one.end <= end for start, end in quoted)


def _overlaps(one: Part, taken: Sequence[Part]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in taken)
