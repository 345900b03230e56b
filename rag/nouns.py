"""Words that mean the papers of the collection, and those that stand in for them."""

from __future__ import annotations

import re

from rag.lexicon import BE, DO, HAVE, any_of
from rag.times import TIME, YEAR

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
    r"|there is|is there|do you have|have (?:you|we)(?: got)?|do you hold|do we have|you have|we have|listed))*"
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


def has_papers(text: str) -> bool:
    """True where a text has a word for papers, or one that stands in for it."""
    return WORKS.search(text) is not None


def first_papers(text: str) -> tuple[int, int] | None:
    """Where the first word for papers stands, (start, end)."""
    found = WORKS.search(text)
    return found.span() if found else None
