"""A program's own object as a language model: called in a thread, within the bounds of the question, its failures told as ours."""

from __future__ import annotations

import inspect
import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from rag.llm.failures import Scrub
from rag.llm.protocol import MOST_TEXT
from rag.llm.records import Call, Message, Reply, Restart, Usage
from rag.llm.taken import Taken
from rag.model import ModelError, Settings

log = logging.getLogger(__name__)

_LOOK = 0.05  # seconds between two looks at whether a call was stopped or is too late
_PLAIN = Taken(form="plain")  # whoever cannot be told a schema is told it in words
_scrub = Scrub()


class TextModel(Protocol):
    """What a program's own model must have: this method. It may also have a `name`, which answers then tell."""

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None, max_tokens: int) -> str | Iterator[str]:
        """The reply to messages of "role" and "content", whole or in pieces as they come.

        With a `schema` (JSON Schema) it should be a JSON object that follows it; the messages say so in words as well. Called from
        several threads, from at most `RAG_MODEL_CONCURRENCY` at a time. When an answer is stopped, an iterator is closed at its next piece.
        Whatever it raises ends the reply; nothing is asked twice.
        """
        ...


class ObjectModel:
    """A `TextModel` as a `LanguageModel`: with a deadline, a bound on concurrent calls, and a way to stop. Share it between threads."""

    def __init__(self, model: TextModel, settings: Settings, *, kind: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        """`kind` is what messages call it, by default its class."""
        self._model, self._settings, self._clock = model, settings, clock
        self._kind = kind or type(model).__name__
        self._gate = threading.BoundedSemaphore(settings.model_concurrency)

    @property
    def name(self) -> str:
        """Its `name` where it has one, else its class."""
        name = getattr(self._model, "name", None)
        return name if isinstance(name, str) and name else self._kind

    @property
    def host(self) -> str:
        """Its class: where it sends what it is given, it alone knows."""
        return self._kind

    def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, call: Call, max_tokens: int | None = None
    ) -> Reply:
        """Ask, and wait for the whole reply; the last item of `stream`, which see."""
        *_, reply = self.stream(messages, schema=schema, call=call, max_tokens=max_tokens)
        assert isinstance(reply, Reply)
        return reply

    def stream(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, call: Call, max_tokens: int | None = None
    ) -> Iterator[str | Restart | Reply]:
        """Ask, and give the reply piece by piece; the last item is the whole Reply.

        What it raises is a ModelError where nothing came before, else the reply is incomplete ("cut"). Tokens are estimated: one for
        four characters.
        """
        if call.spent:
            raise ModelError(
                f"This question has used {call.usage.total:,} tokens of the {call.tokens:,} that RAG_QUESTION_TOKENS allows. "
                "Ask something narrower, or raise it."
            )
        until = self._clock() + self._settings.model_deadline
        asked = _PLAIN.body(self._kind, messages, schema, 1)["messages"]
        run = _Run(lambda: self._pieces(asked, schema, max_tokens or self._settings.reply_tokens), self._gate)
        said: list[str] = []
        why = "stopped"
        try:
            why = yield from self._followed(run, said, call, until)
        finally:
            run.left = True
            usage = Usage(1, len(json.dumps(asked)) // 4 + 1, sum(map(len, said)) // 4)
            call.add(usage)
        yield self._reply("".join(said), why, run.error if why == "cut" else None, usage)

    def cost(self, usage: Usage) -> float | None:
        """None: what it costs is not known."""
        return None

    def close(self) -> None:
        """Nothing: it is its owner's to close."""

    def __repr__(self) -> str:
        return f"ObjectModel({self._kind})"

    def _pieces(self, messages: Sequence[Message], schema: Mapping[str, Any] | None, tokens: int) -> Iterator[str]:
        """What the object gives; raises TypeError for what is no text, and whatever it raises itself."""
        said: object = self._model.complete(messages, schema=schema, max_tokens=tokens)
        pieces = [said] if isinstance(said, str) else said
        if not isinstance(pieces, Iterable) or isinstance(pieces, bytes | Mapping):
            if inspect.iscoroutine(pieces):
                pieces.close()
            raise TypeError(f"complete gave {_a(said)} where text, or an iterator of its pieces, was expected")
        for piece in pieces:
            if not isinstance(piece, str):
                raise TypeError(f"complete gave {_a(piece)} where a piece of text was expected")
            yield piece

    def _followed(self, run: _Run, said: list[str], call: Call, until: float) -> Generator[str, None, str]:
        """The pieces as they come, into `said` as well; returns why there are no more, "" where the reply is whole."""
        length = 0
        while length < MOST_TEXT:
            if call.stopped:
                return "stopped"
            if self._clock() > until:
                return "late"
            try:
                piece = run.queue.get(timeout=_LOOK)
            except Empty:
                continue
            if piece is None:
                return "" if run.error is None else "cut"
            length += len(piece)
            said.append(piece)
            yield piece
        return "length"

    def _reply(self, text: str, why: str, error: BaseException | None, usage: Usage) -> Reply:
        if error is not None:
            failed = f"{self._kind}, the model that was given, failed with {type(error).__name__}: {_scrub(str(error))}."
            frames = traceback.extract_tb(error.__traceback__)  # their places alone: lines of code may hold a key
            log.warning("%s\n%s", failed, "\n".join(f"  {one.filename}:{one.lineno} in {one.name}" for one in frames))
            if not text.strip():
                raise ModelError(failed) from error
        if why == "late" and not text.strip():
            raise ModelError(
                f"{self._kind}, the model that was given, did not finish within {self._settings.model_deadline:g} seconds "
                "(RAG_MODEL_DEADLINE). Ask again later, or raise it."
            )
        if not why and not text.strip():
            raise ModelError(f"{self._kind}, the model that was given, gave an empty reply.")
        return Reply(text, not why, usage, self.name, why)


class _Run:
    """A call under way in its own thread. `queue` gets the pieces, and None at the end; `error` is then what it ended with.

    Once it is `left`, it ends at the next piece; a call that gives none cannot be ended from outside, and nobody waits for it.
    """

    def __init__(self, work: Callable[[], Iterator[str]], gate: threading.BoundedSemaphore) -> None:
        self.queue: SimpleQueue[str | None] = SimpleQueue()
        self.error: BaseException | None = None
        self.left = False
        self._gate = gate
        threading.Thread(target=copy_context().run, args=(self._run, work), name="rag.llm", daemon=True).start()

    def _run(self, work: Callable[[], Iterator[str]]) -> None:
        try:
            with self._gate:
                for piece in () if self.left else work():
                    self.queue.put(piece)
                    if self.left:
                        return
        except BaseException as error:  # noqa: BLE001 - raised on as a ModelError by whoever follows
            self.error = error
        finally:
            self.queue.put(None)


class LlamaIndexModel:
    """A LlamaIndex LLM as a `TextModel`. Its own settings bound how much it writes."""

    def __init__(self, llm: Any) -> None:
        self._llm = llm

    @property
    def name(self) -> str:
        """The model's name in its metadata; its class where that says nothing."""
        name = getattr(self._llm.metadata, "model_name", "")
        return name if name and name != "unknown" else type(self._llm).__name__

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None, max_tokens: int) -> Iterator[str]:
        """The reply in pieces; whole from an LLM that does not stream."""
        from llama_index.core.base.llms.types import ChatMessage

        asked = [ChatMessage(role=one["role"], content=one["content"]) for one in messages]
        length = 0
        try:
            for part in self._llm.stream_chat(asked):
                whole = part.message.content or ""
                piece = part.delta if part.delta is not None else whole[length:]
                length += len(piece)
                yield piece
        except NotImplementedError:
            if length:
                raise
            yield self._llm.chat(asked).message.content or ""


def _a(thing: object) -> str:
    return f"something of type {type(thing).__name__}"
