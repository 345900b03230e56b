"""The listing 002 of the corpus read straight from its lines, without the program: what answers are held against."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(\d+|-) (.*?) (\d+) authors? · ([A-Z][a-z]{2}) (\d+)(?:, (\d{4}))?(?: (\d+))?$")


@dataclass(frozen=True)
class Line:
    """One line: its number, and what it states. A line without a year is of 2025."""

    number: int
    text: str
    upvotes: int | None
    authors: int
    year: int
    inferred: bool
    month: int
    date: str
    comments: int | None

    @property
    def ref(self) -> str:
        return f"002:{self.number}"


def read_lines(corpus: Path) -> list[Line]:
    """Every line of the listing."""
    path = next(corpus.glob("002_*.txt"))
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = _LINE.match(text)
        assert match is not None, text[-60:]
        day = datetime.datetime.strptime(f"{match[4]} {match[5]} {match[6] or 2025}", "%b %d %Y")
        upvotes, comments = (int(match[1]) if match[1] != "-" else None, int(match[7]) if match[7] else None)
        lines.append(Line(number, match[2], upvotes, int(match[3]), day.year, not match[6], day.month, f"{day:%Y-%m-%d}", comments))
    return lines


Rule = Callable[[Line], bool]
