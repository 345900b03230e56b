"""The page that asks for the token, and what becomes of one that is given: in its form, or once in an address."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from ui.door.entry import ENTRY_COOKIE, Entry
from ui.door.hosts import header
from ui.door.limits import Rate
from ui.door.refusal import Refused, respond
from ui.door.routes import ENTER
from ui.door.visitor import Visitor
from ui.middleware import Receive, Scope, Send, cookie_in

PARAMETER = "token"  # of an address
WRONG_A_MINUTE = 5  # tokens that a visitor's address may try; all together sixteen times as many
DELAY = 0.5  # seconds before a wrong one is answered
_BODY = 4096  # bytes of the form
_PATIENCE = 10.0  # seconds for them
_PAGE = Path(__file__).parents[1] / "static" / "enter.html"
_WRONG = "This token is not right. It is the one that the server was started with, in RAG_UI_TOKEN."
_FORM = b"application/x-www-form-urlencoded"
_HTML = b"text/html; charset=utf-8"


class SignIn:
    """Lets browsers in that give the token. Wrong ones are answered late, and a few a minute."""

    def __init__(
        self,
        entry: Entry,
        *,
        wrong: Rate | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._entry, self._wrong, self._sleep = entry, wrong or Rate(WRONG_A_MINUTE), sleep

    def knows(self, scope: Scope) -> bool:
        """True for a browser that has given the token."""
        return self._entry.opens(cookie_in(scope, ENTRY_COOKIE))

    def is_given(self, scope: Scope) -> bool:
        """True where the address of a page, or the form, holds a token."""
        if scope["type"] != "http":
            return False
        return scope["path"] == ENTER or (scope["method"] in ("GET", "HEAD") and PARAMETER in _query(scope))

    async def take(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> None:
        """Take the token that is given: let in and lead to where it was wanted to go, or ask again. Raises Refused."""
        if scope["path"] == ENTER and scope["method"] != "POST":
            await self.ask(scope, send, to="/")
            return
        form = await _form(scope, receive) if scope["path"] == ENTER else _query(scope)
        to = local(form.get("next", "/")) if scope["path"] == ENTER else _without_token(scope)
        if await self._is_right(form.get(PARAMETER, ""), visitor):
            await _lead(scope, send, to, [(b"set-cookie", self._entry.cookie(https=scope["scheme"] == "https"))])
        elif scope["path"] == ENTER:
            await self.ask(scope, send, to=to, message=_WRONG)
        else:  # out of the address, also where it was wrong: it may be one letter away from the right one
            await _lead(scope, send, to, [])

    async def ask(self, scope: Scope, send: Send, *, to: str, message: str = "") -> None:
        """Answer with the page that asks for the token."""
        said = f'<p role="alert">{escape(message)}</p>' if message else ""
        page = _template()[0].replace("{{message}}", said).replace("{{next}}", escape(to, quote=True))
        await respond(scope, send, 401, page.encode(), _headers(_template()[1]), _HTML)

    async def _is_right(self, given: str, visitor: Visitor) -> bool:
        wait = self._wrong.wait(visitor.place)
        if wait > 0:
            raise Refused(429, "Too many wrong tokens were given. Try again later.", wait=wait)
        if self._entry.fits(given):
            return True
        self._wrong.take(visitor.place)
        await self._sleep(DELAY)
        return False


def wanted(scope: Scope) -> str:
    """The address on this server that a request is for."""
    query = scope.get("query_string", b"").decode("latin-1")
    return local(quote(scope["path"]) + (f"?{query}" if query else ""))


def local(address: str) -> str:
    """An address on this server: what would lead to another, or break a header, leads to the first page."""
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"


def _without_token(scope: Scope) -> str:
    kept = [one for one in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True) if one[0] != PARAMETER]
    return local(quote(scope["path"]) + (f"?{urlencode(kept)}" if kept else ""))


def _query(scope: Scope) -> dict[str, str]:
    return _last(scope.get("query_string", b"").decode("latin-1"))


def _last(text: str) -> dict[str, str]:
    try:
        return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True, max_num_fields=100).items()}
    except ValueError:  # more fields than any address of ours has
        return {}


async def _form(scope: Scope, receive: Receive) -> dict[str, str]:
    if not any(one.lower().startswith(_FORM.decode()) for one in header(scope, b"content-type")):
        raise Refused(415, "The token comes as a form.")
    body, more = b"", True
    try:
        async with asyncio.timeout(_PATIENCE):
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
                if len(body) > _BODY:
                    raise Refused(413, "This is more than a token.")
    except TimeoutError:
        raise Refused(408, "The form came too slowly. Try again.") from None
    return _last(body.decode("latin-1"))


async def _lead(scope: Scope, send: Send, to: str, headers: list[tuple[bytes, bytes]]) -> None:
    """303, so that a reload asks for the page and does not send the token again."""
    sent = [(b"location", to.encode()), (b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer"), *headers]
    await respond(scope, send, 303, b"", sent)


@cache
def _template() -> tuple[str, str]:
    """The page, and the policy that allows its own style alone."""
    page = _PAGE.read_text(encoding="utf-8")
    style = page.split("<style>")[1].split("</style>")[0]
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    wall = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    return page, f"{wall}; style-src 'sha256-{allowed}'"


def _headers(policy: str) -> list[tuple[bytes, bytes]]:
    # "same-origin", because with "no-referrer" a browser says of a form only that its origin is null.
    return [
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"same-origin"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
