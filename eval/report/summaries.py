"""A run in short: Markdown for pull requests, tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.corrections import Corrections
from eval.records import Metric
from eval.report.head import changed_settings, title_of
from eval.report.scores import Groups, headline
from eval.report.spending import Spending, spending_lines
from eval.report.trust import trust_lines
from eval.report.wording import BY_KIND, gap, scored, span, wording_of
from rag.model import display_text, escape_markdown


def markdown_summary(
    manifest: Mapping[str, Any],
    metrics: Mapping[str, Metric],
    by_kind: Groups,
    trust: Corrections | None = None,
    spending: Spending | None = None,
) -> str:
    """The main metrics with their intervals, and a table by kind, in Markdown."""
    settings = ", ".join(f"{escape_markdown(name)} = {escape_markdown(value)}" for name, value in changed_settings(manifest))
    parts = [f"### {escape_markdown(title_of(manifest))}", f"Settings that differ from the defaults: {settings or 'none'}."]
    lines = [[escape_markdown(wording_of(name).label), *_figures(metrics[name])] for name in headline(metrics)]
    parts.append(_table(["Metric", "Value", "95 % interval", "Scored"], lines) if lines else "This run has no metrics.")
    parts += ["\n".join(f"- {escape_markdown(one)}" for one in trust_lines(trust, metrics))] if trust else []
    parts += [" ".join(escape_markdown(one) for one in spending_lines(spending))] if spending else []
    warnings = [f"- {escape_markdown(wording_of(one.name).label)}: {gap(one)}" for one in metrics.values() if gap(one)]
    parts += ["**Not everything could be scored**", "\n".join(warnings)] if warnings else []
    names = _columns(by_kind)
    if names:
        rows = [[escape_markdown(kind.replace("_", " ")), *(_short(group.get(name)) for name in names)] for kind, group in by_kind.items()]
        parts.append(_table(["Kind", *(escape_markdown(wording_of(name).label) for name in names)], rows))
    return "\n\n".join(parts) + "\n"


def _figures(metric: Metric) -> list[str]:
    return [wording_of(metric.name).write(metric.value), span(metric), scored(metric)]


def _short(metric: Metric | None) -> str:
    if metric is None or metric.value is None:
        return "–"
    return f"{wording_of(metric.name).write(metric.value)} ({metric.n:,})"


def _columns(by_kind: Groups) -> list[str]:
    return [name for name in BY_KIND if any(name in group and group[name].value is not None for group in by_kind.values())]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def terminal_summary(
    console: Console,
    manifest: Mapping[str, Any],
    metrics: Mapping[str, Metric],
    by_kind: Groups,
    trust: Corrections | None = None,
    spending: Spending | None = None,
) -> None:
    """Print the main metrics and, where the terminal is wide enough, the table by kind."""
    console.print(Text(display_text(title_of(manifest)), style="bold"))
    for name, value in changed_settings(manifest):
        console.print(Text(display_text(f"  {name} = {value}"), style="dim"))
    if not metrics:
        console.print(Text("This run has no metrics."))
        return
    console.print(_rich(("Metric", "Value", "95 % interval", "Scored"), _lines(metrics)))
    for line in (*(trust_lines(trust, metrics) if trust else ()), *(spending_lines(spending) if spending else ())):
        console.print(Text(display_text(line)))
    for metric in metrics.values():
        if gap(metric):
            console.print(Text(display_text(f"{wording_of(metric.name).label}: {gap(metric)}"), style="yellow"))
    names = _columns(by_kind)[: max(1, (console.width - 20) // 16)]
    if names:
        rows = [[kind.replace("_", " "), *(_short(group.get(name)) for name in names)] for kind, group in by_kind.items()]
        console.print(_rich(("Kind", *(wording_of(name).label for name in names)), rows))


def _lines(metrics: Mapping[str, Metric]) -> Iterator[list[str]]:
    for name in headline(metrics):
        yield [wording_of(name).label, *_figures(metrics[name])]


def _rich(heads: Sequence[str], rows: Iterator[list[str]] | Sequence[Sequence[str]]) -> Table:
    """A table whose words are no markup; all columns but the first stand to the right."""
    found = Table(box=None, pad_edge=False, header_style="dim")
    for place, name in enumerate(heads):
        found.add_column(Text(display_text(name)), justify="right" if place else "left")
    for row in rows:
        found.add_row(*(Text(display_text(one)) for one in row))
    return found
