"""What every metric is: a pure function of one row of a run and its verdicts, and how the values of many questions are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.records import Against, Row, Verdict
from eval.statistics import RATIO, Statistic
from rag.model import Answer, Claim

Verdicts = Sequence[Verdict]
Unit = Literal["share", "count", "seconds", "tokens", "dollars"]
Parts = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric.

    `function` gives the value of one question, or None. `applies` tells the two reasons for None apart: where it does not
    hold, the metric has no say in the question (`rows` says in words where it has), and the question is in neither `n` nor
    `of`; where it holds, the judge failed or a price is unknown, and the question is in `of` but not in `n`: that lowers the
    coverage and leaves the mean alone. `parts` and `statistic` put questions together; by default that is the mean. `parts`
    are those of any question, zeros where the metric has no say, so that resampling draws from the whole set.
    `source` credits the formula. `of_run` marks what is counted of this run and is no estimate for other questions, such as
    verdicts that failed: a gate reads its value, not its interval. `higher_is_better` is None where neither is better.
    `applies_judged` takes the place of `applies` where the verdicts decide whether the metric has a say.
    """

    name: str
    about: str
    rows: str
    function: Callable[[Row, Verdicts], float | None]
    applies: Callable[[Row], bool]
    higher_is_better: bool | None = True
    unit: Unit = "share"
    source: str = ""
    parts: Callable[[Row, Verdicts], Parts] | None = None
    statistic: Statistic = RATIO
    of_run: bool = False
    applies_judged: Callable[[Row, Verdicts], bool] | None = None

    def due(self, row: Row, verdicts: Verdicts) -> bool:
        """True where the metric has a say in a question."""
        return self.applies(row) if self.applies_judged is None else self.applies_judged(row, verdicts)

    def scored(self, row: Row, verdicts: Verdicts) -> tuple[float | None, Parts | None]:
        """The value of one question, and its parts; None for parts keeps the question out of the statistic."""
        value = self.function(row, verdicts)
        if self.parts is not None:
            return value, self.parts(row, verdicts)
        return value, None if value is None else (value, 1.0)


def decided(verdicts: Verdicts, claim: int, against: Against, citation: int | None = None) -> bool | None:
    """What the judge said: True for "supported", False for "weak" and "absent", None for "unscored" and where there is no verdict.

    None too where the judge let the claim into the answer itself ("own"): that it agrees with itself shows nothing. Of several on the
    same (a run that was resumed), the last holds.
    """
    one = verdict_on(verdicts, claim, against, citation)
    return None if one is None or one.decision == "unscored" or one.by == "own" else one.decision == "supported"


def verdict_on(verdicts: Verdicts, claim: int, against: Against, citation: int | None = None) -> Verdict | None:
    """The last verdict on a claim against a text, None where there is none."""
    for one in reversed(verdicts):
        if (one.claim, one.against, one.citation) == (claim, against, citation):
            return one
    return None


def share(decisions: Iterable[bool | None]) -> float | None:
    """The share that holds; None over nothing, and where one of them is not known."""
    known = list(decisions)
    if not known or None in known:
        return None
    return sum(map(bool, known)) / len(known)


def evidence_claims(row: Row) -> list[tuple[int, Claim]]:
    """The claims that say what abstracts say, with their places; none unless the question was answered, if only by what comes nearest.

    Claims of kind "collection" are computed by code, and no sentence states that something is absent: neither has support
    to be judged.
    """
    if row.answer is None or row.outcome not in ("answered", "nearest"):
        return []
    return [(place, claim) for place, claim in enumerate(row.answer.claims) if claim.written]


def has_evidence_claims(row: Row) -> bool:
    """True where something is claimed that can be judged."""
    return bool(evidence_claims(row))


def valid(answer: Answer | None, claim: Claim) -> list[int]:
    """The numbers that a claim cites and that the answer has, each once."""
    known = {one.number for one in answer.citations} if answer else set()
    return [number for number in dict.fromkeys(claim.citations) if number in known]


def always(row: Row) -> bool:
    """Every question."""
    return True
