"""A model that writes, at any OpenAI-compatible server."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rag.llm import records
from rag.llm.circuit import Circuit
from rag.llm.endpoint import Endpoint, LateError, StoppedError
from rag.llm.failures import PassingError, RefusedError, Sleep, UnknownModelError, UnreachableError, attempts, given_up
from rag.llm.protocol import Said, TooMuchError, is_whole_object, nothing_said, read_chat
from rag.llm.records import Call, Message, Reply, Restart, Usage
from rag.llm.repetition import repeats
from rag.llm.taken import MEMORY, Forms, Taken
from rag.model import ModelError, Settings

log = logging.getLogger(__name__)

ANNOUNCEMENT = "Answers are written by {model} at {host}: the question, earlier turns and the retrieved abstracts are sent there."

_LOOKED_AT = 400  # characters of a reply, after which it is looked at for repetition

_WHY = {  # what OpenAI, Mistral, Anthropic and Google call an end that is none of the model's own
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "filtered",
    "safety": "filtered",
    "prohibited_content": "filtered",
    "refusal": "filtered",
}


class RepeatedError(Exception):
    """The model says the same again and again."""


class ChatModel:
    """A model that writes, asked with retries, time limits, and a bound on concurrent calls. Share it between threads."""

    def __init__(
        self, settings: Settings, endpoint: Endpoint, sleep: Sleep, clock: Callable[[], float], announce: Callable[[str], None] | None
    ):
        self._settings, self._endpoint, self._sleep, self._clock, self._announce = settings, endpoint, sleep, clock, announce
        self._name = settings.model or (
            records.DEFAULT_MODEL if settings.openai_base_url is None or endpoint.host == "api.openai.com" else ""
        )
        self._naming = threading.Lock()
        self._circuit = Circuit(endpoint.host, clock, sleep, endpoint.reachable)

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        sleep: Sleep = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        announce: Callable[[str], None] | None = None,
        client: Any = None,
    ) -> ChatModel:
        """The model that the settings name; makes no request.

        `announce` is told once in a process where texts are sent; by default it goes to stderr. `client` is an `openai.OpenAI` for
        the settings' address, whose connections are used and which is not closed. Raises SettingsError for an address or a key that
        cannot be one.
        """
        return cls(settings, Endpoint(settings, clock, client), sleep, clock, announce)

    @property
    def host(self) -> str:
        """Where it is served, "host" or "host:port"."""
        return self._endpoint.host

    @property
    def name(self) -> str:
        """The model; without `RAG_MODEL`, the first one for text that the server lists. Raises ModelError where it lists none."""
        until = self._clock() + self._settings.model_deadline
        try:
            return self._named(Call(1), until)
        except PassingError as failure:
            raise ModelError(given_up(failure, until, self._clock, self._settings)) from None
        except (RefusedError, LateError, TooMuchError):
            raise ModelError(f"{self.host} does not list its models. Set RAG_MODEL to the name of one.") from None

    def _named(self, call: Call, until: float) -> str:
        with self._naming:
            if not self._name:
                listed: list[str] = []
                for attempt in attempts(self._settings, call, until, self._clock, self._sleep):
                    with attempt:
                        listed = self._endpoint.models(call, until)
                if not listed:
                    raise ModelError(f"{self.host} lists no model. Load one there, or set RAG_MODEL to the name of one.")
                self._name = next((one for one in listed if "embed" not in one.lower()), listed[0])
            return self._name

    def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, call: Call, max_tokens: int | None = None
    ) -> Reply:
        """Ask, and wait for the whole reply; the last item of `stream`, which see."""
        reply = None
        for item in self.stream(messages, schema=schema, call=call, max_tokens=max_tokens):
            reply = item
        assert isinstance(reply, Reply)
        return reply

    def stream(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, call: Call, max_tokens: int | None = None
    ) -> Iterator[str | Restart | Reply]:
        """Ask, and give the reply piece by piece; the last item is the whole Reply.

        With a `schema` (JSON Schema) the reply is asked for as an object that follows it, as strictly as the server can; a
        server that cannot may say anything. Restart comes when a reply was cut and is asked for again. A reply that stays
        cut is given as far as it came; where nothing came, ModelError says why and what to do.
        """
        return _Asking(self, messages, schema, call, max_tokens or self._settings.reply_tokens).run()

    def cost(self, usage: Usage) -> float | None:
        """US dollars, from a dated table of prices; None for a model that is not in it, and at hosts that are not OpenAI's or Azure's."""
        if not self.host.endswith(("openai.com", ".azure.com")):
            return None
        return records.cost(self._name, usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens)

    def close(self) -> None:
        """Give the connections back."""
        self._circuit.close()
        self._endpoint.close()

    def __repr__(self) -> str:
        return f"ChatModel({self._name!r} at {self.host})"


class _Asking:
    """One reply in the making: its attempts, and the most that any of them brought."""

    def __init__(self, model: ChatModel, messages: Sequence[Message], schema: Mapping[str, Any] | None, call: Call, tokens: int) -> None:
        self._model, self._messages, self._schema, self._call, self._tokens = model, messages, schema, call, tokens
        self._settings, self._clock, self._endpoint = model._settings, model._clock, model._endpoint
        self._until = self._clock() + self._settings.model_deadline
        self._usage = Usage()
        self._said, self._told = Said(), 0  # and how many characters of it were given
        self._forms = Forms()
        self._best = ""
        self._name = ""

    def run(self) -> Iterator[str | Restart | Reply]:
        """The pieces, and the whole reply."""
        try:
            self._check_budget()
            self._model._circuit.check()
            self._name = self._model._named(self._call, self._until)
            self._endpoint.announce(self._name, ANNOUNCEMENT, self._model._announce)
            yield from self._tries()
        except StoppedError:
            yield self._incomplete("stopped")
        except RepeatedError:
            yield self._incomplete("repeats")
        except (TooMuchError, LateError) as end:
            if isinstance(end, LateError) and not self._kept():
                self._model._circuit.failed()
                raise ModelError(
                    f"{self._endpoint.host} did not finish within {self._settings.model_deadline:g} seconds (RAG_MODEL_DEADLINE). "
                    "Ask again later, or raise it."
                ) from None
            yield self._incomplete("length" if isinstance(end, TooMuchError) else "late")
        except PassingError as failure:
            if not self._kept():
                self._model._circuit.failed()
                raise ModelError(given_up(failure, self._until, self._clock, self._settings)) from None
            yield self._incomplete("cut")
        except RefusedError as refused:
            raise ModelError(f"{self._endpoint.host} does not list its models: {refused}. Set RAG_MODEL to the name of one.") from None
        except ModelError as error:
            if isinstance(error, UnreachableError):
                self._model._circuit.unreachable(str(error))
            if self._kept():
                yield self._incomplete("cut")
            elif isinstance(error, UnknownModelError):
                raise ModelError(f"{error}. {self._known_models()}") from None
            else:
                raise

    def _tries(self) -> Iterator[str | Restart | Reply]:
        for attempt in attempts(self._settings, self._call, self._until, self._clock, self._model._sleep):
            with attempt:
                if self._call.stopped:
                    raise StoppedError
                if self._said.pieces:
                    self._kept()
                    yield Restart()
                yield from self._once()
                self._model._circuit.worked()
                yield self._reply()

    def _once(self) -> Iterator[str]:
        """One attempt; what the server does not take is left out, and the request made again at once."""
        while True:
            self._check_budget()
            known = MEMORY.of(self._endpoint.url, self._name, own=self._endpoint.own)
            taken = self._forms.tried(known)
            body = taken.body(self._name, self._messages, self._schema, self._tokens)
            try:
                yield from self._request(body)
            except RefusedError as refused:
                self._leave_out(refused, taken, known, body)
            except PassingError as failure:
                if failure.crashed and not self._said.pieces and not self._endpoint.own:
                    self._forms.lower(taken, body)  # for the next attempt
                raise
            else:
                if taken != known:
                    MEMORY.learn(self._endpoint.url, self._name, taken)
                return

    def _leave_out(self, refused: RefusedError, taken: Taken, known: Taken, body: Mapping[str, Any]) -> None:
        """See to it that the next request lacks what the server objects to; raises ModelError where nothing is left to try."""
        less = None if self._said.pieces else taken.without(refused, body)
        if less is not None:
            MEMORY.learn(self._endpoint.url, self._name, self._forms.learned(less, taken, known))
        elif self._said.pieces or not self._forms.lower(taken, body):
            raise ModelError(f"{self._endpoint.host} refuses the request ({refused.status}): {refused.words}. Check RAG_MODEL.") from None

    def _request(self, body: dict[str, Any]) -> Iterator[str]:
        said, self._told = Said(), 0
        self._said = said

        def read(chunks: Iterable[bytes], kind: str) -> Iterator[str]:
            return read_chat(said, chunks, kind, self._endpoint.host, self._endpoint.scrub)

        answered, looked = True, 0
        try:
            for piece in self._endpoint.exchange(
                lambda client: client.chat.completions.with_streaming_response.create(**body),
                read,
                self._call,
                self._until,
                enough=self._is_told,
            ):
                yield piece
                self._told += len(piece)  # more may have come already
                if self._told - looked > _LOOKED_AT:
                    looked = self._told
                    if repeats(said.text[: self._told]):
                        raise RepeatedError
        except (PassingError, ModelError, RefusedError) as failure:
            answered = bool(said.pieces)
            if not self._is_whole() or not isinstance(failure, PassingError):
                raise
        finally:
            self._count(said.usage(len(json.dumps(body))) if answered else Usage(1))
        if not self._is_whole():
            raise PassingError(f"{self._endpoint.host} broke its reply off")
        if not said.text.strip() and said.finish not in _WHY and not said.refused:
            raise nothing_said(self._endpoint.host)

    def _is_whole(self) -> bool:
        """True where the reply has ended: it says so, or is the object that was asked for; some servers never say so."""
        return bool(self._said.finish) or (self._schema is not None and is_whole_object(self._said.text))

    def _is_told(self) -> bool:
        """True where it has ended and all of it was given; in this order, as the rest may come at this moment."""
        return self._is_whole() and self._told >= self._said.length

    def _count(self, usage: Usage) -> None:
        self._usage += usage
        self._call.add(usage)
        log.debug("%s at %s: %d tokens in, %d out", self._name, self._endpoint.host, usage.prompt_tokens, usage.completion_tokens)

    def _reply(self) -> Reply:
        why = "filtered" if self._said.refused else _WHY.get(self._said.finish, "")
        text = "" if why == "filtered" else self._said.text
        return Reply(text, not why, self._usage, self._said.model or self._name, why)

    def _incomplete(self, why: str) -> Reply:
        return Reply(self._kept(), False, self._usage, self._said.model or self._name, why)

    def _kept(self) -> str:
        """The most that an attempt has brought so far; blanks are nothing."""
        self._best = max(self._best, self._said.text, key=len)
        return self._best if self._best.strip() else ""

    def _check_budget(self) -> None:
        if self._call.spent:
            raise ModelError(
                f"This question has used {self._call.used:,} tokens of the {self._call.tokens:,} that RAG_QUESTION_TOKENS allows. "
                "Ask something narrower, or raise it."
            )

    def _known_models(self) -> str:
        try:
            listed = self._endpoint.models(self._call, self._until)
        except (ModelError, PassingError, RefusedError, LateError, TooMuchError, StoppedError):
            listed = []
        if not listed:
            return "Check RAG_MODEL and OPENAI_BASE_URL (it mostly ends in /v1)."
        more = f" and {len(listed) - 10} more" if len(listed) > 10 else ""
        return f"Set RAG_MODEL (now {self._name!r}) to one that it lists: {', '.join(listed[:10])}{more}."
