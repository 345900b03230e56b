"""What a piece of work may cost: seconds of this process on the processor, as on the machine that the bounds were written on.

A machine that is slower, or lets too many work at once, is allowed as much more as a fixed piece of work takes longer on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

_IDLE = 0.03  # seconds that the yardstick takes there
_WORD = re.compile(r"[a-z]+")


def yardstick() -> float:
    """Seconds on the processor that a fixed piece of work takes now."""
    text = "the seeds of grasses sleep for years until smoke wakes them " * 30
    start = process_time()
    for _ in range(500):
        counts: dict[str, int] = {}
        for word in _WORD.findall(text):
            counts[word] = counts.get(word, 0) + 1
    return process_time() - start


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fails where the block costs more."""
    before = yardstick()
    start = process_time()
    yield
    taken = process_time() - start
    slowness = max(1.0, before / _IDLE, yardstick() / _IDLE)
    assert taken < seconds * slowness, f"{taken:.1f} seconds, and {seconds * slowness:.1f} are allowed here"
