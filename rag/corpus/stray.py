"""Lines of a listing that are no papers: each becomes a `Problem` that says in plain words what the line seems to be."""

from __future__ import annotations

import re

from rag.records import Problem

_SHORT = 20  # words: a longer line is prose
_EXCERPT = 80  # characters: enough to recognise the line

# What only a page says to its reader, and what a title might say too ("Neural Architecture Search").
_TO_READERS = re.compile(
    r"\b(subscribe|sign (?:in|up)|log ?(?:in|out)|your (?:e-?mail|inbox|account)|all rights reserved"
    r"|(?:load|show|view|read|see) (?:more|all)|(?:next|previous) page|terms of (?:use|service)|privacy policy|access paper)\b|©",
    re.IGNORECASE,
)
_CHROME = re.compile(
    r"\b(register|cookies?|newsletter|inbox|e-?mail|privacy|search|results? for|menu|upvoted?|trending|follow us|share|bookmark"
    r"|sort(ed)? by|filter by|add to|download)\b|^\W*(home|about|next|prev(ious)?|page \d+.*)\W*$",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(
    r"\b(universit\w+|institut\w*|departe?ments?|dept|laborator\w+|labs?|college|school|hospital|clinic|facult\w+|academ\w+"
    r"|cent(er|re) for|research (center|centre|group|division)|corporation|inc|ltd|gmbh)\b",
    re.IGNORECASE,
)

_PERSON = re.compile(r"[^\W\d_a-z][\w.'’-]*|(?:de|del|der|den|di|da|dos|van|von|la|le|bin|al|el|ter|ten)")


def is_chrome(line: str) -> bool:
    """True where a line can only be a button, a menu or an invitation of a web page."""
    return len(line.split()) <= _SHORT and _TO_READERS.search(line) is not None


def is_people(line: str) -> bool:
    """True for two or more names of people in a row: "Ada Lovelace, Alan M. Turing and Jan van Eyck"."""
    parts = [part.split() for part in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+|\s+&\s+", line[:2000].strip()) if part]
    return len(parts) > 1 and all(2 <= len(part) <= 5 and all(_PERSON.fullmatch(word) for word in part) for part in parts)


def stray(file: str, number: int, line: str, otherwise: str) -> Problem:
    """The problem for line `number` (1-based); `otherwise` is the reason where the line's kind is not recognised."""
    reason = otherwise
    short = len(line.split()) <= _SHORT
    if is_chrome(line) or (short and _CHROME.search(line)):
        reason = "page chrome"
    elif is_people(line):
        reason = "names of people"
    elif short and _AFFILIATION.search(line):
        reason = "affiliation or other stray line"
    return Problem(file, number, reason, excerpt(line))


def excerpt(line: str) -> str:
    """The first characters of a line, for showing."""
    line = line[: 4 * _EXCERPT].strip()
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"
