"""`python -m eval rejudge`: another judge over the stored answers of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.commands.options import JudgeModelOption, JudgeOption, judge_named, settings_with
from eval.commands.run import progress, summarize
from eval.runs import RunFolder, rejudge
from rag.model import Abstract


def rejudge_command(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    out: Annotated[Path, typer.Option(help="The folder for the new verdicts; an interrupted run there goes on.")],
    judge: JudgeOption = "local",
    judge_model: JudgeModelOption = "",
    repeats: Annotated[int, typer.Option(min=1, max=9, help="How often a model judges each claim; the majority decides.")] = 1,
) -> None:
    """Judge the answers of a run by another judge, without asking anything again."""
    decides = judge_named(judge, settings_with(()), repeats, judge_model)
    with progress() as told:
        done = rejudge(folder, out, decides, progress=told)
    texts: dict[str, Abstract] = RunFolder(out).texts()
    summarize(out, done, texts.get)
