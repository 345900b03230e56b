"""The names that this server answers to.

A page at a foreign name can be made to resolve to this machine (DNS rebinding). To a browser the server then is a part of that page,
which may read and change all that a reader on this computer may. The name stands in `Host`, so it is asked there, and a socket must
have been opened by a page of the same host and port (`Origin`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from ui.door.refusal import Refused
from ui.middleware import Scope

ALL = "*"
_EVERYWHERE = ("0.0.0.0", "::", "")  # listening addresses that mean all of this machine's
_NAMES_HERE = ("localhost",)
_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_][a-z0-9._-]{0,252}?)\.?)(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(r"(https?)://([^/?#@\\\s]+)")
_PORTS = {"http": 80, "https": 443}
_SHOWN = 80  # characters of a foreign name in a sentence


@dataclass(frozen=True, slots=True)
class Authority:
    """What stands in `Host`: a name in small letters or an IP address in its usual form, and the port if one is stated."""

    name: str
    port: int | None = None

    @property
    def is_loopback(self) -> bool:
        """True for the names and addresses that are always this machine."""
        return self.name in _NAMES_HERE or is_loopback(self.name)


def authority(text: str) -> Authority | None:
    """`Host` as it was read; None for what is none: user names, odd ports, blanks, several names."""
    found = _AUTHORITY.fullmatch(text.lower())
    if found is None or int(found[3] or 0) > 65535:
        return None
    port = int(found[3]) if found[3] else None
    if found[1] is None:
        return Authority(found[2], port)
    try:
        return Authority(str(_plain(IPv6Address(found[1]))), port)
    except ValueError:
        return None


def is_loopback(address: str | None) -> bool:
    """True for 127.0.0.0/8 and ::1."""
    try:
        return address is not None and _plain(ip_address(address)).is_loopback
    except ValueError:
        return False


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def header(scope: Scope, name: bytes) -> list[str]:
    """All values of a header, in their order."""
    return [bytes(value).decode("latin-1") for key, value in scope["headers"] if bytes(key).lower() == name]


class Hosts:
    """Checks of `Host` and `Origin`. `listening` is the address that the server was told, `allowed` the names of RAG_UI_HOSTS."""

    def __init__(self, listening: str, allowed: Sequence[str] = ()) -> None:
        self._all = ALL in allowed
        self._everywhere = listening in _EVERYWHERE
        self._names = frozenset(_allowed([listening, *allowed]))
        self._ends = tuple(one[1:].lower() for one in allowed if one.startswith("*."))

    @property
    def patterns(self) -> list[str]:
        """The same for Streamlit's own `server.allowedHosts`; all where it could not say it as narrowly as this class."""
        if self._all or self._everywhere:
            return [ALL]
        return sorted({*_NAMES_HERE, "127.0.0.1", "::1", *self._names, *(f"*{one}" for one in self._ends)} - {""})

    def check(self, scope: Scope) -> Authority:
        """The host of a request; raises Refused for a foreign one."""
        stated = header(scope, b"host")
        if len(stated) != 1:
            raise Refused(400, f"A request names one Host, this one {len(stated) or 'none'}.")
        host = authority(stated[0])
        if host is None:
            raise Refused(400, "The Host of this request is none.")
        if not self._allows(host, (scope.get("server") or ("",))[0]):
            told = f"This server does not answer to {host.name[:_SHOWN]}."
            raise Refused(421, f"{told} If it should, start it with RAG_UI_HOSTS={host.name[:_SHOWN]}")
        return host

    def _allows(self, host: Authority, local: str) -> bool:
        if self._all or host.is_loopback or host.name in self._names or host.name.endswith(self._ends):
            return True
        return self._everywhere and host.name == _usual(local)  # an address, not a name: no page but ours is there


def allowed_hosts(listening: str, allowed: Sequence[str]) -> list[str]:
    """The hosts of this server as Streamlit's own check of its socket takes them."""
    return Hosts(listening, allowed).patterns


def open_to_others(listening: str, allowed: Sequence[str]) -> bool:
    """True where others than this computer can reach the server: by its address, or by a name that a proxy hands on."""
    return bool(allowed) or not (listening in _NAMES_HERE or is_loopback(listening))


def check_origin(scope: Scope, host: Authority) -> None:
    """Raise Refused for a request of a page that is not of this host and port. A socket without an origin comes from no browser."""
    stated = header(scope, b"origin")
    if not stated and scope["type"] == "http":
        return
    if len(stated) == 1 and _same(stated[0], host):
        return
    raise Refused(403, f"A page of {_told(stated)} may not use this server.")


def with_origin_as_host(scope: Scope) -> Scope:
    """The same handshake with its origin, which was checked, in the letters of its host: so Streamlit compares them.

    Where they differ, if only in capital letters, it would ask a server elsewhere for the address of this machine.
    """
    origin = b"http://" + header(scope, b"host")[0].encode("latin-1")
    kept = [(name, value) for name, value in scope["headers"] if bytes(name).lower() != b"origin"]
    return {**scope, "headers": [*kept, (b"origin", origin)]}


def _same(origin: str, host: Authority) -> bool:
    found = _ORIGIN.fullmatch(origin.lower())
    page = authority(found[2]) if found else None
    if found is None or page is None:
        return False
    usual = _PORTS[found[1]]  # behind a proxy that speaks https both leave the port out
    return (page.name, page.port or usual) == (host.name, host.port or usual)


def _told(stated: Sequence[str]) -> str:
    page = _ORIGIN.fullmatch(stated[0].lower()) if len(stated) == 1 else None
    known = authority(page[2]) if page else None
    return known.name[:_SHOWN] if known else "no known address"


def _allowed(given: Sequence[str]) -> Iterator[str]:
    for one in given:
        known = authority(one) or authority(f"[{one}]")
        if known is not None and known.name not in _EVERYWHERE:
            yield known.name


def _usual(address: str) -> str:
    try:
        return str(_plain(ip_address(address)))
    except ValueError:
        return ""
