"""What is measured of each answer: one small module for each family of metrics, and their registry."""

from __future__ import annotations

from eval.metrics.context import contexts
from eval.metrics.correctness import cited_abstracts, claimed_text, overlaps, plain
from eval.metrics.cost import not_compared
from eval.metrics.faithfulness import correction_parts
from eval.metrics.measure import Measure, decided, evidence_claims
from eval.metrics.refusal import answers, declines, graded, refuses, risk_curve
from eval.metrics.registry import METRICS, By, Known, aggregate, breakdown, by_question
from eval.metrics.relevance import is_asked_for_words
from eval.metrics.required import alternatives, occurs, says
from eval.metrics.statements import asked, english, has_reference, reference_statements, said_claims, said_text

__all__ = [
    "METRICS",
    "By",
    "Known",
    "Measure",
    "aggregate",
    "alternatives",
    "answers",
    "asked",
    "breakdown",
    "by_question",
    "cited_abstracts",
    "claimed_text",
    "contexts",
    "correction_parts",
    "decided",
    "declines",
    "english",
    "evidence_claims",
    "graded",
    "has_reference",
    "is_asked_for_words",
    "not_compared",
    "occurs",
    "overlaps",
    "plain",
    "reference_statements",
    "refuses",
    "risk_curve",
    "said_claims",
    "said_text",
    "says",
]
