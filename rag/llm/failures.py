"""What goes wrong with a model service, told apart: what passes by itself, a parameter it does not take, and what is an error for good.

The client's exceptions hold the request with its key, so they are read here and thrown away; none is ever a cause or a context.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from rag.errors import ModelError

_PASSING = {408, 409, 429}
_LIKE_A_KEY = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|pk|rk|gsk|xai|hf)[-_][A-Za-z0-9*_.\-]{6,})")
_WRONG_REQUEST = ("LocalProtocolError", "UnsupportedProtocol", "InvalidURL")
_SHOWN = 200  # characters of a server's own words


class PassingError(Exception):
    """A failure that may pass by itself: worth another attempt. `after` is the seconds that the service asks to wait.

    `attempts` bounds how often one like it is worth trying, whatever the settings say; `brief` is the message without the
    service's own words, which might repeat what was sent.
    """

    def __init__(self, message: str, *, after: float | None = None, attempts: int = 1000, brief: str = "") -> None:
        super().__init__(message)
        self.brief = brief or message
        self.after = after
        self.attempts = attempts


class RefusedError(Exception):
    """A request that the service does not take as it is, with its words and the parameter that it names, if any."""

    def __init__(self, status: int, words: str, parameter: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.parameter = parameter


class UnknownModelError(ModelError):
    """The service does not know the model; the message is completed where its models can be listed."""


class Scrub:
    """Takes a key, and what looks like one, out of a text that is shown."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Scrub()"

    def __call__(self, text: str) -> str:
        plain = text.replace(self._key, "(key)") if len(self._key) > 3 else text
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
        return PassingError(brief + told, after=waiting_time(headers), brief=brief)
    if status == 401:
        return ModelError(f"{host} does not accept the key (401){told}. Check OPENAI_API_KEY.")
    if status == 403:
        return ModelError(f"{host} does not allow this (403){told}. Check what the key of OPENAI_API_KEY may use, and RAG_MODEL.")
    if status == 404:
        return UnknownModelError(f"{host} does not have what was asked for (404){told}")
    if "context_length" in code or "context length" in words or "context window" in words:
        return ModelError(f"The question and its abstracts are too long for the model at {host}{told}. Lower RAG_MODEL_WINDOW.")
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
    return PassingError(f"{host} cannot be reached, or broke the connection ({words}); check OPENAI_BASE_URL")


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
