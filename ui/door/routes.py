"""What the server answers at all: the routes that the page needs. Streamlit serves more, which stays closed.

| route of Streamlit | |
| --- | --- |
| `/`, the addresses of pages, `/static/`, `/media/` | open: the page, its scripts, what its buttons save |
| `/_stcore/health`, `/_stcore/host-config` | open: the page asks them before it connects |
| `/_stcore/stream` | open, as a socket only |
| `/_stcore/upload_file/SESSION/FILE` | open to those who may write: PUT and DELETE |
| `/_stcore/metrics` | closed: how many sessions there are, and what they hold |
| `/_stcore/agent/`, `/_stcore/script-health-check`, `/_stcore/bidi-components/` | closed: nothing here uses them |
| `/component/`, `/app/static/`, `/auth/`, `/oauth2callback` | closed: there are no such components, files and logins |
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ui.door.refusal import Refused
from ui.middleware import Scope

SOCKET = "/_stcore/stream"
ENTER = "/rag/enter"
ALIVE, READY = "/rag/alive", "/rag/ready"
PROBES = (ALIVE, READY)  # asked by programs that have no cookie

_CORE = "_stcore"
_CORE_OPEN = ("/_stcore/health", "/_stcore/host-config")
_CLOSED = ("component", "app", "auth", "oauth2callback")  # first parts of addresses
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)")
_READING = ("GET", "HEAD", "OPTIONS")
_WRITING = ("PUT", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Upload:
    """The session and the file that an upload's address names."""

    session: str
    file: str


def upload_in(scope: Scope) -> Upload | None:
    """What a request uploads or takes back, None for every other request."""
    found = _UPLOAD.fullmatch(scope["path"]) if scope["type"] == "http" else None
    return Upload(found[1], found[2]) if found else None


def check_route(scope: Scope) -> None:
    """Raise Refused for what is not served, and for a method that a route has not."""
    path = scope["path"]
    if scope["type"] == "websocket":
        if path != SOCKET:
            raise Refused(404, "There is no such socket.")
        return
    if not _is_open(path, upload=upload_in(scope) is not None):
        raise Refused(404, "There is nothing here.")
    allowed = _WRITING if upload_in(scope) else (*_READING, "POST") if path == ENTER else _READING
    if scope["method"] not in allowed:
        raise Refused(405, f"Only {', '.join(allowed)} are served here.")


def _is_open(path: str, *, upload: bool) -> bool:
    parts = [one for one in path.split("/") if one]
    if _CORE in parts:
        return upload or path in _CORE_OPEN
    return not parts or parts[0] not in _CLOSED
