"""One address of a model service: its client, its key, who may ask at a time, and a request that can be given up at any moment."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.llm.address import read_address
from rag.llm.failures import FailedStatus, PassingError, RefusedError, Scrub, of_connection, of_status
from rag.llm.protocol import MOST_BYTES, MOST_DOCUMENT, TooMuchError, parsed, whole
from rag.llm.records import Call
from rag.model import ModelError, Settings, SettingsError, leave_behind, tell_forks

OPENAI = "https://api.openai.com/v1"
_NO_KEY = "none"  # the client insists on one; keyless servers ignore it
_REST = 16  # chunks after the end of a reply that are read
_LOOK = 0.05  # seconds between two looks at whether a call was stopped or is too late

Send = Callable[[Any], Any]  # from the client to the context manager of a response that is not read yet
Read = Callable[[Iterable[bytes], str], Iterator[Any]]  # from the bytes and the content type of a reply to what is made of them

_gates: dict[tuple[str, int], threading.BoundedSemaphore] = {}
_told: set[tuple[str, str, str]] = set()
_lock = threading.Lock()


class StoppedError(Exception):
    """`Call.stop` was set."""


class LateError(Exception):
    """The time for the whole call is over."""


class Endpoint:
    """Where the settings say that models are served. Makes no request and imports no client before the first one."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic, client: Any = None) -> None:
        """`client` is somebody's own for this address, to be used in the place of ours. Raises SettingsError for an address or a key
        that cannot be one."""
        self._address = read_address(settings.openai_base_url or OPENAI)
        self.url, self.host = self._address.url, self._address.host
        self.own = self.host == "api.openai.com" or self.host.endswith((".openai.com", ".openai.azure.com"))
        self._key = settings.openai_api_key or SecretStr(_NO_KEY)
        self.scrub = Scrub(_checked(self._key), *self._address.secrets)
        self._settings = settings
        self._clock = clock
        self._given = client
        self._opened: Any = None
        self._closing: Callable[[], object] = lambda: None  # a client that was given is its owner's to close
        self._opening = threading.Lock()
        with _lock:
            self._gate = _gates.setdefault((self.url, settings.model_concurrency), threading.BoundedSemaphore(settings.model_concurrency))
        tell_forks(self)

    def after_fork(self) -> None:
        """In a child, a client of its own: on a connection that two processes share, each may read the other's reply."""
        leave_behind(self._opened, getattr(self._closing, "detach", lambda: None)())
        self._opened, self._closing, self._opening = None, lambda: None, threading.Lock()
        self._gate = threading.BoundedSemaphore(self._settings.model_concurrency)

    def exchange(self, send: Send, read: Read, call: Call, until: float, enough: Callable[[], bool] = lambda: False) -> Iterator[Any]:
        """Make one request and give what `read` makes of the reply, as it comes.

        The request runs in a thread of its own: this ends at once, whatever the server does, with StoppedError or LateError. When `enough`,
        which is asked where nothing came for a second, an ending that does not come is not waited for, nor what was read and not given yet.
        Raises PassingError, RefusedError or ModelError, and TooMuchError.
        """
        self._enter(call, until)
        try:
            request = _Request(self, send, read)
            try:
                yield from self._follow(request, call, until, enough)
            finally:
                request.leave()
        finally:
            self._gate.release()

    def document(self, send: Send, call: Call, until: float, most: int = MOST_BYTES) -> Any:
        """Make one request whose reply is a JSON object of at most so many bytes."""
        return next(self.exchange(send, lambda chunks, kind: iter([parsed(whole(chunks, most), self.host)]), call, until))

    def models(self, call: Call, until: float) -> list[str]:
        """The names of the models that the server lists; raises as `exchange` does."""
        data = self.document(lambda client: client.models.with_streaming_response.list(), call, until, MOST_DOCUMENT)
        rows = data.get("data")
        return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")] if isinstance(rows, list) else []

    def announce(self, model: str, sentence: str, tell: Callable[[str], None] | None) -> None:
        """Say once in a process, of each host and model, what is sent there."""
        with _lock:
            known = (self.url, model, sentence) in _told
            _told.add((self.url, model, sentence))
        if not known:
            (tell or _to_stderr)(sentence.format(model=model, host=self.host))

    def client(self) -> Any:
        """The client, made at the first request: importing it takes half a second."""
        with self._opening:
            if self._opened is None:
                from openai import DefaultHttpxClient, OpenAI, Timeout

                seconds = self._settings.model_read_timeout
                timeout = Timeout(seconds, connect=self._settings.model_connect_timeout)
                if self._given is not None:
                    self._opened = self._given.with_options(max_retries=0, timeout=timeout)
                    return self._opened
                hooks: dict[str, list[Callable[..., Any]]] = {"response": [_seen]}
                self._opened = OpenAI(
                    api_key=self._key.get_secret_value(),
                    base_url=self.url,
                    max_retries=0,
                    timeout=timeout,
                    http_client=DefaultHttpxClient(auth=self._address.login, follow_redirects=False, timeout=timeout, event_hooks=hooks),
                )
                self._closing = weakref.finalize(self, self._opened.close)  # also where nobody closes it
            return self._opened

    def reachable(self) -> bool:
        """True if a connection can be made; nothing is sent over it."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=self._settings.model_connect_timeout):
                return True
        except (OSError, UnicodeError):
            return False

    def close(self) -> None:
        """Give the connections back."""
        with self._opening:
            if self._opened is not None:
                self._closing()
                self._opened = None

    def _enter(self, call: Call, until: float) -> None:
        while not self._gate.acquire(timeout=_LOOK):
            self._go_on(call, until)

    def _go_on(self, call: Call, until: float) -> None:
        if call.stopped:
            raise StoppedError
        if self._clock() > until:
            raise LateError

    def _last_word(self, failed: FailedStatus | None, late: LateError) -> Exception:
        """What is told when time is over: the status, where one is known whose body goes on and on."""
        meaning = late if failed is None else failed.meaning(self.host, self.scrub)
        return late if isinstance(meaning, RefusedError) else meaning  # there is no time to ask for less

    def _follow(self, request: _Request, call: Call, until: float, enough: Callable[[], bool]) -> Iterator[Any]:
        waited = 0.0
        while True:
            try:
                self._go_on(call, until)
            except LateError as late:
                raise self._last_word(request.failed, late) from None
            try:
                item = request.queue.get(timeout=_LOOK)
            except Empty:
                waited += _LOOK
                if waited > 1 and enough():
                    return
                continue
            waited = 0.0
            if item is request:
                return
            if isinstance(item, Exception):
                raise item
            yield item


_here = threading.local()  # `request`: the one that the thread makes


def _seen(response: Any) -> None:
    """The client's hook: called in the thread of a request when its response has a status and nothing of its body is read."""
    _here.request.seen(response)


class _Request:
    """A request under way in its own thread. `queue` gets what is read, at the end the exception that it ended with, or itself.

    `failed` is a reply whose status is none of success, as soon as that is known.
    """

    def __init__(self, endpoint: Endpoint, send: Send, read: Read) -> None:
        self.queue: SimpleQueue[Any] = SimpleQueue()
        self._endpoint, self._send, self._read = endpoint, send, read
        self._response: Any = None
        self._gone = threading.Event()
        self.failed: FailedStatus | None = None
        threading.Thread(target=self._run, name="rag.llm", daemon=True).start()

    def leave(self) -> None:
        """Nobody listens any more: the connection is shut, so that the server need not go on."""
        self._gone.set()
        response = self._response
        if response is not None:
            with contextlib.suppress(Exception):  # it may be closing at this moment
                response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def seen(self, response: Any) -> None:
        """Take a response. One of no success is read here, within a bound, and raised: the client would read it whole."""
        self._response = response
        if 200 <= response.status_code < 300:
            return
        self.failed = FailedStatus(response.status_code, response.headers)
        with contextlib.suppress(Exception):  # a body that breaks off, or cannot be unpacked: the status says enough
            self.failed.read(response.iter_bytes())
        self._response = None
        raise self.failed

    def _run(self) -> None:
        _here.request = self
        try:
            self._exchange()
        except (TooMuchError, PassingError, RefusedError, ModelError) as error:
            self.queue.put(error)
        except FailedStatus as failed:
            self.queue.put(failed.meaning(self._endpoint.host, self._endpoint.scrub))
        except Exception as error:  # noqa: BLE001  whatever the client and its transport raise is a failure of the service
            self.queue.put(self._meaning(error))

    def _exchange(self) -> None:
        with self._send(self._endpoint.client()) as response:
            if self._gone.is_set():
                return  # before the reply began, so that there was nothing to shut
            chunks = response.iter_bytes()
            for item in self._read(chunks, response.headers.get("content-type", "")):
                self.queue.put(item)
                if self._gone.is_set():
                    return
            self._response = None
            self.queue.put(self)
            for _ in zip(range(_REST), chunks, strict=False):
                pass  # read to its end, the connection can serve the next request

    def _meaning(self, error: Exception) -> Exception:
        from openai import APIStatusError, APITimeoutError

        host, scrub = self._endpoint.host, self._endpoint.scrub
        if isinstance(error, APIStatusError):  # of a client that was given: it has no hook of ours, and has read the reply itself
            return of_status(error.status_code, error.response.headers, error.body or error.response.text, host, scrub)
        return of_connection(error, host, scrub, timed_out=isinstance(error, APITimeoutError) or "Timeout" in type(error).__name__)


def _checked(key: SecretStr) -> str:
    """The key, if it can be sent in a header."""
    if re.fullmatch(r"[\x21-\x7e]+", key.get_secret_value()):
        return key.get_secret_value()
    raise SettingsError("OPENAI_API_KEY has a character that no key has: a space, a line break or a letter outside ASCII. Copy it again.")


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
