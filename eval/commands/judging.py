"""`python -m eval validate-judge`: how good the judge itself is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.options import JudgeOption, judge_named, settings_with
from eval.validation import validate_command
from eval.validation_table import validation_table


def validate_judge(
    files: Annotated[list[Path], typer.Argument(help="Labelled claims, as JSON Lines.")],
    judge: JudgeOption = "local",
    repeats: Annotated[int, typer.Option(min=1, max=9, help="How often a model judges each claim; the majority decides.")] = 1,
    out: Annotated[Path, typer.Option(help="Where the result is kept, for every run that this judge judges.")] = Path("runs/.judges"),
) -> None:
    """Hold the judge against labelled claims: AUC, sensitivity and specificity with intervals, by kind of error."""
    found = validate_command(files, judge_named(judge, settings_with(()), repeats), out)
    for line in validation_table(found):
        sys.stdout.write(line + "\n")
