"""Answer relevance: do the claims of an answer address the question, right or wrong.

ragas (Es et al. 2024) has a model make questions from the answer and compares them with the one that was asked. Here each claim is
compared with the question itself (`eval.judges.relevance` says how, and how often that is right): no model is needed, and one claim
beside the point is found among others. A refusal of an answerable question addresses nothing, as in ragas.
"""

from __future__ import annotations

from eval.metrics.measure import Measure, Verdicts, decided, share
from eval.metrics.statements import said_claims
from eval.records import Row


def answer_relevance(row: Row, verdicts: Verdicts) -> float | None:
    """The share of the claims that address the question; 0 where nothing is claimed."""
    if not is_asked_for_words(row):
        return None
    return share(decided(verdicts, place, "question") for place, _ in said_claims(row)) if said_claims(row) else 0.0


def is_asked_for_words(row: Row) -> bool:
    """True for answerable questions but lists and counts, whose claims are what was computed."""
    return row.question.answerable and row.members is None and row.question.number is None


MEASURES = (
    Measure(
        "answer_relevance",
        "claims that address the question",
        "answerable; lists and counts aside",
        answer_relevance,
        is_asked_for_words,
        source="response relevancy of ragas (Es et al. 2024), by claims and without made-up questions",
    ),
)
