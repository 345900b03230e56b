"""`python -m eval compare` and `gate`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.commands.integration import GitHub, GithubOption, JunitOption, StepSummaryOption, write_junit
from eval.commands.options import pairs
from eval.metrics import METRICS, not_compared
from eval.report import (
    Changed,
    Compared,
    Spending,
    compared_annotations,
    comparison_markdown,
    comparison_report,
    differing_settings,
    gate_annotations,
    gate_cases,
    gate_markdown,
)
from eval.runs import Change, Comparison, Run, gate_conditions, read_run
from eval.runs import compare as compare_rows
from rag.model import SettingsError, strip_controls

_MOST_CHANGED = 20


def compare(
    a: Annotated[Path, typer.Argument(help="The folder of the run before.")],
    b: Annotated[Path, typer.Argument(help="The folder of the run after.")],
    out: Annotated[Path | None, typer.Option(help="Write the comparison as HTML to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    github: GithubOption = False,
    step_summary: StepSummaryOption = None,
) -> None:
    """Compare two runs question by question: differences with intervals and p-values, and what changed most."""
    before, after = read_run(a), read_run(b)
    found = compared(before, after)
    unlike = differing_settings(before.manifest, after.manifest)
    if out is not None:
        spending = Spending(before.system_spent, before.judge_spent), Spending(after.system_spent, after.judge_spent)
        page = comparison_report(a.name, b.name, rows_of(found), most_changed(found, before, after), unlike, spending)
        out.write_text(page, encoding="utf-8")
        sys.stderr.write(f"Comparison: {out}\n")
    told = {one["name"]: Compared.read(one) for one in rows_of(found)}
    shown = compared_annotations(f"{b.name} against {a.name}", {name: (one.found, one.told) for name, one in told.items()})
    GitHub(github, step_summary).tell(shown, comparison_markdown(a.name, b.name, rows_of(found)))
    if as_json:
        settings = {name: {"a": one, "b": other} for name, one, other in unlike}
        data = {"metrics": rows_of(found), "settings": settings, "only a": found.only_a, "only b": found.only_b}
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
        return
    from rag.cli.terminal import output, print_table

    print_table(output(), list(table(found)))
    for name, one, other in unlike:
        sys.stderr.write(strip_controls(f"{name} differs: {one} before, {other} after.") + "\n")
    for name, ids in ((a.name, found.only_a), (b.name, found.only_b)):
        if ids:
            sys.stderr.write(f"Only {name} asked {len(ids)} questions, which count in nothing here.\n")


def gate(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    baseline: Annotated[Path | None, typer.Option(help="A run that this one must not fall behind.")] = None,
    minima: Annotated[list[str] | None, typer.Option("--min", metavar="NAME=NUMBER", help="Least of a metric; may be repeated.")] = None,
    maxima: Annotated[list[str] | None, typer.Option("--max", metavar="NAME=NUMBER", help="Most of a metric; may be repeated.")] = None,
    coverage: Annotated[float, typer.Option(min=0, max=1, help="Least share of questions that a gated metric must have scored.")] = 0.95,
    github: GithubOption = False,
    step_summary: StepSummaryOption = None,
    junit: JunitOption = None,
) -> None:
    """Exit with status 1 where a bound of an interval falls below a minimum, above a maximum, or a metric got worse than the baseline."""
    done = read_run(folder)
    comparison = None if baseline is None else compared(read_run(baseline), done)
    try:
        conditions = gate_conditions(
            done.metrics, pairs(minima or (), "--min"), pairs(maxima or (), "--max"), comparison=comparison, coverage=coverage
        )
    except ValueError as error:
        raise SettingsError(str(error)) from error
    asked = [(one.name, one.reason) for one in conditions]
    GitHub(github, step_summary).tell(gate_annotations(folder.name, asked), gate_markdown(folder.name, asked))
    write_junit(junit, f"gate of {folder.name}", gate_cases(folder.name, asked))
    reasons = [one.reason for one in conditions if one.reason]
    for reason in reasons:
        sys.stderr.write(f"{reason}\n")
    if reasons:
        raise typer.Exit(1)
    sys.stderr.write(f"{folder.name} passes.\n")


def compared(before: Run, after: Run) -> Comparison:
    """Two runs compared, in time only where they ran on one machine; raises SettingsError where different judges judged them, for their
    verdicts do not compare."""
    judges = before.manifest["judge"], after.manifest["judge"]
    if judges[0] != judges[1]:
        raise SettingsError(
            f"The runs were judged by {judges[0]} and {judges[1]}. "
            "Have one judged by the judge of the other: python -m eval rejudge RUN --out OTHER --judge ..."
        )
    skipped = not_compared(before.manifest, after.manifest)
    if skipped:
        sys.stderr.write(f"Not compared, for the runs are of different machines: {', '.join(sorted(skipped))}.\n")
    metrics = {name: one for name, one in METRICS.items() if name not in skipped}
    seed = after.manifest["seed"]
    return compare_rows(before.rows, before.all_verdicts, after.rows, after.all_verdicts, seed=seed, metrics=metrics)


def rows_of(found: Comparison) -> list[dict[str, Any]]:
    """The comparison as rows, one a metric."""
    names = (
        "name",
        "a",
        "b",
        "difference",
        "low",
        "high",
        "p",
        "p_holm",
        "wins",
        "ties",
        "losses",
        "detectable",
        "n",
        "of",
        "higher_is_better",
    )
    return [{field: getattr(one, field) for field in names} for one in found.differences.values() if one.n]


def table(found: Comparison) -> list[tuple[str, ...]]:
    """The comparison as a table of texts."""
    rows: list[tuple[str, ...]] = [("metric", "before", "after", "difference", "95 % interval", "p (Holm)", "better/same/worse")]
    for row in rows_of(found):
        interval = "none" if row["low"] is None else f"{row['low']:+.3f} to {row['high']:+.3f}"
        rows.append(
            (
                row["name"],
                *(number(row[name]) for name in ("a", "b", "difference")),
                interval,
                number(row["p_holm"]),
                f"{row['wins']}/{row['ties']}/{row['losses']}",
            )
        )
    return rows


def number(value: float | None) -> str:
    """A number as it is printed."""
    return "none" if value is None else f"{value:.3f}"


def most_changed(found: Comparison, before: Run, after: Run) -> list[Changed]:
    """The questions that changed most, each once, in the metric that changed most."""
    rows_a, rows_b = ({row.question.id: row for row in done.rows} for done in (before, after))
    largest: dict[str, tuple[float, str, Change]] = {}
    for name, one in found.differences.items():
        for change in one.changes if METRICS[name].unit == "share" else ():
            size = abs(change.b - change.a)
            if size > largest.get(change.question_id, (0.0,))[0]:
                largest[change.question_id] = size, name, change
    order = sorted(largest.items(), key=lambda item: (-item[1][0], item[0]))[:_MOST_CHANGED]
    return [Changed(name, change.a, change.b, rows_a[one], rows_b[one]) for one, (_, name, change) in order]
