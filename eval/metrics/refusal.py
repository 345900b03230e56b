"""How questions end, and whether the right ones are refused.

Refusals are graded as in Trust-Score (Song et al. 2024): refusing the unanswerable and answering the answerable are two F1
scores, and their mean is the score of grounded refusal. Precision, recall and F1 are of the whole set, not means over
questions. A false premise may be corrected or refused, so these questions stay out of the F1 scores and have their own.
What is shown as the nearest, under a line that it may not be the answer, is no plain answer: there it counts with the refusals, and
the metrics by kind tell the two apart. An error, and an answer without claims, neither refuses nor answers: it counts as missed,
whichever was right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from eval.metrics.correctness import evidence_shown
from eval.metrics.measure import Measure, Parts, Verdicts, always
from eval.records import Outcome, Row
from eval.statistics import AREA, F1, MEAN_F1, risk_coverage

TRUST = "Trust-Score (Song et al. 2024)"
GRADED = "all but false premises"
PREMISE = "false premises"
OUTCOMES: tuple[Outcome, ...] = ("answered", "nearest", "refused", "info", "error", "no claims")
UNREPORTED = ("absent_topic", "absent_detail")  # kinds of questions that the corpus does not answer


def has_outcome(outcome: Outcome, row: Row, verdicts: Verdicts) -> float:
    """1 where the question ended with this outcome."""
    return float(row.outcome == outcome)


def refuses(row: Row) -> bool:
    """True for a refusal, and for an answer that says nothing but what is not reported."""
    if row.answer is None or row.outcome != "answered":
        return row.outcome == "refused"
    return all(claim.kind == "absence" for claim in row.answer.claims)


def declines(row: Row) -> bool:
    """True where nothing is plainly answered: refused, or shown as what may not be the answer."""
    return row.outcome == "nearest" or refuses(row)


def is_not_declined(row: Row) -> bool:
    """True where something is plainly answered, or the question ended in an error, which is no better."""
    return not declines(row)


def answers(row: Row) -> bool:
    """True where something is plainly claimed that is not an absence."""
    return row.outcome == "answered" and not refuses(row)


def refusal_parts(row: Row, verdicts: Verdicts) -> Parts:
    """(true, false, missed refusals) of one question, of which one is 1 at most; zeros for a false premise."""
    return _binary_parts(row, said=declines(row), due=not row.question.answerable)


def answered_parts(row: Row, verdicts: Verdicts) -> Parts:
    """(true, false, missed answers) of one question; zeros for a false premise."""
    return _binary_parts(row, said=answers(row), due=row.question.answerable)


def _binary_parts(row: Row, *, said: bool, due: bool) -> Parts:
    return (float(said and due), float(said and not due), float(due and not said)) if graded(row) else (0.0, 0.0, 0.0)


def both_parts(row: Row, verdicts: Verdicts) -> Parts:
    """Those of refusals, then those of answers."""
    return refusal_parts(row, verdicts) + answered_parts(row, verdicts)


PartsOf = Callable[[Row, Verdicts], Parts]


def is_right(parts: PartsOf, row: Row, verdicts: Verdicts) -> float | None:
    """1 where nothing is false or missed: what an F1 shows of a single question."""
    if not graded(row):
        return None
    return float(not any(part for index, part in enumerate(parts(row, verdicts)) if index % 3))


def case_precision(parts: PartsOf, row: Row, verdicts: Verdicts) -> float | None:
    """1 where what was predicted of the question is correct, 0 where not; None where it was not predicted."""
    true, false, _ = parts(row, verdicts)
    return true / (true + false) if true + false else None


def case_recall(parts: PartsOf, row: Row, verdicts: Verdicts) -> float | None:
    """1 where what was due was predicted, 0 where not; None where it was not due."""
    true, _, missed = parts(row, verdicts)
    return true / (true + missed) if true + missed else None


def graded(row: Row) -> bool:
    """True for questions that are to be answered or refused, not either."""
    return row.question.kind != "false_premise"


def rate(ended: Callable[[Row], bool], kind: str, row: Row, verdicts: Verdicts) -> float | None:
    """1 where a question of this kind ended so."""
    return float(ended(row)) if _is_kind(kind, row) else None


def is_nearest(row: Row) -> bool:
    """True where what is shown is said to be perhaps no answer."""
    return row.outcome == "nearest"


def has_chance(row: Row) -> bool:
    """True for a graded question that has a chance of an answer, which those that code alone answers have not."""
    return graded(row) and row.answer is not None and row.answer.answerability is not None


def answering_risk(row: Row, verdicts: Verdicts) -> float | None:
    """1 where answering is wrong, because the corpus does not answer the question."""
    return float(not row.question.answerable) if has_chance(row) else None


def risk_parts(row: Row, verdicts: Verdicts) -> Parts:
    """(chance, risk, 1) of a question, zeros where it has none."""
    risk = answering_risk(row, verdicts)
    assert row.answer is not None or risk is None
    return (row.answer.answerability or 0.0, risk, 1.0) if row.answer is not None and risk is not None else (0.0, 0.0, 0.0)


def risk_curve(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """(coverage, risk) where the questions with the highest chances are answered, the first, the first two, and so on."""
    parts = np.array([risk_parts(row, ()) for row in rows if has_chance(row)]).reshape(-1, 3)
    (risks,) = risk_coverage(np.ones((1, len(parts))), parts)
    return [(place / len(parts), float(risk)) for place, risk in enumerate(risks, start=1)]


def corrected(row: Row, verdicts: Verdicts) -> float | None:
    """1 where the evidence that contradicts a false premise is shown, at any place of an answer or with the refusal."""
    return float(evidence_shown(row)) if _is_kind("false_premise", row) else None


def missed(row: Row, verdicts: Verdicts) -> float | None:
    """1 where a false premise is neither corrected nor refused; an error is that too."""
    return float(not refuses(row) and not corrected(row, verdicts)) if _is_kind("false_premise", row) else None


def _is_kind(kind: str, row: Row) -> bool:
    return row.question.kind == kind


def _set_measures(name: str, said: str, due: str, parts: PartsOf) -> tuple[Measure, ...]:
    """Precision, recall and F1 of refusing or answering."""
    given = partial(case_precision, parts)
    found = partial(case_recall, parts)
    precision = partial(_rate_parts, parts, 1)
    recall = partial(_rate_parts, parts, 2)
    return (
        Measure(
            f"{name}_precision",
            f"{said} that are {due}",
            f"{said}; {GRADED}",
            given,
            partial(_applies, given),
            source=TRUST,
            parts=precision,
        ),
        Measure(
            f"{name}_recall", f"{due} that are {said}", f"{due}; {GRADED}", found, partial(_applies, found), source=TRUST, parts=recall
        ),
        Measure(f"{name}_f1", f"F1 of {said}", GRADED, partial(is_right, parts), graded, source=TRUST, parts=parts, statistic=F1),
    )


def _rate_parts(parts: PartsOf, other: int, row: Row, verdicts: Verdicts) -> Parts:
    """(true, true + false) for precision, (true, true + missed) for recall."""
    found = parts(row, verdicts)
    return found[0], found[0] + found[other]


def _applies(function: Callable[[Row, Verdicts], float | None], row: Row) -> bool:
    return function(row, ()) is not None


MEASURES = (
    *(
        Measure(
            f"outcome_{outcome.replace(' ', '_')}",
            f"questions that end as: {outcome}",
            "all",
            partial(has_outcome, outcome),
            always,
            higher_is_better=False if outcome in ("error", "no claims") else None,
            of_run=outcome == "error",
        )
        for outcome in OUTCOMES
    ),
    *_set_measures("refusal", "refused", "unanswerable", refusal_parts),
    *_set_measures("answered", "answered", "answerable", answered_parts),
    Measure(
        "grounded_refusal_f1",
        "mean of the F1 of refusing and of answering",
        GRADED,
        partial(is_right, both_parts),
        graded,
        source=TRUST,
        parts=both_parts,
        statistic=MEAN_F1,
    ),
    *(
        Measure(f"{name}_{kind}", f"questions that are {about}", kind, partial(rate, ended, kind), partial(_is_kind, kind), better)
        for kind in UNREPORTED
        for name, about, ended, better in (
            ("refused", "refused", refuses, True),
            ("nearest", "shown what may not be the answer", is_nearest, None),
            ("answered", "plainly answered, or failed", is_not_declined, False),
        )
    ),
    Measure(
        "risk_coverage_area",
        "area under the risk-coverage curve: the mean share of unanswerable questions among the k with the highest chances, over all k",
        "with a chance; " + GRADED,
        answering_risk,
        has_chance,
        higher_is_better=False,
        source="AURC (Geifman et al. 2019)",
        parts=risk_parts,
        statistic=AREA,
    ),
    Measure("false_premise_corrected", "the contradicting evidence is shown", PREMISE, corrected, partial(_is_kind, "false_premise")),
    Measure(
        "false_premise_refused",
        "refused, which is accepted",
        PREMISE,
        partial(rate, refuses, "false_premise"),
        partial(_is_kind, "false_premise"),
        higher_is_better=None,
    ),
    Measure(
        "false_premise_missed", "neither corrected nor refused", PREMISE, missed, partial(_is_kind, "false_premise"), higher_is_better=False
    ),
)
