"""Runs as people look at them: one HTML file that needs nothing else, Markdown for pull requests, tables for the terminal."""

from __future__ import annotations

from eval.report.annotations import Annotation, add_summary, compared_annotations, gate_annotations, gate_markdown, run_annotations
from eval.report.comparison import Changed, Compared, comparison_markdown, comparison_report
from eval.report.elements import foreign, words
from eval.report.head import changed_settings, differing_settings
from eval.report.junit import TestCase, gate_cases, junit_xml, run_cases
from eval.report.run import run_report
from eval.report.scores import all_metrics, cards, headline
from eval.report.spending import Spending
from eval.report.summaries import markdown_summary, terminal_summary
from eval.report.trend import Point, trend_report
from eval.report.trust import trust_lines
from eval.report.wording import signed, span, wording_of

__all__ = [
    "Annotation",
    "Changed",
    "Compared",
    "Point",
    "Spending",
    "TestCase",
    "add_summary",
    "all_metrics",
    "cards",
    "changed_settings",
    "compared_annotations",
    "comparison_markdown",
    "comparison_report",
    "differing_settings",
    "foreign",
    "gate_annotations",
    "gate_cases",
    "gate_markdown",
    "headline",
    "junit_xml",
    "markdown_summary",
    "run_annotations",
    "run_cases",
    "run_report",
    "signed",
    "span",
    "terminal_summary",
    "trend_report",
    "trust_lines",
    "wording_of",
    "words",
]
