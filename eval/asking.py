"""One question of a set put to the assistant, as a row that can be scored by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from eval.questions import References
from eval.records import Question, Row
from rag.answers import Answer
from rag.assistant import Assistant
from rag.errors import RagError
from rag.records import Hit

Ask = Callable[[Question], tuple[Answer, tuple[Hit, ...]]]


def asker(assistant: Assistant) -> Ask:
    """Asks as users do: `Assistant.ask`, with the history of the question."""
    return lambda question: assistant.ask_with_hits(question.question, list(question.history))


def row_of(question: Question, references: References, ask: Ask) -> Row:
    """Ask a question. What fails is a row with its error: a run has no holes."""
    started = time.perf_counter()
    answer: Answer | None = None
    hits: tuple[Hit, ...] = ()
    error: str | None = None
    try:
        answer, hits = ask(question)
    except RagError as failure:
        error = str(failure)
    except Exception as failure:  # noqa: BLE001 - a bug in one answer must not end the run; the row tells it
        error = f"{type(failure).__name__}: {failure}"
    return Row(
        question=question,
        gold=tuple(references.resolve(ref) for ref in question.gold),
        marginal=tuple(references.resolve(ref) for ref in question.marginal),
        near=tuple(references.resolve(ref) for ref in question.near),
        members=None if question.members is None else tuple(references.resolve(ref) for ref in question.members),
        evidence=tuple(references.span(quote) for quote in question.evidence),
        retrieved=tuple((hit.abstract_id, hit.fused) for hit in hits),
        answer=answer,
        error=error,
        seconds=answer.seconds if answer is not None else time.perf_counter() - started,
    )
