"""Lines of a listing that are no papers: each becomes a `Problem` that says in plain words what the line seems to be."""

from __future__ import annotations

import re

from rag.records import Problem

_EXCERPT = 80  # characters: enough to recognise the line

_CHROME = re.compile(
    r"\b(subscribe|sign (in|up)|log ?(in|out)|register|cookies?|newsletter|inbox|e-?mail|privacy|terms of (use|service)"
    r"|(next|previous|load|show|view|read) (page|more|all)|search|results? for|menu|upvoted?|trending|follow us|share|bookmark"
    r"|sort(ed)? by|filter by|all rights reserved|access paper|add to|download)\b|^\W*(home|about|next|prev(ious)?|page \d+.*)\W*$|©",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(
    r"\b(universit\w+|institut\w*|departe?ments?|dept|laborator\w+|labs?|college|school|hospital|clinic|facult\w+|academ\w+"
    r"|cent(er|re) for|research (center|centre|group|division)|corporation|inc|ltd|gmbh)\b",
    re.IGNORECASE,
)

_PERSON = re.compile(r"[^\W\d_a-z][\w.'’-]*|(?:de|del|der|den|di|da|dos|van|von|la|le|bin|al|el|ter|ten)")


def is_chrome(line: str) -> bool:
    """True where a line reads like a button, a menu or an invitation of a web page."""
    return len(line.split()) <= 20 and _CHROME.search(line) is not None


def is_people(line: str) -> bool:
    """True for two or more names of people in a row: "Ada Lovelace, Alan M. Turing and Jan van Eyck"."""
    parts = [part.split() for part in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+|\s+&\s+", line[:2000].strip()) if part]
    return len(parts) > 1 and all(2 <= len(part) <= 5 and all(_PERSON.fullmatch(word) for word in part) for part in parts)


def stray(file: str, number: int, line: str, otherwise: str) -> Problem:
    """The problem for line `number` (1-based); `otherwise` is the reason where the line's kind is not recognised."""
    reason = otherwise
    if is_chrome(line):
        reason = "page chrome"
    elif is_people(line):
        reason = "names of people"
    elif len(line.split()) <= 20 and _AFFILIATION.search(line):
        reason = "affiliation or other stray line"
    return Problem(file, number, reason, excerpt(line))


def excerpt(line: str) -> str:
    """The first characters of a line, for showing."""
    line = line[: 4 * _EXCERPT].strip()
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"
