"""Whether the best evidence bears on a question at all; if not, why the corpus is said not to answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.embed import dot, unit
from rag.flags import name_flags, squeezed
from rag.question import Question
from rag.retrieve import Found

_READ = 5  # of the best abstracts


@dataclass(frozen=True, slots=True)
class Bearing:
    """How well the best abstracts bear on a question: `score` between 0 and 1, and the question's names that none of them has."""

    score: float
    unknown: tuple[str, ...]


def bearing(question: Question, found: list[Found]) -> Bearing:
    """Judge the best evidence.

    The mean of three: the best abstract's retrieval score, the cosine of its text with the question, that of its best
    sentence; less up to a half for names of the question that none of the nearest abstracts has.
    """
    if not found or not question.short.stems:
        return Bearing(0.0, question.names)
    read = " ".join(f"{one.abstract.title or ''} {one.abstract.text}" for one in found[:_READ])
    flags = name_flags(" ".join(question.names), read) if question.names else []
    missing = tuple(flag.partition(": ")[2] for flag in flags)
    share = len(missing) / max(1, len(question.names))
    vectors, asked = found[0].long.vectors, question.short.vector
    whole = float(dot(unit(vectors.sum(axis=0)), asked)) if len(vectors) else 0.0
    nearest = float(dot(vectors, asked).max(initial=0.0))
    score = (found[0].hit.fused + max(0.0, whole) + nearest) / 3
    return Bearing(round(score * (1 - 0.5 * share), 4), missing)


def undetailed(question: Question, missing: str, found: Sequence[Found]) -> str:
    """What to say where the abstract that is asked about is here, and does not report the thing."""
    best = found[0].abstract
    text = squeezed(f"{best.title or ''} {best.text}")
    if any(squeezed(name) in text for name in question.names):
        return f"{best.label} is in the corpus, but its abstract does not report this: {missing}."
    return f"The corpus does not say: the abstracts that come nearest give no number for {missing}."


def unsaid(label: str, asked: str) -> str:
    """What to say where an abstract is here and speaks of nothing of what a question of yes or no asks."""
    return f"{label} is in the corpus, but its abstract does not say whether this is so: {asked}."


def reason(question: Question, bears: Bearing, corpus: int) -> str:
    """What to say instead of an answer."""
    if bears.unknown:
        named = " and ".join(bears.unknown[:3])
        return f"The corpus does not say: none of the abstracts that come nearest mentions {named}."
    return f"The corpus does not say: none of its {corpus} abstracts bears on this question closely enough to answer it."
