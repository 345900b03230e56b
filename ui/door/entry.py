"""The shared secret of RAG_UI_TOKEN, and the cookie that shows that a browser has given it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

ENTRY_COOKIE = "rag_entry"
MONTH = 30 * 24 * 3600  # seconds that a browser stays signed in
_LONGEST = 200  # characters of a cookie that is read at all
# A cookie must not help to guess a weak token: each guess costs as much as this (RFC 7914; about 50 ms).
_WORK = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


class Entry:
    """Compares what is given with the token, and makes and checks cookies. The token itself is not kept."""

    def __init__(self, token: str, *, clock: Callable[[], float] = time.time) -> None:
        self._key = hashlib.scrypt(token.encode(), salt=b"abstract-rag entry 1", **_WORK)
        self._digest = self._digest_of(token)
        self._clock = clock

    def fits(self, given: str) -> bool:
        """True for the token, in the same time for every other text of its length."""
        return hmac.compare_digest(self._digest, self._digest_of(given))

    def opens(self, cookie: str | None) -> bool:
        """True for a cookie that was made here with this token, and less than a month ago."""
        if cookie is None or len(cookie) > _LONGEST or not cookie.isascii():
            return False
        until, _, rest = cookie.partition(".")
        nonce, _, seal = rest.partition(".")
        genuine = hmac.compare_digest(seal.encode(), self._seal(until, nonce).encode())
        return genuine and int(until) > self._clock()

    def cookie(self, *, https: bool) -> bytes:
        """A new cookie, as the value of `Set-Cookie`."""
        until, nonce = str(int(self._clock()) + MONTH), secrets.token_hex(16)
        value = f"{until}.{nonce}.{self._seal(until, nonce)}"
        secure = "; Secure" if https else ""
        return f"{ENTRY_COOKIE}={value}; Path=/; Max-Age={MONTH}; HttpOnly; SameSite=Lax{secure}".encode()

    def _seal(self, until: str, nonce: str) -> str:
        return hmac.new(self._key, f"{until}.{nonce}".encode(), hashlib.sha256).hexdigest()

    def _digest_of(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
