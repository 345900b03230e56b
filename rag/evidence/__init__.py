"""Which sentences answer, whether anything does, and how they are cited."""

from __future__ import annotations

from rag.evidence.answerability import Answerability, estimate_answerability
from rag.evidence.citations import Files, field_citation, member_citation, near_misses, sentence_citation
from rag.evidence.details import introduces_named, is_named, with_written_names
from rag.evidence.extract import (
    AbstractPart,
    Evidence,
    Extent,
    choose_by_part,
    choose_leading,
    choose_sentences,
    introduced_system,
    order_candidates,
    short_name,
    surveyed_abstracts,
    word_sentences,
)
from rag.evidence.sentence_scores import evidence_scores
from rag.evidence.spans import answering_span

__all__ = [
    "AbstractPart",
    "Answerability",
    "Evidence",
    "Extent",
    "Files",
    "answering_span",
    "choose_by_part",
    "choose_leading",
    "choose_sentences",
    "estimate_answerability",
    "evidence_scores",
    "field_citation",
    "introduced_system",
    "introduces_named",
    "is_named",
    "member_citation",
    "near_misses",
    "order_candidates",
    "sentence_citation",
    "short_name",
    "surveyed_abstracts",
    "with_written_names",
    "word_sentences",
]
