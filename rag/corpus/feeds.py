"""The shapes of feeds (title and abstract on alternating lines) and of search results (one paper a line)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.corpus.dates import StatedDate, read_date
from rag.corpus.draft import Reading, excerpt, is_chrome, is_people, make_abstract, stray_line
from rag.corpus.titles import find_boundary
from rag.corpus.values import names_of
from rag.model import Abstract, FieldSpan, Problem

# The shape of search results: `(-|upvotes) TITLE ABSTRACT N authors · DATE [comments]`, one paper a line. Nothing stands between title
# and abstract, so `rag.corpus.titles` finds where one ends and the other begins.

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
                abstracts.append(_result_abstract(file, number, line, tail, voted, missing_year))
                if abstracts[-1].date is None:
                    problems.append(Problem(file, number, "its date states no year, nor does any other line", excerpt(line[tail.begin :])))
            elif line.strip():
                problems.append(stray_line(file, number, line, "not a paper: no count of authors and no date at its end"))
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


def _result_abstract(file: str, number: int, line: str, tail: Tail, voted: bool, missing_year: int | None) -> Abstract:
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


# The shape of a feed: the chrome of a web page, then title and abstract on alternating lines. Between them a line may name the authors,
# and below them one may state their number and the date, as search results do.

_TITLE_WORDS = 40  # the longest title of a line of its own
_TEXT_WORDS = 25  # the shortest abstract that is told from a title by its length alone
_SURE = 0.98
_FEW = 0.1  # of the lines of a feed may begin like those of other shapes
# Text of a button that was copied without the space after it: "SubscribeDeep Learning for ...".
_GLUED = re.compile(r"(?:Subscribe|Sign ?[Uu]p|Sign ?[Ii]n|Log ?[Ii]n|Upvote)(?=[A-Z0-9])")
_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*\s*$""")
_MARKED = re.compile(r"\s*(?:abstract|title|authors?)\s*:|\s*[{@<]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paper:
    """The indexes of the lines of one paper."""

    text: int
    title: int | None = None
    people: int | None = None
    tail: int | None = None

    @property
    def indexes(self) -> list[int]:
        """Those that it has."""
        return [index for index in (self.title, self.people, self.text, self.tail) if index is not None]


class Feed:
    """Reads a line that reads like a title, followed by one that reads like an abstract."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in papers with a title."""
        total = sum(len(line.strip()) for line in lines)
        if not total or sum(1 for line in lines if _MARKED.match(line)) > _FEW * sum(1 for line in lines if line.strip()):
            return 0.0
        return sum(len(lines[index].strip()) for paper in _papers(lines) if paper.title is not None for index in paper.indexes) / total

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every pair is a paper, a text without a title above it a paper without title; every other line is a problem."""
        papers = _papers(lines)
        tails = [None if paper.tail is None else read_tail(lines[paper.tail], alone=True) for paper in papers]
        missing_year = year_after(tail for tail in tails if tail)
        abstracts = [_abstract(file, lines, paper, tail, missing_year) for paper, tail in zip(papers, tails, strict=True)]
        reasons = {paper.text: "read as an abstract without a title: no title stands above it" for paper in papers if paper.title is None}
        used = {index for paper in papers for index in paper.indexes}
        reasons.update({i: "not a paper: no abstract follows" for i, line in enumerate(lines) if line.strip() and i not in used})
        return Reading(file, "feed", tuple(abstracts), tuple(stray_line(file, i + 1, lines[i], reasons[i]) for i in sorted(reasons)))


def _papers(lines: Sequence[str]) -> list[Paper]:
    """The papers among some lines, in order; blank lines count for nothing."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    papers: list[Paper] = []
    position = 0
    while position < len(filled):
        paper = _paper(lines, filled[position : position + 4])
        if paper:
            papers.append(paper)
        position += len(paper.indexes) if paper else 1
    return papers


def _paper(lines: Sequence[str], following: Sequence[int]) -> Paper | None:
    """The paper that begins with the first of some indexes; None where none does."""
    first, *rest = following
    title = first if _is_title(lines[first]) else None
    people = rest[0] if title is not None and rest and is_people(lines[rest[0]]) else None
    after = rest[people is not None :] if title is not None else following
    if not after or not (_is_text(lines[after[0]]) if title is not None else _is_long_text(lines[after[0]])):
        return None
    tail = after[1] if len(after) > 1 and read_tail(lines[after[1]], alone=True) else None
    return Paper(after[0], title, people, tail)


def _is_title(line: str) -> bool:
    words = len(line.split())
    ends = line.rstrip().endswith((".", ",", ";", ":"))
    return 1 < words <= _TITLE_WORDS and not ends and not is_chrome(line[_glued(line) :]) and not read_tail(line, alone=True)


def _is_text(line: str) -> bool:
    words = len(line.split())
    return words >= _TEXT_WORDS or (words >= 8 and _SENTENCE_END.search(line) is not None)


def _is_long_text(line: str) -> bool:
    return len(line.split()) >= _TEXT_WORDS and not is_chrome(line)


def _glued(line: str) -> int:
    """How many characters at the beginning of a line are a button's text and not the title's."""
    begin = len(line) - len(line.lstrip())
    found = _GLUED.match(line, begin)
    return found.end() if found else begin


def _abstract(file: str, lines: Sequence[str], paper: Paper, tail: Tail | None, missing_year: int | None) -> Abstract:
    text = lines[paper.text].strip()
    start = lines[paper.text].index(text)
    title, others, fields = None, dict[str, Any](), list[FieldSpan]()
    if paper.title is not None:
        begin = _glued(lines[paper.title])
        title = lines[paper.title][begin:].rstrip()
        fields.append(FieldSpan("title", paper.title + 1, begin, begin + len(title)))
    if paper.people is not None:
        written = lines[paper.people].strip()
        begin = lines[paper.people].index(written)
        fields.append(FieldSpan("authors", paper.people + 1, begin, begin + len(written)))
        others["author_names"] = names_of(written)[0]
        others["authors"] = len(others["author_names"])
    if tail is not None and paper.tail is not None:
        fields.extend(FieldSpan(name, paper.tail + 1, begin, end) for name, begin, end in tail.spans)
        others.update(tail.fields(missing_year))
    return make_abstract(
        file=file,
        line=paper.text + 1,
        start=start,
        end=start + len(text),
        text=text,
        title=title,
        title_confidence=_SURE if title else 0.0,
        fields=fields,
        **others,
    )
