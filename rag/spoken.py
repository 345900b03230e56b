"""What a conversation is about: the last question that stood by itself, and what the last answer cited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rag.filters import NO_FILTERS, Filters
from rag.pointing import own_names

_NAME_WORDS = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A citation of an earlier answer; `aside` for one that was named beside what was counted: only its number means it."""

    number: int
    abstract_id: str
    label: str
    aside: bool = False

    @classmethod
    def of(cls, citation: Mapping[str, Any]) -> Source:
        """Read a citation of a message; raises KeyError, TypeError or ValueError where it is none."""
        return cls(int(citation["number"]), str(citation["abstract_id"]), str(citation["label"]), bool(citation.get("aside")))

    @property
    def name(self) -> str:
        """The system's name, "" where the label is a whole title or the abstract's first words."""
        head = self.label.partition(": ")[0]
        short = len(head.split()) <= _NAME_WORDS and not head.startswith("“")
        return head if short and (head != self.label or len(head.split()) == 1 or own_names(", " + head)) else ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a conversation is about.

    `text` is the last question that stood by itself, `said` the answer before this question, `sources` those of the last
    answer that had any, `asked` the question that it answered.
    """

    text: str = ""
    said: str = ""
    asked: str = ""
    sources: tuple[Source, ...] = ()
    filters: Filters = NO_FILTERS

    @property
    def places(self) -> list[Source]:
        """The sources, one an abstract, without those aside."""
        return list({one.abstract_id: one for one in reversed(self.sources) if not one.aside}.values())[::-1]

    @property
    def focus(self) -> Source | None:
        """The source that was spoken of: the one that the question named, else the first."""
        return next(iter(self.named or self.places), None)

    @property
    def named(self) -> list[Source]:
        """The sources that the question named, in its order."""
        found = [(position(one.name, self.asked), one) for one in self.places]
        return [one for position, one in sorted(found, key=lambda pair: pair[0]) if position >= 0]


def position(name: str, text: str) -> int:
    """Where a text names something, -1 where it does not."""
    found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) if name else None
    return found.start() if found else -1
