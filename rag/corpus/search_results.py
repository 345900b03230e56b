"""The shape of search results: `(-|upvotes) TITLE ABSTRACT N authors · DATE [comments]`, one paper a line.

Nothing stands between title and abstract, so `rag.corpus.titles` finds where one ends and the other begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.corpus.dates import StatedDate, read_date
from rag.corpus.draft import Reading, make_abstract
from rag.corpus.stray import excerpt, stray
from rag.corpus.titles import find_boundary
from rag.records import Abstract, FieldSpan, Problem

_TAIL = 120  # characters at the end of a line within which its authors, date and comments stand
_AUTHORS = re.compile(r"(?<!\S)((\d{1,5}) authors?)\s*[·•|,;–—-]\s*", re.IGNORECASE)
_AGO = re.compile(r"(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s? ago|yesterday|today", re.IGNORECASE)
_COMMENTS = re.compile(r"\s+(\d{1,6})\s*")
_UPVOTES = re.compile(r"\s*(-|–|—|\d+(?:\.\d+)?k|\d[\d,]*)\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands at the end of a result: offsets into its line; `begin` is where the abstract's text is over."""

    begin: int
    authors: int
    date: StatedDate | None
    comments: int | None
    spans: tuple[tuple[str, int, int], ...]

    def fields(self, missing_year: int | None) -> dict[str, Any]:
        """The fields of `Abstract` that it states; a date without a year gets the missing one."""
        iso = self.date.iso(missing_year) if self.date else None
        return {
            "authors": self.authors,
            "comments": self.comments,
            "date": iso[0] if iso else None,
            "date_precision": iso[1] if iso else None,
            "date_inferred": bool(iso and self.date and self.date.year is None),
        }


class SearchResults:
    """Reads one paper a line by the authors and the date at its end."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in lines with authors and a date at their end."""
        total = sum(len(line.strip()) for line in lines)
        return sum(len(line.strip()) for line in lines if read_tail(line)) / total if total else 0.0

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every line with authors and a date at its end is a paper; every other one a problem.

        A date without a year gets the year after the latest one that is stated in the file, and is marked as inferred.
        """
        tails = {number: tail for number, line in enumerate(lines, start=1) if (tail := read_tail(line))}
        voted = sum(1 for number in tails if _UPVOTES.match(lines[number - 1])) >= 0.6 * len(tails)
        missing_year = year_after(tails.values())
        abstracts: list[Abstract] = []
        problems: list[Problem] = []
        for number, line in enumerate(lines, start=1):
            if tail := tails.get(number):
                abstracts.append(_abstract(file, number, line, tail, voted, missing_year))
                if abstracts[-1].date is None:
                    problems.append(Problem(file, number, "its date states no year, nor does any other line", excerpt(line[tail.begin :])))
            elif line.strip():
                problems.append(stray(file, number, line, "not a paper: no count of authors and no date at its end"))
        return Reading(file, "search-results", tuple(abstracts), tuple(problems))


def read_tail(line: str, alone: bool = False) -> Tail | None:
    """The authors, date and comments that a line ends with, or of which it consists where it has them `alone`; None where it does not."""
    for found in reversed(list(_AUTHORS.finditer(line, max(0, len(line) - _TAIL)))):
        date = read_date(line[found.end() :])
        ago = None if date else _AGO.match(line, found.end())
        end = found.end() + date.end if date else ago.end() if ago else None
        if end is None or bool(line[: found.start()].strip(" \t·•-")) == alone:
            continue
        spans = [("authors", found.start(1), found.end(1)), ("date", found.end(), end)]
        comments = _COMMENTS.fullmatch(line, end)
        if comments:
            spans.append(("comments", comments.start(1), comments.end(1)))
        elif line[end:].strip():
            continue
        return Tail(found.start(), int(found[2]), date, int(comments[1]) if comments else None, tuple(spans))
    return None


def year_after(tails: Iterable[Tail]) -> int | None:
    """The year after the latest that is stated; None where none is."""
    years = [tail.date.year for tail in tails if tail.date and tail.date.year]
    return max(years) + 1 if years else None


def _abstract(file: str, number: int, line: str, tail: Tail, voted: bool, missing_year: int | None) -> Abstract:
    votes = _UPVOTES.match(line) if voted else None
    begin = votes.end() if votes else len(line) - len(line.lstrip())
    body = line[begin : tail.begin].rstrip()
    offset, confidence = find_boundary(body)
    title = body[:offset].rstrip()
    offset = 0 if offset == len(body) else offset  # a title alone is also the text
    text = body[offset:]
    spans = [("title", begin, begin + len(title))] if title else []
    upvotes = _count(votes[1]) if votes else None
    if votes and upvotes is not None:
        spans.append(("upvotes", votes.start(1), votes.end(1)))
    return make_abstract(
        file=file,
        line=number,
        start=begin + offset,
        end=begin + len(body),
        text=text,
        title=title or None,
        title_confidence=confidence if title else 0.0,
        fields=[FieldSpan(name, number, start, end) for name, start, end in (*spans, *tail.spans)],
        upvotes=upvotes,
        **tail.fields(missing_year),
    )


def _count(text: str) -> int | None:
    """ "1,234" and "1.2k" as numbers; None for the dash of a paper without upvotes."""
    if not text[0].isdecimal():
        return None
    if text[-1] in "kK":
        return round(float(text[:-1]) * 1000)
    return int(text.replace(",", ""))
