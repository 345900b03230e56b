"""Foreign names, pages and addresses that pass for this computer's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.reliability.door.server import OUTSIDE, Reply, Served, request

_ODD = (
    "user@localhost",
    "localhost@evil.example",
    "localhost:99999",
    "localhost:port",
    "localhost:",
    "localhost/x",
    "localhost, evil.example",
    "localhost evil.example",
    "localhost#evil.example",
    "evil.example:80:80",
    "[::1",
    "[::1%25lo]",
    "[]",
    "lö.example",
    "a" * 3000,
)
_FOREIGN = (
    "evil.example",
    "EVIL.EXAMPLE.",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    f"evil{OUTSIDE}",
    f"{OUTSIDE}.evil.example",
    "2130706433",
    "0x7f.1",
    "0.0.0.0",
    "192.0.2.1",
    "[2001:db8::1]",
)
_OURS = ("localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.1.2.3", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", OUTSIDE)
_ORIGINS = (
    "http://evil.example",
    "https://localhost.evil.example",
    "http://localhost:1",
    "null",
    "file://",
    "http://evil.example@localhost",
    "chrome-extension://abcdef",
)


def refused(reply: Reply, *statuses: int) -> str:
    """ "" for a refusal in one sentence that shows nothing of the page."""
    if reply.status not in statuses:
        return f"status {reply.status} in the place of {statuses}"
    if "streamlit" in reply.text.lower() or len(reply.text) > 400:
        return f"it showed {reply.text[:80]!r}"
    return ""


def first(*wrong: str) -> str:
    """What was seen first, "" where all is well."""
    return next((one for one in wrong if one), "")


def _rebinding(served: Served, _: int) -> str:
    host = f"evil.example:{served.port}"
    reply = served.ask("/", ("Accept", "text/html"), host=host)
    silent = "" if "RAG_UI_HOSTS" in reply.text and "evil.example" in reply.text else f"it said only {reply.text!r}"
    other = (served.ask(path, host=host) for path in ("/_stcore/health", "/_stcore/host-config", "/rag/ready", "/static/", "/media/x"))
    return first(refused(reply, 421), silent, *(refused(one, 421) for one in other))


def _rebinding_socket(served: Served, _: int) -> str:
    host = f"evil.example:{served.port}"
    return refused(served.shake(("Origin", f"http://{host}"), host=host), 421)


def _rebinding_upload(served: Served, _: int) -> str:
    return refused(served.ask("/_stcore/upload_file/a/b", method="PUT", body=b"x", host="evil.example"), 421)


def _foreign_page(served: Served, seed: int) -> str:
    return first(*(f"{one}: {wrong}" for one in _ORIGINS if (wrong := refused(served.shake(("Origin", one)), 403))))


def _neighbour(served: Served, _: int) -> str:
    return refused(served.shake(("Origin", f"http://127.0.0.1:{served.port + 1}")), 403)


def _no_page(served: Served, _: int) -> str:
    two = served.shake(("Origin", f"http://{served.host}"), ("Origin", "http://evil.example"))
    return first(refused(served.shake(), 403), refused(two, 400, 403))


def _foreign_request(served: Served, _: int) -> str:
    reply = served.ask("/", ("Origin", "http://evil.example"))
    opened = "it lets the foreign page read" if reply.header("access-control-allow-origin") else ""
    return first(refused(reply, 403), opened)


def _no_host(served: Served, _: int) -> str:
    old = served.send(b"GET / HTTP/1.0\r\n\r\n")
    return first(refused(served.send(request("GET /", [])), 400), refused(old, 400), refused(served.ask(host=" "), 400))


def _two_hosts(served: Served, _: int) -> str:
    pairs = [("Host", served.host), ("Host", "evil.example")]
    return first(*(refused(served.send(request("GET /", order)), 400) for order in (pairs, pairs[::-1])))


def _odd_hosts(served: Served, _: int) -> str:
    return first(*(f"{one[:30]}: {wrong}" for one in _ODD if (wrong := refused(served.ask(host=one), 400))))


def _foreign_hosts(served: Served, _: int) -> str:
    return first(*(f"{one}: {wrong}" for one in _FOREIGN if (wrong := refused(served.ask(host=one), 421))))


def _own_hosts(served: Served, _: int) -> str:
    asked = {one: served.ask("/rag/alive", host=f"{one}:{served.port}").status for one in _OURS}
    return first(*(f"{one} was refused with {status}" for one, status in asked.items() if status != 200))


def _behind_a_proxy(served: Served, _: int) -> str:
    """The proxy speaks https, and the server does not: the origin of the page has another scheme than the request."""
    page = served.ask("/", ("Accept", "text/html"), host=OUTSIDE).status
    sockets = [served.shake(("Origin", f"{scheme}://{OUTSIDE}"), host=OUTSIDE).status for scheme in ("https", "http")]
    other = served.shake(("Origin", f"https://{OUTSIDE}:8443"), host=OUTSIDE)
    answered = "" if (page, sockets) == (200, [101, 101]) else f"it was refused with {page} and {sockets}"
    return first(answered, refused(other, 403))


def _absolute(served: Served, _: int) -> str:
    foreign = request("GET http://evil.example/", [("Host", "evil.example")])
    forwarded = served.ask("/", ("X-Forwarded-Host", served.host), host="evil.example")
    return first(refused(served.send(foreign), 421, 400), refused(forwarded, 421))


def _split(served: Served, _: int) -> str:
    hostile = "evil.example\r\nX-Broken: yes\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost"
    reply = served.send(request("GET /", [("Host", hostile)]))
    return first("a header was made of it" if reply.header("X-Broken") else "", refused(reply, 421, 400))


ATTACKS: Mapping[str, Callable[[Served, int], str]] = {
    "a foreign name that leads to this machine, in a browser (DNS rebinding)": _rebinding,
    "the same over the page's socket": _rebinding_socket,
    "the same with a file": _rebinding_upload,
    "a page of another site opens the socket": _foreign_page,
    "a page of another port of this machine opens the socket": _neighbour,
    "a socket of no page, or of two": _no_page,
    "a page of another site reads by HTTP": _foreign_request,
    "a request without Host": _no_host,
    "a request with two Hosts": _two_hosts,
    "a Host with a user, an odd port, a path, two names or no end": _odd_hosts,
    "foreign names and addresses that look like this machine's": _foreign_hosts,
    "this machine's own names in all their spellings are answered": _own_hosts,
    "a name of RAG_UI_HOSTS is answered, with the socket, as behind a proxy": _behind_a_proxy,
    "a foreign name in the request line, or in what a proxy forwards": _absolute,
    "a Host that breaks out of its line": _split,
}
