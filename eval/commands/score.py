"""`python -m eval score`: answers of any system, from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.asked import opened
from eval.commands.options import JudgeOption, SetOption, judge_named, settings_with
from eval.commands.run import progress, summarize
from eval.questions import load_questions, refers_to_corpus
from eval.runs import RecordedAnswers, run_into
from eval.systems import read_recording
from rag.model import Settings, strip_controls

_MOST_TOLD = 20


def score(
    file: Annotated[Path, typer.Argument(help="Recorded answers, as CSV, JSON or JSON Lines, or a run's folder.")],
    out: Annotated[Path | None, typer.Option(help="The folder of the run; by default runs/ and the file's name.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="The files that the answers are about; rows with contexts need none.")] = None,
    questions: Annotated[Path | None, typer.Option(help="A question set that the answers belong to, by id or by wording.")] = None,
    settings: SetOption = None,
    judge: JudgeOption = "local",
    repeats: Annotated[int, typer.Option(min=1, max=9, help="How often a model judges each claim; the majority decides.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Rows at a time.")] = 1,
) -> None:
    """Judge and score answers that any system gave before, as if they had been asked here."""
    asked = load_questions(questions) if questions is not None else ()
    recording = read_recording(file, asked)
    tell(recording.told())
    chosen = settings_with(settings or ())
    decides = judge_named(judge, chosen, repeats)
    folder = out or Path("runs") / (f"{file.name}-scored" if file.is_dir() else file.stem)
    needed = (bool(asked) and refers_to_corpus(asked)) or (recording.quotes_alone and has_corpus(chosen))
    with opened(chosen, corpus, needed=needed) as assistant, progress() as told:
        answers = RecordedAnswers(recording, assistant, {"name": "recorded answers", "file": file.name})
        done = run_into([one.question for one in recording.rows], answers, folder, decides, jobs=jobs, progress=told)
        summarize(folder, done, answers.lookup)


def has_corpus(settings: Settings) -> bool:
    """True where there is a corpus to look abstracts up in; else it is said that there is none."""
    if any(one.exists() for one in settings.corpus) or (settings.index_dir / "CURRENT").exists():
        return True
    sys.stderr.write("There is no corpus here: claims are held against what was quoted alone. Name its files with --corpus.\n")
    return False


def tell(lines: list[str]) -> None:
    """What is to be known of a file, on standard error; of very many lines the first."""
    for line in lines[:_MOST_TOLD]:
        sys.stderr.write(strip_controls(line) + "\n")
    if len(lines) > _MOST_TOLD:
        sys.stderr.write(f"and {len(lines) - _MOST_TOLD} more\n")
