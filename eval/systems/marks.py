"""An answer's text cut into what it claims: its sentences, without bullets, each with the numbers that it cites."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from eval.systems.columns import columns_table
from rag.text import sentence_spans

_RANGE = re.compile(r"(\d{1,4})(?:\s*[-–]\s*(\d{1,4}))?")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(\S[^\n]*)")
_BULLET = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an answer: its text without citations, the numbers that it cites, and the heading that it stands under."""

    text: str
    numbers: tuple[int, ...]
    heading: str


def sentences_said(answer: str) -> list[Said]:
    """The sentences of an answer in their order.

    "[1]", "[2, 3]", "[4-6]", "[^1]", "[Source 2]" and "【1】" are citations; they belong to the sentence that they stand in or behind, and
    where the answer begins with one, to the sentence before which they stand. A line that is a heading of Markdown claims nothing, and
    neither does one without a letter or a digit.
    """
    text, marks = _without_marks(answer)
    leads = bool(marks) and not text[: marks[0][0]].strip()
    heading, found = "", list[Said]()
    for start, end in _blocks(text):
        named = _heading(text[start:end])
        if named:
            heading = named
            continue
        bullet = _BULLET.match(text, start, end)
        begin = bullet.end() if bullet else start
        spans = [(begin + a, begin + b) for a, b in sentence_spans(text[begin:end])]
        found += [
            Said(" ".join(text[a:b].split()), numbers, heading)
            for (a, b), numbers in _cited(spans, marks, (start, end), leads)
            if _says(text[a:b])
        ]
    return found


def _cited(
    spans: Sequence[tuple[int, int]], marks: Sequence[tuple[int, tuple[int, ...]]], block: tuple[int, int], leads: bool
) -> Iterator[tuple[tuple[int, int], tuple[int, ...]]]:
    """Each sentence of a block with the numbers that stand from its beginning to that of the next; where marks lead, from the end of
    the one before to its own."""
    for place, (start, end) in enumerate(spans):
        if leads:
            since, until = (spans[place - 1][1] if place else block[0]) - 1, end - 1
        else:
            since, until = (start if place else block[0]), (spans[place + 1][0] if place + 1 < len(spans) else block[1])
        numbers = [number for at, some in marks if since < at <= until or (at == since == 0) for number in some]
        yield (start, end), tuple(dict.fromkeys(numbers))


def _says(text: str) -> bool:
    return any(map(str.isalnum, text))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, items of lists and headings as (start, end): a line that begins with a bullet, or follows an empty one, opens one."""
    start, opened, alone = 0, False, False
    for line in _LINE.finditer(text):
        if line.end() == line.start():
            break
        heading = _heading(line[0]) is not None
        if opened and (not line[0].strip() or heading or alone or _BULLET.match(line[0])):
            yield start, line.start()
            opened = False
        if not opened and line[0].strip():
            start, opened = line.start(), True
        alone = heading
    if opened:
        yield start, len(text)


def _without_marks(answer: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """The text without citations, and each citation as its place in that text and its numbers."""
    pieces, marks, length, last = list[str](), list[tuple[int, tuple[int, ...]]](), 0, 0
    for found in _pattern().finditer(answer):
        numbers = _numbers(found[1] or found[2])
        if numbers:
            piece = answer[last : found.start()]
            pieces.append(piece)
            length += len(piece)
            marks.append((length, numbers))
            last = found.end()
    return "".join(pieces) + answer[last:], marks


def _numbers(inside: str) -> tuple[int, ...]:
    """The numbers of a citation; none where one of them cites nothing, as 0 and years do."""
    most = columns_table()["marks"]["most"]
    ranges = [(int(one[1]), int(one[2] or one[1])) for one in _RANGE.finditer(inside)]
    numbers = [number for low, high in ranges if low <= high <= most for number in range(low, high + 1)]
    return tuple(numbers) if all(0 < low <= high <= most for low, high in ranges) else ()


def _heading(line: str) -> str | None:
    """What a line of Markdown has as a heading, without the signs around it; None for another line, and for more than a line."""
    found = _HEADING.match(line)
    if found is None or line[found.end() :].strip():
        return None
    return found[1].rstrip().rstrip("#").rstrip() or None


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(columns_table()["marks"]["words"])
    one = rf"(?:(?:{words})s?\s{{0,2}})?\^?\d{{1,4}}(?:\s?[-–]\s?\d{{1,4}})?"
    many = rf"{one}(?:\s?[,;]\s?{one}){{0,20}}"
    return re.compile(rf"[^\S\n]?(?:\[({many})\](?!\()|【(\d{{1,4}})[^】\n]{{0,40}}】)", re.IGNORECASE)
