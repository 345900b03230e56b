"""Whether the best evidence bears on a question at all; if not, why the corpus is said not to answer it."""

from __future__ import annotations

from dataclasses import dataclass

from rag.flags import name_flags
from rag.question import Question
from rag.retrieve import Found

_READ = 5  # of the best abstracts


@dataclass(frozen=True, slots=True)
class Bearing:
    """How well the best abstracts bear on a question: `score` between 0 and 1, and the question's names that none of them has."""

    score: float
    unknown: tuple[str, ...]


def bearing(question: Question, found: list[Found]) -> Bearing:
    """Judge the best evidence: the best abstract's retrieval score, less up to a half for names that no near abstract has."""
    if not found or not question.short.stems:
        return Bearing(0.0, question.names)
    read = " ".join(f"{one.abstract.title or ''} {one.abstract.text}" for one in found[:_READ])
    unknown = tuple(name_flags(" ".join(question.names), read)) if question.names else ()
    missing = tuple(flag.partition(": ")[2] for flag in unknown)
    share = len(missing) / max(1, len(question.names))
    return Bearing(round(found[0].hit.fused * (1 - 0.5 * share), 4), missing)


def reason(question: Question, bears: Bearing, corpus: int) -> str:
    """What to say instead of an answer."""
    if bears.unknown:
        named = " and ".join(bears.unknown[:3])
        return f"The corpus does not say: none of the abstracts that come nearest mentions {named}."
    return f"The corpus does not say: none of its {corpus} abstracts bears on this question closely enough to answer it."
