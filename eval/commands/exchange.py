"""`python -m eval import` and `export`: question sets and runs for and from other tools; and `validate-judge`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from eval.commands.options import JudgeModelOption, JudgeOption, judge_named, settings_with
from eval.exchange import Imported, from_feedback, questions_to_ragas, read_questions, to_ragas, write_csv
from eval.judges import validate_command, validation_table
from eval.questions import load_questions, save_questions
from eval.runs import finder, read_run
from eval.systems import nothing
from rag.model import spell_controls, strip_controls

# `python -m eval import` and `export`: question sets and runs for and from other tools.


def take(
    source: Annotated[Path | None, typer.Argument(help="Rows as CSV, JSON or JSON Lines; not for --feedback.")] = None,
    out: Annotated[Path, typer.Option(help="The question set to write.")] = Path("questions.jsonl"),
    feedback: Annotated[bool, typer.Option("--feedback", help="Take users' thumbs from the history in the index folder.")] = False,
) -> None:
    """Make a question set of somebody else's rows, or of users' thumbs."""
    if feedback:
        questions = from_feedback(thumbs())
    elif source is None:
        raise typer.BadParameter("Give a file, or --feedback.")
    else:
        found = read_questions(source)
        questions = found.questions
        tell(found, source)
    save_questions(questions, out)
    sys.stderr.write(f"{len(questions)} questions in {out}\n")


def export(
    source: Annotated[Path, typer.Argument(help="A question set, or the folder of a run.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[Literal["ragas", "csv"], typer.Option("--format", help="ragas rows as JSON Lines, or CSV.")] = "ragas",
) -> None:
    """Write a question set, or what a run asked and was answered, for other tools."""
    if form == "csv":
        write_csv([row.question for row in read_run(source).rows] if source.is_dir() else load_questions(source), out)
        return
    rows: Iterable[Mapping[str, Any]] = run_rows(source) if source.is_dir() else questions_to_ragas(load_questions(source))
    out.write_text("".join(spell_controls(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8")


def thumbs() -> list[Mapping[str, Any]]:
    """The feedback in the history of the index folder."""
    from rag.chat import History
    from rag.model import Settings

    with History.open(Settings(), create=False) as history:
        return list(history.feedback_rows())


def tell(found: Imported, source: Path) -> None:
    """What a question set does not take of its file, on standard error."""
    if found.unused:
        columns = ", ".join(f"{name} ({count} rows)" for name, count in found.unused.items())
        sys.stderr.write(strip_controls(f"Columns that are not used: {columns}.") + "\n")
    if found.answers:
        said = f"{found.answers} rows hold a system's answer, which is no reference. To score them: python -m eval score {source}"
        sys.stderr.write(strip_controls(said) + "\n")


def run_rows(folder: Path) -> list[dict[str, Any]]:
    """The ragas rows of a run, with the texts that were retrieved: those of our own answers are looked up in the index."""
    from rag.assistant import Assistant

    done = read_run(folder)
    drawn = (done.manifest.get("settings") or {}).get("RAG_TOP_K")
    if all(row.said is not None or row.contexts or not row.retrieved for row in done.rows):
        return list(to_ragas(done.rows, nothing))
    with Assistant.open(settings_with(())) as assistant:
        lookup = finder(assistant)
        rows = list(to_ragas(done.rows, lookup, drawn))
    lost = sum(not text for row in rows for text in row["retrieved_contexts"])
    if lost:
        sys.stderr.write(f"{lost} texts that were retrieved are not in the index any more; they are empty here.\n")
    return rows


# `python -m eval validate-judge`: how good the judge itself is.


def validate_judge(
    files: Annotated[list[Path], typer.Argument(help="Labelled claims, as JSON Lines.")],
    judge: JudgeOption = "local",
    judge_model: JudgeModelOption = "",
    repeats: Annotated[int, typer.Option(min=1, max=9, help="How often a model judges each claim; the majority decides.")] = 1,
    out: Annotated[Path, typer.Option(help="Where the result is kept, for every run that this judge judges.")] = Path("runs/.judges"),
) -> None:
    """Hold the judge against labelled claims: AUC, sensitivity and specificity with intervals, by kind of error."""
    found = validate_command(files, judge_named(judge, settings_with(()), repeats, judge_model), out)
    for line in validation_table(found):
        sys.stdout.write(line + "\n")
