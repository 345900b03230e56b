"""What runs and answers under way tell those who follow them: events, progress, log, trace; the clock, and jobs to follow."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition, Thread
from threading import Event as Stop
from typing import Any, Literal, Protocol

from rag.model.answers import Answer
from rag.model.records import Citation, Claim, Hit, TraceStep

# What an answer under way tells those who follow it.


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer: what was found, each claim with its citations as it is checked, a restart, at the end the whole answer.

    `hits` are the abstracts that were found, best first; the answer draws on the first `RAG_TOP_K` of them.

    `position` is where a claim belongs among those told so far (one that was repaired may belong before others). Until the
    answer is whole its citation numbers are provisional. "restart" says that the claims told so far are void. A "note" is a line for those
    who wait: what was searched for, how much is read.
    """

    kind: Literal["found", "note", "claim", "restart", "answer"]
    hits: tuple[Hit, ...] = ()
    claim: Claim | None = None
    citations: tuple[Citation, ...] = ()
    position: int = 0
    answer: Answer | None = None
    note: str = ""


def as_events(answer: Answer) -> list[Event]:
    """A finished answer as events."""
    cited = {one.number: one for one in answer.citations}
    claims = [
        Event("claim", claim=claim, citations=tuple(cited[number] for number in claim.citations), position=position)
        for position, claim in enumerate(answer.claims)
    ]
    return [*claims, Event("answer", answer=answer)]


# How a long run tells how far it is.

Stage = Literal["read", "merge", "embed", "index"]


class Progress(Protocol):
    """Called often, from the thread that indexes. `done` of `total` files are read, works merged, texts embedded, or passages indexed.

    A large file counts as one a megabyte.
    """

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        """Take note; must return quickly."""
        ...


def silent(stage: Stage, done: int, total: int) -> None:
    """No progress is shown."""


# What time it is, as something that a test can set.

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, with UTC as its zone."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """A moment as it is stored: ISO 8601 in UTC, to the second. Stamps sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


# An answer under way in a thread of its own: it can be followed, followed again from the start, and stopped from any thread.


class Job:
    """One answer that is being made.

    `work` gets the stop event and gives the steps, the last of which holds the answer; it runs at once, in a daemon thread, with the
    context variables of whoever started it (the current span of OpenTelemetry is one).
    """

    def __init__(self, work: Callable[[Stop], Iterator[Event]]) -> None:
        self._steps: list[Event] = []
        self._changed = Condition()
        self._stop = Stop()
        self._error: BaseException | None = None
        self._done = False
        self._listeners: list[Callable[[], object]] = []
        self._thread = Thread(target=copy_context().run, args=(self._run, work), name="answer", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """True once there is an answer or an error."""
        with self._changed:
            return self._done

    @property
    def steps(self) -> tuple[Event, ...]:
        """What was told since the last restart."""
        with self._changed:
            last = max((index for index, step in enumerate(self._steps) if step.kind == "restart"), default=-1)
            return tuple(self._steps[last + 1 :])

    @property
    def told(self) -> int:
        """How much was told so far; the same number means that there is nothing new."""
        with self._changed:
            return len(self._steps)

    @property
    def error(self) -> BaseException | None:
        """What the work raised, None where it raised nothing or goes on."""
        with self._changed:
            return self._error if self._done else None

    def stop(self) -> None:
        """Ask it to end; what was checked so far becomes the answer, said to be incomplete."""
        self._stop.set()

    def follow(self, start: int = 0) -> Iterator[Event]:
        """All steps from the given one on, those told already and those to come, until the answer. Raises what the work raised."""
        index = start
        while True:
            with self._changed:
                while len(self._steps) <= index and not self._done:
                    self._changed.wait()
            fresh, done = self._since(index)
            yield from fresh
            index += len(fresh)
            if done:
                return

    async def afollow(self, start: int = 0) -> AsyncGenerator[Event, None]:
        """`follow` for asynchronous programs: nothing waits in the event loop's thread. Who leaves it does not stop the job."""
        import asyncio  # takes a moment, and `import rag` has no need of it

        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(changed.set)

        index = start
        with self._listened(tell):
            while True:
                changed.clear()
                fresh, done = self._since(index)
                for step in fresh:
                    yield step
                index += len(fresh)
                if done:
                    return
                if not fresh:
                    await changed.wait()

    def answer(self, timeout: float | None = None) -> Answer:
        """Wait for the answer. Raises TimeoutError after `timeout` seconds, and whatever the work raised."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._done, timeout):
                raise TimeoutError(f"There is no answer yet after {timeout} seconds.")
            if self._error is not None:
                raise self._error
            answer = self._steps[-1].answer
        assert answer is not None, "the last step of an answer holds it"
        return answer

    def _since(self, index: int) -> tuple[list[Event], bool]:
        """The steps from one on, and whether these were all; raises what the work raised once there are no more."""
        with self._changed:
            fresh, done = self._steps[index:], self._done
        if done and not fresh and self._error is not None:
            raise self._error
        return fresh, done and not fresh

    @contextmanager
    def _listened(self, tell: Callable[[], object]) -> Iterator[None]:
        """Have `tell` called, from the thread of the job, whenever there is a step more or it is done."""
        with self._changed:
            self._listeners.append(tell)
        try:
            yield
        finally:
            with self._changed:
                self._listeners.remove(tell)

    def _run(self, work: Callable[[Stop], Iterator[Event]]) -> None:
        try:
            for step in work(self._stop):
                with self._changed:
                    self._steps.append(step)
                    self._tell()
        except BaseException as error:  # noqa: BLE001 - handed on to those who wait for the answer
            self._error = error
        finally:
            with self._changed:
                self._done = True
                self._tell()

    def _tell(self) -> None:
        self._changed.notify_all()
        for tell in self._listeners:
            tell()


# The log of a program that is run: warnings on stderr, and with more to say every line of ours. Libraries only write to loggers.

PACKAGES = "rag", "ui", "eval"


class _Stderr(logging.Handler):
    """Writes to what is standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def log_to_stderr(*, verbose: bool = False) -> None:
    """Print warnings of our packages as they are; with `verbose`, every line, with its time, level and logger."""
    handler = _Stderr()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s" if verbose else "%(message)s"))
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
        for before in [one for one in logger.handlers if isinstance(one, _Stderr)]:
            logger.removeHandler(before)
        logger.addHandler(handler)


# How an answer came about, stage by stage; each stage is an OpenTelemetry span as well.

Facts = Mapping[str, Any]  # JSON-ready values by name


class Notes:
    """What is noted of a stage under way."""

    def __init__(self) -> None:
        self.told: Callable[[], Facts] = dict

    def tell(self, facts: Callable[[], Facts]) -> None:
        """What to note of the stage; called only where somebody wants to know."""
        self.told = facts


class Trace:
    """The stages of one answer. They are kept where `kept`, and are spans of OpenTelemetry, whose exporter is the program's own."""

    def __init__(self, *, kept: bool = False) -> None:
        from opentelemetry import trace  # takes a moment, and `import rag` has no need of it

        self._kept = kept
        self._steps: list[TraceStep] = []
        self._tracer = trace.get_tracer("rag")
        self._parent = trace.get_current_span()
        self._in_parent = trace.set_span_in_context(self._parent)

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        """The stages so far."""
        return tuple(self._steps)

    @contextmanager
    def stage(self, name: str) -> Iterator[Notes]:
        """Time a stage, as the span "rag.<name>"; what it raises is noted in the span and raised on."""
        stage, started = Notes(), time.perf_counter()
        # Not made the current span: answers are generators, which may end in another context than they began in.
        span = self._tracer.start_span(f"rag.{name}", context=self._in_parent)
        try:
            yield stage
        except Exception as error:
            span.record_exception(error)
            raise
        finally:
            if self._kept or span.is_recording():
                facts = stage.told()
                span.set_attributes({f"rag.{key}": _attribute(value) for key, value in facts.items()})
                if self._kept:
                    self._steps.append(TraceStep(name, facts, time.perf_counter() - started))
            span.end()


def _attribute(value: Any) -> str | bool | int | float:
    """A value as spans take it."""
    return value if isinstance(value, str | bool | int | float) else str(value)
