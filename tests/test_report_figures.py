"""Figures of reports: comparisons, summaries, how values are written and drawn, and whether the words can be read."""

from __future__ import annotations

import re
from importlib.resources import files
from io import StringIO

import pytest
from rich.console import Console

from eval.metrics.registry import METRICS, aggregate, breakdown
from eval.records import Metric
from eval.report.comparison import Changed, comparison_report
from eval.report.elements import histogram
from eval.report.summaries import markdown_summary, terminal_summary
from eval.report.wording import signed, wording_of, written
from tests.cases import ANSWERED, row
from tests.pages import Page, mixed


def test_a_comparison_says_what_is_better_and_how_sure_that_is() -> None:
    one = {"name": "faithfulness_cited", "a": 0.9, "b": 0.95, "difference": 0.05, "low": 0.01, "high": 0.09, "p": 0.0004, "p_holm": 0.02}
    counts = {"n": 90, "of": 100, "wins": 8, "ties": 80, "losses": 2, "detectable": 0.04, "changes": ()}
    slower = {"name": "latency_median", "difference": 0.2, "p": 0.001, "p_holm": 0.01, "higher_is_better": False}
    same = {"name": "mrr", "difference": 0.1, "p": 0.01, "p_holm": 0.4}
    text = Page(comparison_report("old", "new", [one | counts, slower, same, {"name": "cost"}], [])).text
    assert "B against A: 1 better, 1 worse, 1 no difference shown, 1 not compared." in text
    assert (
        "Faithfulnessn 90 of 10090.0\u202f%95.0\u202f%+5.0\u202fpoints+1.0 to +9.0\u202fpointsbetter< 0.0010.0208 / 80 / 24.0\u202fpoints"
        in text
    )
    assert "No question changed." in text


def test_a_comparison_shows_both_answers() -> None:
    page = Page(comparison_report("old", "new", [], [Changed("must_contain", 1.0, 0.0, row(ANSWERED), row(None))]))
    assert "Says what it must: 100\u202f% → 0\u202f% (−100.0\u202fpoints)" in page.text
    assert "A: answeredYes. [1]" in page.text
    assert "B: errorTimeoutError" in page.text


def test_markdown_has_the_figures_and_none_of_the_markup_of_others() -> None:
    rows, said = mixed()
    by_kind = breakdown(rows, said, "kind") | {"<b>|x": {}}
    text = markdown_summary({"name": "![x](http://evil.example)", "changed settings": {"RAG_TOP_K": 12}}, aggregate(rows, said), by_kind)
    assert text.startswith("### \\!\\[x\\]")
    assert "| Faithfulness | 80.0\u202f% | 34.3\u202f% to 99.0\u202f% | 5 questions |" in text
    assert "| absent topic | 100\u202f% (1) |" in text
    assert "\n| \\|x | – |" in text
    assert markdown_summary({}, {}, {}).endswith("This run has no metrics.\n")


@pytest.mark.parametrize("width", [40, 100])
def test_the_terminal_gets_the_figures_in_its_width(width: int) -> None:
    rows, said = mixed()
    stream = StringIO()
    metrics = {**aggregate(rows, said), "faithfulness_cited": Metric("faithfulness_cited", 0.75, 0.5, 0.9, 3, 4)}
    terminal_summary(Console(file=stream, width=width), {"name": "[bold]x\x1b[2J"}, metrics, breakdown(rows, said, "kind"))
    text = stream.getvalue()
    assert text.startswith("[bold]x[2J\n")
    assert "75.0 %" in text
    assert "Coverage 75.0 %" in text
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_words_and_the_direction_of_its_measure(name: str) -> None:
    measure, said = METRICS[name], wording_of(name)
    assert said.meaning
    better = {True: "higher", False: "lower", None: None}[measure.higher_is_better]
    units = {"share": {"percent", "score"}, "count": {"each"}, "seconds": {"seconds"}, "tokens": {"tokens"}, "dollars": {"dollars"}}
    assert (said.better, said.unit in units[measure.unit]) == (better, True)


def test_values_are_written_in_their_units() -> None:
    assert [written(value, "percent") for value in (0, 0.984, 1)] == ["0\u202f%", "98.4\u202f%", "100\u202f%"]
    assert [written(value, "seconds") for value in (0.0533, 12)] == ["53\u202fms", "12.0\u202fs"]
    assert [written(value, "dollars") for value in (0, 0.0021)] == ["$0", "$0.0021"]
    assert [signed(value, "percent") for value in (0.05, -0.05, -0.0001)] == ["+5.0\u202fpoints", "−5.0\u202fpoints", "0.0\u202fpoints"]


def test_a_histogram_counts_every_value_once_outliers_too() -> None:
    values = [0.01] * 97 + [0.02, 0.03, 60.0]
    drawn = histogram(values, "Times", lambda value: written(value, "seconds"))
    assert sum(int(one) for one in re.findall(r'class="count">(\d+)</text>', drawn)) == 100
    assert "or more</text>" in drawn
    assert 'aria-label="Times: 100 questions: from 10\u202fms to 60.0\u202fs' in drawn
    for few in ([], [0.0], [0.0, 0.0], [1e-9]):
        Page(histogram(few, "Times", str))


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_words_stand_out_from_what_is_behind_them(scheme: str) -> None:
    style = files("eval.report").joinpath("report.css").read_text(encoding="utf-8")
    start = {"light": 0, "dark": style.index("prefers-color-scheme: dark"), "print": style.index("@media print")}[scheme]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", style[start : style.index("}", start)]))
    pairs = [(front, back) for front in ("text", "soft", "accent") for back in ("page", "card")]
    pairs += [("text", "fill"), ("soft", "fill"), ("text", "mark"), ("doubt", "card"), ("text", "doubt-back")]
    pairs += [(level, f"{level}-back") for level in ("good", "doubt", "bad")]
    assert [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
