"""Files from those who may not give any, to whom they do not belong, or too large."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from benchmarks.reliability.door.names import first, refused
from benchmarks.reliability.door.server import OUTSIDE, Reply, Served, read, request

_OWNER, _OTHER = "a" * 32, "b" * 32
_MEGABYTE = 1024 * 1024
_SPOOFED = (
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-For", "::1, 127.0.0.1"),
    ("Forwarded", "for=127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("Via", "1.1 localhost"),
    ("X-Forwarded-Host", "localhost"),
    ("CF-Connecting-IP", "127.0.0.1"),
)


def _by_the_door(reply: Reply) -> str:
    return first(refused(reply, 403), "" if "RAG_UI_WRITE" in reply.text else f"it was refused for another reason: {reply.text[:80]}")


def _reader(served: Served, _: int) -> str:
    far = ("X-Forwarded-For", "203.0.113.9")
    with served.session(_OWNER, far) as (_line, session):
        return refused(served.upload(session, _OWNER, b"x" * 1000, far), 403)


def _before_body(served: Served, _: int) -> str:
    """19 MB are announced, and none is sent: who waits for them has not asked first."""
    head = [("Host", served.host), ("X-Forwarded-For", "203.0.113.9"), ("Content-Length", str(19 * _MEGABYTE))]
    return _by_the_door(served.send(request("PUT /_stcore/upload_file/a/b", head)))


def _spoofed(served: Served, _: int) -> str:
    with served.session(_OWNER) as (_line, session):
        return first(
            *(
                f"{name}: {wrong}"
                for name, value in _SPOOFED
                if (wrong := refused(served.upload(session, _OWNER, b"x", (name, value)), 403))
            )
        )


def _silent_proxy(served: Served, _: int) -> str:
    head = [("Host", OUTSIDE), ("Content-Length", "3")]
    return _by_the_door(served.send(request("PUT /_stcore/upload_file/a/b", head) + b"abc"))


def _chunked(served: Served, _: int) -> str:
    with served.session(_OWNER) as (_line, session):
        reply = served.upload(session, _OWNER, b"x" * (22 * _MEGABYTE), sized=False)
        return refused(reply, 413) if reply.status else ""  # the line may be cut before the answer is read


def _endless(served: Served, _: int) -> str:
    """A body of no stated length that never ends."""
    with served.session(_OWNER) as (_line, session), socket.create_connection(("127.0.0.1", served.port), timeout=60) as line:
        head = [("Host", served.host), ("Cookie", f"rag_owner={_OWNER}"), ("Transfer-Encoding", "chunked")]
        line.sendall(request(f"PUT /_stcore/upload_file/{session}/f", head))
        sent = 0
        try:
            while sent < 200:
                line.sendall(b"100000\r\n" + b"x" * _MEGABYTE + b"\r\n")
                sent += 1
        except OSError:
            return "" if sent < 60 else f"{sent} MB were read"
        return "" if read(line).status in (403, 413) else "200 MB were read"


def _stated(served: Served, _: int) -> str:
    head = [("Host", served.host), ("Cookie", f"rag_owner={_OWNER}")]
    with served.session(_OWNER) as (_line, session):
        line = f"PUT /_stcore/upload_file/{session}/f"
        huge = served.send(request(line, [*head, ("Content-Length", str(10**12))]))
        odd = (served.send(request(line, [*head, ("Content-Length", one)])) for one in ("-1", "1e9", "1, 2"))
        return first(refused(huge, 413), *(refused(one, 400) for one in odd))


def _foreign_session(served: Served, _: int) -> str:
    with served.session(_OWNER) as (_line, session):
        return first(
            refused(served.upload(session, _OTHER, b"x"), 403),
            refused(served.upload(session, "forged", b"x"), 403),
            "" if served.upload(session, _OWNER, b"x").status == 204 else "its own file was not taken",
        )


def _no_session(served: Served, _: int) -> str:
    gone = ("00000000-0000-0000-0000-000000000000", "..%2f..%2fetc", "%00", "x" * 3000)
    return first(*(refused(served.upload(one, _OWNER, b"x"), 404) for one in gone))


def _forged(served: Served, _: int) -> str:
    """A form of another site: it has the cookies, and not the mark."""
    with served.session(_OWNER) as (_line, session):
        reply = served.ask(f"/_stcore/upload_file/{session}/f", ("Cookie", f"rag_owner={_OWNER}"), method="PUT", body=b"x")
        deleted = served.ask(f"/_stcore/upload_file/{session}/f", ("Cookie", f"rag_owner={_OTHER}"), method="DELETE")
        return first(refused(reply, 403), refused(deleted, 403))


ATTACKS: Mapping[str, Callable[[Served, int], str]] = {
    "a file of a reader who may not write": _reader,
    "19 MB announced by such a reader: refused before they are sent": _before_body,
    "a forwarded address that says it is this computer": _spoofed,
    "a proxy that says nothing of itself but hands on its name": _silent_proxy,
    "a file beyond the size, of no stated length": _chunked,
    "a file without an end": _endless,
    "a file whose stated length is beyond the size, or none": _stated,
    "a file for the session of another visitor": _foreign_session,
    "a file for a session that is not there": _no_session,
    "a file that is sent or taken back without the page's mark": _forged,
}
