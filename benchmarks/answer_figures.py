"""What is counted of an answer to a development question: one small function a figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from rag.model.answers import Answer

Place = tuple[str, int, int]  # abstract id, start, end


@dataclass(frozen=True)
class Result:
    """A question, what a right answer has, and the answer: all that a figure is computed from."""

    row: Mapping[str, Any]
    gold: frozenset[str]
    evidence: tuple[Place, ...]
    answer: Answer

    @property
    def refused(self) -> bool:
        """True where no answer was given."""
        return self.answer.outcome == "refused"


def gold_first(result: Result) -> bool:
    """True where the first citation is of a gold abstract."""
    return bool(result.answer.citations) and result.answer.citations[0].abstract_id in result.gold


def gold_cited(result: Result) -> bool:
    """True where any citation is of a gold abstract."""
    return bool(cited(result) & result.gold)


def evidence_stands(result: Result) -> bool:
    """True where a citation overlaps the place of a gold evidence quote."""
    return any(
        one.abstract_id == abstract_id and one.start < end and start < one.end
        for one in result.answer.citations
        for abstract_id, start, end in result.evidence
    )


def numbers_said(result: Result) -> bool:
    """True where every string that a right answer must contain stands in it, as words of its own."""
    return all(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", said(result), re.IGNORECASE) for one in result.row["numbers"])


def words(result: Result) -> int:
    """Words of the answer, without its [n]."""
    return len(said(result).split())


def gold_share(results: Iterable[Result]) -> float:
    """Of all claims, the share that cites a gold abstract."""
    marks = [
        any(result.answer.citation(number).abstract_id in result.gold for number in claim.citations)
        for result in results
        for claim in result.answer.claims
    ]
    return mean(marks) if marks else 0.0


def recall(result: Result) -> float:
    """Of the gold abstracts, the share that is cited."""
    return len(cited(result) & result.gold) / len(result.gold)


def precision(result: Result) -> float:
    """Of the cited abstracts, the share that is gold; 0 where none is cited, so that refusing does not raise it."""
    return len(cited(result) & result.gold) / max(1, len(cited(result)))


def cited(result: Result) -> set[str]:
    """The abstracts that the answer cites."""
    return {one.abstract_id for one in result.answer.members}


def said(result: Result) -> str:
    """The claims without their [n]."""
    return " ".join(claim.text for claim in result.answer.claims)
