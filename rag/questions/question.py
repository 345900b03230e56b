"""Reading a question: its kind, the words and names that must be met, what it presupposes, and all that was given with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from rag.embedding import ShortText, read_short
from rag.model import Filters, QuestionError, SettingsError, Years
from rag.questions.courtesies import small_talk_form
from rag.questions.query import Operation, Query
from rag.questions.reader import read_query
from rag.support import proper_names
from rag.text import any_of

# Analysis of a question: the kind of answer it asks for, and the words and names that evidence must match.

Kind = Literal["fact", "numeric", "why", "how", "survey"]
Form = Literal[
    "fact",
    "definition",
    "numeric",
    "why",
    "how",
    "list",
    "count",
    "superlative",
    "comparison",
    "survey",
    "yesno",
    "followup",
    "small talk",
    "about",
]

LONGEST = 4000  # characters

# A name all in small letters, which no word is: wav2vec, data2vec.
_MIXED = re.compile(r"(?<![\w-])[a-z]+\d[a-z]+(?![\w-])")
_FORMS: dict[Operation, Form] = {
    "define": "definition",
    "yesno": "yesno",
    "compare": "comparison",
    "survey": "survey",
    "agree": "survey",
    "list": "list",
    "new": "list",
    "count": "count",
    "tally": "count",
    "rank": "superlative",
}
_KINDS: dict[str, Kind] = {"number": "numeric", "reason": "why", "way": "how"}


@dataclass(frozen=True, eq=False)
class Question:
    """A question as it is answered: as it was read, its kind, the names in it, and the text made ready for comparing.

    `kind` steers the choice of sentences, `form` tells more finely what is asked; both follow from `query`.
    """

    text: str
    query: Query
    names: tuple[str, ...]
    short: ShortText

    @property
    def kind(self) -> Kind:
        """What kind of sentences answer it."""
        if self.query.operation in ("list", "survey", "agree", "compare"):
            return "survey"
        return _KINDS.get(self.query.asked.kind, "fact") if self.query.operation in ("fact", "define") else "fact"

    @property
    def form(self) -> Form:
        """What kind of question it is, more finely than `kind`."""
        if self.query.courtesy is not None:
            return small_talk_form(self.query.courtesy)
        if self.query.leans:
            return "followup"
        return _FORMS.get(self.query.operation, self.kind)


def one_line(text: str) -> str:
    """A question on one line; raises QuestionError where it is empty, too long or not text. Nothing may be read from it before."""
    asked = " ".join(text.replace("\x00", " ").split())
    if not asked:
        raise QuestionError('The question is empty. Type for example: rag ask "How does KS-Lottery find winning tickets?"')
    if any("\ud800" <= character <= "\udfff" for character in asked):
        raise QuestionError("The question is not text: it has bytes that are no characters. Type it again, as UTF-8.")
    if len(asked) > LONGEST:
        raise QuestionError(f"The question has {len(asked):,} characters; at most {LONGEST:,} are read. Ask for one thing at a time.")
    return asked


def read_question(text: str) -> Question:
    """Read a question; raises QuestionError where it is empty, too long or not text."""
    asked = one_line(text)
    return as_question(read_query(asked))


def asks_of_visit(text: str) -> bool:
    """True for a question about what is new to which it matters when the asker was here before."""
    news = read_query(text).news
    return news is not None and (news.kind == "visit" or not news.since)


def as_question(query: Query, text: str = "") -> Question:
    """A question that was read, made ready for comparing; `text` is what is searched for, where that is not all of it."""
    asked = text or query.text
    return Question(asked, query, tuple(dict.fromkeys((*proper_names(asked), *_MIXED.findall(asked)))), read_short(asked))


# The statement that a question of yes or no asks for.

_AUXILIARY = any_of("auxiliaries", "negated")
_AUXILIARY_FIRST = re.compile(rf"^(?:(?:and|but|so|well),? )?(?P<aux>{_AUXILIARY}) (?P<said>.+)$", re.IGNORECASE)
_TAIL = re.compile(r",? (?:and|but|or) (?:how|why|what|which|where|when|who|with what|by how)\b.*$|[;:] .*$", re.IGNORECASE | re.DOTALL)


def proposition(question: str) -> str | None:
    """The statement whose truth a question of yes or no asks for: "Does X beat Y?" asks of "X beat Y". None for any other question."""
    match = _AUXILIARY_FIRST.match(_TAIL.sub("", " ".join(question.split()).rstrip(" ?.!")))
    return " ".join(part for part in (_kept(match["aux"]), match["said"]) if part) if match else None


def _kept(auxiliary: str | None) -> str:
    """What an auxiliary says besides the tense: "not" or "must"; where it stands matters little to what reads the statement."""
    word = (auxiliary or "").casefold()
    return "not" if word.endswith(("n't", "not")) else "must" if word in ("must", "should") else ""


# A question with all that was given with it.

Messages = Sequence[Mapping[str, Any]]


class Options(TypedDict, total=False):
    """What may be given with a question.

    `year` is (first, last), either may be None; `sources` are names of files; `filters` is any other condition. `top_k` is how many
    abstracts the answer may draw on; `more` asks for a longer answer; `ignored` are conditions, as `Answer.filters` words them, that are
    not to be read from the question; `visited` is when the asker was here before, for "what is new since last time?"; `explain` keeps the
    stages of the answer in `Answer.trace`.
    """

    year: Years | None
    sources: Sequence[str]
    filters: Filters | None
    top_k: int | None
    more: bool
    ignored: Sequence[str]
    visited: datetime | None
    explain: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A question, the turns before it, and the `Options` that were given with it."""

    question: str
    history: Messages = ()
    year: Years | None = None
    sources: Sequence[str] = ()
    filters: Filters | None = None
    top_k: int | None = None
    more: bool = False
    ignored: Sequence[str] = ()
    visited: datetime | None = None
    explain: bool = False


def make_request(question: str, history: Messages | None, **options: Unpack[Options]) -> Request:
    """What was asked; raises QuestionError where there is no question or too long a one, SettingsError for a `top_k` below 1."""
    one_line(question)
    top_k = options.get("top_k")
    if top_k is not None and top_k < 1:
        raise SettingsError(f"An answer must draw on at least 1 abstract: top_k cannot be {top_k}.")
    return Request(question, history or (), **options)
