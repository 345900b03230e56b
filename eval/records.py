"""What the harness passes on and stores: questions, the rows of a run, verdicts, and metrics with their error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.model import Answer

Outcome = Literal["answered", "nearest", "refused", "info", "error", "no claims"]
Against = Literal["cited", "alone", "without", "retrieved", "reference", "answer", "context", "question"]
Decision = Literal["supported", "weak", "absent", "unscored"]
Interval = Literal["exact", "effective n", "combined", "order", "bootstrap-t", "bootstrap", "wilson", "n too small", ""]
By = Literal["", "verbatim", "own"]

ALTERNATIVES = " // "  # between the wordings of one string of `Question.must_contain`, any of which will do


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence: a verbatim slice of the stored text of the abstract that `ref` names."""

    ref: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set. `ref`s are abstract ids, or `source:line` with the source's file name or its first letters."""

    id: str
    kind: str
    question: str
    history: tuple[Mapping[str, str], ...] = ()
    gold: tuple[str, ...] = ()
    marginal: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    answer: str = ""
    evidence: tuple[Quote, ...] = ()
    must_contain: tuple[str, ...] = ()
    answerable: bool = True
    tags: tuple[str, ...] = ()
    number: int | None = None
    members: tuple[str, ...] | None = None
    split: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece of gold evidence stands: (start, end) in the stored text of an abstract."""

    abstract_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Context:
    """A text that another system was given to answer from, as it told it. `id` is the abstract's where it is one of the corpus or a part
    of one, else that of its source, or made of the text; several contexts may be parts of one source. A blank `text` was not told."""

    id: str
    text: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it was asked in a run, with its gold resolved to abstract ids, so that a run can be scored by itself.

    `retrieved` are (abstract id, score), best first, before any answering. `error` is what went wrong, for outcome "error";
    then there is no answer. `seconds` is the time of asking, None where nobody told it. Of a system that is not ours, `said` is its
    answer as it gave it and `contexts` are the texts that it told, in its order; `said` is None for our own answers and for errors.
    """

    question: Question
    gold: tuple[str, ...]
    marginal: tuple[str, ...]
    near: tuple[str, ...]
    members: tuple[str, ...] | None
    evidence: tuple[Span, ...]
    retrieved: tuple[tuple[str, float], ...]
    answer: Answer | None
    error: str | None
    seconds: float | None
    contexts: tuple[Context, ...] = ()
    said: str | None = None

    @property
    def tells_retrieval(self) -> bool:
        """False for the answer of another system that did not tell what it retrieved: its ranking is not known, and not bad."""
        return self.said is None or bool(self.retrieved)

    @property
    def metered(self) -> bool:
        """False for the answer of another system that did not tell its tokens or its cost."""
        return self.said is None or self.answer is None or bool(self.answer.usage) or self.answer.cost is not None

    @property
    def outcome(self) -> Outcome:
        """How it ended; an answer that says nothing is its own class."""
        if self.answer is None:
            return "error"
        if self.answer.outcome == "answered" and not self.answer.claims:
            return "no claims"
        return self.answer.outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one claim of an answer, or of one statement of the reference answer, against a text.

    `against`: "cited" is all that the claim cites, together; "alone" one citation, `citation` its number; "without" all citations
    but that one; "retrieved" everything that was retrieved, with the abstract that bears the claim out as `source` where it is not one
    that it cites. A claim without (valid) citations has no verdict against them. "reference" is the reference answer with the gold
    sentences, "question" the question, which a claim addresses or not. Statements of the reference, `claim` their number, are held
    against the "answer", or against one "context", `citation` its rank from 1.
    `decision` "unscored" is the judge's own failure, with `why`. `by` "verbatim": the claim is a cited sentence, word for word, and no
    judge was asked; "own": this judge let the claim into the answer, so that its verdict says nothing new; "": neither.
    """

    question_id: str
    claim: int
    against: Against
    citation: int | None
    decision: Decision
    score: float | None = None
    flags: tuple[str, ...] = ()
    why: str = ""
    source: str = ""
    by: By = ""


@dataclass(frozen=True, slots=True)
class Control:
    """A planted claim, which is known to be right or wrong, and what the judge of the run said of it.

    `kind` is what was done to a claim of the answer (or, for "wrong citation", to its citation); for `supported` ones nothing that
    changes what it says. `said` is the planted claim, `decision` that of the judge, who was not told.
    """

    question_id: str
    kind: str
    supported: bool
    said: str
    decision: Decision

    @property
    def right(self) -> bool | None:
        """True where the judge was right, None where it failed."""
        return None if self.decision == "unscored" else (self.decision == "supported") == self.supported


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of a claim of an answer: "supported", "partly", "not" or "unsure". `by` is the person's name."""

    by: str
    question_id: str
    claim: int
    label: str

    @property
    def supported(self) -> bool | None:
        """True for "supported", False for "partly" and "not", None for "unsure"."""
        return None if self.label == "unsure" else self.label == "supported"


@dataclass(frozen=True, slots=True)
class Metric:
    """A mean (or a ratio, F1, quantile) over questions with its error.

    `value` is None where no question could be scored. `n` counts the questions that were scored, `of` those that should have
    been; `low` and `high` are the 95 % interval over questions, None for fewer than two. `interval` says how it was made: "exact" for
    rates, "effective n" for other shares and for counts, "combined" for a mean of two, "order" for quantiles, "bootstrap-t" for
    amounts, "bootstrap" for the rest, and "n too small" where no method holds for so few; see `eval.statistics.intervals`.
    `values` are those of each question, by id.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    of: int
    values: Mapping[str, float] = field(default_factory=dict, repr=False)
    interval: Interval = ""

    @property
    def coverage(self) -> float:
        """Share of the questions that were scored; 1 where there were none to score."""
        return self.n / self.of if self.of else 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without the values of the questions."""
        names = "value", "low", "high", "interval", "n", "of", "coverage"
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_dict(cls, name: str, data: Mapping[str, Any]) -> Metric:
        """Read what `to_dict` wrote; raises KeyError for anything else."""
        return cls(name, data["value"], data["low"], data["high"], data["n"], data["of"], interval=data["interval"])


@dataclass(frozen=True, slots=True)
class Spent:
    """What a system or a judge took of a model service.

    `cost` is in US dollars, None where a price is not known. `counts` are what a judge counts of itself, such as judgements from its
    cache. Of a judge that judges each claim several times, `agreeing` of `pairs` pairs of judgements on one claim are the same.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    agreeing: int = 0
    pairs: int = 0

    def __add__(self, other: Spent) -> Spent:
        """Both together; a cost that is not known in one of them is not known."""
        return self._with(other, 1)

    def __sub__(self, other: Spent) -> Spent:
        """What came since `other`."""
        return self._with(other, -1)

    def _with(self, other: Spent, sign: int) -> Spent:
        known = self.cost is not None and other.cost is not None
        names = dict.fromkeys([*self.counts, *other.counts])
        counts = {name: self.counts.get(name, 0) + sign * other.counts.get(name, 0) for name in names}
        return Spent(
            self.requests + sign * other.requests,
            self.prompt_tokens + sign * other.prompt_tokens,
            self.completion_tokens + sign * other.completion_tokens,
            (self.cost or 0.0) + sign * (other.cost or 0.0) if known else None,
            {name: count for name, count in counts.items() if count},
            self.agreeing + sign * other.agreeing,
            self.pairs + sign * other.pairs,
        )

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def agreement(self) -> float | None:
        """The share of pairs of repeated judgements that are the same, None where nothing was judged twice."""
        return self.agreeing / self.pairs if self.pairs else None
