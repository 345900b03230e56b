"""How the processor is used: threads that numpy computes in, and how often Python looks for garbage.

Nothing heavy is imported here, so that the first can be said before numpy is.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

_THREADS = "OPENBLAS_NUM_THREADS"
SELDOM = 50_000, 20, 20  # records that are made before Python looks through them, against 700, 10, 10


def compute_in_one_thread() -> None:
    """Have numpy multiply in one thread, unless OPENBLAS_NUM_THREADS says otherwise; to be called before it is imported.

    The products of an answer are small: other threads spend as much time waiting for work, at full load, as the first one works, so
    that answering a set of questions takes twice the processor time.
    """
    os.environ.setdefault(_THREADS, "1")


def one_threaded() -> dict[str, str]:
    """The environment for a process in which numpy is to multiply in one thread, and none are made for it."""
    return {_THREADS: "1"} | os.environ


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Have Python look for cycles of garbage seldom: where very many records without any are made and held, that is a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
