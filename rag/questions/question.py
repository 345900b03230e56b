"""Reading a question: its kind, the words and names that must be met, what it presupposes, and all that was given with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypedDict, Unpack

from rag.embedding import ShortText, read_short
from rag.model import Filters, QuestionError, SettingsError, Years
from rag.questions.collection_query import CollectionForm
from rag.questions.collection_reader import read_collection_query
from rag.questions.conditions import read_conditions
from rag.questions.meta import read_small_talk, small_talk_form
from rag.support import proper_names
from rag.text import DO, any_of

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

_NUMERIC = re.compile(
    r"\bhow (?:many|much|large|far|accurate|soon|big|long|high|low|little|few|often|fast|old|strongly|well|diverse)\b"
    r"|\b(?:what|which) (?:\w+ ){0,2}(?:shares?|gains?|portion|rates?|accurac\w+|sizes?|percentage|fraction|scores?|improvements?|"
    r"ratios?|speed-?ups?|numbers?|amounts?|reduction|increase|budget|cost)\b|\bby how\b|\bin number\b",
    re.IGNORECASE,
)
# A name all in small letters, which no word is: wav2vec, data2vec.
_MIXED = re.compile(r"(?<![\w-])[a-z]+\d[a-z]+(?![\w-])")
_WHY = re.compile(r"\bwhy\b|\breasons?\b|\bexplains?\b|\bcauses?\b|\bwhat makes\b", re.IGNORECASE)
_HOW = re.compile(r"\bhow\b", re.IGNORECASE)
# Questions that several abstracts answer together: a comparison, or a plural that asks for papers or their systems.
_PAPERS = any_of("papers.many", "works.many")
_SURVEY = re.compile(
    r"\b(?:compar\w+|contrast|differ(?:s|ences?)?|versus|vs)\b|\bhow do (?:\w+ ){0,4}"
    rf"(?:{_PAPERS}|authors|systems|models|approaches|methods)\b"
    rf"|\b(?:which|what) (?:\w+[ -]){{0,3}}?(?:{_PAPERS}|systems|models|approaches|methods|datasets|corpora|tools|techniques|"
    rf"advice|evidence)\b(?! (?:were used|do the authors|did|does|was|is)\b)"
    rf"|\b(?:several|various|different|{any_of('numbers.several')}|the) (?:\w+ ){{0,2}}{_PAPERS}\b|\bsurvey\b|\boverview\b"
    r"|\b(?:anything|something|what (?:do (?:we|you) have|is there|else is there|have you got|can you offer)) (?:in )?(?:here )?"
    r"(?:on|about|for|regarding|concerning|dealing with|related to)\b|\bwho (?:\w+ )?(?:works?|worked|is working) (?:on|with)\b"
    r"|^who (?:makes|uses|builds|trains|proposes|studies|tries)\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:compar\w+|contrast|differ(?:s|ences?|ent(?:ly)?)?|versus|vs\.?|as opposed to|in common|agree|disagree)\b|^(?:which|what"
    r"|who) (?:\w+ ){0,3}\w+er,? .+ or\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    rf"^(?:(?:and|but|so|well),? )?{any_of('auxiliaries', 'negated')}\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"^(?:what(?:'s| is| are| was| does)|define|explain|describe|tell me (?:something )?about|who is)\b(?!.*\b(?:of|for|in|on|by"
    r"|with|from|to|between|than|used|when)\b)"
    rf"|^what (?:{DO}|is|are) .+ (?:mean|stand for|refer to|supposed to be)\b|\b(?:definition|meaning) of\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^(?:(?:and|but|so|also|then)\b|(?:what|how) about\b|(?:in|for|with|since|before|after) (?:\S++ ?){1,3}\??$|(?:why|how|where"
    r"|when|how so|which ones?)\s*\?*$|no,)",
    re.IGNORECASE,
)
COLLECTION: dict[CollectionForm, Form] = {
    "versus": "count",
    "count": "count",
    "share": "count",
    "groups": "count",
    "statistic": "count",
    "list": "list",
    "any": "list",
    "superlative": "superlative",
    "lookup": "fact",
}


@dataclass(frozen=True, eq=False)
class Question:
    """A question as it is answered: its text, its kind, the names in it, and the text made ready for comparing."""

    text: str
    kind: Kind
    names: tuple[str, ...]
    short: ShortText

    @cached_property
    def form(self) -> Form:
        """What kind of question it is, more finely than `kind`, which steers the choice of sentences."""
        small_talk = read_small_talk(self.text)
        if small_talk is not None:
            return small_talk_form(small_talk)
        wanted = read_collection_query(read_conditions(self.text))
        if wanted is not None:
            return COLLECTION[wanted.form]
        if _COMPARISON.search(self.text):
            return "comparison"
        if self.kind != "survey" and _YES_NO.match(self.text):
            return "yesno"
        if _DEFINITION.match(self.text):
            return "definition"
        return "followup" if _LEANS.match(self.text) else self.kind


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
    return Question(asked, _kind(asked), tuple(dict.fromkeys((*proper_names(asked), *_MIXED.findall(asked)))), read_short(asked))


def _kind(text: str) -> Kind:
    if _SURVEY.search(text):
        return "survey"
    if _NUMERIC.search(text):
        return "numeric"
    if _WHY.search(text):
        return "why"
    return "how" if _HOW.search(text) else "fact"


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
