"""Correctness against the reference answer, statement by statement: precision, recall and F1.

Each claim of the answer is held against what is known to be right, the reference with the gold sentences that it rests on (precision),
and each statement of the reference against the answer (recall). What does not answer an answerable question counts 0. An answer may
well say more than the reference does without being wrong: precision then is a lower bound, and a short reference makes it low.
"""

from __future__ import annotations

from eval.metrics.measure import Measure, Verdicts, decided, share
from eval.metrics.statements import has_reference, reference_statements, said_claims
from eval.records import Row

ROWS = "answerable, with a reference answer; lists, counts and false premises aside"
SOURCE = "claim precision, recall and F1 of RAGChecker (Ru et al. 2024); answer correctness of ragas"


def correctness_precision(row: Row, verdicts: Verdicts) -> float | None:
    """The share of the answer's claims that the reference bears out; 0 where nothing is claimed."""
    if not has_reference(row):
        return None
    return share(decided(verdicts, place, "reference") for place, _ in said_claims(row)) if said_claims(row) else 0.0


def correctness_recall(row: Row, verdicts: Verdicts) -> float | None:
    """The share of the reference's statements that the answer says; 0 where nothing is claimed."""
    if not has_reference(row):
        return None
    if not said_claims(row):
        return 0.0
    return share(decided(verdicts, place, "answer") for place in range(len(reference_statements(row.question))))


def answer_correctness(row: Row, verdicts: Verdicts) -> float | None:
    """F1 of the two for one question; the metric is the mean over questions."""
    precision, recall = correctness_precision(row, verdicts), correctness_recall(row, verdicts)
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


MEASURES = (
    Measure("answer_correctness", "F1 of claims and reference statements", ROWS, answer_correctness, has_reference, source=SOURCE),
    Measure("correctness_precision", "claims that the reference bears out", ROWS, correctness_precision, has_reference, source=SOURCE),
    Measure("correctness_recall", "reference statements that the answer says", ROWS, correctness_recall, has_reference, source=SOURCE),
)
