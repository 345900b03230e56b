"""`rag ask` and `rag chat`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import JsonOption, SourceOption, YearOption, parse_years

if TYPE_CHECKING:
    from datetime import datetime

    from rag.model import Answer, Settings

REFUSED = 3


def ask(
    question: Annotated[list[str] | None, typer.Argument(help='What to ask; "-" or nothing reads it from standard input.')] = None,
    year: YearOption = None,
    source: SourceOption = None,
    top_k: Annotated[int | None, typer.Option(min=1, max=100, help="Most abstracts that the answer may draw on.")] = None,
    more: Annotated[bool, typer.Option("--more", help="A longer answer.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show below the answer how it came about, stage by stage.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the corpus, each sentence with its source.

    The corpus is indexed on first use. The exit status is 0 if there is an answer and 3 if the corpus has none.
    """
    asked = _question(question or [])
    years = parse_years(year)

    from rag.assistant import Assistant
    from rag.cli.following import following
    from rag.cli.options import remember
    from rag.model import Settings

    settings = Settings()
    visited = _visited(settings, asked)
    with Assistant.open(settings) as assistant, following(settings) as follow:
        for step in assistant.stream(asked, year=years, sources=source or (), top_k=top_k, more=more, visited=visited, explain=explain):
            follow(step)
            answer = step.answer
    assert answer is not None, "the last step of an answer holds it"
    remember(settings, answer)
    _print(answer, as_json)
    if answer.outcome == "refused":
        raise typer.Exit(REFUSED)


def chat(
    conversation: Annotated[str | None, typer.Argument(metavar="ID", help="With --resume: an id or its beginning.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last conversation, or with the one named.")] = False,
    as_list: Annotated[bool, typer.Option("--list", help="List the conversations, the last used first.")] = False,
) -> None:
    """Ask one question after another, each with those before in mind.

    Conversations are stored in the index folder, on this computer alone.
    """
    if conversation is not None and not resume:
        raise typer.BadParameter(f"a conversation is opened with: rag chat --resume {conversation}")

    from rag.assistant import Assistant
    from rag.chat import History
    from rag.cli.chat import OWNER, Chat, converse, find, print_conversations
    from rag.cli.terminal import say
    from rag.model import Settings

    settings = Settings()
    if as_list:
        with History.open(settings, create=False) as history:
            print_conversations(history.conversations(OWNER, limit=-1))
        return
    with Assistant.open(settings) as assistant, History.open(settings) as history:
        if not history.kept:
            say(f"Nothing can be written in {settings.index_dir}: this conversation is not kept.")
        chat = Chat(assistant, settings, history)
        if resume:
            chat.open(find(history, conversation).id)
        converse(chat)


def _visited(settings: Settings, question: str) -> datetime | None:
    """When `rag chat` was used here last, where that matters to the question and is stored."""
    from rag.questions import asks_of_visit, one_line

    if not asks_of_visit(one_line(question)):
        return None
    from rag.chat import History, last_visit
    from rag.cli.chat import OWNER
    from rag.model import NotFoundError, utc_now

    try:
        with History.open(settings, create=False) as history:
            return last_visit(history, OWNER, utc_now())
    except NotFoundError:
        return None


def _question(words: list[str]) -> str:
    if words and words != ["-"]:
        return " ".join(words)
    if not words and sys.stdin.isatty():
        raise typer.BadParameter('There is no question. Type: rag ask "What does ... do?"')
    return sys.stdin.buffer.read().decode("utf-8", errors="replace").strip()


def _print(answer: Answer, as_json: bool) -> None:
    if as_json:
        from rag.export import json_text

        sys.stdout.write(json_text(answer.to_dict(), indent=2) + "\n")
        return
    from rag.cli.terminal import output, print_answer, print_trace

    console = output()
    print_answer(console, answer)
    print_trace(console, answer.trace)
