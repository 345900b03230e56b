"""The circuit breaker: a service that fails is not called for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rag.llm.failures import Sleep
from rag.model import ModelError

FAILURES = 3  # calls in a row, each with all its attempts, after which it is left alone
PAUSE = 30.0  # seconds
LOOKS = (0.5, 1.0, 1.5, 2.0)  # seconds before each look at whether a server that could not be reached is there
SHORT_PAUSE = sum(LOOKS)


class Circuit:
    """Counts calls that were given up (circuit breaker, Nygard 2007). Open, it fails at once; after PAUSE the next call is a trial,
    which closes it or opens it again.

    One refused connection is enough to open it, for SHORT_PAUSE. Meanwhile a thread looks whether `reachable` has become true, which
    closes it: who has forgotten to start a server does so now. Safe to use from several threads.
    """

    def __init__(self, host: str, clock: Callable[[], float], sleep: Sleep, reachable: Callable[[], bool]) -> None:
        self._host, self._clock, self._sleep, self._reachable = host, clock, sleep, reachable
        self._failures, self._until = 0, 0.0
        self._away, self._away_until = "", 0.0
        self._watched = False
        self._closed = threading.Event()
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise ModelError while the service is left alone."""
        with self._lock:
            now = self._clock()
            if self._away and self._away_until > now:
                raise ModelError(f"{self._away} It is asked again as soon as it is there.")
            left = self._until - now
            if self._failures >= FAILURES and left > 0:
                raise ModelError(f"{self._host} failed {self._failures} times in a row and is not asked for another {left:.0f} seconds.")

    def failed(self) -> None:
        """A call was given up."""
        with self._lock:
            self._failures += 1
            self._until = self._clock() + PAUSE

    def worked(self) -> None:
        """A call brought a reply."""
        with self._lock:
            self._failures, self._away = 0, ""

    def unreachable(self, why: str) -> None:
        """No connection could be made, for the reason that `why` tells in a sentence."""
        with self._lock:
            self._away, self._away_until = why, self._clock() + SHORT_PAUSE
            begin = not self._watched and not self._closed.is_set()
            self._watched = self._watched or begin
        if begin:
            threading.Thread(target=self._watch, name="rag.llm circuit", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _watch(self) -> None:
        for seconds in LOOKS:
            self._pause(seconds)
            there = not self._closed.is_set() and self._reachable()
            if there or self._closed.is_set():
                break
        with self._lock:
            self._watched = False
            self._away = "" if there else self._away

    def _pause(self, seconds: float) -> None:
        if self._sleep is time.sleep:
            self._closed.wait(seconds)
        else:
            self._sleep(seconds)
