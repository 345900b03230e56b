"""What every reader makes: a `Reading` of one file with its abstracts, the rows it was read from, and the lines that are none."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.corpus.naming import label
from rag.model import Abstract, FieldSpan, Problem, Source

# The result of every reader: a `Reading` of one file, its abstracts built in one place so that ids and labels agree.

# All that `str.isalnum` is false for, at a tenth of the time.
_NO_LETTER = re.compile(r"[\W_]+")
_NO_LETTERS = bytes(sign for sign in range(128) if not chr(sign).isalnum())  # of ASCII: a fortieth of the time
# A URL ends before white space, brackets and quotes; a full stop or comma at its end belongs to the sentence.
_URL = re.compile(r"""https?://[^\s<>"'{}|\\^`\[\]]+""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: its shape, its abstracts (each with one source), and what could not be read.

    `columns` says which column of a table was read as which field; empty for other shapes.
    """

    file: str
    shape: str
    abstracts: tuple[Abstract, ...]
    problems: tuple[Problem, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def abstract_id(title: str | None, text: str) -> str:
    """Twelve hexadecimal digits of the SHA-256 of the letters and digits of title and text.

    Case, accents, punctuation, white space and LaTeX quoting do not count, nor does where the title ends and
    the text begins, so that a better reading of a title boundary does not change the id.
    """
    folded = unicodedata.normalize("NFKD", f"{title or ''} {text}").casefold()
    return hashlib.sha256(letters(folded).encode()).hexdigest()[:12]


def letters(text: str) -> str:
    """The letters and digits of a text."""
    return text.encode().translate(None, _NO_LETTERS).decode() if text.isascii() else _NO_LETTER.sub("", text)


def find_urls(text: str) -> tuple[str, ...]:
    """The http(s) URLs that a text mentions, once each, in order, without the sentence's own punctuation."""
    found = (match.group().rstrip(".,;:!?)") for match in _URL.finditer(text))
    return tuple(dict.fromkeys(found))


def make_abstract(
    *, file: str, line: int, start: int, end: int, text: str, title: str | None = None, fields: Sequence[FieldSpan] = (), **others: Any
) -> Abstract:
    """An abstract with one source; `others` are further fields of `Abstract` (upvotes, date, ...)."""
    urls = tuple(dict.fromkeys((*others.pop("urls", ()), *find_urls(text))))
    return Abstract(
        id=abstract_id(title, text),
        title=title,
        text=text,
        label=label(title, text),
        urls=urls,
        sources=(Source(file, line, start, end, tuple(fields)),),
        **others,
    )


# Rows of a table or entries of a bibliography as they stand in the file: where, the raw text, and the cells.

# An abstract has some 1,500 characters; the longest in the wild (structured ones, theses) under 20,000. Ten times that
# keeps every regular expression that later reads a line or a text well under a second.
MAX_CHARACTERS = 200_000
EXCERPT_CHARACTERS = 80
# A column that is not what its name says would give as many problems as rows; the rest are counted.
_MOST_OF_A_KIND = 10
_MOST_ALIKE = 200  # problems of one reason
MOST_PROBLEMS = 500  # of one file
_SPARE = 100

Finder = Callable[[str, str], tuple[int, int]]
"""From a row's raw text and a column, the start and end of the column's value in it; (-1, -1) where it is not to be found."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `line` (1-based) is where it begins, `offset` the characters before it on that line."""

    line: int
    raw: str
    cells: Mapping[str, Any]
    find: Finder
    offset: int = 0


@dataclass(slots=True)
class Problems:
    """What could not be read of one file; problems of one kind after the tenth are counted, not listed.

    So are those of one reason after the 200th, and all after the 500th: a file of a million wrong lines has a short list.
    """

    file: str
    found: list[Problem] = field(default_factory=list)
    _kinds: Counter[str] = field(default_factory=Counter)
    _last: dict[str, int] = field(default_factory=dict)
    _alike: Counter[str] = field(default_factory=Counter)
    _more: int = 0
    _last_line: int = 0

    def add(self, line: int, reason: str, excerpt: str = "", *, kind: str | None = None) -> None:
        """Note a problem of `line` (0: the whole file). One without a `kind` is always listed."""
        if kind is not None:
            self._kinds[kind] += 1
            self._last[kind] = line
            if self._kinds[kind] > _MOST_OF_A_KIND:
                return
        full = len(self.found) >= MOST_PROBLEMS
        if not full:  # so that no more reasons are kept than problems
            self._alike[reason] += 1
        if full or self._alike[reason] > _MOST_ALIKE:
            self._more += 1
            self._last_line = max(line, self._last_line)
        else:
            said = reason.encode("utf-8", "replace").decode("utf-8")  # the name of a column may have half characters in it
            self.found.append(Problem(self.file, line, said, shorten(excerpt)))

    def all(self) -> tuple[Problem, ...]:
        """The problems in the order of the lines, with one more for each kind that was not listed in full."""
        rest = (
            Problem(self.file, self._last[kind], f"{kind}: {count - _MOST_OF_A_KIND} more like this, the last in this line")
            for kind, count in self._kinds.items()
            if count > _MOST_OF_A_KIND
        )
        more = [Problem(self.file, self._last_line, f"and {self._more:,} more, the last in this line")] if self._more else []
        return tuple(sorted((*self.found, *rest, *more), key=lambda problem: problem.line))

    def state(self) -> dict[str, Any]:
        """All of it but the file, JSON-ready, for `restored`."""
        found = [[one.line, one.reason, one.excerpt] for one in self.found]
        counts = {"kinds": dict(self._kinds), "last": self._last, "alike": dict(self._alike)}
        return {"found": found, **counts, "more": self._more, "last_line": self._last_line}

    @classmethod
    def restored(cls, file: str, state: Mapping[str, Any]) -> Problems:
        """The problems of a file from their `state`."""
        found = [Problem(file, *one) for one in state["found"]]
        counts = Counter(state["kinds"]), dict(state["last"]), Counter(state["alike"])
        return cls(file, found, *counts, state["more"], state["last_line"])


def bounded(file: str, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of the lines, as many as `Problems` keeps, and one that counts the rest."""
    if len(problems) <= MOST_PROBLEMS + _SPARE:  # those of `Problems`, with what it counts, and a few beside them
        return tuple(sorted(problems, key=lambda problem: problem.line))
    kept = Problems(file)
    for problem in problems:
        kept.add(problem.line, problem.reason, problem.excerpt)
    return kept.all()


def shorten(text: str) -> str:
    """The beginning of a text on one line, at most 80 characters."""
    line = " ".join(text[: 4 * EXCERPT_CHARACTERS].split())
    return line if len(line) <= EXCERPT_CHARACTERS else line[: EXCERPT_CHARACTERS - 1] + "…"


# Lines of a listing that are no papers: each becomes a `Problem` that says in plain words what the line seems to be.

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
    parts = [part.split() for part in re.split(r"(?:(?<!\s)\s+)?[,;]\s*(?:and\s+)?|(?<!\s)\s+(?:and|&)\s+", line[:2000].strip()) if part]
    return len(parts) > 1 and all(2 <= len(part) <= 5 and all(_PERSON.fullmatch(word) for word in part) for part in parts)


def stray_line(file: str, number: int, line: str, otherwise: str) -> Problem:
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
