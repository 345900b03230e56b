"""A run for GitHub's workflows: annotations as workflow commands, and the step summary. What others wrote cannot end a command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eval.records import Metric, Row
from eval.report.scores import headline
from eval.report.wording import gap, span, wording_of
from rag.model import RagError, escape_markdown, pluralize, strip_controls

Level = Literal["error", "warning", "notice"]
MOST = 10
"""GitHub shows so many annotations of one level for a step."""

_SUMMARY_BYTES = 1_000_000  # a step summary of more than 1 MiB is refused as a whole


@dataclass(frozen=True, slots=True)
class Annotation:
    """One line of GitHub's: how grave it is, its title, and its text."""

    level: Level
    title: str
    text: str

    def command(self) -> str:
        """The workflow command, in one line, whatever the title and the text hold."""
        return f"::{self.level} title={_property(self.title)}::{_data(self.text)}"


def _data(text: str) -> str:
    return strip_controls(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def run_annotations(name: str, rows: Sequence[Row], metrics: Mapping[str, Metric]) -> list[Annotation]:
    """Of a run: its questions that ended in an error, what could not be scored, and the headline figures."""
    errors = [Annotation("error", f"{name}: {row.question.id}", row.error or "An error.") for row in rows if row.outcome == "error"]
    gaps = [Annotation("warning", f"{name}: {wording_of(one.name).label}", gap(one)) for one in metrics.values() if gap(one)]
    figures = "\n".join(
        f"{wording_of(one).label}: {wording_of(one).write(metrics[one].value)} ({span(metrics[one])})" for one in headline(metrics)
    )
    return [*limited(errors, "questions that ended in an error"), *limited(gaps, "metrics"), Annotation("notice", name, figures)]


def limited(found: Sequence[Annotation], things: str) -> list[Annotation]:
    """The first of very many, the last of them saying how many there are."""
    if len(found) <= MOST:
        return list(found)
    return [*found[: MOST - 1], Annotation(found[0].level, "More", f"{len(found) - MOST + 1:,} more {things}.")]


def gate_annotations(name: str, conditions: Iterable[tuple[str, str]]) -> list[Annotation]:
    """Of a gate: each condition (what was asked, why it is not met) that is not met, or that all are."""
    wrong = [Annotation("error", f"{name}: {asked}", reason) for asked, reason in conditions if reason]
    return limited(wrong, "conditions that are not met") or [Annotation("notice", name, f"{name} passes.")]


def gate_markdown(name: str, conditions: Sequence[tuple[str, str]]) -> str:
    """The conditions as a table in Markdown."""
    lines = [f"| {escape_markdown(asked)} | {'✗ ' + escape_markdown(reason) if reason else '✓'} |" for asked, reason in conditions]
    failed = sum(bool(reason) for _, reason in conditions)
    said = f"{pluralize(failed, 'condition')} not met" if failed else "passes"
    return "\n".join([f"### {escape_markdown(name)}: {said}", "", "| Condition | |", "| --- | --- |", *lines]) + "\n"


def compared_annotations(name: str, found: Mapping[str, tuple[str, str]]) -> list[Annotation]:
    """Of two runs: each metric that got worse or better, by (what was found, the figures in words)."""
    worse = [
        Annotation("warning", f"{name}: {wording_of(one).label} is worse", text) for one, (said, text) in found.items() if said == "worse"
    ]
    better = [
        Annotation("notice", f"{name}: {wording_of(one).label} is better", text) for one, (said, text) in found.items() if said == "better"
    ]
    none = [Annotation("notice", name, "No metric differs by more than chance.")]
    return [*limited(worse, "metrics"), *limited(better, "metrics")] or none


def add_summary(path: Path, markdown: str) -> None:
    """Append to the step summary; raises RagError where that cannot be written."""
    data = (markdown.rstrip() + "\n\n").encode("utf-8", "replace")
    if len(data) > _SUMMARY_BYTES:
        data = data[:_SUMMARY_BYTES].decode("utf-8", "ignore").encode() + b"\n\nThe rest is left out.\n"
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise RagError(f"The step summary {path} cannot be written: {error}.") from error
