"""Conditions on what a source states at all, and on the file: "untitled", "without a date", "in file 003"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.amounts import Part
from rag.filters import Scan
from rag.lexicon import BE, DO, ORDINALS, any_of
from rag.nouns import PAPERS
from rag.times import YEAR

_TITLE = r"(?:stated |given |proper |known )?titles?"
_FACTS = (
    (
        re.compile(
            rf"\b(?:(?:that|which) )?(?:(?:come|comes|came|{BE}|listed|{DO}) )*(?:(?:without|w/o) (?:an? |any |the )?{_TITLE}"
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


def statements(text: str) -> Iterator[Part]:
    """Conditions on titles and dates that are stated, missing or inferred."""
    for pattern, scan in _FACTS:
        for match in pattern.finditer(text):
            yield Part(*match.span(), (scan,), loose=False)


def files(text: str, sources: Sequence[str]) -> Iterator[Part]:
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
