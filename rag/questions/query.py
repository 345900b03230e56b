"""A question as it was read: one record, made once, that every later stage looks at instead of reading the text again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from rag.model import NO_FILTERS, CountedField, Filters

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
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
COLLECTION: frozenset[Operation] = frozenset(("list", "count", "rank", "tally"))  # computed over the whole collection, by code
AskedKind = Literal["number", "name", "date", "reason", "way", "yesno", "thing"]
By = Literal["upvotes", "comments", "authors", "author_names", "date", "words", "title_words"]
Group = Literal["year", "month", "authors", "source"]
Statistic = Literal["mean", "median", "sum"]
SmallTalk = Literal["greeting", "thanks", "farewell", "abilities", "overview"]


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
class Order:
    """What a ranking looks at; the first `skip` places are passed over: 1 for "the second most upvoted"."""

    by: By = "date"
    descending: bool = True
    skip: int = 0


Counted = tuple[Filters, Topic]


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted by what: a table by `group`, the group with the most or fewest, a `statistic` of `field`, or `sides` compared."""

    group: Group | None = None
    extreme: Literal["most", "fewest"] | None = None
    statistic: Statistic | None = None
    field: CountedField | None = None
    sides: tuple[Counted, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: as it was put, as it is looked for (with a head that it shares), and the names in it."""

    said: str
    sought: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, two or more, and in what respect; `aspect` is empty where the comparison is in general."""

    sides: tuple[Side, ...]
    aspect: str


@dataclass(frozen=True, slots=True)
class News:
    """A question about what came into the index: since when, as it was put; `kind` is the last visit, the last run, or a time."""

    since: str
    kind: Literal["visit", "run", "time"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question that stands by itself, as it was read.

    `confidence` is the probability of the operation, from 0 to 1. `filters` are its conditions on papers, `topic` what papers must be
    about, `limit` how many are asked for, `focus` the ids of abstracts that the turns before point at. `unread` are dates, numbers,
    field words and negations that no part of the reading accounts for: where there are any, nothing is counted.

    `order`, `tally`, `field` (of a lookup), `news` and `courtesy` belong to one operation each. `names` are of the works that are looked
    up or ranked, `point` is what papers are to agree on, `comparison` what is set against what, and `sought` the question without its
    conditions, for retrieval. `leans` is true of a question that goes on from the one before: "and in 2023?".
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
    exists: bool = False
    share: bool = False
    order: Order | None = None
    tally: Tally | None = None
    field: By | None = None
    names: tuple[str, ...] = ()
    point: str = ""
    comparison: Comparison | None = None
    news: News | None = None
    courtesy: SmallTalk | None = None
    sought: str = ""
    leans: bool = False

    @property
    def computed(self) -> bool:
        """True where code answers from the catalogue: a count, a list, a ranking, a table, a look-up."""
        return self.operation in COLLECTION or self.operation == "lookup"
