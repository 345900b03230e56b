"""Conversations: is the last turn answered as its history has it understood. Their other metrics are in the breakdown by turns."""

from __future__ import annotations

from eval.metrics.correctness import evidence_recall, has_evidence
from eval.metrics.measure import Measure, Verdicts
from eval.metrics.retrieval import is_ranked, ranked
from eval.records import Row

ROWS = "with a history, answerable"


def turns_before(row: Row) -> int:
    """How many turns of the user come before the question."""
    return sum(one["role"] == "user" for one in row.question.history)


def followup_evidence(row: Row, verdicts: Verdicts) -> float | None:
    """`evidence_recall@120` of a last turn: its gold evidence can be found only by who has understood what it refers to."""
    return evidence_recall(row, verdicts) if is_followup(row) else None


def followup_recall(row: Row, verdicts: Verdicts) -> float | None:
    """`recall@5` of a last turn, before any answering: was the question searched for as the history has it understood."""
    return ranked("recall@5", row, verdicts) if is_ranked_followup(row) else None


def is_followup(row: Row) -> bool:
    """True for last turns of conversations with gold evidence."""
    return turns_before(row) > 0 and has_evidence(row)


def is_ranked_followup(row: Row) -> bool:
    """True for last turns of conversations whose answer is found by ranking."""
    return turns_before(row) > 0 and is_ranked(row)


MEASURES = (
    Measure("followup_evidence@120", "gold evidence that the last turn of a conversation cites", ROWS, followup_evidence, is_followup),
    Measure("followup_recall@5", "gold abstracts among the first 5 of a last turn", ROWS, followup_recall, is_ranked_followup),
)
