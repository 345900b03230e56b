"""`python -m eval make-questions`: a question set from the indexed corpus, with a second pass over every question."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.options import settings_with
from eval.making import KINDS, Writer, make_questions, told
from eval.questions import References, save_questions
from rag.assistant import Assistant
from rag.llm import ChatModel
from rag.model import RagError, Settings, SettingsError

_LOOKED_AT = 3  # abstracts that a question finds: its own must be among them


def make_questions_command(
    out: Annotated[Path, typer.Option(help="The question set to write.")],
    count: Annotated[int, typer.Option(min=1, help="How many questions at most.")] = 60,
    kinds: Annotated[str, typer.Option(help=f"Which kinds, with commas between them: {', '.join(KINDS)}.")] = ",".join(KINDS),
    personas: Annotated[bool, typer.Option("--personas", help="A model writes questions too, in the words of three personas.")] = False,
    model: Annotated[str, typer.Option(help="The model that writes; by default RAG_EVAL_MODEL, else the one of the settings.")] = "",
    seed: Annotated[int, typer.Option(help="Another seed makes another choice; the same one the same.")] = 0,
) -> None:
    """Make questions with known answers from the abstracts of the index; what is unclear is dropped and counted."""
    settings = settings_with(())
    with Assistant.open(settings) as assistant, writing(settings, model) if personas or model else nullcontext() as writer:
        abstracts = assistant.abstracts()

        def search(question: str) -> list[str]:
            return [one.passage.abstract_id for one in assistant.retrieve(question, _LOOKED_AT)]

        found, checks = make_questions(
            abstracts, search, count=count, kinds=[one.strip() for one in kinds.split(",")], seed=seed, writer=writer
        )
        if not found:
            raise RagError("No question could be made from this corpus. Ask for other kinds, or index more abstracts.")
        References(assistant).check(found)
    save_questions(found, out)
    dropped = checks.dropped + (writer.dropped if writer is not None else Counter())
    if dropped:
        sys.stderr.write(f"Dropped: {told(dropped)}.\n")
    if writer is not None and writer.failure:
        sys.stderr.write(f"The model wrote no more: {writer.failure}\n")
    sys.stderr.write(f"{len(found)} questions in {out}. Look at them with: python -m eval review {out}\n")


@contextmanager
def writing(settings: Settings, model: str) -> Iterator[Writer]:
    """A writer on the model of this name, by default the one that evaluates; raises SettingsError without a model service."""
    if not settings.has_model:
        raise SettingsError(
            "--personas needs a model service: set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of an OpenAI-compatible server."
        )
    chosen = model or settings.eval_model
    opened = ChatModel.open(settings.model_copy(update={"model": chosen}) if chosen else settings)
    try:
        yield Writer(opened, settings.question_tokens)
    finally:
        opened.close()
