"""A service that keeps failing is left alone for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rag.errors import ModelError

FAILURES = 3  # calls in a row, each with all its attempts, after which it is left alone
PAUSE = 30.0  # seconds


class Circuit:
    """Counts calls that were given up (circuit breaker, Nygard 2007). Open, it fails at once; after PAUSE the next call is a trial,
    which closes it or opens it again. Safe to use from several threads."""

    def __init__(self, host: str, clock: Callable[[], float]) -> None:
        self._host, self._clock = host, clock
        self._failures, self._until = 0, 0.0
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise ModelError while the service is left alone."""
        with self._lock:
            left = self._until - self._clock()
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
            self._failures = 0
