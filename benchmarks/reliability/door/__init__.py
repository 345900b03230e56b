"""Hostile visitors of the web page: each is tried against a page that is really served, over its own connection.

The promise: nothing of the page and of the corpus is told or changed that the visitor may not see or change, the refusal is one clear
sentence, and everybody else goes on being served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability.door import bounds, names, routes, token, uploads
from benchmarks.reliability.door.server import Served, guarded, plain

Attack = Callable[[Served, int], str]


def _attempt(served: Callable[[], Served], attack: Attack) -> Callable[[Path, int], str]:
    def attempt(_: Path, seed: int) -> str:
        return attack(served(), seed) or served().lives()

    return attempt


def _faults() -> Iterator[Fault]:
    for module in (names, routes, uploads, token, bounds):
        for name, attack in module.ATTACKS.items():
            tries, sampled = (1, 0) if name in bounds.LONG else (3, 1)
            yield Fault("door", name, _attempt(guarded if module is token else plain, attack), tries, sampled)


FAULTS: Sequence[Fault] = tuple(_faults())
