"""`python -m eval make-questions`: a question set from the indexed corpus, with a second pass over every question."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.options import settings_with
from eval.making import KINDS, make_questions, told
from eval.questions import References, save_questions
from rag.assistant import Assistant
from rag.model import RagError

_LOOKED_AT = 3  # abstracts that a question finds: its own must be among them


def make_questions_command(
    out: Annotated[Path, typer.Option(help="The question set to write.")],
    count: Annotated[int, typer.Option(min=1, help="How many questions at most.")] = 60,
    kinds: Annotated[str, typer.Option(help=f"Which kinds, with commas between them: {', '.join(KINDS)}.")] = ",".join(KINDS),
    seed: Annotated[int, typer.Option(help="Another seed makes another choice; the same one the same.")] = 0,
) -> None:
    """Make questions with known answers from the abstracts of the index; what is unclear is dropped and counted."""
    with Assistant.open(settings_with(())) as assistant:
        abstracts = assistant.abstracts()

        def search(question: str) -> list[str]:
            return [one.passage.abstract_id for one in assistant.retrieve(question, _LOOKED_AT)]

        found, checks = make_questions(abstracts, search, count=count, kinds=[one.strip() for one in kinds.split(",")], seed=seed)
        if not found:
            raise RagError("No question could be made from this corpus. Ask for other kinds, or index more abstracts.")
        References(assistant).check(found)
    save_questions(found, out)
    if checks.dropped:
        sys.stderr.write(f"Dropped: {told(checks.dropped)}.\n")
    sys.stderr.write(f"{len(found)} questions in {out}. Look at them with: python -m eval review {out}\n")
