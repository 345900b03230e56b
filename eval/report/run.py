"""The report of one run: a single HTML file, readable without a network, without a script, and on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.judging import Lookup
from eval.records import Metric, Row, Verdict
from eval.report.about import judge_section, run_head, title_of, whole_manifest
from eval.report.casebook import casebook
from eval.report.elements import folded
from eval.report.findings import cases
from eval.report.page import page
from eval.report.scores import Groups, all_metrics, cards, groups_table, outcomes, spreads


def run_report(
    manifest: Mapping[str, Any],
    rows: Sequence[Row],
    verdicts: Sequence[Verdict],
    metrics: Mapping[str, Metric],
    by_kind: Groups,
    by_tag: Groups | None = None,
    judge_error: Mapping[str, Any] | None = None,
    *,
    lookup: Lookup | None = None,
) -> str:
    """The whole page; the same input gives the same bytes.

    `manifest` is that of `eval.manifest`, of which any part may be missing; `judge_error` is `Validation.to_dict()` of
    `eval.validation`. `lookup` finds an abstract by its id: with it, a quote is shown within its context.
    """
    kinds = groups_table(by_kind, "Main metrics by kind of question; a dash where a metric has no say", "Kind")
    tags = folded("By tag", groups_table(by_tag, "Main metrics by tag of question", "Tag"), class_="more") if by_tag else ""
    sections = [
        ("outcomes", "How the questions ended", outcomes(rows)),
        ("metrics", "Metrics", cards(metrics) + all_metrics(metrics)),
        ("judge", "The judge", judge_section(manifest, judge_error)),
        ("kinds", "By kind of question", kinds + tags),
        ("spread", "Spread over the questions", spreads(rows, metrics)),
        ("questions", "Questions", casebook(cases(rows, verdicts, metrics), lookup)),
        ("manifest", "How it was run", whole_manifest(manifest)),
    ]
    return page(title_of(manifest), run_head(manifest, rows, metrics), sections)
