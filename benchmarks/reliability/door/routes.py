"""What the server of the page serves besides the page, and ways around its addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.reliability.door.names import first, refused
from benchmarks.reliability.door.server import Served

_METRICS = (
    "/_stcore/metrics",
    "/_stcore/metrics?families=session_events",
    "/_stcore/metrics/",
    "//_stcore/metrics",
    "/%5fstcore/metrics",
    "/_stcore/./metrics",
    "/papers/../_stcore/metrics",
    "/_stcore%2fmetrics",
)
_CLOSED = (
    "/_stcore/agent/mcp",
    "/_stcore/agent/openapi.json",
    "/_stcore/script-health-check",
    "/_stcore/bidi-components/x/y",
    "/component/x/index.html",
    "/app/static/x",
    "/auth/login",
    "/oauth2callback",
    "/rag/enter",
)
_OUT = (
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc/passwd",
    "/static/../../serve.py",
    "/static/%2e%2e/%2e%2e/%2e%2e/serve.py",
    "/static/..\\..\\serve.py",
    "/media/../../../etc/passwd",
    "/media/%00/etc/passwd",
    "//etc/passwd",
    "/etc/passwd%00.html",
    "/.streamlit/config.toml",
    "/index/catalogue.db",
    "/%ff%fe",
)
_INSIDE = ("root:", "from __future__", "SQLite format", "maxUploadSize")  # what such files begin with, or hold


def _metrics(served: Served, _: int) -> str:
    seen = {one: served.ask(one) for one in _METRICS}
    told = first(*(f"{path} tells of sessions" for path, reply in seen.items() if "session_" in reply.text or "# TYPE" in reply.text))
    return first(told, *(f"{path}: {reply.status}" for path, reply in seen.items() if path.startswith("/_st") and reply.status != 404))


def _closed(served: Served, _: int) -> str:
    return first(*(f"{one}: {wrong}" for one in _CLOSED if (wrong := refused(served.ask(one), 404))))


def _traversal(served: Served, _: int) -> str:
    seen = {one: served.ask(one) for one in _OUT}
    return first(
        *(f"{path} shows {mark}" for path, reply in seen.items() for mark in _INSIDE if mark in reply.text),
        *(f"{path} was answered with {reply.status}" for path, reply in seen.items() if reply.status in (0, 500)),
    )


def _methods(served: Served, _: int) -> str:
    asked = {one: served.ask("/", method=one, body=b"x" * 1000) for one in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW")}
    return first(*(f"{one}: {wrong}" for one, reply in asked.items() if (wrong := refused(reply, 400, 405))))


def _other_sockets(served: Served, _: int) -> str:
    origin = ("Origin", f"http://{served.host}")
    asked = (served.shake(origin, path=one) for one in ("/", "/rag/alive", "/_stcore/stream/x", "/papers/_stcore/stream"))
    return first(*(refused(one, 404) for one in asked))


def _broken_frames(served: Served, _: int) -> str:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    for sent in (b"\xff" * 200, "text", b"x" * 9_000_000, b"\x0a" + b"\xff" * 9):
        with connect(f"ws://{served.host}/_stcore/stream", origin=f"http://{served.host}", max_size=None) as line:  # type: ignore[arg-type]
            try:
                line.send(sent)
                line.recv(timeout=60)
            except ConnectionClosed as closed:
                if closed.rcvd is not None and "Traceback" in closed.rcvd.reason:
                    return "it shows a traceback"
            else:
                return f"{sent[:4]!r} was answered"
    return ""


def _probes(served: Served, _: int) -> str:
    known = {b"status", b"generation", b"abstracts", b"reason"}
    reply = served.ask("/rag/ready")
    named = {part.split(b'"')[1] for part in reply.body.split(b",") if part.count(b'"') >= 2}
    wrong = "" if reply.status in (200, 503) and named <= known else f"it tells {reply.text[:100]}"
    return first(wrong, "it names a place" if "/" in reply.text else "")


ATTACKS: Mapping[str, Callable[[Served, int], str]] = {
    "Streamlit's metrics, in all spellings of their address": _metrics,
    "other routes of Streamlit that the page has no use for": _closed,
    "addresses that lead out of what is served": _traversal,
    "methods that no route has": _methods,
    "a socket where there is none": _other_sockets,
    "frames that are no messages, or too long": _broken_frames,
    "what the readiness route tells to anybody": _probes,
}
