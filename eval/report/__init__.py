"""Runs as people look at them: one HTML file that needs nothing else, Markdown for pull requests, tables for the terminal."""

from __future__ import annotations

from eval.report.comparison import Changed, comparison_report
from eval.report.elements import foreign, words
from eval.report.head import changed_settings, differing_settings
from eval.report.run import run_report
from eval.report.scores import all_metrics, cards, headline
from eval.report.summaries import markdown_summary, terminal_summary
from eval.report.trust import trust_lines
from eval.report.wording import signed, span, wording_of

__all__ = [
    "Changed",
    "all_metrics",
    "cards",
    "changed_settings",
    "comparison_report",
    "differing_settings",
    "foreign",
    "headline",
    "markdown_summary",
    "run_report",
    "signed",
    "span",
    "terminal_summary",
    "trust_lines",
    "wording_of",
    "words",
]
