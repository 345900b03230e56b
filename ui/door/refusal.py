"""How the door says no: one sentence, a status, and nothing of the page; a socket is refused before it is accepted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ui.middleware import Scope, Send

_PLAIN = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"connection", b"close"),  # what was not read of the request is not read at all
)
_POLICY_VIOLATION = 1008  # RFC 6455, for servers that cannot refuse a handshake with a response


class Refused(Exception):  # noqa: N818 - an outcome of a check, not a failure of the server
    """A request that is not let in: an HTTP status, a sentence for who asked, and the seconds after which it may be tried again."""

    def __init__(self, status: int, sentence: str, *, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait = status, sentence, wait


async def refuse(scope: Scope, send: Send, refused: Refused) -> None:
    """Answer a request, or a socket's handshake, with the sentence."""
    await respond(scope, send, refused.status, f"{refused.sentence}\n".encode(), [*_PLAIN, *_retry(refused.wait)])


async def respond(
    scope: Scope, send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]], kind: bytes = b"text/plain; charset=utf-8"
) -> None:
    """Send a whole response; to a socket as the answer to its handshake, where the server can do that."""
    socket = scope["type"] == "websocket"
    if socket and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    named = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *headers]
    if socket:  # the handshake's own headers say how the connection ends
        named = [one for one in named if one[0] != b"connection"]
    before = "websocket.http.response" if socket else "http.response"
    await send({"type": f"{before}.start", "status": status, "headers": named})
    await send({"type": f"{before}.body", "body": b"" if scope.get("method") == "HEAD" else body})


def _retry(seconds: float) -> list[tuple[bytes, bytes]]:
    return [(b"retry-after", str(max(1, math.ceil(seconds))).encode())] if seconds > 0 else []
