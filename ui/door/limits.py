"""How much a visitor may ask of the server: how often in a minute, and how much at a time.

Each bound is one number, which holds for a browser; a multiple of it for all browsers of an address, which a school or a firm
may share, and a greater one for everyone together (`SHARES`), so that who drops the cookie or changes the address gains little.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from rag.model import LimitError

Keys = Sequence[tuple[str, int]]
Clock = Callable[[], float]

MINUTE = 60.0  # seconds
_KNOWN = 10_000  # keys, after which those of the past are forgotten


class Rate:
    """At most `most` times (0: without a bound) in a minute. Safe to share between threads."""

    def __init__(self, most: int, *, clock: Clock = time.monotonic, window: float = MINUTE) -> None:
        self._most, self._clock, self._window = most, clock, window
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, keys: Keys) -> float:
        """Seconds until it may be done, 0.0 for now."""
        with self._lock:
            return self._wait(keys, self._clock())

    def take(self, keys: Keys) -> float:
        """Count one time, if it may be done now; the seconds to wait else."""
        with self._lock:
            now = self._clock()
            left = self._wait(keys, now)
            if self._most and left <= 0:
                self._forget(now)
                for name, _ in keys:
                    self._times.setdefault(name, deque()).append(now)
            return left

    def _wait(self, keys: Keys, now: float) -> float:
        return max((self._left(name, self._most * share, now) for name, share in keys), default=0.0) if self._most else 0.0

    def _left(self, name: str, most: int, now: float) -> float:
        times = self._times.get(name)
        while times and times[0] <= now - self._window:
            times.popleft()
        return times[-most] + self._window - now if times and len(times) >= most else 0.0

    def _forget(self, now: float) -> None:
        if len(self._times) > _KNOWN:
            self._times = {name: times for name, times in self._times.items() if times and times[-1] > now - self._window}


class AtOnce:
    """At most `most` (0: without a bound) of a size at a time. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, keys: Keys, size: int = 1) -> bool:
        """Begin one, if there is room for it."""
        with self._lock:
            if self._most and any(self._sizes.get(name, 0) + size > self._most * share for name, share in keys):
                return False
            for name, _ in keys:
                self._sizes[name] = self._sizes.get(name, 0) + size
            return True

    def give_back(self, keys: Keys, size: int = 1) -> None:
        """End one that was begun."""
        with self._lock:
            for name, _ in keys:
                self._sizes[name] = self._sizes.get(name, 0) - size
                if self._sizes[name] <= 0:
                    del self._sizes[name]


class Questions:
    """The bound of questions: so many in a minute, and so many answers under way at once."""

    def __init__(self, a_minute: int, at_once: int, *, clock: Clock = time.monotonic) -> None:
        self._rate, self._answers = Rate(a_minute, clock=clock), AtOnce(at_once)
        self._minute, self._at_once = a_minute, at_once
        self._under_way: list[tuple[Keys, Callable[[], bool]]] = []
        self._lock = threading.Lock()

    @contextmanager
    def asking(self, keys: Keys) -> Iterator[Callable[[Callable[[], bool]], None]]:
        """Room for one answer, held until what is handed to the given function says that it is done. Raises LimitError."""
        self._end_those_done()
        if not self._answers.take(keys):
            raise LimitError(
                f"{self._at_once} answers are under way for you or for many others, and this server makes no more at once. "
                "Wait until one is done, or stop one, and ask again."
            )
        held: list[Callable[[], bool]] = []
        try:
            left = self._rate.take(keys)
            if left > 0:
                raise LimitError(
                    f"More than {self._minute} questions in a minute are not answered here. Ask again in {max(1, round(left))} seconds."
                )
            yield held.append
        finally:
            if held:
                with self._lock:
                    self._under_way.append((keys, held[0]))
            else:
                self._answers.give_back(keys)

    def _end_those_done(self) -> None:
        with self._lock:
            done = [one for one in self._under_way if one[1]()]
            for one in done:
                with suppress(ValueError):
                    self._under_way.remove(one)
        for keys, _ in done:
            self._answers.give_back(keys)
