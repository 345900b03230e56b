"""Evidence made into the records of an answer: citations, near misses."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answers import Citation, NearMiss
from rag.corpus.display import clean
from rag.evidence import evidence_scores
from rag.question import Question
from rag.retrieve import Found

_NEAR_MISSES = 3


def sentence_citation(number: int, found: Found, index: int) -> Citation:
    """A citation of one sentence of an abstract, by its 0-based index."""
    abstract, (start, end) = found.abstract, found.long.spans[index]
    return Citation(
        number=number,
        kind="sentence",
        abstract_id=abstract.id,
        label=abstract.label,
        quote=abstract.text[start:end],
        start=start,
        end=end,
        title=abstract.title,
        external_ids=abstract.external_ids,
        sources=abstract.sources,
        sentence=index,
        date=abstract.date,
    )


def near_misses(question: Question, found: Sequence[Found]) -> tuple[NearMiss, ...]:
    """The abstracts that came closest, each with its closest sentence."""
    misses = []
    for one in found[:_NEAR_MISSES]:
        scores = evidence_scores(question, one.long, one.abstract.title)
        quote = one.long.sentence(int(scores.argmax())) if len(scores) else ""
        misses.append(NearMiss(one.abstract.id, one.abstract.label, clean(quote), one.hit.fused, one.abstract.sources))
    return tuple(misses)
