"""Ctrl-C as a question first: whatever is under way is asked to end, and only a second one ends the program."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts(first: Callable[[], object]) -> Iterator[None]:
    """Within the block, the first Ctrl-C calls `first` and the next raise KeyboardInterrupt; after it all is as before.

    `first` runs between any two steps of the main thread, so it must not take a lock that the main thread may hold. In other threads,
    which get no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        first()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
