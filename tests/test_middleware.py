"""What every request to the page passes: the cookie and the headers."""

from __future__ import annotations

import re
from typing import Any

from ui.middleware import COOKIE, POLICY, VisitorMiddleware, owner_of


def through(headers: list[tuple[bytes, bytes]], path: str = "/") -> dict[bytes, list[bytes]]:
    """The headers that a response gets on its way through the door."""
    import asyncio

    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-security-policy", b"default-src *")]})

    async def keep(message: Any) -> None:
        sent.append(message)

    async def nothing() -> Any:
        return {}

    asyncio.run(
        VisitorMiddleware(app)({"type": "http", "method": "GET", "path": path, "headers": headers, "scheme": "http"}, nothing, keep)
    )
    found: dict[bytes, list[bytes]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name, []).append(value)
    return found


PAGE = (b"accept", b"text/html")


def test_a_new_browser_gets_a_cookie_that_scripts_cannot_read() -> None:
    (cookie,) = through([PAGE])[b"set-cookie"]
    assert re.fullmatch(rb"rag_owner=[0-9a-f]{32}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", cookie)
    assert through([PAGE])[b"set-cookie"] != [cookie]


def test_a_known_browser_keeps_its_cookie_and_a_forged_one_is_replaced() -> None:
    known = b"other=1; rag_owner=" + b"a" * 32
    assert b"set-cookie" not in through([PAGE, (b"cookie", known)])
    assert b"set-cookie" in through([PAGE, (b"cookie", b"rag_owner=local")])
    assert b"set-cookie" not in through([(b"accept", b"*/*")], "/static/js/index.js")


def test_every_response_forbids_what_is_not_from_here() -> None:
    assert through([PAGE])[b"content-security-policy"] == [POLICY.encode()]
    assert "img-src 'self' data: blob:" in POLICY
    assert "unsafe-eval'" not in POLICY.replace("'wasm-unsafe-eval'", "")
    assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in POLICY


def test_an_owner_is_a_digest_and_never_that_of_the_command_line() -> None:
    assert owner_of("a" * 32) == owner_of("a" * 32) != owner_of("b" * 32)
    assert "a" * 32 not in str(owner_of("a" * 32))
    assert owner_of("local") is None
    assert owner_of(None) is None
    assert COOKIE == "rag_owner"
