"""More of everything than one visitor needs."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from benchmarks.reliability.door.names import first, refused
from benchmarks.reliability.door.server import PATIENCE, Served, held_socket, read, request

_OWNER = "c" * 32
_MEGABYTE = 1024 * 1024
_SOCKETS, _MOST = 500, 64  # asked for; as RAG_UI_SOCKETS


def _sockets(served: Served, seed: int) -> str:
    address = f"203.0.113.{seed % 200 + 20}"
    with ExitStack() as stack:
        seen = [_held(served, address, stack) for _ in range(_SOCKETS)]
        other = _held(served, "203.0.113.5", stack)
    counted = (seen.count(101), seen.count(429))
    return first(
        "" if counted == (_MOST, _SOCKETS - _MOST) else f"{counted} of {_SOCKETS} were taken and refused",
        "" if other == 101 else f"another address was refused with {other}",
    )


def _held(served: Served, address: str, stack: ExitStack) -> int:
    status, line = held_socket(served, address)
    stack.callback(line.close)
    return status


def _room_again(served: Served, seed: int) -> str:
    """More than may be open at a time, one after another; the server may take a moment to see that one was closed."""
    address, until = f"203.0.114.{seed % 200 + 20}", time.monotonic() + PATIENCE
    opened = 0
    while opened < 3 * _MOST and time.monotonic() < until:
        status, line = held_socket(served, address)
        line.close()
        opened += status == 101
    return "" if opened == 3 * _MOST else f"only {opened} were opened"


def _half_heads(served: Served, _: int) -> str:
    """Slow-loris: connections that never end their headers. They may stay, and keep nobody from being served."""
    with ExitStack() as stack:
        for _ in range(300):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=60))
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        return served.lives()


def _half_bodies(served: Served, _: int) -> str:
    """Files that are announced and never come: those on the way are bounded, and the page goes on."""
    with ExitStack() as stack:
        _line, session = stack.enter_context(served.session(_OWNER))
        lines = []
        for number in range(15):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=60))
            head = [("Host", served.host), ("Cookie", f"rag_owner={_OWNER}"), ("Content-Length", str(20 * _MEGABYTE))]
            line.sendall(request(f"PUT /_stcore/upload_file/{session}/slow{number}", head) + b"--b\r\n")
            lines.append(line)
        return first(served.lives(), "" if read(lines[-1]).status in (403, 413) else "the last was waited for")


def _many_headers(served: Served, _: int) -> str:
    many = served.ask("/rag/alive", *((f"X-{n}", "y") for n in range(5000)))
    long = served.send(b"GET /" + b"x" * 2_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return first(refused(many, 200, 400, 431, 0), "" if long.status != 500 else "it broke")


def _nonsense(served: Served, _: int) -> str:
    sent = (b"\x16\x03\x01\x02\x00\x01\x00", b"\x00" * 1000, b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n")
    return first(*("it was answered as a page" for one in sent if served.send(one, wait=5).status in (200, 500)))


def _smuggled(served: Served, _: int) -> str:
    both = request("GET /", [("Host", served.host), ("Content-Length", "4"), ("Transfer-Encoding", "chunked")])
    hidden = b"0\r\n\r\nGET /_stcore/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as line:
        line.sendall(both + hidden)
        told = b""
        try:
            while piece := line.recv(65536):
                told += piece
        except OSError:
            pass
    return "the metrics came through" if b"# TYPE" in told else ""


def _many_files(served: Served, seed: int) -> str:
    owner = f"{seed % 10}" * 32
    with served.session(owner) as (_line, session):
        seen = [served.upload(session, owner, b"x", name=f"f{number}") for number in range(64)]
    last = seen[-1]
    return first(
        "" if [one.status for one in seen[:60]] == [204] * 60 else "fewer were taken than may be",
        refused(last, 429),
        "" if last.header("retry-after").isdigit() else "it does not say when to try again",
    )


def _hoard(served: Served, _: int) -> str:
    with served.session("d" * 32) as (_line, session):
        seen = [served.upload(session, "d" * 32, b"x" * (20 * _MEGABYTE - 1000), name=f"f{number}").status for number in range(13)]
    return "" if seen.count(204) in (10, 11) and seen[-1] == 413 else f"the files were answered {seen}"


ATTACKS: Mapping[str, Callable[[Served, int], str]] = {
    "five hundred sockets of one address": _sockets,
    "sockets that are opened and closed without end": _room_again,
    "three hundred connections that never end their headers": _half_heads,
    "fifteen files that are announced and never come": _half_bodies,
    "five thousand headers, an address of two megabytes": _many_headers,
    "bytes that are no HTTP": _nonsense,
    "a request hidden in another": _smuggled,
    "more files in a minute than are taken": _many_files,
    "thirteen files of 20 MB, which would all be held": _hoard,
}
LONG = {"thirteen files of 20 MB, which would all be held", "more files in a minute than are taken"}  # in `make torture` alone
