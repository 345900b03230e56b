"""Whether the files of the corpus are still those that were indexed: looked at now and then, and told with an answer."""

from __future__ import annotations

import threading
import time

from rag.config import Settings

CHANGED = "The corpus has changed since it was indexed"  # how the notice of a stale index begins
_LOOK_EVERY = 2.0  # seconds between two looks
_NAMED = 3  # files


class Watch:
    """Looks at the corpus of some settings; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looked = float("-inf")
        self._stale: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def notices(self) -> tuple[str, ...]:
        """That files have changed since they were indexed, with the names of some; nothing where none has."""
        from rag.sync import stale_files  # keeps its imports off the way to `import rag`

        with self._lock:
            if time.monotonic() - self._looked > _LOOK_EVERY:
                stale = stale_files(self._settings) if all(path.exists() for path in self._settings.corpus) else []
                self._stale, self._looked = tuple(stale), time.monotonic()
            names = self._stale
        if not names:
            return ()
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        return (f"{CHANGED} ({shown}).",)
