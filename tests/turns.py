"""A turn for tests of what is drawn: one claim, one citation, one abstract that the corpus does not have."""

from __future__ import annotations

from typing import Any

from rag.chat.turns import Turn
from rag.model.answers import Answer
from rag.model.records import Citation, Claim, Source
from ui.render import answers

SOURCE = Source("003_listing.txt", 12, 0, 10)
QUOTE = "We train on 48 hours."


def citation(number: int = 1, quote: str = QUOTE, **more: Any) -> Citation:
    return Citation(number, "sentence", "abc123", "SomeNet", quote, 0, len(quote), sources=(SOURCE,), **more)


def turn(answer: Answer | None, **more: Any) -> Turn:
    return Turn("f" * 32, 1, "How long?", "done", "2026-11-21T00:00:00", answer=answer, seconds=0.5, **more)


def answered(*claims: Claim, **more: Any) -> Answer:
    return Answer("How long?", "How long?", "answered", claims=claims, citations=(citation(),), **more)


def draw(answer: Answer, **more: Any) -> str:
    return answers.block(answers.view(turn(answer, **more), {}))
