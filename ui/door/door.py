"""What every request passes before the page sees any of it: its host, its origin, its route, the token, and the limits."""

from __future__ import annotations

import logging

from rag.model import Settings
from ui.door.entry import Entry
from ui.door.hosts import Hosts, check_origin, header, with_origin_as_host
from ui.door.limits import AtOnce
from ui.door.refusal import Refused, refuse
from ui.door.routes import ENTER, PROBES, Upload, check_route, upload_in
from ui.door.sign_in import SignIn, wanted
from ui.door.uploads import Sessions, Uploads
from ui.door.visitor import Visitor, visitor_of
from ui.middleware import App, Receive, Scope, Send

log = logging.getLogger(__name__)
_LOGGED = 20  # sentences about refused sockets; no browser shows them, and a proxy that is set up wrong shows in nothing else


class Door:
    """ASGI middleware around the page and everything else that is served. `listening` is the address that the server was told."""

    def __init__(self, app: App, *, settings: Settings, listening: str, sessions: Sessions) -> None:
        self._app = app
        self._hosts = Hosts(listening, settings.ui_hosts)
        self._sign_in = SignIn(Entry(settings.ui_token.get_secret_value())) if settings.ui_token is not None else None
        self._sockets, self._most = AtOnce(settings.ui_sockets), settings.ui_sockets
        self._logged: set[str] = set()
        self._uploads = Uploads(settings.ui_write, settings.ui_uploads, sessions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket in, or refuse it in a sentence."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._admit(scope, receive, send)
        except Refused as refused:
            if scope["type"] == "websocket" and refused.sentence not in self._logged and len(self._logged) < _LOGGED:
                self._logged.add(refused.sentence)
                log.warning("A connection was refused: %s", refused.sentence)
            await refuse(scope, send, refused)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = self._hosts.check(scope)
        check_origin(scope, host)
        check_route(scope)
        visitor = visitor_of(scope, host)
        if not await self._is_known(scope, receive, send, visitor):
            return
        upload = upload_in(scope)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, visitor)
        elif upload is not None and scope["method"] != "OPTIONS":
            await self._upload(scope, receive, send, visitor, upload)
        elif scope["path"] == ENTER:
            raise Refused(404, "No token is asked for here.")
        else:
            await self._app(scope, receive, send)

    async def _is_known(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> bool:
        """True for who has given the token, where there is one; every other request is answered here."""
        sign_in = self._sign_in
        if sign_in is None or scope["path"] in PROBES:
            return True
        if sign_in.is_given(scope):
            await sign_in.take(scope, receive, send, visitor)
            return False
        if sign_in.knows(scope):
            return True
        if scope["type"] == "http" and any("text/html" in one for one in header(scope, b"accept")):
            await sign_in.ask(scope, send, to=wanted(scope))
            return False
        raise Refused(401, "This server asks for its token first: open its page in a browser.")

    async def _socket(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> None:
        if not self._sockets.take(visitor.place):
            raise Refused(429, f"More than {self._most} connections of one address are not held. Close a page.", wait=10)
        try:
            await self._app(with_origin_as_host(scope), receive, send)
        finally:
            self._sockets.give_back(visitor.place)

    async def _upload(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor, upload: Upload) -> None:
        self._uploads.check(visitor, upload)
        if scope["method"] == "DELETE":
            await self._app(scope, receive, send)
            self._uploads.settle(upload)
            return
        stated = header(scope, b"content-length")
        body = self._uploads.begin(visitor, upload, stated[0] if stated else None)
        try:
            await self._app(scope, body.bounded(receive), send)
        finally:
            self._uploads.settle(upload)
