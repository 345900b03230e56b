"""Who asks: the owner of a browser's cookie, the address it comes from, and whether it runs on this computer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

from ui.door.hosts import Authority, authority, is_loopback
from ui.middleware import Scope, owner_in

# What proxies add to a request. Who sends one is not, or cannot be told from, somebody elsewhere.
_FORWARDED = ("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip", "fly-client-ip")
_FORWARDED_PREFIX = "x-forwarded-"
_HOME = 64  # bits: one line has that many IPv6 addresses as its user likes

# How often one bound holds: for a browser, for all browsers behind one address, for all that the server is asked.
SHARES = {"owner": 1, "address": 4, "everyone": 16}


@dataclass(frozen=True, slots=True)
class Visitor:
    """`address` is the socket's, or what a proxy on this computer says; "" where it is not known."""

    owner: str | None
    address: str
    here: bool

    @property
    def keys(self) -> tuple[tuple[str, int], ...]:
        """By what is counted: names, with how often a bound holds for each."""
        own = ((f"owner {self.owner}", SHARES["owner"]),) if self.owner else ()
        return (*own, (f"address {block(self.address)}", SHARES["address"]), ("everyone", SHARES["everyone"]))

    @property
    def place(self) -> tuple[tuple[str, int], ...]:
        """The same for what is bounded by address alone."""
        return ((f"address {block(self.address)}", SHARES["owner"]), ("everyone", SHARES["everyone"]))


def visitor_of(scope: Scope, host: Authority) -> Visitor:
    """Who sends a request."""
    address = (scope.get("client") or ("",))[0]
    names = (bytes(name).decode("latin-1") for name, _ in scope["headers"])
    return Visitor(owner_in(scope), address, bool(address) and host.is_loopback and is_here(address, names))


def is_here(address: str | None, headers: Iterable[str], host: str | None = None) -> bool:
    """True for a browser on this computer: its address is loopback's (or None, as Streamlit says it), and nothing was forwarded.

    A proxy on this computer has a loopback address too. It gives itself away by a header, or by a Host that is not loopback's.
    """
    named = authority(host) if host is not None else None
    if host is not None and (named is None or not named.is_loopback):
        return False
    return (address is None or address == "localhost" or is_loopback(address)) and not any(map(_forwards, headers))


def block(address: str) -> str:
    """What counts as one address: itself, or the network of an IPv6 line."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    return str(IPv6Network((known, _HOME), strict=False)) if isinstance(known, IPv6Address) else address


def _forwards(name: str) -> bool:
    return name.lower() in _FORWARDED or name.lower().startswith(_FORWARDED_PREFIX)
