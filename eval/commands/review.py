"""`python -m eval review`: questions that were made, for a person who keeps or drops each, in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from eval.questions import load_questions, save_questions
from eval.records import Question
from rag.model import display_text

REVIEWED = "reviewed"
_ASKED = "[k]eep  [d]rop   [b]ack  [q]uit: "


def review(
    file: Annotated[Path, typer.Argument(help="A question set.")],
    most: Annotated[int, typer.Option("--limit", min=1, help="Stop after so many.")] = 50,
) -> None:
    """Keep or drop questions one by one; those dropped go to FILE.dropped.jsonl, and every answer is written at once."""
    due = [one.id for one in load_questions(file) if REVIEWED not in one.tags][:most]
    if not due:
        sys.stderr.write(f"Every question of {file} has been reviewed.\n")
        return
    from rag.cli.terminal import output

    kept, dropped = review_all(file, due, output(), _read_key)
    sys.stderr.write(f"{kept} kept, {dropped} dropped, {len(due) - kept - dropped} left.\n")


def review_all(file: Path, due: list[str], console: Console, read: Callable[[], str]) -> tuple[int, int]:
    """Show one question after the other and write what is said of it at once; how many were kept and how many dropped."""
    said: dict[str, str] = {}
    before = {one.id: one for one in load_questions(file)}
    gone = dropped_file(file)
    earlier = load_questions(gone) if gone.exists() else ()
    place = 0
    while place < len(due):
        show(console, before[due[place]], f"{place + 1} of {len(due)}", said.get(due[place], ""))
        key = read()
        if key == "q":
            break
        if key == "b":
            place = max(0, place - 1)
        elif key in ("k", "d"):
            said[due[place]] = key
            _store(file, before, said, earlier)
            place += 1
    return list(said.values()).count("k"), list(said.values()).count("d")


def _store(file: Path, before: Mapping[str, Question], said: Mapping[str, str], earlier: tuple[Question, ...]) -> None:
    """Both files as they are by what was said so far. What is dropped is written first: a question is in one of them at any time."""
    out = [one for key, one in before.items() if said.get(key) == "d"]
    _replace(dropped_file(file), [*(one for one in earlier if one.id not in before), *out])
    _replace(file, [_marked(one) if said.get(key) == "k" else one for key, one in before.items() if said.get(key) != "d"])


def _replace(path: Path, questions: list[Question]) -> None:
    """Write a set beside its place and put it there whole, so that an interrupted review loses nothing."""
    if not questions and not path.exists():
        return
    beside = path.with_name(path.name + ".new")
    save_questions(questions, beside)
    beside.replace(path)


def _marked(question: Question) -> Question:
    return replace(question, tags=tuple(dict.fromkeys((*question.tags, REVIEWED))))


def dropped_file(file: Path) -> Path:
    """Where the dropped questions of a set go: "made.jsonl" to "made.dropped.jsonl"."""
    return file.with_name(f"{file.stem}.dropped.jsonl")


def show(console: Console, question: Question, where: str, said: str) -> None:
    """A question, the answer that is expected, and the sentences that give it."""
    console.print()
    marks = " · ".join(one for one in (where, question.kind, *question.tags, {"k": "kept", "d": "dropped"}.get(said, "")) if one)
    console.print(Text(display_text(marks), style="dim"))
    console.print(Text(display_text(question.question), style="bold"))
    must = " · ".join(question.must_contain)
    console.print(Padding(Text(display_text(must or question.answer)), (0, 0, 0, 4)))
    for one in question.evidence:
        console.print(Padding(Text(display_text(one.quote), style="dim"), (0, 0, 0, 4)))


def _read_key() -> str:
    """What a person answers; the end of the input is a wish to stop."""
    sys.stderr.write(_ASKED)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line.strip().lower()[:1] if line else "q"
