"""Who reads a generation: a shared lock on its manifest, which needs no room on the disk and dies with its process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be renamed: a generation that is read stays by itself
    fcntl = None  # type: ignore[assignment]


class Lease:
    """A sign that this process reads a generation. A forked child shares it with its parent; it ends with the last of them."""

    def __init__(self, manifest: Path) -> None:
        """Lock the manifest; raises OSError where it cannot be read."""
        self._path = manifest
        self._file = manifest.open("rb")
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(self._file, fcntl.LOCK_SH)

    def held(self) -> bool:
        """False if a writer took the generation away before it was locked."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        return False

    def release(self) -> None:
        """Let the generation go."""
        self._file.close()


@contextmanager
def unread(manifest: Path) -> Iterator[bool]:
    """Whether nobody reads a generation; while the block lasts, nobody begins to."""
    try:
        file = manifest.open("rb")
    except OSError:  # nothing that could be read
        yield True
        return
    with file:
        yield fcntl is None or _locked(file.fileno())


def written(lock: Path) -> bool:
    """True while a process holds the writer's lock file, as far as this system tells."""
    with suppress(OSError), lock.open("rb") as file:
        return fcntl is None or not _locked(file.fileno())
    return False


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: an open file outlives its name there too
        return True
    return True
