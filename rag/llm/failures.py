"""What goes wrong with a model service, and the one retry around it."""

from __future__ import annotations

import errno
import json
import logging
import math
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.llm.records import Call
from rag.model import ModelError, Settings

if TYPE_CHECKING:
    from tenacity import RetryCallState


# Failures of a model service, classified: transient ones, a parameter it does not take, and permanent errors.
# The client's exceptions hold the request with its key, so they are read here and thrown away; none is ever a cause or a context.

_PASSING = {408, 409, 429}
_LIKE_A_KEY = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|pk|rk|gsk|xai|hf)[-_][A-Za-z0-9*_.\-]{6,})")
_WRONG_REQUEST = ("LocalProtocolError", "UnsupportedProtocol", "InvalidURL")
FEW = 3  # attempts where a reply is no reply: it rarely is one the next time
_TOO_LONG = ("context_length", "exceed_context_size")
_TOO_LONG_WORDS = ("context length", "context window", "context size")
_SHOWN = 200  # characters of a server's own words
_MOST_SAID = 100_000  # bytes of an error's body
_DEEP = 10  # causes of an error that are looked at
_NO_WAY = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN}


class PassingError(Exception):
    """A failure that may pass by itself: worth another attempt. `after` is the seconds that the service asks to wait.

    `attempts` bounds how often one like it is worth trying, whatever the settings say; `brief` is the message without the
    service's own words, which might repeat what was sent. `crashed` is true of status 500: some servers fail so on a request that they
    do not understand.
    """

    def __init__(self, message: str, *, after: float | None = None, attempts: int = 1000, brief: str = "", crashed: bool = False) -> None:
        super().__init__(message)
        self.brief = brief or message
        self.after = after
        self.attempts = attempts
        self.crashed = crashed


class RefusedError(Exception):
    """A request that the service does not take as it is, with its words and the parameter that it names, if any."""

    def __init__(self, status: int, words: str, parameter: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.parameter = parameter


class TooLongError(ModelError):
    """A request is longer than the model can take in; `window` is how many tokens it can, where the service says so."""

    def __init__(self, message: str, window: int | None = None) -> None:
        super().__init__(message)
        self.window = window


class UnknownModelError(ModelError):
    """The service does not know the model; the message is completed where its models can be listed."""


class UnreachableError(ModelError):
    """No connection can be made: nothing listens there, or its name is not known. Waiting some seconds for it helps nobody."""


class FailedStatus(Exception):  # noqa: N818  what a reply says, not a fault of ours
    """A reply whose status is none of success, with so much of its body as is read yet."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, bytearray()

    def read(self, chunks: Iterable[bytes]) -> None:
        """Read on to the end, or to a bound: what unpacks to gigabytes is not read for its message."""
        for chunk in chunks:
            self.body += chunk[: _MOST_SAID - len(self.body)]
            if len(self.body) >= _MOST_SAID:
                return

    def meaning(self, host: str, scrub: Scrub) -> Exception:
        """What it means for who asked."""
        text = bytes(self.body).decode("utf-8-sig", errors="replace")
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            said = text
        return of_status(self.status, self.headers, said, host, scrub)


_SHORT = 3  # letters: so short a secret stands in every second word


class Scrub:
    """Takes secrets, what looks like a key, and what cannot be seen out of a text that is shown."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = sorted((one for one in secrets if len(one) > _SHORT), key=len, reverse=True)  # the longest: one may hold another

    def __repr__(self) -> str:
        return "Scrub()"

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "(key)")
        plain = "".join(sign if sign.isprintable() else " " for sign in text)
        return " ".join(_LIKE_A_KEY.sub("(key)", plain).split())[:_SHOWN].rstrip(". ")


def waiting_time(headers: Mapping[str, str]) -> float | None:
    """The seconds that a reply's headers ask to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def of_status(status: int, headers: Mapping[str, str], body: Any, host: str, scrub: Scrub) -> Exception:
    """What a status other than success means."""
    details = _details(body)
    words, code = scrub(str(details.get("message") or body or "")), str(details.get("code") or details.get("type") or "")
    told = f": {words}" if words else ""
    if 300 <= status < 400:
        return ModelError(_redirected(headers.get("location", ""), host))
    if "insufficient_quota" in (code, details.get("type")):
        return ModelError(f"The account at {host} has no credit left (insufficient_quota). Add some, or type: RAG_MODE=extract rag ask ...")
    if status in _PASSING or status >= 500:
        brief = f"{host} failed with status {status}"
        return PassingError(brief + told, after=waiting_time(headers), brief=brief, crashed=status == 500)
    if status == 401:
        return ModelError(f"{host} does not accept the key (401){told}. Check OPENAI_API_KEY.")
    if status == 403:
        return ModelError(f"{host} does not allow this (403){told}. Check what the key of OPENAI_API_KEY may use, and RAG_MODEL.")
    if status == 404:
        return UnknownModelError(f"{host} does not have what was asked for (404){told}")
    kind = f"{details.get('code')} {details.get('type')}"
    if any(one in kind for one in _TOO_LONG) or any(one in words for one in _TOO_LONG_WORDS):
        window = details.get("n_ctx")  # as llama.cpp states it
        room = window if isinstance(window, int) and not isinstance(window, bool) and window > 0 else None
        lower = "Lower RAG_MODEL_WINDOW" + (f" to {room}." if room else ".")
        return TooLongError(f"The question and its abstracts are too long for the model at {host}{told}. {lower}", room)
    if status in (400, 422):
        return RefusedError(status, words or str(status), str(details.get("param") or ""))
    return ModelError(f"{host} refused the request with status {status}{told}. Check OPENAI_BASE_URL and RAG_MODEL.")


def of_connection(error: BaseException, host: str, scrub: Scrub, *, timed_out: bool) -> Exception:
    """What it means that a connection could not be made, or broke."""
    cause = error.__cause__ or error
    words = scrub(str(cause)) or type(cause).__name__
    if type(cause).__name__ in _WRONG_REQUEST:
        return ModelError(f"{host} cannot be asked: {words}. Check OPENAI_BASE_URL and OPENAI_API_KEY.")
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return ModelError(f"The certificate of {host} cannot be trusted: {words}. Check OPENAI_BASE_URL.")
    if timed_out:
        return PassingError(f"{host} did not answer in time")
    if type(error).__name__ == "DecodingError":
        return PassingError(f"{host} sent what cannot be unpacked; check OPENAI_BASE_URL", attempts=FEW)
    if why := _unreachable(error):
        return UnreachableError(f"{host} cannot be reached ({why}); is the server started? Check OPENAI_BASE_URL.")
    return PassingError(f"{host} cannot be reached, or broke the connection ({words}); check OPENAI_BASE_URL")


def _unreachable(error: BaseException) -> str:
    """Why no connection can be made; "" where there was one, or there may be one the next moment."""
    cause: BaseException | None = error
    for _ in range(_DEEP):
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, socket.gaierror):
            return "its name is not known"
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return "there is no way to it"
        cause = None if cause is None else cause.__cause__ or cause.__context__
    return ""


def of_event(error: Any, host: str, scrub: Scrub) -> Exception:
    """What an error means that is told within a reply with status 200."""
    details = _details({"error": error})
    status = details.get("status_code") or details.get("code")
    if isinstance(status, int) and 400 <= status < 600:
        return of_status(status, {}, {"error": error}, host, scrub)
    words, code = scrub(str(details.get("message") or error)), str(details.get("code") or details.get("type") or "")
    if "insufficient_quota" in code or "context_length" in code or "invalid_request" in code:
        return of_status(400 if "quota" not in code else 429, {}, {"error": error}, host, scrub)
    return PassingError(f"{host} reported an error: {words}", brief=f"{host} reported an error within its reply")


def _details(body: Any) -> Mapping[str, Any]:
    """The fields of an error, as OpenAI and its imitators word it; the client takes the outer "error" off."""
    body = body[0] if isinstance(body, list) and body else body  # so does Google
    inner = body.get("error", body) if isinstance(body, Mapping) else {}
    if isinstance(inner, Mapping):
        return inner if "message" in inner else {**inner, "message": inner.get("detail") or inner.get("error")}
    return {"message": inner}


def _redirected(location: str, host: str) -> str:
    target = urlsplit(location)
    try:
        where = (target.hostname or host) + (f":{target.port}" if target.port else "")
    except ValueError:
        where = "an address that is none"
    return f"{host} redirects to {where}, and redirects are not followed. If that is the right server, set OPENAI_BASE_URL to its address."


# The one retry around the model service: transient failures are retried, with waits that grow or that the service asks for.

log = logging.getLogger(__name__)

_FIRST, _LONGEST, _JITTER = 0.5, 20.0, 0.5  # seconds: the first wait, the longest, and the most that chance adds

Sleep = Callable[[float], None]


def attempts(
    settings: Settings, call: Call, until: float, clock: Callable[[], float], sleep: Sleep
) -> Iterator[AbstractContextManager[None]]:
    """Contexts to make an attempt in, one after the other, until one ends well.

    The PassingError of the last attempt is raised when there have been `RAG_MODEL_ATTEMPTS`, or when the next one would begin after
    `until`. Waits end early when the call is stopped, unless `sleep` is somebody's own.
    """
    from tenacity import Retrying, retry_if_exception_type, wait_exponential, wait_random

    growing = wait_exponential(multiplier=_FIRST, max=_LONGEST) + wait_random(0, _JITTER)

    worth: list[int] = []  # how many attempts like it each failure was worth

    def wait(state: RetryCallState) -> float:
        asked = _failure(state).after
        return growing(state) if asked is None else asked

    def stop(state: RetryCallState) -> bool:
        failure = _failure(state)
        worth.append(failure.attempts)
        few = sum(one == failure.attempts for one in worth) >= failure.attempts
        return few or state.attempt_number >= settings.model_attempts or clock() + state.upcoming_sleep > until

    def tell(state: RetryCallState) -> None:
        log.warning("%s; attempt %d in %.1f seconds", _failure(state).brief, state.attempt_number + 1, state.upcoming_sleep)

    def pause(seconds: float) -> None:
        call.stop.wait(seconds) if sleep is time.sleep else sleep(seconds)

    return iter(Retrying(retry=retry_if_exception_type(PassingError), wait=wait, stop=stop, sleep=pause, before_sleep=tell, reraise=True))


def given_up(failure: PassingError, until: float, clock: Callable[[], float], settings: Settings) -> str:
    """Why there was no other attempt, and what to do, as a sentence for an error."""
    if failure.after is not None and clock() + failure.after > until:
        return (
            f"{failure}. It asks to wait {failure.after:.0f} seconds, longer than RAG_MODEL_DEADLINE "
            f"(now {settings.model_deadline:g}) allows. Ask again later, or raise it."
        )
    return f"{failure}. It was tried up to {min(settings.model_attempts, failure.attempts)} times. Ask again later."


def _failure(state: RetryCallState) -> PassingError:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, PassingError)
    return error
