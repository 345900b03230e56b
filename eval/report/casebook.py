"""All questions of a run, failures first, with what narrows them down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eval.judging import Lookup
from eval.report.drill import compact, drilled
from eval.report.elements import element, folded, foreign, words
from eval.report.findings import Case

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
