"""Runs over time on one page: what is joined, what is said of each, and that nothing foreign in it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.records import Metric
from eval.report.trend import MOST, Point, scale, trend_report
from tests.pages import EVIL, Page
from tests.test_report import assert_harmless


def point(name: str, value: float | None = 0.9, *, day: int = 1, judge: str = "local-3", **more: Any) -> Point:
    """A run with one metric."""
    manifest = {"judge": judge, "when": f"2026-01-{day:02}T10:00:00Z", "questions": {"count": 40, "fingerprint": "f"}}
    low = None if value is None else value - 0.05
    metric = Metric("faithfulness_cited", value, low, value, 40, 40, interval="exact")
    return Point(name, {**manifest, "corpus": {"abstracts": 9, "fingerprint": "c"}, **more}, {"faithfulness_cited": metric})


def joined(html: str) -> int:
    """How many lines join two runs."""
    return html.count('class="joined')


def test_runs_of_one_series_are_joined_in_the_order_of_time() -> None:
    html = trend_report([point("new", 0.95, day=3), point("old", 0.8, day=1), point("middle", 0.9, day=2)], "runs")
    assert joined(html) == 2
    text = Page(html).text
    assert "3 runs in the order of time, in 1 series." in text
    assert "Faithfulness95.0\u202f%Series A, 90.0\u202f% to 95.0\u202f%; before that 90.0\u202f%." in text
    assert text.index("middle, 2026-01-02 10:00: 90.0\u202f%") < text.index("new, 2026-01-03 10:00: 95.0\u202f%")


@pytest.mark.parametrize(
    "other",
    [
        {"judge": "llm-x-1"},
        {"questions": {"count": 40, "fingerprint": "g"}},
        {"corpus": {"abstracts": 9, "fingerprint": "d"}},
        {"system": {"name": "theirs"}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_does_not_compare_is_not_joined_and_has_a_mark_of_its_own(other: dict[str, Any]) -> None:
    html = trend_report([point("a", day=1), point("b", day=2, **other), point("c", day=3)], "runs")
    assert joined(html) == 1
    assert Page(html).values("class").count("point s1") == 2  # in the figure, and in the table of series
    assert "llm-x-1" in html or "judge" not in other


def test_a_run_without_a_value_or_an_interval_is_drawn_as_far_as_it_goes() -> None:
    bare = Point("bare", {}, {"faithfulness_cited": Metric("faithfulness_cited", 1.0, None, None, 1, 1)})
    html = trend_report([bare, point("none", None), Point("empty", {}, {})], "runs")
    page = Page(html)
    assert html.count('class="bounds') == 0
    assert "at no known time" in page.text
    assert "None" not in page.text
    assert "There is no run here." in Page(trend_report([], "runs")).text


def test_very_many_runs_are_drawn_as_far_as_they_fit_and_all_listed() -> None:
    html = trend_report([point(f"run{number:03}", day=1 + number % 28) for number in range(MOST + 20)], "runs")
    assert "The figures show the newest 60 of 80 runs; the table has all of them." in Page(html).text
    assert html.count('class="bounds') == MOST
    assert html.count('<th scope="row">run') == MOST + 20


def test_no_markup_of_names_or_manifests_survives() -> None:
    changed: dict[str, Any] = {
        "changed settings": {EVIL: EVIL},
        "system": {"name": EVIL},
        "questions": {"count": EVIL, "fingerprint": EVIL},
    }
    points = [point(EVIL, judge=EVIL, when=EVIL, **changed), Point("odd", {"judge": EVIL}, {EVIL: Metric(EVIL, 0.5, 0.4, 0.6, 9, 9)})]
    assert_harmless(trend_report(points, EVIL))


@pytest.mark.parametrize("values", [(1.0,), (0.0,), (0.343, 1.0), (0.95, 1.0), (0.0021, 0.0023), (0.5, 0.5), (3.2, 41.0), (0.999, 1.0)])
@pytest.mark.parametrize("most", [1.0, None])
def test_an_axis_holds_every_value_between_its_round_ends(values: tuple[float, ...], most: float | None) -> None:
    values = tuple(min(one, most) for one in values) if most else values
    bottom, top, steps = scale(values, most)
    assert bottom - 1e-9 <= min(values) <= max(values) <= top + 1e-9
    assert bottom < top <= (most or top)
    assert (steps[0], steps[-1]) == pytest.approx((bottom, top))
    assert 2 <= len(steps) <= 8


def test_the_command_reads_the_runs_of_a_folder_and_says_what_it_left_out(surroundings: Path) -> None:
    run = CliRunner()
    for name in "ab":
        assert run.invoke(app, ["run", "--limit", "2", "--out", f"runs/{name}"]).exit_code == 0
    (surroundings / "runs" / "b" / "summary.json").unlink()  # computed anew
    (surroundings / "runs" / "broken").mkdir()
    (surroundings / "runs" / "broken" / "manifest.json").write_text("{", encoding="utf-8")
    (surroundings / "runs" / ".judged").mkdir()
    done = run.invoke(app, ["trend", "runs"])
    assert done.exit_code == 0, done.output
    assert "Left out broken: " in done.stderr
    assert "2 runs: trend.html" in done.stderr
    html = (surroundings / "trend.html").read_text(encoding="utf-8")
    assert joined(html) > 0
    judge = json.loads((surroundings / "runs/a/manifest.json").read_text(encoding="utf-8"))["judge"]
    assert f"<code>{judge}</code>" in html


@pytest.mark.parametrize(("folder", "message"), [("nothing", "There is no folder nothing"), (".", "There is no run in .")])
def test_no_folder_and_no_run_are_one_line_and_status_1(surroundings: Path, folder: str, message: str) -> None:
    done = CliRunner().invoke(app, ["trend", folder])
    assert (done.exit_code, message in done.stderr) == (1, True)
