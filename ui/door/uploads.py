"""Uploads are let in before their bytes are: from those who may write, to their own session, and no more than is held for anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ui.door.limits import AtOnce, Keys, Rate
from ui.door.refusal import Refused
from ui.door.routes import Upload
from ui.door.visitor import Visitor
from ui.middleware import Message, Receive

MEGABYTE = 1024 * 1024
MOST = 20 * MEGABYTE  # bytes of a file, as `maxUploadSize` in ui/.streamlit/config.toml
_FRAME = MEGABYTE  # bytes around a file in the body of its request
HELD = 220 * MEGABYTE  # bytes that are held for a visitor: ten files, and one that takes the place of another
_MOST_SHARES = 4  # times as many for everyone together
_SILENCE = 30.0  # seconds between two pieces of a body
_WHOLE = 900.0  # seconds for a whole body: 20 MB at 200 kbit/s

Wish = Literal["loopback", "always", "never"]


class Sessions(Protocol):
    """What the server of the page knows of its sessions."""

    def owner(self, session: str) -> str | None:
        """Whose session it is; raises LookupError where there is none."""
        ...

    def holds(self, session: str, file: str) -> bool:
        """True while a file that was uploaded is kept."""
        ...


def allowed(wish: Wish, *, here: bool) -> bool:
    """True where RAG_UI_WRITE lets a visitor change the corpus, who is on this computer or not."""
    return wish == "always" or (wish == "loopback" and here)


@dataclass
class Uploads:
    """Checks of uploads, and an account of what is held. For one event loop."""

    wish: Wish
    a_minute: int
    sessions: Sessions
    clock: Callable[[], float] = time.monotonic
    silence: float = _SILENCE
    _held: dict[Upload, tuple[Keys, int]] = field(default_factory=dict)
    _under_way: set[Upload] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin the accounts."""
        self._rate, self._room = Rate(self.a_minute, clock=self.clock), AtOnce(HELD)

    def check(self, visitor: Visitor, upload: Upload) -> None:
        """Raise Refused where the visitor may not write, or the session is none of theirs."""
        if not allowed(self.wish, here=visitor.here):
            raise Refused(403, "Files are not taken from here: RAG_UI_WRITE decides who may add abstracts.")
        try:
            owner = self.sessions.owner(upload.session)
        except LookupError:
            raise Refused(404, "There is no such session. Reload the page.") from None
        if owner != visitor.owner:
            raise Refused(403, "This session is another visitor's.")

    def begin(self, visitor: Visitor, upload: Upload, stated: str | None) -> Body:
        """Room for a body whose length the request states, or not. Raises Refused where there is none."""
        length = _length(stated)
        if length is not None and length > MOST + _FRAME:
            raise Refused(413, f"A file may have {MOST // MEGABYTE} MB.")
        if upload in self._under_way:
            raise Refused(409, "This file is being sent already.")
        wait = self._rate.take(visitor.keys)
        if wait > 0:
            raise Refused(429, f"More than {self.a_minute} files in a minute are not taken. Wait a moment.", wait=wait)
        self._forget_those_gone()
        self.forget(upload)
        size = length if length is not None else MOST + _FRAME
        keys = [(name, min(share, _MOST_SHARES)) for name, share in visitor.keys]
        if not self._room.take(keys, size):
            raise Refused(413, f"More than {HELD // MEGABYTE} MB are not held for you. Add or remove what you have given.")
        self._held[upload] = (keys, size)
        self._under_way.add(upload)
        return Body(size, self.silence, self.clock)

    def forget(self, upload: Upload) -> None:
        """Give back the room of a file that is gone."""
        keys, size = self._held.pop(upload, ((), 0))
        self._room.give_back(keys, size)

    def settle(self, upload: Upload) -> None:
        """After a request: what was not kept takes no room."""
        self._under_way.discard(upload)
        if not self.sessions.holds(upload.session, upload.file):
            self.forget(upload)

    def _forget_those_gone(self) -> None:
        gone = [one for one in self._held if one not in self._under_way and not self.sessions.holds(one.session, one.file)]
        for one in gone:
            self.forget(one)


@dataclass
class Body:
    """Bounds the body of one request: `most` bytes, `silence` seconds between two pieces."""

    most: int
    silence: float
    clock: Callable[[], float]
    taken: int = 0
    whole: bool = False

    def bounded(self, receive: Receive) -> Receive:
        """The pieces of the body; raises Refused as soon as they are too many or too slow."""
        until = self.clock() + _WHOLE

        async def receiving() -> Message:
            if self.whole:
                return await receive()  # waits for the end of the connection
            try:
                message = await asyncio.wait_for(receive(), min(self.silence, max(0.0, until - self.clock())))
            except TimeoutError:
                raise Refused(408, "The file came too slowly. Try again.") from None
            self.taken += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            if self.taken > self.most:
                raise Refused(413, f"A file may have {MOST // MEGABYTE} MB.")
            return message

        return receiving


def _length(stated: str | None) -> int | None:
    if stated is None:
        return None
    if not stated.isascii() or not stated.isdigit() or len(stated) > 15:
        raise Refused(400, "Content-Length is a number.")
    return int(stated)
