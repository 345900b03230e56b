"""`python -m eval import` and `export`: question sets and runs for and from other tools; and `validate-judge`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from eval.commands.options import JudgeModelOption, JudgeOption, judge_named, settings_with
from eval.exchange import from_feedback, from_ragas, questions_to_ragas, read_csv, to_ragas, write_csv
from eval.judges import validate_command, validation_table
from eval.questions import QuestionSetError, load_questions, save_questions
from eval.runs import read_run
from rag.model import spell_controls

# `python -m eval import` and `export`: question sets and runs for and from other tools.


def take(
    source: Annotated[Path | None, typer.Argument(help="CSV, or ragas rows as JSON or JSON Lines; not for --feedback.")] = None,
    out: Annotated[Path, typer.Option(help="The question set to write.")] = Path("questions.jsonl"),
    feedback: Annotated[bool, typer.Option("--feedback", help="Take users' thumbs from the history in the index folder.")] = False,
) -> None:
    """Make a question set of somebody else's rows, or of users' thumbs."""
    if feedback:
        questions = from_feedback(thumbs())
    elif source is None:
        raise typer.BadParameter("Give a file, or --feedback.")
    else:
        questions = read_csv(source) if source.suffix.lower() == ".csv" else from_ragas(rows_in(source))
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
    rows: Iterable[Mapping[str, Any]] = to_ragas(read_run(source).rows) if source.is_dir() else questions_to_ragas(load_questions(source))
    out.write_text("".join(spell_controls(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8")


def thumbs() -> list[Mapping[str, Any]]:
    """The feedback in the history of the index folder."""
    from rag.chat import History
    from rag.model import Settings

    with History.open(Settings(), create=False) as history:
        return list(history.feedback_rows())


def rows_in(path: Path) -> list[Mapping[str, Any]]:
    """Rows of a JSON list or of JSON Lines; raises QuestionSetError for anything else."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise QuestionSetError(f"The rows in {path} cannot be read: {error}") from error
    if not all(isinstance(row, dict) for row in data):
        raise QuestionSetError(f"{path} does not hold one JSON object a row.")
    return list(data)


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
