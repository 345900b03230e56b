"""`python -m eval run` and `report`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from eval.commands.asked import Asked, answers_of
from eval.commands.integration import NOBODY, GitHub, GithubOption, JunitOption, StepSummaryOption, write_junit
from eval.commands.options import JudgeModelOption, JudgeOption, SetOption, judge_named, settings_with
from eval.judges import Lookup, measured_error
from eval.metrics import By
from eval.questions import SHIPPED, QuestionSetError, load_questions
from eval.records import Metric, Question
from eval.report import Spending, markdown_summary, run_annotations, run_cases, run_report, terminal_summary
from eval.runs import Run, RunFolder, Told, finder, read_run, run_into
from eval.systems import all_sources
from rag.model import IndexMissingError, spell_controls


def run(
    out: Annotated[Path, typer.Option(help="The folder of the run, such as runs/first; an interrupted run there goes on.")],
    questions: Annotated[Path, typer.Option(help="The question set, as JSON Lines.")] = SHIPPED,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask the first so many.")] = None,
    kinds: Annotated[list[str] | None, typer.Option(help="Ask only questions of this kind; may be repeated.")] = None,
    split: Annotated[str | None, typer.Option(help='Ask only one half of the set, "dev" or "test".')] = None,
    settings: SetOption = None,
    judge: JudgeOption = "local",
    judge_model: JudgeModelOption = "",
    repeats: Annotated[int, typer.Option(min=1, max=9, help="How often a model judges each claim; the majority decides.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Questions at a time.")] = 1,
    per_minute: Annotated[float | None, typer.Option(min=0.1, help="Most questions a minute.")] = None,
    system: Annotated[str | None, typer.Option(metavar="MODULE:NAME", help="Ask this function, query engine or factory instead.")] = None,
    command: Annotated[str | None, typer.Option(help="Ask this program instead: a question on its input, an answer on its output.")] = None,
    stdin: Annotated[Literal["text", "json"], typer.Option(help="What the program is given.")] = "text",
    url: Annotated[str | None, typer.Option(help="Ask this address instead, which speaks the OpenAI protocol.")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that an answer of --command or --url may take.")] = 120.0,
    github: GithubOption = False,
    step_summary: StepSummaryOption = None,
    junit: JunitOption = None,
) -> None:
    """Ask every question, judge every claim, store it all and print the summary: our assistant, or any other system."""
    chosen = settings_with(settings or ())
    asked = pick(load_questions(questions), limit, kinds or (), split)
    decides = judge_named(judge, chosen, repeats, judge_model)
    given = Asked(system, command, url, stdin, timeout)
    with answers_of(given, chosen, asked) as answers, progress() as told:
        done = run_into(asked, answers, out, decides, jobs=jobs, per_minute=per_minute, progress=told)
        summarize(out, done, answers.lookup, GitHub(github, step_summary))
        write_junit(junit, out.name, run_cases(out.name, done.rows, done.all_verdicts, done.metrics))


def report(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    github: GithubOption = False,
    step_summary: StepSummaryOption = None,
    junit: JunitOption = None,
) -> None:
    """Compute the metrics of a run again from what is stored, without asking or judging anything.

    Where the index is there, the report shows quotes within their abstracts.
    """
    from rag.assistant import Assistant

    done, told = read_run(folder), GitHub(github, step_summary)
    try:
        with Assistant.open(settings_with(())) as assistant:
            summarize(folder, done, finder(assistant), told)
    except IndexMissingError:
        summarize(folder, done, None, told)
    write_junit(junit, folder.name, run_cases(folder.name, done.rows, done.all_verdicts, done.metrics))


def pick(questions: Sequence[Question], limit: int | None, kinds: Iterable[str], split: str | None) -> tuple[Question, ...]:
    """The questions that are asked for; raises QuestionSetError where there is none."""
    wanted = set(kinds)
    unknown = sorted(wanted - {one.kind for one in questions})
    if unknown:
        raise QuestionSetError(
            f"No question is of kind {unknown[0]!r}. The kinds are: {', '.join(sorted({one.kind for one in questions}))}."
        )
    found = [one for one in questions if (not wanted or one.kind in wanted) and split in (None, one.split)]
    if not found:
        raise QuestionSetError(f"No question is left with --split {split}.")
    return tuple(found[:limit])


def summarize(path: Path, done: Run, lookup: Lookup | None, github: GitHub = NOBODY) -> None:
    """Write summary.json, summary.md and report.html, print the summary, and tell GitHub where it wants to know."""
    from rag.cli.terminal import output

    metrics = done.metrics
    groups: tuple[By, ...] = ("kind", "tag", "split", "turns")
    by: dict[str, dict[str, dict[str, Metric]]] = {name: done.by(name) for name in groups}
    error = measured_error(done.manifest["judge"])
    folder = RunFolder(path)
    told = None if error is None else {**error.overall.to_dict(), "data": f"{error.overall.n} labelled claims (content {error.labels})"}
    folder.write("summary.json", spell_controls(json.dumps(summary(done, metrics, by, told), indent=2, ensure_ascii=False)) + "\n")
    spending = Spending(done.system_spent, done.judge_spent)
    markdown = markdown_summary(done.manifest, metrics, by["kind"], done.corrected, spending)
    folder.write("summary.md", markdown)
    html = run_report(
        done.manifest,
        done.rows,
        done.all_verdicts,
        metrics,
        by["kind"],
        by_tag=by["tag"],
        judge_error=told,
        trust=done.corrected,
        spending=spending,
        lookup=all_sources(done.rows, lookup) if lookup or any(row.contexts for row in done.rows) else None,
    )
    folder.write("report.html", html)
    with github.apart():
        terminal_summary(output(), done.manifest, metrics, by["kind"], done.corrected, spending)
    github.tell(run_annotations(path.name, done.rows, metrics), markdown)
    sys.stderr.write(f"Report: {path / 'report.html'}\n")


def summary(done: Run, metrics: dict[str, Metric], by: dict[str, dict[str, dict[str, Metric]]], error: Any) -> dict[str, Any]:
    """All metrics as JSON, without times, so that equal runs are equal bytes; times are in the report."""
    timed = ("latency_median", "latency_p95", "latency")

    def plain(group: dict[str, Metric]) -> dict[str, Any]:
        return {name: metric.to_dict() for name, metric in group.items() if name not in timed}

    return {
        "questions": done.manifest["questions"],
        "judge": {"name": done.manifest["judge"], "measured error": error},
        "metrics": plain(metrics),
        "corrected": done.corrected.to_dict(),
        "spent": {
            "system": asdict(done.system_spent),
            "judge": {**asdict(done.judge_spent), "agreement": done.judge_spent.agreement},
        },
        **{f"by {name}": {group: plain(values) for group, values in groups.items()} for name, groups in by.items()},
    }


@contextmanager
def progress() -> Iterator[Told]:
    """Progress on stderr: a bar in a terminal, a line every tenth elsewhere."""
    if sys.stderr.isatty():
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        with Progress(TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True) as bar:
            task = bar.add_task("asking", total=None)
            yield lambda done, total, left: bar.update(task, completed=done, total=total)
        return

    def line(done: int, total: int, left: float) -> None:
        if done == total or done % max(1, total // 10) == 0:
            sys.stderr.write(f"{done} of {total} questions, about {left:.0f} s left\n")

    yield line
