"""A question as it was read: one record, made once, that every later stage looks at instead of reading the text again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.model import NO_FILTERS, Filters

Operation = Literal[
    "fact",  # what abstracts say: a fact, a figure, a reason, a way
    "yesno",
    "define",  # what a work is, or its summary
    "list",  # which abstracts there are; `exists` where only whether there is any is asked
    "count",
    "rank",  # the newest, the five most upvoted
    "tally",  # per year, an average, which year has the most, two counts held against each other
    "lookup",  # what the source states of one work: its date, its authors
    "compare",
    "survey",  # what several abstracts say on a topic
    "agree",  # whether they agree on a point
    "new",  # what came into the index
    "chat",  # greetings, thanks, what the assistant is and has
]
AskedKind = Literal["number", "name", "date", "reason", "way", "yesno", "thing"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What abstracts must be about: at least one of each group of `every`, and nothing of `none`. Words as the question has them.

    "speech translation" is ((("speech translation",),), ()); "Chinese or Mandarin, but not about speech" is
    ((("Chinese", "Mandarin"),), ("speech",)).
    """

    every: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every or self.none)

    @property
    def text(self) -> str:
        """The topic in words, for a sentence and for search: "Chinese or Mandarin, not speech"."""
        wanted = " and ".join(" or ".join(group) for group in self.every)
        return ", ".join([*([wanted] if wanted else []), *(f"not {one}" for one in self.none)])


@dataclass(frozen=True, slots=True)
class Asked:
    """What kind of thing answers, and its noun: ("name", "optimizer") for "which optimizer was used?"."""

    kind: AskedKind = "thing"
    noun: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A question that stands by itself, as it was read.

    `confidence` is the probability of the operation, from 0 to 1. `filters` are its conditions on papers, `topic` what papers must be
    about, `limit` how many are asked for, `focus` the ids of abstracts that the turns before point at. `unread` are dates, numbers,
    field words and negations that no part of the reading accounts for: where there are any, nothing is counted.
    """

    text: str
    operation: Operation
    confidence: float = 1.0
    topic: Topic = Topic()
    filters: Filters = NO_FILTERS
    asked: Asked = Asked()
    limit: int | None = None
    length: Literal["brief", "normal", "long"] = "normal"
    shape: Literal["prose", "bullets", "table"] = "prose"
    focus: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
