"""Runs in the order of time: each headline metric with its interval, joined where the runs can be compared and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from eval.records import Metric
from eval.report.elements import cell, column, element, foreign, row_head, table, words
from eval.report.page import page
from eval.report.wording import HEADLINE, NOTHING, span, wording_of
from rag.model import pluralize

MOST = 60
"""Runs drawn in a figure, the newest: more do not fit beside each other on a phone."""

_TIMED = ("latency_median", "latency_p95")  # of a machine as much as of the system
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 360, 180, 40, 8, 12, 28
_SHAPES = 6


@dataclass(frozen=True, slots=True)
class Point:
    """One stored run: its name, its manifest, and its metrics over all questions."""

    name: str
    manifest: Mapping[str, Any]
    metrics: Mapping[str, Metric]

    @property
    def when(self) -> str:
        """The moment at which it began, as the manifest says it."""
        return str(self.manifest.get("when") or "")

    @property
    def series(self) -> tuple[str, ...]:
        """What must be equal for two runs to be comparable: judge, questions, corpus and system, in words."""
        questions, corpus, system = (self.manifest.get(name) or {} for name in ("questions", "corpus", "system"))
        return (
            str(self.manifest.get("judge") or "an unnamed judge"),
            f"{questions.get('count', 'some')} questions ({questions.get('fingerprint', 'not known')})",
            f"{corpus.get('abstracts', 'some')} abstracts ({corpus.get('fingerprint', 'not known')})" if corpus else "no corpus",
            str(system.get("name") or "our assistant"),
        )


def trend_report(points: Sequence[Point], name: str) -> str:
    """The whole page for the runs of a folder of this name, in any order; the same input gives the same bytes."""
    ordered = sorted(points, key=lambda one: (one.when, one.name))
    series = list(dict.fromkeys(one.series for one in ordered))
    letters = {one: letter(place) for place, one in enumerate(series)}
    lead = f"{pluralize(len(ordered), 'run')} in the order of time, in {len(series):,} series."
    joined = "Points are joined within a series alone: runs with another judge, other questions, another corpus or system do not compare."
    head = [element("p", words(f"{lead} {joined}")), _notice(ordered)]
    sections = [
        ("series", "Series", _series(series, letters, ordered)),
        ("metrics", "Metrics", _figures(ordered, letters)),
        ("runs", "Runs", _runs(ordered, letters)),
    ]
    return page(f"Runs in {name}", head, sections)


def letter(place: int) -> str:
    """A, B, ..., Z, then A2, B2, ..."""
    return chr(ord("A") + place % 26) + (str(place // 26 + 1) if place >= 26 else "")


def _notice(points: Sequence[Point]) -> str:
    if not points:
        return element("p", "There is no run here.", class_="notice")
    if len(points) > MOST:
        said = f"The figures show the newest {MOST} of {len(points):,} runs; the table has all of them."
        return element("p", words(said), class_="notice")
    return ""


def _series(series: Sequence[tuple[str, ...]], letters: Mapping[tuple[str, ...], str], points: Sequence[Point]) -> str:
    """What the runs of each series have in common."""
    heads = [column(name) for name in ("Series", "Judge", "Questions", "Corpus", "System", "Runs")]
    rows = []
    for place, one in enumerate(series):
        judge, questions, corpus, system = one
        count = sum(point.series == one for point in points)
        cells = (element("code", foreign(judge)), foreign(questions), foreign(corpus), foreign(system), f"{count:,}")
        rows.append([row_head(f"{_key(place)} {letters[one]}"), *(cell(inside, class_="wrap") for inside in cells)])
    return (
        table("What the runs of a series have in common", heads, rows, class_="series")
        if rows
        else element("p", "There is nothing to show.")
    )


def _key(place: int) -> str:
    """The mark of a series, as in the figures."""
    return element("svg", _mark(place, 8, 8, ""), viewBox="0 0 16 16", class_="mark", aria_hidden="true")


def _figures(points: Sequence[Point], letters: Mapping[tuple[str, ...], str]) -> str:
    shown = points[-MOST:]
    names = [name for name in HEADLINE if name not in _TIMED and any(_has(one, name) for one in shown)]
    names = [name for name in names if name != "cost" or any(one.metrics[name].value for one in shown if _has(one, name))]
    if not names:
        return element("p", "No run has a metric to show.")
    places = {one: place for place, one in enumerate(letters)}
    return element("div", *(_figure(name, shown, letters, places) for name in names), class_="figures")


def _has(point: Point, name: str) -> bool:
    return name in point.metrics and point.metrics[name].value is not None


def _figure(name: str, points: Sequence[Point], letters: Mapping[tuple[str, ...], str], places: Mapping[tuple[str, ...], int]) -> str:
    said = wording_of(name)
    drawn = [(index, one, one.metrics[name]) for index, one in enumerate(points) if _has(one, name)]
    value, details = _latest(drawn, letters)
    bottom, top, steps = scale([bound for _, _, metric in drawn for bound in _bounds(metric)], said.top)

    def across(index: int) -> float:
        wide = _WIDTH - _LEFT - _RIGHT
        return _LEFT + wide * ((index + 0.5) / len(points))

    def down(value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _FOOT) * (1 - (value - bottom) / (top - bottom))

    picture = element(
        "svg",
        *_grid(steps, down, said.unit),
        *_lines(drawn, places, across, down),
        *(_point(places[one.series], across(index), one, metric, down) for index, one, metric in drawn),
        *_dates(points, across),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"{said.label}: {value}. {details}",
    )
    caption = element(
        "figcaption",
        element("b", foreign(said.label)),
        element("div", words(value), class_="newest"),
        element("div", words(details)),
        element("div", words(said.meaning), class_="n"),
    )
    return element("figure", caption, picture)


def _latest(drawn: Sequence[tuple[int, Point, Metric]], letters: Mapping[tuple[str, ...], str]) -> tuple[str, str]:
    """The last value, and in words its interval, its series, and the value before it in the same series."""
    _, last, metric = drawn[-1]
    write = wording_of(metric.name).write
    earlier = [one for _, point, one in drawn[:-1] if point.series == last.series]
    bounds = "no interval" if metric.low is None else span(metric)
    before = f"before that {write(earlier[-1].value)}" if earlier else "the first of its series"
    return write(metric.value), f"Series {letters[last.series]}, {bounds}; {before}."


def _bounds(metric: Metric) -> Iterator[float]:
    yield from (one for one in (metric.low, metric.value, metric.high) if one is not None)


def scale(values: Sequence[float], most: float | None) -> tuple[float, float, list[float]]:
    """The lowest and highest value of an axis, and three to six round places on it; never below 0 or above `most`."""
    low, high = min(values), max(values)
    step = _round((high - low or high or 1.0) / 4)
    bottom = max(0.0, step * int(low / step + 1e-9))
    top = bottom
    while top < high - 1e-9:
        top += step
    if top == bottom:
        top += step
    if most is not None and top > most:
        top = most
        bottom = min(bottom, top - step) if bottom >= top else bottom
    count = max(1, round((top - bottom) / step))
    return bottom, top, [bottom + (top - bottom) * place / count for place in range(count + 1)]


def _round(raw: float) -> float:
    """The next of 1, 2, 2.5, 5 and 10 times a power of ten."""
    power = 1.0
    while power > raw:
        power /= 10
    while power * 10 <= raw:
        power *= 10
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))


def _grid(steps: Sequence[float], down: Callable[[float], float], unit: str) -> Iterator[str]:
    for value in steps:
        y = f"{down(value):.1f}"
        label = f"{100 * value:.6g}\u202f%" if unit == "percent" else f"${value:.4g}" if unit == "dollars" else f"{value:.6g}"
        yield element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid")
        yield element("text", words(label), x=_LEFT - 5, y=f"{down(value) + 3.5:.1f}", class_="last")


def _lines(
    drawn: Sequence[tuple[int, Point, Metric]],
    places: Mapping[tuple[str, ...], int],
    across: Callable[[int], float],
    down: Callable[[float], float],
) -> Iterator[str]:
    """From each run to the next of its series."""
    for one, place in places.items():
        for (x1, _, a), (x2, _, b) in pairwise(item for item in drawn if item[1].series == one):
            xs = {"x1": f"{across(x1):.1f}", "x2": f"{across(x2):.1f}"}
            ys = {"y1": f"{down(a.value or 0.0):.1f}", "y2": f"{down(b.value or 0.0):.1f}"}
            yield element("line", **xs, **ys, class_=f"joined s{place % _SHAPES}")


def _point(place: int, x: float, point: Point, metric: Metric, down: Callable[[float], float]) -> str:
    said = wording_of(metric.name)
    value = words(f"{said.write(metric.value)} ({span(metric)})")
    title = f"{foreign(point.name)}, {foreign(moment(point.when))}: {value}; judge {foreign(point.series[0])}"
    whisker = ""
    if metric.low is not None and metric.high is not None:
        ends = {"y1": f"{down(metric.low):.1f}", "y2": f"{down(metric.high):.1f}"}
        whisker = element("line", x1=f"{x:.1f}", x2=f"{x:.1f}", **ends, class_=f"bounds s{place % _SHAPES}")
    return whisker + _mark(place, x, down(metric.value or 0.0), title)


def _mark(place: int, x: float, y: float, title: str) -> str:
    """A shape for each series, so that colour is not all that tells them apart; its title is safe HTML."""
    inside = element("title", title) if title else ""
    name = f"point s{place % _SHAPES}"
    corners = {
        1: ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        2: ((0, -5), (5, 4), (-5, 4)),
        3: ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
        4: ((-5, -4), (5, -4), (0, 5)),
        5: ((-5, -2), (-2, -2), (-2, -5), (2, -5), (2, -2), (5, -2), (5, 2), (2, 2), (2, 5), (-2, 5), (-2, 2), (-5, 2)),
    }
    if place % _SHAPES == 0:
        return element("circle", inside, cx=f"{x:.1f}", cy=f"{y:.1f}", r=4.5, class_=name)
    points = " ".join(f"{x + right:.1f},{y + below:.1f}" for right, below in corners[place % _SHAPES])
    return element("polygon", inside, points=points, class_=name)


def _dates(points: Sequence[Point], across: Callable[[int], float]) -> Iterator[str]:
    """The days of the first and the last run, below the axis."""
    y = _HEIGHT - _FOOT + 20
    if len(points) == 1:
        yield element("text", words(points[0].when[:10]), x=f"{across(0):.1f}", y=y, class_="count")
        return
    yield element("text", foreign(points[0].when[:10]), x=_LEFT, y=y, class_="first")
    yield element("text", foreign(points[-1].when[:10]), x=_WIDTH - _RIGHT, y=y, class_="last")


def moment(when: str) -> str:
    """ "2026-11-22 06:30", to the minute."""
    return when[:16].replace("T", " ") if when else "at no known time"


def _runs(points: Sequence[Point], letters: Mapping[tuple[str, ...], str]) -> str:
    """Every run, the newest first, with the values that the figures draw."""
    names = [name for name in HEADLINE if name not in _TIMED and any(_has(one, name) for one in points)]
    heads = [column("Run"), column("Series"), *(element("th", foreign(wording_of(name).label), scope="col") for name in names)]
    rows = [[_run_head(one), cell(letters[one.series]), *(_value(one.metrics.get(name)) for name in names)] for one in reversed(points)]
    return table("All runs, the newest first", heads, rows, class_="numbers") if rows else element("p", "There is no run here.")


def _run_head(point: Point) -> str:
    settings = point.manifest.get("changed settings") or {}
    said = ", ".join(f"{name} = {value}" for name, value in settings.items())
    notes = element("div", foreign(f"{moment(point.when)}; judge {point.series[0]}"), class_="n")
    return row_head(foreign(point.name) + notes + (element("div", foreign(said), class_="n") if said else ""))


def _value(metric: Metric | None) -> str:
    if metric is None or metric.value is None:
        return cell(NOTHING)
    said = wording_of(metric.name)
    return cell(words(said.write(metric.value)) + element("div", words(f"{span(metric)}; n {metric.n:,}"), class_="n"))
