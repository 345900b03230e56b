"""What the trace of an answer says of each stage: facts that `rag ask --explain` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rag.answers.plan import Plan
from rag.answers.planner import AnswerMaterial
from rag.collection import Scope
from rag.model import Answer, Settings
from rag.questions import conditions_of
from rag.search import Candidate

_TRACED = 8  # candidates


def as_read(asked: Scope) -> dict[str, Any]:
    """What was read of a question, for its trace."""
    query = asked.query
    told = {
        "question": query.text,
        "operation": query.operation,
        "confidence": query.confidence,
        "form": asked.form,
        "names": list(asked.question.names),
        "conditions": [one.short for one in conditions_of(asked.filters)],
        "topic": query.topic.text,
        "asked": " ".join(filter(None, (query.asked.kind, query.asked.noun))),
        "limit": query.limit,
        "order": None if query.order is None else f"{query.order.by}, {'most' if query.order.descending else 'least'} first",
        "length": query.length,
        "shape": query.shape,
        "not understood": list(query.unread),
        "searched for": asked.sought.text,
    }
    return {name: value for name, value in told.items() if value not in (None, [], "", "normal", "prose")}


def as_planned(plan: Plan | None) -> dict[str, Any]:
    """What a model has planned."""
    if plan is None:
        return {"planned": False}
    told = {
        "question": plan.question,
        "operation": plan.operation or "",
        "topic": plan.topic,
        "not about": plan.not_about,
        "sides": list(plan.sides),
        "searches": list(plan.searches),
        "form": plan.form,
    }
    return {name: value for name, value in told.items() if value}


def as_found(found: Sequence[Candidate]) -> list[dict[str, Any]]:
    """The best candidates with their scores: BM25, cosine, and both with the re-ranking."""
    return [
        {
            "label": one.abstract.label,
            "id": one.abstract.id,
            "score": round(one.hit.fused, 3),
            "lexical": round(one.hit.lexical, 3),
            "dense": round(one.hit.dense, 3),
        }
        for one in found[:_TRACED]
    ]


def as_decided(material: AnswerMaterial, settings: Settings, refusal: Answer | None) -> dict[str, Any]:
    """How likely an answer is, by what, and what follows from it."""
    judged = material.judged
    return {
        "chance of an answer": round(judged.chance, 3),
        "about the matter": round(judged.topic, 3),
        "refused below": settings.refusal,
        "in doubt below": settings.doubt,
        "comparison": material.compared is not None,
        "refused": refusal is not None,
    }


def as_answered(answer: Answer | None) -> dict[str, Any]:
    """What became of an answer: who made it, and its sentences by their verdicts."""
    if answer is None:
        return {}
    verdicts = Counter(one.verdict for one in answer.claims)
    return {"by": answer.model or "extraction", "outcome": answer.outcome, "sentences": dict(verdicts), "sources": len(answer.citations)}
