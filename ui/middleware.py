"""What every request passes: a cookie that owns a browser's conversations, and headers that keep foreign content out."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import suppress
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

import streamlit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "rag_owner"
_TOKEN = re.compile(r"[0-9a-f]{32,64}")
_YEAR = 365 * 24 * 3600  # seconds


def _inline() -> Iterator[str]:
    """What allows the scripts inside Streamlit's own page, and no other."""
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    for script in re.findall(r"<script>((?:(?!<script>).)*)</script>", page.read_text(encoding="utf-8"), re.DOTALL):
        yield f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


# Streamlit sets styles in attributes; everything else comes from this server. Images of a document's making do not load.
POLICY = "; ".join(
    [
        "default-src 'self'",
        " ".join(["script-src 'self' 'wasm-unsafe-eval'", *_inline()]),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ]
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class VisitorMiddleware:
    """ASGI middleware around the whole page."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; its response gets the headers, and a browser without the cookie gets one."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        new = owner_in(scope) is None and _is_page(scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in _HEADERS}
                kept = [(name, value) for name, value in message.get("headers", []) if bytes(name).lower() not in ours]
                message["headers"] = [*kept, *_HEADERS, *([(b"set-cookie", _cookie(scope))] if new else [])]
            await send(message)

        await self._app(scope, receive, sending)


def owner_of(token: str | None) -> str | None:
    """Who owns the conversations of a browser with this cookie, None for what is no cookie of ours.

    Stored as a digest: who reads `history.db` cannot make the cookie from it.
    """
    if token is None or not _TOKEN.fullmatch(token):
        return None
    return "web-" + sha256(token.encode()).hexdigest()[:40]


def owner_in(scope: Scope) -> str | None:
    """Who owns the conversations of the browser that sends a request, None for one without our cookie."""
    return owner_of(cookie_in(scope, COOKIE))


def cookie_in(scope: Scope, name: str) -> str | None:
    """A cookie of a request, None where there is none that can be read."""
    for key, value in scope["headers"]:
        if key == b"cookie":
            with suppress(CookieError):
                found = SimpleCookie(value.decode("latin-1")).get(name)
                if found is not None:
                    return found.value
    return None


def _is_page(scope: Scope) -> bool:
    """True for the document itself, not for its scripts and its socket, which are asked for by the dozen at once."""
    wanted = dict(scope["headers"]).get(b"accept", b"")
    return scope["method"] == "GET" and b"text/html" in wanted and not scope["path"].startswith("/_stcore")


def _cookie(scope: Scope) -> bytes:
    """SameSite=Lax, not Strict: one who comes by a link keeps the conversations."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}".encode()
