"""Rows of a run and their verdicts, written so that a whole case fits on a line or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.records import Against, Decision, Question, Row, Span, Verdict
from rag.model.answers import Answer
from rag.model.records import Citation, Claim

WORDS: Mapping[str, Decision] = {"+": "supported", "~": "weak", "-": "absent", "?": "unscored"}


def claim(text: str, *citations: int, kind: Any = "evidence") -> Claim:
    """A claim with the numbers that it cites."""
    return Claim(kind, text, citations)


def sentence(number: int, abstract_id: str, start: int = 0, end: int = 10) -> Citation:
    """A citation of a sentence."""
    return Citation(number, "sentence", abstract_id, abstract_id, "x" * (end - start), start, end)


def member(number: int, abstract_id: str) -> Citation:
    """A citation of an abstract that is listed."""
    return Citation(number, "member", abstract_id, abstract_id, abstract_id, 0, 0)


def answered(*claims: Claim, citations: tuple[Citation, ...] | int = (), **more: Any) -> Answer:
    """An answer; so many citations are of abstracts a1, a2, ..."""
    if isinstance(citations, int):
        citations = tuple(sentence(number, f"a{number}") for number in range(1, citations + 1))
    return Answer("Q?", "Q?", "answered", claims, citations, **more)


REFUSED = Answer("Q?", "Q?", "refused", reason="No abstract says so.")
NEAREST = Answer(
    "Q?",
    "Q?",
    "nearest",
    (claim("This may not be the answer.", 1, kind="absence"), claim("It is near.", 1)),
    (sentence(1, "a1"),),
    reason="No rate is stated.",
)
ANSWERED = answered(claim("Yes.", 1), citations=1)


def row(answer: Answer | None = None, /, *, id: str = "q", kind: str = "fact", seconds: float = 1.0, **more: Any) -> Row:
    """A question and how it ended, without an answer by an error. Fields of the question, `answer` its reference, and of the row may be
    given by name."""
    of_row = {"gold": (), "marginal": (), "near": (), "members": None, "evidence": (), "retrieved": ()}
    fields = {name: more.pop(name, default) for name, default in of_row.items()}
    question = Question(id, kind, "Q?", **more)
    return Row(question, answer=answer, error=None if answer else "TimeoutError", seconds=seconds, **fields)


def span(abstract_id: str, start: int, end: int) -> Span:
    """A place of gold evidence."""
    return Span(abstract_id, start, end)


def verdicts(text: str, question_id: str = "q") -> tuple[Verdict, ...]:
    """Verdicts from "0 cited +, 0 alone 1 -, 0 without 1 ?": claim, against what, citation, and + ~ - or ? (unscored)."""
    found = []
    for one in filter(None, (part.split() for part in text.split(","))):
        against: Any = one[1]
        found.append(_verdict(question_id, int(one[0]), against, int(one[2]) if len(one) == 4 else None, WORDS[one[-1]]))
    return tuple(found)


def _verdict(question_id: str, place: int, against: Against, citation: int | None, decision: Decision) -> Verdict:
    return Verdict(question_id, place, against, citation, decision)
