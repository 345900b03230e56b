"""What an answer under way tells those who follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.answers import Answer, Citation, Claim
from rag.records import Hit


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer: what was found, each claim with its citations as it is checked, a restart, at the end the whole answer.

    `hits` are the abstracts that were found, best first; the answer draws on the first `RAG_TOP_K` of them.

    `position` is where a claim belongs among those told so far (one that was repaired may belong before others). Until the
    answer is whole its citation numbers are provisional. "restart" says that the claims told so far are void.
    """

    kind: Literal["found", "claim", "restart", "answer"]
    hits: tuple[Hit, ...] = ()
    claim: Claim | None = None
    citations: tuple[Citation, ...] = ()
    position: int = 0
    answer: Answer | None = None


def told(answer: Answer) -> list[Event]:
    """A finished answer as events."""
    claims = [
        Event("claim", claim=claim, citations=tuple(answer.citation(number) for number in claim.citations), position=position)
        for position, claim in enumerate(answer.claims)
    ]
    return [*claims, Event("answer", answer=answer)]
