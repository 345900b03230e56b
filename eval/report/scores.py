"""The figures of a report: outcomes, metric cards, tables of metrics, and how values are spread over questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.metrics import risk_curve
from eval.records import Metric, Row
from eval.report.elements import bar, cell, column, curve, element, folded, foreign, histogram, row_head, table, whisker, words
from eval.report.wording import BY_KIND, HEADLINE, gap, interval, scored, span, wording_of, written

_OUTCOMES = ("answered", "nearest", "refused", "info", "error", "no claims")
_CARDS = 12
_SPREADS = (
    ("Faithfulness of each question", ("faithfulness_cited", "faithfulness")),
    ("Evidence recall of each question", ("evidence_recall@120", "evidence_recall")),
)
Groups = Mapping[str, Mapping[str, Metric]]


def outcomes(rows: Sequence[Row]) -> str:
    """How the questions ended: all, those that the corpus answers, and those that it does not."""
    bars = [bar("All", _counts(rows))]
    if any(not row.question.answerable for row in rows):
        bars.append(bar("Answerable", _counts([row for row in rows if row.question.answerable])))
        bars.append(bar("Not answerable: a refusal is right", _counts([row for row in rows if not row.question.answerable])))
    return element("div", *(element("div", one) for one in bars), class_="bars")


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {name: sum(row.outcome == name for row in rows) for name in _OUTCOMES}


def cards(metrics: Mapping[str, Metric]) -> str:
    """The main metrics, each with its error; where a run has few of these, its first ones."""
    chosen = headline(metrics)
    if not chosen:
        return element("p", "This run has no metrics.")
    return element("ul", *(element("li", _card(metrics[name]), class_="card") for name in chosen), class_="cards")


def headline(metrics: Mapping[str, Metric]) -> list[str]:
    """The names of the metrics to show first."""
    known = [name for name in HEADLINE if name in metrics and metrics[name].of and (name, metrics[name].value) != ("cost", 0)]
    return known if len(known) >= 4 else list(dict.fromkeys([*known, *metrics]))[:_CARDS]


def _card(metric: Metric) -> str:
    said = wording_of(metric.name)
    heading = element("h3", foreign(said.label))
    meaning = element("p", words(said.meaning), class_="small soft") if said.meaning else ""
    if metric.value is None:
        why = f"It has no value over these {scored(metric)}." if metric.n else f"Scored: {scored(metric)}."
        warning = element("p", words(gap(metric)), class_="warn") if gap(metric) else ""
        return heading + element("p", "not measured", class_="value none") + element("p", words(why), class_="small") + warning + meaning
    drawing = ""
    if metric.low is not None and metric.high is not None:
        drawing = whisker(metric.value, metric.low, metric.high, said.top or 1.25 * max(metric.high, metric.value))
    line = element("p", words(f"{interval(metric)}; {scored(metric)}"), class_="small")
    warning = element("p", words(gap(metric)), class_="warn") if gap(metric) else ""
    return heading + element("p", words(said.write(metric.value)), class_="value") + drawing + line + warning + meaning


def all_metrics(metrics: Mapping[str, Metric]) -> str:
    """Every metric in a table, folded away."""
    heads = [column(name) for name in ("Metric", "Value", "95 % interval", "Scored", "Meaning")]
    table_ = table("All metrics of this run", heads, [_line(metric) for metric in metrics.values()], class_="numbers")
    return folded(f"All {len(metrics)} metrics", table_, class_="more") if metrics else ""


def _line(metric: Metric) -> list[str]:
    said = wording_of(metric.name)
    warning = element("div", words(gap(metric)), class_="warn") if gap(metric) else ""
    name = foreign(said.label) + element("div", element("code", foreign(metric.name)), class_="n")
    cells = (
        cell(words(said.write(metric.value))),
        cell(words(span(metric))),
        cell(words(scored(metric)) + warning),
        cell(words(said.meaning), class_="wrap"),
    )
    return [row_head(name), *cells]


def groups_table(groups: Groups, caption: str, what: str) -> str:
    """Groups of questions by the main metrics; a dash where a metric has no say."""
    names = [name for name in BY_KIND if any(name in group and group[name].value is not None for group in groups.values())]
    names = names or list(dict.fromkeys(name for group in groups.values() for name in group if group[name].value is not None))[:_CARDS]
    if not groups or not names:
        return element("p", "There is nothing to show here.")
    heads = [column(what), *(element("th", foreign(wording_of(name).label), scope="col") for name in names)]
    rows = [
        [row_head(foreign(group.replace("_", " "))), *(_figure(metrics.get(name)) for name in names)] for group, metrics in groups.items()
    ]
    return table(caption, heads, rows, class_="numbers")


def _figure(metric: Metric | None) -> str:
    if metric is None or metric.value is None:
        return cell("–")
    said = wording_of(metric.name)
    count = f"n {metric.n:,}" if metric.n == metric.of else f"n {metric.n:,} of {metric.of:,}"
    inside = words(said.write(metric.value)) + element("div", words(count), class_="n")
    if said.top is None:
        return cell(inside)
    return cell(inside, class_="share", style=f"--part:{100 * min(max(metric.value, 0.0), 1.0):.0f}%")


def spreads(rows: Sequence[Row], metrics: Mapping[str, Metric]) -> str:
    """How times, faithfulness, evidence and the risk of answering are spread over the questions."""
    times = [row.seconds for row in rows if row.outcome != "error" and row.seconds is not None]
    drawn = [histogram(times, "Time of each question", lambda value: written(value, "seconds"))]
    for title, names in _SPREADS:
        found = next((metrics[name] for name in names if name in metrics), None)
        values = list(found.values.values()) if found else []
        drawn.append(histogram(values, title, lambda value: written(value, "percent"), top=1.0))
    drawn.append(curve(risk_curve(rows), "Risk of answering, by how many are answered", "The most likely answerable first: "))
    return element("div", *drawn, class_="figures")
