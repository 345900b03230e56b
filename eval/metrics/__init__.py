"""What is measured of each answer: one small module for each family of metrics, and their registry."""

from __future__ import annotations

from eval.metrics.correctness import cited_abstracts, claimed_text, overlaps, plain
from eval.metrics.faithfulness import correction_parts
from eval.metrics.measure import Measure, decided, evidence_claims
from eval.metrics.refusal import answers, declines, graded, refuses, risk_curve
from eval.metrics.registry import METRICS, By, aggregate, breakdown, by_question
from eval.metrics.required import alternatives, occurs

__all__ = [
    "METRICS",
    "By",
    "Measure",
    "aggregate",
    "alternatives",
    "answers",
    "breakdown",
    "by_question",
    "cited_abstracts",
    "claimed_text",
    "correction_parts",
    "decided",
    "declines",
    "evidence_claims",
    "graded",
    "occurs",
    "overlaps",
    "plain",
    "refuses",
    "risk_curve",
]
