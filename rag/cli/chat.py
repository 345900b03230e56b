"""What `rag chat` does: questions, and commands that begin with a slash."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Event as Stop
from typing import TYPE_CHECKING

from rich.text import Text

from rag.chat import Conversation, ConversationRecord, History, Turn, partial
from rag.cli.interrupts import interrupts
from rag.cli.options import cited, remember
from rag.cli.terminal import output, print_abstract, print_answer, print_block, print_sources, say
from rag.model import Event, Job, NotFoundError, RagError, Settings, display_text, pluralize

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.model import Answer

OWNER = "local"  # whoever uses the command line of this computer
HELP = """Type a question, or one of these:
  /more            the last question again, with a longer answer
  /sources         the sources of the last answer once more
  /show 2          the whole abstract of source [2]
  /new             begin a new conversation; this one is kept
  /title WORDS     call this conversation so
  /conversations   list the conversations
  /open 2          go on with the second of that list
  /delete          delete this conversation
  /quit            end (so does Ctrl-D)
Ctrl-C stops an answer that is being made."""

_LOOK = 0.1  # seconds until a Ctrl-C that came just before the wait is seen
_REPLAYED = 5  # turns that are shown again when a conversation is opened


class Chat:
    """The conversation that is open, and the list of conversations as it was shown last."""

    def __init__(self, assistant: Assistant, settings: Settings, history: History) -> None:
        self._assistant = assistant
        self._settings = settings
        self._history = history
        self._console = output()
        self._listed: Sequence[ConversationRecord] = ()
        self.conversation = Conversation(assistant, history, OWNER)

    @property
    def last(self) -> Answer:
        """The last answer of this conversation; raises NotFoundError where nothing was asked."""
        turns = self.conversation.turns
        if not turns:
            raise NotFoundError("Nothing was asked yet.")
        return partial(turns[-1])

    def ask(self, question: str) -> None:
        """Answer and print. Ctrl-C stops the answer: the claims so far are printed as one that was stopped. A second one raises
        KeyboardInterrupt."""
        self._print(self._made(lambda stop: self.conversation.ask(question, stop=stop)))

    def open(self, conversation_id: str) -> None:
        """Go on with a stored conversation, showing its last turns again."""
        self.conversation = Conversation(self._assistant, self._history, OWNER, conversation_id)
        turns = self.conversation.turns
        say(f"{display_text(self.conversation.title)}, {pluralize(len(turns), 'turn')}")
        for turn in turns[-_REPLAYED:]:
            self._replay(turn)
        if turns:
            remember(self._settings, partial(turns[-1]))

    def command(self, line: str) -> None:
        """Carry out a line that begins with a slash."""
        name, _, argument = line.partition(" ")
        known = {
            "/more": lambda: self._print(self._made(lambda stop: self.conversation.again(more=True, stop=stop))),
            "/sources": lambda: print_sources(self._console, self.last.citations),
            "/new": self._new,
            "/conversations": self._list,
            "/delete": self._delete,
        }
        taking = {"/show": self._show, "/open": self._open, "/title": self._title}
        if name in known and not argument:
            known[name]()
        elif name in taking and argument.strip():
            taking[name](argument.strip())
        else:
            say(HELP)

    def _made(self, work: Callable[[Stop], Answer]) -> Answer:
        """An answer, made in a thread of its own, so that Ctrl-C reaches the program whatever the answer is waiting for."""
        stop = Stop()
        with interrupts(stop.set):  # only the answer's thread waits for `stop`, so this one can set it at any moment
            job = Job(lambda _: iter([Event("answer", answer=work(stop))]))
            while not job.done:
                with suppress(TimeoutError):
                    job.answer(_LOOK)
        return job.answer()

    def _print(self, answer: Answer) -> None:
        remember(self._settings, answer)
        print_answer(self._console, answer)
        self._console.print()

    def _replay(self, turn: Turn) -> None:
        print_block(self._console, Text(f"> {display_text(turn.question)}", style="bold"))
        print_answer(self._console, partial(turn))
        self._console.print()

    def _new(self) -> None:
        self.conversation = Conversation(self._assistant, self._history, OWNER)
        say("A new conversation.")

    def _list(self) -> None:
        self._listed = self._history.conversations(OWNER)
        print_conversations(self._listed, numbered=True)

    def _open(self, argument: str) -> None:
        self.open(self._numbered(int(argument)) if argument.isdecimal() and len(argument) < 4 else find(self._history, argument).id)

    def _numbered(self, number: int) -> str:
        listed = self._listed or self._history.conversations(OWNER)
        if not 1 <= number <= len(listed):
            raise NotFoundError(f"There is no conversation {number}; see which there are with: /conversations")
        return listed[number - 1].id

    def _title(self, argument: str) -> None:
        self.conversation.rename(argument)
        say(f"This conversation is now called: {display_text(self.conversation.title)}")

    def _delete(self) -> None:
        if self.conversation.id is None:
            raise NotFoundError("Nothing was asked yet.")
        title = self.conversation.title
        self._history.delete(self.conversation.id, OWNER)
        say(f"Deleted: {display_text(title)}")
        self._new()

    def _show(self, argument: str) -> None:
        if not argument.isdecimal():
            say(HELP)
            return
        citation = cited(self.last, int(argument))
        print_abstract(self._console, self._assistant.abstract(citation.abstract_id), [(citation.start, citation.end)])
        self._console.print()


def converse(chat: Chat) -> None:
    """Answer line after line until the input ends; what goes wrong with one question does not end the conversation."""
    if sys.stdin.isatty():
        say(HELP)
    for line in _lines():
        try:
            if line in ("/quit", "/exit"):
                return
            if line.startswith("/"):
                chat.command(line)
            else:
                chat.ask(line)
        except RagError as error:
            say(str(error))


def find(history: History, which: str | None) -> ConversationRecord:
    """The conversation with this id or the only one whose id begins so; without one, the last. Raises NotFoundError."""
    if which is None:
        last = history.conversations(OWNER, limit=1)
        if not last:
            raise NotFoundError("No conversation is stored yet. Begin one with: rag chat")
        return last[0]
    found = [one for one in history.conversations(OWNER, limit=-1) if which and one.id.startswith(which.strip().lower())]
    if len(found) == 1:
        return found[0]
    wrong = f"{len(found)} conversations have an id that begins with {which!r}" if found else f"No conversation has the id {which!r}"
    raise NotFoundError(f"{wrong}. See all of them with: rag chat --list")


def print_conversations(records: Sequence[ConversationRecord], *, numbered: bool = False) -> None:
    """A line each: number or id, when it was used last, how many turns, title."""
    if not records:
        say("No conversation is stored yet.")
    for number, one in enumerate(records, start=1):
        lead = f"{number:>3}  " if numbered else f"{one.id[:12]}  "
        print_block(
            output(), Text(f"{one.updated[:16].replace('T', ' ')}  {pluralize(one.turns, 'turn'):>8}  {display_text(one.title)}"), lead=lead
        )


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
