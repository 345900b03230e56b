"""A conversation: questions asked one after another, each with those before in mind, and stored as they are answered."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Event as Stop
from typing import Any, Protocol

from rag.chat.history import QUESTION, History
from rag.chat.turns import ConversationRecord, Turn, messages, partial
from rag.model import Answer, Event, Job, NotFoundError, RagError, Settings
from rag.questions import asks_of_visit, one_line

log = logging.getLogger(__name__)

# The last visit of a user, from the times of stored questions.

_BETWEEN = timedelta(hours=1)  # without a question: what comes after is another visit
_LOOKED_AT = 1000  # questions


def last_visit(history: History, owner: str, now: datetime | None = None) -> datetime | None:
    """When the owner asked the last question of the visit before this one; None where no earlier visit is stored.

    This visit is the run of questions up to `now`, or to the last one that is stored, that stand less than an hour apart.
    """
    query = (
        "SELECT t.started FROM turns t JOIN conversations c ON c.number = t.conversation WHERE c.owner = ? ORDER BY t.started DESC LIMIT ?"
    )
    with history.reading() as connection:
        rows = connection.execute(query, (owner, _LOOKED_AT)).fetchall()
    times = [*([now] if now else []), *(datetime.fromisoformat(row["started"]) for row in rows)]
    return next((earlier for later, earlier in pairwise(times) if later - earlier >= _BETWEEN), None)


# A conversation: questions asked in turn, each with the turns before it as context, and stored as they are answered.


class Answerer(Protocol):
    """What a conversation needs of `rag.assistant.Assistant`, which stands above it."""

    settings: Settings

    @property
    def stream(self) -> Callable[..., Iterator[Event]]:
        """Called with a question, its history, `stop` and options: an answer as events, the last of which holds it."""
        ...


class Conversation:
    """One owner's conversation with an assistant, resumed by its id; without one it is stored with its first question.

    All state is in the history: two of these with the same id are the same conversation.
    """

    def __init__(self, assistant: Answerer, history: History, owner: str, conversation_id: str | None = None) -> None:
        """Raises NotFoundError where the id is another owner's or nobody's."""
        self._assistant = assistant
        self._history = history
        self.owner = owner
        self.id = conversation_id
        if conversation_id is not None:
            history.get(conversation_id, owner)

    @property
    def record(self) -> ConversationRecord | None:
        """What is stored about the conversation, None before its first question. Raises NotFoundError where it was deleted."""
        return None if self.id is None else self._history.get(self.id, self.owner)

    @property
    def title(self) -> str:
        """Its title, "" before its first question."""
        record = self.record
        return record.title if record else ""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, oldest first."""
        return () if self.id is None else self._history.turns(self.id, self.owner)

    def rename(self, title: str) -> None:
        """Give it a title; raises NotFoundError before its first question."""
        if self.id is None:
            raise NotFoundError("This conversation has no question yet, and so nothing to name.")
        self._history.rename(self.id, self.owner, title)

    def ask(self, question: str, *, on_event: Callable[[Event], None] | None = None, stop: Stop | None = None, **options: Any) -> Answer:
        """Answer a question, storing it claim by claim; `options` are those of `Assistant.ask`.

        `on_event` is called with each event after it was stored. `stop` is handed to the assistant; an answer that it cut
        short is stored as stopped, with the claims so far. What the assistant raises is stored and raised. Raises
        QuestionError, and stores nothing, where there is no question.
        """
        return self._ask(question, self.turns, on_event, stop, options)

    def start(self, question: str, **options: Any) -> tuple[str, Job]:
        """`ask` in a thread of its own: the id of the turn, which is stored at once, and the job to follow and to stop.

        Raises QuestionError, and stores nothing, where there is no question.
        """
        before = self.turns
        asked, turn = self._begin(question, options)
        return turn, Job(lambda stop: self._steps(turn, asked, before, stop, options))

    def again(self, *, on_event: Callable[[Event], None] | None = None, stop: Stop | None = None, **options: Any) -> Answer:
        """Ask the last question again and put the new turn in the place of the old; raises NotFoundError where there is none."""
        turns = self.turns
        if not turns:
            raise NotFoundError("Nothing was asked yet.")
        answer = self._ask(turns[-1].question, turns[:-1], on_event, stop, options)
        self._history.delete_turn(turns[-1].id, self.owner)
        return answer

    def start_again(self, question: str, **options: Any) -> tuple[str, Job]:
        """`start` in the place of the last turn, which goes once the new one is stored; raises NotFoundError where there is none."""
        turns = self.turns
        if not turns:
            raise NotFoundError("Nothing was asked yet.")
        asked, turn = self._begin(question, options)
        self._history.delete_turn(turns[-1].id, self.owner)
        return turn, Job(lambda stop: self._steps(turn, asked, turns[:-1], stop, options))

    def _ask(
        self,
        question: str,
        before: tuple[Turn, ...],
        on_event: Callable[[Event], None] | None,
        stop: Stop | None,
        options: dict[str, Any],
    ) -> Answer:
        asked, turn = self._begin(question, options)
        answer = None
        for step in self._steps(turn, asked, before, stop, options):
            if on_event is not None:
                on_event(step)
            answer = step.answer or answer
        assert answer is not None, "the last step of an answer holds it"
        return answer

    def _begin(self, question: str, options: dict[str, Any]) -> tuple[str, str]:
        """The question as it is asked, and the id of its turn, which keeps it as it was typed."""
        asked = one_line(question)
        typed = question if len(question) <= QUESTION else asked
        if self.id is None:
            self.id = self._history.create(self.owner).id
        return asked, self._history.begin_turn(self.id, self.owner, typed, {name: _plain(value) for name, value in options.items()})

    def _steps(self, turn: str, asked: str, before: tuple[Turn, ...], stop: Stop | None, options: dict[str, Any]) -> Iterator[Event]:
        """The events of an answer, each after it was stored; the last one has the answer, or what there is of one that was stopped."""
        try:
            if asks_of_visit(asked):
                options = options | {"visited": last_visit(self._history, self.owner)}
            events = self._assistant.stream(asked, messages(before, self._assistant.settings.history_tokens), stop=stop, **options)
            with _closing(events):
                answer = yield from self._stored(turn, events)
            yield Event("answer", answer=self._ended(turn, answer, stop))
        except RagError as error:
            self._failed(turn, str(error))
            raise
        except (KeyboardInterrupt, SystemExit, GeneratorExit):  # Ctrl-C, or the thread is told to end
            self._history.stop(turn)
            raise
        except BaseException as error:  # a panic in a library that is written in Rust is no Exception
            number = secrets.token_hex(4)
            log.error("Error %s in an answer", number, exc_info=error)
            self._failed(turn, f"Something went wrong ({type(error).__name__}). Look for error {number} in the log of rag ui.")
            raise

    def _failed(self, turn: str, message: str) -> None:
        try:
            self._history.fail(turn, message)
        except RagError as error:  # what failed is raised; that it cannot be stored is no reason to lose it
            log.error("The end of an answer could not be stored: %s It was: %s", error, message)

    def _stored(self, turn: str, events: Iterator[Event]) -> Generator[Event, None, Answer | None]:
        position, answer = 0, None
        for event in events:
            if event.kind == "restart":
                self._history.clear_claims(turn)
                position = 0
            elif event.claim is not None:
                self._history.add_claim(turn, position, event.claim, event.citations)
                position += 1
            if event.answer is None:
                yield event
            answer = event.answer or answer
        return answer

    def _ended(self, turn: str, answer: Answer | None, stop: Stop | None) -> Answer:
        stopped = answer is None or (answer.incomplete and stop is not None and stop.is_set())
        if stopped:
            self._history.stop(turn, answer)
        elif answer is not None:
            self._history.finish(turn, answer)
        return answer or partial(self._history.turn(turn, self.owner))


@contextmanager
def _closing(events: Iterator[Event]) -> Iterator[None]:
    """End an answer that is not read to its end: what failed is kept for a while, and with it the index that it reads would be."""
    try:
        yield
    finally:
        if isinstance(events, Generator):
            events.close()


def _plain(value: Any) -> Any:
    """An option as JSON can hold it."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
