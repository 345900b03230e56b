"""The conversation of `rag chat`: questions, and commands that begin with a slash."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from rag.commands.remembered import cited, remember
from rag.config import Settings
from rag.errors import RagError
from rag.terminal import output, print_abstract, print_answer, print_sources, say

if TYPE_CHECKING:
    from rag.answers import Answer
    from rag.assistant import Assistant

HELP = """Type a question, or one of these:
  /more      the last question again, with a longer answer
  /sources   the sources of the last answer once more
  /show 2    the whole abstract of source [2]
  /new       forget the conversation so far
  /quit      end (so does Ctrl-D)"""


class Conversation:
    """What was asked and answered since the start or since /new."""

    def __init__(self, assistant: Assistant, settings: Settings) -> None:
        self._assistant = assistant
        self._settings = settings
        self._console = output()
        self.turns: list[Answer] = []

    @property
    def history(self) -> list[dict[str, str]]:
        """The turns as messages with role and content."""
        pairs = [(("user", turn.question), ("assistant", turn.text)) for turn in self.turns]
        return [{"role": role, "content": content} for pair in pairs for role, content in pair]

    def ask(self, question: str, *, more: bool = False) -> None:
        """Answer, print and remember."""
        answer = self._assistant.ask(question, history=self.history, more=more)
        self.turns.append(answer)
        remember(self._settings, answer)
        print_answer(self._console, answer)
        self._console.print()

    def command(self, line: str) -> None:
        """Carry out a line that begins with a slash."""
        name, _, argument = line.partition(" ")
        if name == "/new":
            self.turns.clear()
            say("A new conversation.")
        elif name in ("/more", "/sources", "/show") and not self.turns:
            say("Nothing was asked yet.")
        elif name == "/more":
            last = self.turns.pop()
            self.ask(last.question, more=True)
        elif name == "/sources":
            print_sources(self._console, self.turns[-1].citations)
            self._console.print()
        elif name == "/show" and argument.strip().isdecimal():
            citation = cited(self.turns[-1], int(argument))
            print_abstract(self._console, self._assistant.abstract(citation.abstract_id), [(citation.start, citation.end)])
            self._console.print()
        else:
            say(HELP)


def converse(assistant: Assistant, settings: Settings) -> None:
    """Answer line after line until the input ends; what goes wrong with one question does not end the conversation."""
    conversation = Conversation(assistant, settings)
    if sys.stdin.isatty():
        say(HELP)
    for line in _lines():
        try:
            if line in ("/quit", "/exit"):
                return
            if line.startswith("/"):
                conversation.command(line)
            else:
                conversation.ask(line)
        except RagError as error:
            say(str(error))


def _lines() -> Iterator[str]:
    """Lines typed or piped, without empty ones; with editing and a memory of earlier lines where a terminal is."""
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    with suppress(ImportError):
        import readline  # noqa: F401  # its import alone gives `input` editing
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            output().print()
            return
        if line:
            yield line
