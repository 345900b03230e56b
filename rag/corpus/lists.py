"""The shapes of an author's page (`Abstract: ...` a line) and of numbered lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rag.corpus.draft import Reading, is_chrome, is_people, make_abstract, stray_line
from rag.corpus.titles import find_boundary
from rag.corpus.values import names_of
from rag.model import Abstract, FieldSpan, Problem

# The shape of an author's page: one `Abstract: ...` a line, without titles or with each title on the line above.

_MARK = re.compile(r"\s*(?:abstract|summary)\s*(?:[:.]|[-–—]+(?=\s))\s*", re.IGNORECASE)
_TITLE_WORDS = 40  # a longer line above an abstract is no title


class AuthorPage:
    """Reads `Abstract: ...` lines."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in lines marked as abstracts."""
        total = sum(len(line.strip()) for line in lines)
        return sum(len(line.strip()) for line in lines if text_start(line)) / total if total else 0.0

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every marked line is an abstract; every other one its title or a problem."""
        title_lines = _title_lines(lines)
        abstracts: list[Abstract] = []
        problems: list[Problem] = []
        for index, line in enumerate(lines):
            start = text_start(line)
            if start:
                abstracts.append(_abstract(file, lines, index, start, index - 1 in title_lines))
            elif line.strip() and index not in title_lines:
                reason = "no text after 'Abstract:'" if _MARK.match(line) else "not a paper: no 'Abstract:' and no date"
                problems.append(stray_line(file, index + 1, line, reason))
        return Reading(file, "author-page", tuple(abstracts), tuple(problems))


def text_start(line: str) -> int:
    """Where the abstract's text begins in a marked line; 0 where the line has no mark or no text."""
    mark = _MARK.match(line)
    return mark.end() if mark and line[mark.end() :].strip() else 0


def _abstract(file: str, lines: Sequence[str], index: int, start: int, titled: bool) -> Abstract:
    text = lines[index][start:].rstrip()
    if not titled:
        return make_abstract(file=file, line=index + 1, start=start, end=start + len(text), text=text)
    above = lines[index - 1]
    title = above.strip()
    begin = above.index(title)
    span = FieldSpan("title", index, begin, begin + len(title))
    return make_abstract(
        file=file, line=index + 1, start=start, end=start + len(text), text=text, title=title, title_confidence=0.9, fields=[span]
    )


def _title_lines(lines: Sequence[str]) -> set[int]:
    """The indexes of the lines right above abstracts, if nearly all abstracts have one and no two are the same.

    One line above one abstract is an affiliation or chrome; a page with titles has one above each.
    """
    marked = [index for index, line in enumerate(lines) if text_start(line)]
    above = [index - 1 for index in marked if index and _could_be_title(lines[index - 1])]
    distinct = {lines[index].strip() for index in above}
    return set(above) if len(above) >= 2 and len(distinct) == len(above) and len(above) >= 0.8 * len(marked) else set()


def _could_be_title(line: str) -> bool:
    return bool(line.strip()) and not _MARK.match(line) and len(line.split()) <= _TITLE_WORDS and not is_chrome(line)


# The shape of a numbered list: "1. Title. Abstract ...", "[2] Title" with the abstract on the lines below, and their like.

_NUMBER = re.compile(r"\s*+(?:#{1,4}\s*+)?(?:\*\*)?(?:\[(\d{1,5})\]|\((\d{1,5})\)|(\d{1,5})[.)])(?:\*\*)?\s+(?=\S)")
_MARKED = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|[\"“](?P<quoted>[^\"“”]+)[\"”]")
_SEPARATOR = re.compile(r"[\s.:*—–-]*\s")
_NEXT_SENTENCE = re.compile(r"""[.!?]['"”’)]*\s+[A-Z]""")
_TEXT_WORDS = 8  # an abstract below a title has as many
# a title that has a line of its own is no longer
_ENTRY_WORDS = 30  # half of the entries have as many, or the list is of something else: chapters, references
_SURE, _LIKELY = 0.98, 0.95


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of the list: where its body begins in its first line, and the indexes of its lines that are not blank."""

    start: int
    indexes: tuple[int, ...]

    def words(self, lines: Sequence[str]) -> int:
        """How many words the entry has."""
        return sum(len(lines[index].split()) for index in self.indexes)


class Numbered:
    """Reads entries whose numbers follow each other."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in entries; 0 where there are fewer than two or they are short."""
        entries = _entries(lines)
        if len(entries) < 2 or median(entry.words(lines) for entry in entries) < _ENTRY_WORDS:
            return 0.0
        total = sum(len(line.strip()) for line in lines)
        return sum(len(lines[index].strip()) for entry in entries for index in _read_entry("", lines, entry)[1]) / total

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every entry is a paper; lines before the first number, and those after an entry's text, are problems."""
        abstracts: list[Abstract] = []
        used: set[int] = set()
        for entry in _entries(lines):
            abstract, indexes = _read_entry(file, lines, entry)
            abstracts.append(abstract)
            used.update(indexes)
        unused = (index for index, line in enumerate(lines) if line.strip() and index not in used)
        problems = [stray_line(file, index + 1, lines[index], "not a paper: neither numbered nor part of an abstract") for index in unused]
        return Reading(file, "numbered", tuple(abstracts), tuple(problems))


def _entries(lines: Sequence[str]) -> list[Entry]:
    """The entries of a list; a number that does not follow the one before it is part of an entry's text."""
    entries: list[tuple[int, list[int]]] = []
    expected: int | None = None
    for index, line in enumerate(lines):
        found = _NUMBER.match(line)
        number = int(found[1] or found[2] or found[3]) if found else None
        if found and number is not None and expected in (None, number):
            entries.append((found.end(), [index]))
            expected = number + 1
        elif entries and line.strip():
            entries[-1][1].append(index)
    return [Entry(start, tuple(indexes)) for start, indexes in entries]


def _read_entry(file: str, lines: Sequence[str], entry: Entry) -> tuple[Abstract, list[int]]:
    """The paper of an entry and the indexes of the lines that it takes."""
    return _titled(file, lines, entry) or _run_together(file, lines, entry)


def _block(indexes: Sequence[int]) -> list[int]:
    """The first of some indexes and those that follow it without a gap."""
    return [index for position, index in enumerate(indexes) if index == indexes[0] + position]


def _titled(file: str, lines: Sequence[str], entry: Entry) -> tuple[Abstract, list[int]] | None:
    """An entry whose title has the first line for itself, and the lines that it takes; None where it has not."""
    first, *below = entry.indexes
    title = lines[first][entry.start :].strip("* \t")
    people = bool(below) and is_people(lines[below[0]])
    block = _block(below[people:]) if below[people:] else []
    if not block or not _alone(title) or lines[block[0]].lstrip()[:1].islower() or sum(len(lines[i].split()) for i in block) < _TEXT_WORDS:
        return None
    start = lines[first].index(title, entry.start)
    spans = [FieldSpan("title", first + 1, start, start + len(title))]
    names: tuple[str, ...] = ()
    if people:
        written = lines[below[0]].strip()
        begin = lines[below[0]].index(written)
        spans.append(FieldSpan("authors", below[0] + 1, begin, begin + len(written)))
        names = names_of(written)[0]
    joined = "\n".join(lines[block[0] : block[-1] + 1])
    begin = text_start(joined) or len(joined) - len(joined.lstrip())
    text = joined[begin:].rstrip()
    below_first, start = _place(joined, begin)  # a label may have a line for itself
    abstract = make_abstract(
        file=file,
        line=block[0] + 1 + below_first,
        start=start,
        end=start + len(text),
        text=text,
        title=title,
        title_confidence=_LIKELY,
        fields=spans,
        author_names=names,
        authors=len(names) or None,
    )
    return abstract, [first, *below[:people], *block]


def _place(joined: str, offset: int) -> tuple[int, int]:
    """How many lines below the first of joined lines an offset stands, and where in its line."""
    before = joined[:offset]
    return before.count("\n"), offset - (before.rfind("\n") + 1)


def _alone(title: str) -> bool:
    """True where a line reads like a title and no more."""
    sentences = title.endswith(".") and _NEXT_SENTENCE.search(title)
    return 0 < len(title.split()) <= _TITLE_WORDS and not title.endswith(",") and not sentences


def _run_together(file: str, lines: Sequence[str], entry: Entry) -> tuple[Abstract, list[int]]:
    """An entry whose title and abstract follow each other on one line, or on lines that were wrapped."""
    block = _block(entry.indexes)
    joined = "\n".join(lines[block[0] : block[-1] + 1]).rstrip()
    begin, end, text_begin, confidence = _boundary(joined, entry.start)
    below_first, start = _place(joined, text_begin)
    text = joined[text_begin:]
    title = joined[begin:end]
    abstract = make_abstract(
        file=file,
        line=block[0] + 1 + below_first,
        start=start,
        end=start + len(text),
        text=text,
        title=title or None,
        title_confidence=confidence if title else 0.0,
        fields=[FieldSpan("title", block[0] + 1, begin, end)] if title else [],
    )
    return abstract, block


def _boundary(joined: str, start: int) -> tuple[int, int, int, float]:
    """Beginning and end of the title, beginning of the text, and how sure that is; a title alone is also the text."""
    marked = _MARKED.match(joined, start)
    if marked and (separator := _SEPARATOR.match(joined, marked.end())) and len(marked[0].split()) > 2:
        kind = marked.lastgroup or ""
        end = marked.start(kind) + len(marked[kind].rstrip(" .,:"))
        return marked.start(kind), end, separator.end(), _SURE
    offset, confidence = find_boundary(joined[start:])
    if start + offset >= len(joined):
        return start, len(joined), start, confidence
    end = start + len(joined[start : start + offset].rstrip(" \t\n.:—–-"))
    return start, end, start + offset, confidence
