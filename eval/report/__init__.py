"""Runs as people look at them: one HTML file that needs nothing else, Markdown for pull requests, tables for the terminal."""

from eval.report.compared import Changed, Compared, comparison_report
from eval.report.run import run_report
from eval.report.summaries import markdown_summary, terminal_summary

__all__ = ["Changed", "Compared", "comparison_report", "markdown_summary", "run_report", "terminal_summary"]
