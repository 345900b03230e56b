"""Words that mean the papers of the collection, and conditions on what their sources state at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.model import Scan
from rag.questions.amounts import Part
from rag.questions.dates import TIME, YEAR
from rag.text import BE, DO, HAVE, ORDINALS, any_of

# Nouns for the papers of the collection, and phrases without a noun that mean them.

PAPERS = (
    rf"(?:{any_of('papers')}|(?<!case )studies|(?<=the )study|(?<=which )study|{any_of('entries.many')}|titles"
    r"|(?<=\bmost recent )work|(?:(?<=latest )|(?<=newest )|(?<=oldest ))work|(?<=\btwo )works|(?<=\bthree )works"
    r"|(?<=\bwhich )works|(?<=\bthese )works|(?<=\bwhat )works|(?<=\blisted )works|(?<=\bmany )works(?! of (?!\d))"
    rf"|works(?= (?:from|of {YEAR}|with|by"
    r"|that|posted|published|on|about|are|were|have|mention|contain|do\b|in\b|since|before|after)|\?|$))"
)
# Words that mean papers only where a condition on papers, or an order of them, stands with them.
THINGS = rf"(?:{any_of('items', 'works', 'entries')}|ones)"
_THINGS = (
    rf"(?:which|what|how many|many|the|these|those|all|any|every|each|some|other|of|list|name|show|count|find|number|newest|latest|oldest"
    rf"|earliest|upvoted|commented|authored|solo|untitled|undated|a|an|{YEAR}|{any_of('numbers.several')}) {THINGS}"
    r"|(?:anything|everything|something|stuff|all)"
)
_BY_DATE = (
    r"(?:posted|published|listed|dated|released|uploaded|submitted|came out|come out|appear(?:ed)?|(?:from|in|of|since|before|after|during"
    rf"|between|until) (?:the )?{TIME})"
)
_BY_OTHERS = (
    r"(?:(?:written|authored|made) (?:by|alone|solo)|(?:by|with|of) (?:[\w-]+ ){0,4}(?:authors?|upvotes?|comments?"
    r"|people|persons?|researchers?)\b"
    r"|(?:up-?voted|commented on)\b)"
)
# What stands for papers without the word: "which ones are from ...", "what came out in ...", "how many have ...".
_STANDING_IN = (
    r"(?:(?:which|the|any|all|what) ones?\b|(?<=untitled )ones|(?<=those )ones|\bones(?=\s*[?.!]?$)|\bones(?= (?:from|of|with|by"
    r"|posted|published|that))|(?:what(?:'s)?|anything|something|everything|all|those|stuff)(?: (?:else|new|(?:in )?(?:here|there)"
    r"|there is|is there|do you have|have (?:you|we)(?: got)?|do you hold|do we have|you have|we have|listed)){0,4}"
    rf"(?= (?:(?:(?:that|which) )?(?:was|were|is|has been|got|came|did) )?(?:{_BY_DATE}|{_BY_OTHERS}))"
    rf"|^(?:and )?where(?= (?:{BE}|{DO}) .{{1,60}} (?:mentioned|named|cited|referred to"
    r"|(?:occur|appear|found)(?=\s*(?:[?.!]|$|in (?:the|this|these|your|our|any)\b)))\b)|^(?:is"
    r"|are)(?= .{1,60} mentioned (?:anywhere|somewhere|at all|here)\b)"
    rf"|(?:how many|which|number)(?: of (?:them|these|those|all|it))?(?= (?:of them )?(?:{BE}|{HAVE}|got|get|come"
    rf"|came|mention|contain|do not|(?:do|{BE}|{HAVE})n't|appeared|do you have|show)\b)"
    r"|(?:newest|latest|oldest|earliest|first|last|most recent) (?:one|thing|entry)\b"
    rf"|^(?:and )?how many(?= (?:in|from|since|before|after|of) {YEAR}\b)"
    r"|^(?:and |what (?:is|has|got|was) |which (?:has|got) )?(?:the )?(?:\w+ )?(?:most|fewest|least|highest|lowest"
    r"|largest)[- ](?:up-?voted|up-?votes?|"
    r"liked|commented|discussed|comments?|authors?)\b)"
)
WORKS = re.compile(rf"\b(?:{PAPERS})\b|\b{_STANDING_IN}", re.IGNORECASE)
ATTACHED_TO = re.compile(rf"{WORKS.pattern}|\b{_THINGS}\b", re.IGNORECASE)


def mentions_papers(text: str) -> bool:
    """True where a text has a noun for papers, or a phrase that means them."""
    return WORKS.search(text) is not None


def first_mention(text: str) -> tuple[int, int] | None:
    """Where the first word for papers stands, (start, end)."""
    found = WORKS.search(text)
    return found.span() if found else None


# Whether papers are what is counted, or what something else counts: "how many papers did the survey review".

_NOT_SUBJECT = re.compile(
    rf"^\s*(?:did (?!you|not\b)|(?:does|do|{any_of('auxiliaries.modal')}) "
    r"(?:they|he|she|it|the (?!corpus|collection|listings?\b|list\b|index"
    rf"|library|{any_of('papers.many')})\w+|an? (?!(?:single |typical )?{any_of('papers.one')}\b)|[A-Z][\w-]*)(?! (?:occur|appear))"
    rf"|(?:{BE}|have been|has been) (?!posted|published|listed|dated|titled|untitled|devoted|concerned|based|focus"
    r"|related|dedicated|trained|tested|evaluated|written|(?:included|stored|indexed|contained|listed) (?:here|in (?:this|the"
    r"|your) (?:corpus|collection|listing|index|library)))\w+(?:ed|en)\b"
    r"|(?:is|was) (?:it|the)\b)",
)


def counts_something_else(after: str) -> bool:
    """True where what follows the word for papers shows that something else is done with them."""
    return _NOT_SUBJECT.match(after) is not None


# Conditions on what a source states at all, and on the file: "untitled", "without a date", "in file 003".

_TITLE = r"(?:stated |given |proper |known )?titles?"
_FACTS = (
    (
        re.compile(
            rf"\b(?:(?:that|which) )?(?:(?:come|comes|came|{BE}|listed|{DO}) ){{0,4}}"
            rf"(?:(?:without|w/o) (?:an? |any |the )?{_TITLE}"
            rf"|(?:with|have|has|having|got) no {_TITLE}|lack(?:s|ing)?(?: a| any)? {_TITLE}"
            rf"|(?:not|n't) (?:have|state|give|show)(?: a| any)? {_TITLE}|(?:missing|no)(?: a)? {_TITLE}|whose titles? (?:is"
            rf"|are) (?:missing|not (?:stated|given|known))|not titled)\b|\b{BE}n't titled\b|\b(?:untitled|title-?less)\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("title",)),
    ),
    (
        re.compile(
            rf"\b(?:(?:that|which) )?(?:(?:come|comes|are|do) )?(?:(?:with|have|has|having|state|show)(?: an?| any"
            rf"| the)? {_TITLE}\b(?! (?:that|with|contain|mention|like))|titled(?= (?:{PAPERS})))(?: at all)?",
            re.IGNORECASE,
        ),
        Scan("missing", ("title",), negated=True),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:come|comes|are|do) )?(?:(?:without|w/o) (?:an? |any )?(?:stated |known )?(?:dates?|years?)"
            r"|(?:with|have|has|having|state|show) no (?:dates?|years?)|lack(?:ing)?(?: a| any)? (?:date|year)|(?:not|n't) (?:have"
            rf"|state|show)(?: an?| any)? (?:date|year)|undated|{BE}(?: not|n't) dated(?! ?\w))\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("date",)),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:with|have|has|having) )?(?:an? |their |the )?(?:inferred|guessed) (?:dates?|years?)\b"
            rf"|\bwhose (?:dates?|years?) {BE} (?:inferred|guessed)\b|\b(?:dates?|years?) (?:{BE}"
            r"|got) (?:inferred|guessed)\b"
            r"|\b(?:have|has|had|with|got) (?:(?:their|its|the|an?) )?(?:dates?|years?) (?:inferred|guessed)\b",
            re.IGNORECASE,
        ),
        Scan("inferred"),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:with|have|has|having|state|show|list)(?: an?| any"
            rf"| the)? (?:stated )?(?:dates?)(?: at all)?|dated(?= {any_of('papers.many')}))\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("date",), negated=True),
    ),
    (
        re.compile(
            r"\b(?:(?:that|which) )?(?:(?:without|w/o) (?:any |an? )?authors?|with no authors?|(?:not|n't) (?:state|list|name) (?:any "
            r"|their |its |the )?authors?)\b",
            re.IGNORECASE,
        ),
        Scan("missing", ("authors",)),
    ),
)
# Which side of a file is meant: "in file 003", "not from 003", "outside of the first file", "except file 002".
_SIDE = (
    rf"(?:(?P<not>(?:not|{BE}n't|other than|except(?: for)?)(?: those| the ones)? )?(?:from|in|of|on|within)"
    r"|(?P<out>outside(?: of)?|except(?: for)?|excluding|apart from|not))"
)
_FILE = re.compile(
    rf"\b{_SIDE} (?:the )?(?:(?:file|source|listing)(?: (?:file|named"
    r"|called))? )?[\"'`]?(?P<name>[\w.-]{3,}?(?:\.\w{2,5})?)[\"'`]?(?= |[?,.!;]|$)",
    re.IGNORECASE,
)

_FILE_PLACE = re.compile(
    rf"\b{_SIDE} (?:the )?(?P<place>{any_of('ordinals')}|last) (?:files?|sources?|listings?)\b",
    re.IGNORECASE,
)
_FILE_HOLDS = re.compile(
    r"\b(?:does|do|has|are in) (?:the )?(?:(?:file|source|listing) )?[\"'`]?(?P<name>[\w.-]{3,})[\"'`]? (?:contain|hold|have|list"
    r"|give|include|bring)\b",
    re.IGNORECASE,
)


def stated_conditions(text: str) -> Iterator[Part]:
    """Conditions on titles and dates that are stated, missing or inferred."""
    for pattern, scan in _FACTS:
        for match in pattern.finditer(text):
            yield Part(*match.span(), (scan,), loose=False)


def file_conditions(text: str, sources: Sequence[str]) -> Iterator[Part]:
    """Files of the corpus that are named, by their name or a beginning that only one has."""
    for match in _FILE_PLACE.finditer(text):
        place = ORDINALS.get(match["place"].lower(), len(sources))
        if 1 <= place <= len(sources):
            yield Part(*match.span(), (Scan("source", (sorted(sources)[place - 1],), negated=_outside(match)),), loose=False)
    for match in (*_FILE.finditer(text), *_FILE_HOLDS.finditer(text)):
        name = match["name"].lower()
        known = [one for one in sources if one.lower() == name or one.lower().rpartition(".")[0] == name]
        known = known or [
            one for one in sources if one.lower().startswith(name) and any(c.isdigit() for c in name) and not re.fullmatch(YEAR, name)
        ]
        if len(known) == 1:
            yield Part(*match.span(), (Scan("source", (known[0],), negated=_outside(match)),), loose=False)


def _outside(match: re.Match[str]) -> bool:
    return any(match.groupdict().get(name) for name in ("not", "out"))
