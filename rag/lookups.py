"""Questions about what the listing states of one paper: "How many upvotes does AudioPaLM have?", "When was VoiceLDM posted?"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.amounts import FIELDS, field_of
from rag.corpus.names import introduced_name
from rag.flags import squeezed
from rag.lexicon import BE, DO, HAVE, any_of
from rag.records import Abstract
from rag.wanted import Wanted

_FIELD = "|".join(FIELDS.values())
_PAPER = rf"(?:the )?(?:{any_of('papers', 'works.one')} )?(?:on |about |called |titled |named |entitled |introducing |presenting |of )?"
_NO_NAME = (
    rf"(?!(?:it|they|this|that|these|those|you|we|the (?:{any_of('papers.many')}|corpus|listing)|(?:the )?(?:most|all|any|each|many)"
    rf"|an? (?:single |typical |average )?{any_of('papers.one')}|.*\b(?:{any_of('papers.many')}|on average|most|fewest|least|oldest"
    r"|newest|latest))\b)"
)
_NAME = rf"{_PAPER}(?P<name>{_NO_NAME}.+?)(?: {any_of('papers.one')})?"
_POSTED = r"(?:(?:first )?(?:posted|published|listed|dated|uploaded|put online)|come out|came out|appear(?:ed)?)"
_END = r"(?: in the (?:listing|corpus|collection))?\s*[?.!]*$"
_PATTERNS = (
    re.compile(rf"how many (?P<field>{_FIELD}) (?:{DO}|{HAVE}) {_NAME}(?: (?:have|get|got|gotten|receive|received|show"
        rf"|list))?{_END}", re.IGNORECASE),
    re.compile(rf"how many (?P<field>{_FIELD}) (?:wrote|are (?:there )?(?:on|of|for)|were (?:there )?(?:on|of"
        rf"|for)) {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"what(?: is|'s| was) the (?:(?:number|count) of )?(?P<field>{_FIELD})(?: count| number)? (?:of|for"
        rf"|on) {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"(?P<when>when) (?:{BE}|did|has) {_NAME}(?: been)? {_POSTED}{_END}", re.IGNORECASE),
    re.compile(rf"(?:in |on |of )?(?:what|which) (?P<when>year|date|month|day) (?:{BE}|did) {_NAME}(?: {_POSTED}"
        rf"| from)?{_END}", re.IGNORECASE),
    re.compile(rf"what(?: is|'s| was) the (?P<when>(?:posting |publication )?(?:date|year)) of {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"(?P<who>who) (?:wrote|authored|published|are the authors of|is the author of) {_NAME}{_END}", re.IGNORECASE),
    re.compile(rf"how old is {_PAPER}(?P<name>[A-Z].+?)(?P<when>){_END}", re.IGNORECASE),
)  # fmt: skip
_WORDS = 4  # of a title, that a name must have to be met inside of it


def looked_up(text: str) -> Wanted | None:
    """The field and the paper that are asked for, None where it is no such question."""
    for pattern in _PATTERNS:
        match = pattern.match(text.strip())
        if match:
            said = match.groupdict()
            by = "author_names" if said.get("who") else field_of(said.get("field") or "") or "date"
            return Wanted("lookup", by=by, name=match["name"])
    return None


def called(name: str, abstracts: Iterable[Abstract]) -> list[Abstract]:
    """The abstracts of that title or system; else those whose title has the words of the name, if it has several."""
    wanted = squeezed(name.strip(" \"'"))
    inside = []
    for one in abstracts:
        title = one.title or ""
        own = (title, title.partition(":")[0], one.label, introduced_name(one.text, one.title) or "")
        if wanted in {squeezed(part) for part in own if part}:
            return [one]
        if len(name.split()) >= _WORDS and wanted in squeezed(title):
            inside.append(one)
    return inside
