"""Ways around the token of a guarded page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from benchmarks.reliability.door.names import first, refused
from benchmarks.reliability.door.server import TOKEN, Reply, Served
from ui.door.entry import MONTH, Entry

_PAGES = ("/", "/papers", "/static/index.html", "/media/x", "/_stcore/health", "/_stcore/host-config", "/rag/page.js", "/favicon.png")
_LURES = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:1",
    "/a\r\nSet-Cookie: x=1",
    "/é",
    "",
)
_FORM = ("Content-Type", "application/x-www-form-urlencoded")


def give(served: Served, given: str, *headers: tuple[str, str], to: str = "/") -> Reply:
    """The answer to a token in the form."""
    body = urlencode({"token": given, "next": to}).encode()
    return served.ask("/rag/enter", _FORM, *headers, method="POST", body=body)


def _nothing(served: Served, _: int) -> str:
    asked = {one: served.ask(one) for one in _PAGES}
    socket = served.shake(("Origin", f"http://{served.host}"))
    page = served.ask("/", ("Accept", "text/html"))
    shown = "the page is shown" if "streamlit" in page.text.lower() or page.status != 401 else ""
    return first(shown, refused(socket, 401), *(f"{one}: {wrong}" for one, reply in asked.items() if (wrong := refused(reply, 401))))


def _flood(served: Served, seed: int) -> str:
    address = ("X-Forwarded-For", f"198.51.100.{seed % 250 + 1}")
    seen = [give(served, f"{TOKEN[:-1]}{n}", address) for n in range(8)]
    last, right = seen[-1], give(served, TOKEN, address)
    other = give(served, TOKEN, ("X-Forwarded-For", f"198.51.100.{(seed + 100) % 250 + 1}"))
    return first(
        "a wrong one was taken" if any("rag_entry" in one.head for one in seen) else "",
        refused(last, 429),
        "" if last.header("retry-after").isdigit() else "it does not say when to try again",
        refused(right, 429),  # else a guess would show even while it is refused
        "" if other.status == 303 else f"somebody else was refused with {other.status}",
    )


def _in_the_address(served: Served, _: int) -> str:
    reply = served.ask(f"/papers?x=1&token={quote(TOKEN)}")
    wrong = served.ask("/?token=nearly+right", ("X-Forwarded-For", "198.51.101.1"))
    return first(
        "" if (reply.status, reply.header("location")) == (303, "/papers?x=1") else f"{reply.status} to {reply.header('location')}",
        "" if reply.header("referrer-policy") == "no-referrer" and reply.header("cache-control") == "no-store" else "it may be kept",
        "" if (wrong.status, wrong.header("location")) == (303, "/") else "a wrong one stays in the address",
        "it is in the log" if TOKEN in served.log.read_text("utf-8", "replace") else "",
    )


def _cookie(served: Served, _: int) -> str:
    cookie = give(served, TOKEN).header("set-cookie")
    good = cookie.split(";")[0]
    secure = give(served, TOKEN, ("X-Forwarded-Proto", "https")).header("set-cookie")
    return first(
        "" if all(one in cookie for one in ("HttpOnly", "SameSite=Lax", "Path=/")) else f"it is {cookie}",
        "it holds the token" if TOKEN in cookie or quote(TOKEN) in cookie else "",
        "" if "; Secure" in secure and "Secure" not in cookie else "it is not bound to https",
        "" if served.ask("/", ("Cookie", good)).status == 200 else "it does not open",
    )


def _forged(served: Served, _: int) -> str:
    good = re.sub(r"^rag_entry=|;.*", "", give(served, TOKEN).header("set-cookie"))
    until, nonce, seal = good.split(".")
    stale = Entry(TOKEN, clock=lambda: 1_000_000.0).cookie(https=False).decode().split("=")[1].split(";")[0]
    other = Entry("another token of the same length", clock=lambda: int(until) - MONTH).cookie(https=False).decode()[10:].split(";")[0]
    tried = [f"{int(until) + 9}.{nonce}.{seal}", f"{until}.{nonce}.{'0' * 64}", f"{until}.{nonce}", "..", "", stale, other, TOKEN]
    tried += [good[:-1], good.upper(), f"{until}.{nonce}.{seal}x", "9" * 5000, "\x7f", "é.é.é", f"{'9' * 30}.{nonce}.{seal}"]
    asked = {one: served.ask("/", ("Cookie", f"rag_entry={one}")) for one in tried}
    return first(*(f"{one[:40]!r}: {wrong}" for one, reply in asked.items() if (wrong := refused(reply, 401, 400))))


def _large_cookie(served: Served, _: int) -> str:
    asked = (served.ask("/", ("Cookie", "rag_entry=" + "x" * size)) for size in (5_000, 60_000, 1_000_000))
    return first(*(refused(one, 401, 400, 431, 0) for one in asked))


def _led_away(served: Served, _: int) -> str:
    lures = (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:1",
        "/a\r\nSet-Cookie: x=1",
        "/é",
        "",
    )
    led = {one: give(served, TOKEN, to=one) for one in lures}
    paths = {one: served.ask(f"{one}?token={quote(TOKEN)}") for one in ("//evil.example/", "/%0d%0aX-Broken:%20yes", "/\\evil.example")}
    return first(
        *(f"{one!r} leads to {reply.header('location')}" for one, reply in led.items() if reply.header("location") != "/"),
        *(f"{one!r} leads away" for one, reply in paths.items() if re.match(r"//|/\\|\w+:", reply.header("location"))),
        *("a header was made of it" for reply in [*led.values(), *paths.values()] if reply.header("X-Broken") or "x=1" in reply.head),
    )


def _foreign_form(served: Served, _: int) -> str:
    tried = (give(served, TOKEN, ("Origin", one)) for one in ("http://evil.example", "null", f"http://localhost:{served.port + 1}"))
    return first(*(refused(one, 403) for one in tried))


def _long_form(served: Served, _: int) -> str:
    seen = served.ask("/rag/enter", _FORM, method="POST", body=b"token=" + b"x" * 5_000_000)
    odd = served.ask("/rag/enter", ("Content-Type", "application/json"), method="POST", body=b"{}")
    many = served.ask("/rag/enter", _FORM, ("X-Forwarded-For", "198.51.101.2"), method="POST", body=b"&".join([b"a=1"] * 1000))
    return first(refused(seen, 413) if seen.status else "", refused(odd, 415), "" if many.status == 401 else f"many fields: {many.status}")


def _markup(served: Served, _: int) -> str:
    page = served.ask('/"><script>alert(1)</script>?x="><script>', ("Accept", "text/html"))
    sent = give(served, "<script>alert(1)</script>", ("X-Forwarded-For", "198.51.101.3"), to='/"><script>alert(1)</script>')
    return first(*("a script was let in" for one in (page, sent) if "<script" in one.text), "" if sent.status == 401 else f"{sent.status}")


def _probe(served: Served, _: int) -> str:
    told = served.ask("/rag/ready")
    return "" if told.text in ('{"status":"ready"}', '{"status":"opening"}') else f"it tells {told.text}"


ATTACKS: Mapping[str, Callable[[Served, int], str]] = {
    "everything but the form, without the token": _nothing,
    "a flood of wrong tokens": _flood,
    "the token in an address, which would go on to logs and other sites": _in_the_address,
    "the cookie: what it holds, and who may read it": _cookie,
    "forged, foreign, old and broken cookies": _forged,
    "a cookie of a megabyte": _large_cookie,
    "a sign-in that leads to another site, or breaks a header": _led_away,
    "a form of another site that signs its visitor in": _foreign_form,
    "a form of five megabytes, or that is none": _long_form,
    "markup in the address and in the token": _markup,
    "the readiness route of a guarded page": _probe,
}
