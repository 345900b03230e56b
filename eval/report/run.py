"""The report of one run: one HTML file, readable without a network, without a script and on a phone; failures first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eval.corrections import Corrections
from eval.judges import Lookup
from eval.records import Metric, Row, Verdict
from eval.report.cases import Case, cases
from eval.report.drill import compact, drilled
from eval.report.elements import element, folded, foreign, words
from eval.report.head import judge_section, run_head, title_of, whole_manifest
from eval.report.page import page
from eval.report.scores import Groups, all_metrics, cards, groups_table, outcomes, spreads
from eval.report.spending import Spending, spending_section
from eval.report.trust import trust_section

# All questions of a run, failures first, with what narrows them down.

SHOWN = 300
"""Questions shown in full: a page with more is slow on a phone."""


def casebook(cases: Sequence[Case], lookup: Lookup | None) -> str:
    """The first `SHOWN` questions in full, the rest one a line."""
    if not cases:
        return element("p", "This run has no questions.")
    full, rest = cases[:SHOWN], cases[SHOWN:]
    parts = [_count(cases), _tools(full), *(drilled(case, lookup) for case in full)]
    if rest:
        said = (
            f"The first {SHOWN} questions are shown in full, failures first. "
            f"The other {len(rest):,} follow one a line; answers.jsonl has all of them."
        )
        parts += [element("p", words(said), class_="notice"), folded(f"The other {len(rest):,} questions", compact(rest), class_="more")]
    return "".join(parts)


def _count(cases: Sequence[Case]) -> str:
    counts = Counter(case.status for case in cases)
    items = [element("li", _sign(case.level, case.status), words(f" {counts[case.status]:,}")) for case in _firsts(cases)]
    return element("ul", *items, class_="legend") + element(
        "p", "Gravest first. Open a question for its claims, what they cite, and what was found.", class_="small soft"
    )


def _firsts(cases: Sequence[Case]) -> list[Case]:
    """The first case of each status, in their order."""
    return list({case.status: case for case in reversed(cases)}.values())[::-1]


def _sign(level: str, text: str) -> str:
    return element("span", words(text), class_=f"verdict {level}")


def _tools(cases: Sequence[Case]) -> str:
    """Search and filters, hidden where no script runs."""
    kinds = sorted({case.row.question.kind for case in cases})
    problems = [case.status for case in _firsts(cases)]
    return element(
        "form",
        element("label", "Search the questions and answers", element("input", type="search", name="search"), class_="wide"),
        _choice("Kind", "kind", kinds),
        _choice("Problem", "problem", problems),
        element("output", class_="small soft", aria_live="polite"),
        class_="tools",
        hidden=True,
        role="search",
    )


def _choice(label: str, name: str, values: Sequence[str]) -> str:
    options = [element("option", foreign(value.replace("_", " ")), value=value) for value in values]
    return element("label", words(label), element("select", element("option", "all", value=""), *options, name=name))


# The report of one run: a single HTML file, readable without a network, without a script, and on a phone.


def run_report(
    manifest: Mapping[str, Any],
    rows: Sequence[Row],
    verdicts: Sequence[Verdict],
    metrics: Mapping[str, Metric],
    by_kind: Groups,
    by_tag: Groups | None = None,
    judge_error: Mapping[str, Any] | None = None,
    *,
    trust: Corrections | None = None,
    spending: Spending | None = None,
    lookup: Lookup | None = None,
) -> str:
    """The whole page; the same input gives the same bytes.

    `manifest` is that of `eval.runs.folder`, of which any part may be missing; `judge_error` is `Validation.to_dict()` of
    `eval.judges.validation`, `trust` what corrects it, `spending` what the run took. `lookup` finds an abstract by its id: with it, a
    quote is shown within its context.
    """
    kinds = groups_table(by_kind, "Main metrics by kind of question; a dash where a metric has no say", "Kind")
    tags = folded("By tag", groups_table(by_tag, "Main metrics by tag of question", "Tag"), class_="more") if by_tag else ""
    sections = [
        ("outcomes", "How the questions ended", outcomes(rows)),
        ("metrics", "Metrics", cards(metrics) + all_metrics(metrics)),
        ("judge", "The judge", judge_section(manifest, judge_error) + (trust_section(trust, metrics) if trust else "")),
        *([("spending", "What it took", spending_section(spending))] if spending else []),
        ("kinds", "By kind of question", kinds + tags),
        ("spread", "Spread over the questions", spreads(rows, metrics)),
        ("questions", "Questions", casebook(cases(rows, verdicts, metrics), lookup)),
        ("manifest", "How it was run", whole_manifest(manifest)),
    ]
    return page(title_of(manifest), run_head(manifest, rows, metrics), sections)
