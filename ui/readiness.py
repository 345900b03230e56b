"""Whether the server can answer questions, for programs that ask it often: a container's health check, a load balancer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from rag.assistant import Assistant
from rag.model import RagError

_FRESH = 2.0  # seconds that one look at the index serves

Report = tuple[int, dict[str, object]]
_OPENING: Report = (503, {"status": "opening"})


class Readiness:
    """Looks at the index, once at a time. Safe to share between threads; what it tells holds no path, no address and no secret."""

    def __init__(self, assistant: Callable[[], Assistant], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._assistant, self._clock = assistant, clock
        self._begun = False
        self._known: Report = _OPENING
        self._until = 0.0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """The index was opened, or could not be: from now on it is looked at."""
        self._begun = True

    def look(self) -> Report:
        """A status of HTTP and what to say with it: 200 where the index is open and answers, else 503 with a reason."""
        if self._begun and self._lock.acquire(blocking=False):  # who comes meanwhile is told what was seen last
            try:
                if self._clock() >= self._until:
                    self._known = self._seen()
                    self._until = self._clock() + _FRESH
            finally:
                self._lock.release()
        return self._known

    def _seen(self) -> Report:
        try:
            with self._assistant().reading() as generation:
                abstracts = generation.count()
                generation.any_passage()
                return 200, {"status": "ready", "generation": generation.name, "abstracts": abstracts}
        except RagError as error:
            return _unavailable(str(type(error).__doc__))  # the message names places
        except Exception:  # noqa: BLE001 - whatever it is, no question would be answered
            return _unavailable("The index cannot be read.")


def _unavailable(reason: str) -> Report:
    return 503, {"status": "unavailable", "reason": reason}
