"""Faults and hostile input, and whether the product survives each: one list, which `make torture` walks and the tests sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that may go wrong.

    `attempt` brings it about in an empty folder, with a seed for what is chosen by chance; it returns "" where the promise that
    docs/reliability.md makes was kept, else what was seen instead. It may raise: that counts as not survived. `tries` is how often
    `make torture` makes it; the tests make it `sampled` times (0: only in the torture). `needs` says why it cannot be tried here,
    "" where it can.
    """

    area: str
    name: str
    attempt: Callable[[Path, int], str]
    tries: int = 1
    sampled: int = 1
    needs: Callable[[], str] = str
