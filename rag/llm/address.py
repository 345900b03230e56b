"""The address of a service, with what may stand in it that is nobody's business: a user and a password."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from rag.model import SettingsError

_SHOWN = 100  # characters of an address that is none


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is without user and password, which would else stand in the log of the client; `login` has them."""

    url: str
    host: str
    login: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password in the forms in which a service may tell it: as it is meant, and as it is sent."""
        if self.login is None:
            return ()
        return self.login[1], b64encode(":".join(self.login).encode()).decode()


def read_address(given: str, setting: str = "OPENAI_BASE_URL", example: str = "http://localhost:11434/v1") -> Address:
    """An address of HTTP as a setting gives it; raises SettingsError, which does not tell a password, for what is none."""
    url = given.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s|[\x00-\x1f]", url):
        raise SettingsError(f"{setting} cannot be {_shown(url)!r}. It is an address such as {example}.")
    login = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username or parts.password else None
    return Address(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), parts.hostname + port, login)


def _shown(url: str) -> str:
    """What can be shown of it: what stands before the last "@" may be a password, wherever it begins, and a key behind a "?"."""
    before, at, after = " ".join(url.split()).rpartition("@")
    return f"{'…' if before else ''}{at}{after.partition('?')[0]}"[:_SHOWN]
