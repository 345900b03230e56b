"""Which processes write answers now: a lock file for each, which dies with its process."""

from __future__ import annotations

import secrets
from pathlib import Path

from filelock import FileLock, Timeout

from rag.model import RagError


class WriterMark:
    """A sign that this process is alive: a file in a folder that it keeps locked."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make and lock it; raises RagError where the folder cannot be written."""
        self.name = name
        self._lock = FileLock(folder / f"{name}.{secrets.token_hex(6)}", thread_local=False)  # released by whichever thread leaves last
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except OSError as error:
            raise RagError(f"Answers cannot be kept in {folder}: {error}") from error

    def held(self) -> bool:
        """True: a lock of a file is not lost while its process lives."""
        return True

    def release(self) -> None:
        """Remove it."""
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()


def living_writers(folder: Path) -> set[str]:
    """The names whose process lives; the files of dead ones are removed."""
    names = set()
    for path in folder.glob("*.*"):
        lock = FileLock(path, timeout=0)
        try:
            with lock:
                path.unlink(missing_ok=True)
        except Timeout:
            names.add(path.name.partition(".")[0])
    return names
