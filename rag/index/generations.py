"""Reading the index while others write it: leases, the writer's lock, the generation that is current, and whether it is stale.

A reader sees one generation: its two indexes, which never change, and the rows of the catalogue that its edition had. A
writer commits to the catalogue as it goes, but under the next edition, which nobody sees before `CURRENT` names its
generation; so a change is seen whole or not at all, and a run that is killed leaves nothing that could be seen. What
an edition had is kept while its generation is, and that is kept while a living process holds a lease on it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rag.embedding import vector_spaces
from rag.index.catalogue import missing_index
from rag.index.generation import Generation
from rag.index.layout import REPAIR, Current, Layout, remove, replace_text
from rag.index.leases import Lease
from rag.index.manifest import MANIFEST, Recipe, check_recipe
from rag.index.sync import stale_files
from rag.model import IndexBusyError, IndexDamagedError, RagError, Settings, tell_forks

log = logging.getLogger(__name__)

CHANGED = "The corpus has changed since it was indexed"  # how the notice of a stale index begins
_LOOK_EVERY = 2.0  # seconds between two looks
_NAMED = 3  # files


@contextmanager
def writing(settings: Settings) -> Iterator[Layout]:
    """The right to write to the index, for one process and thread at a time.

    Raises IndexBusyError when another one still has it after `RAG_LOCK_TIMEOUT` seconds.
    """
    layout = Layout.of(settings)
    note = layout.folder / "writer.json"
    if layout.lock.is_dir():
        remove(layout.lock)
    lock = FileLock(layout.lock, timeout=settings.lock_timeout)
    try:
        layout.folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise IndexBusyError(
            f"{_writer(note)} is writing to the index at {layout.folder}. Wait until it has finished, "
            f"or wait longer for it with RAG_LOCK_TIMEOUT (now {settings.lock_timeout:g} seconds)."
        ) from error
    except OSError as error:
        raise RagError(f"The index folder {layout.folder} cannot be written: {error}. Choose another with RAG_INDEX_DIR.") from error
    try:
        with suppress(OSError):  # who writes is told by the lock; the note is for people, and a full disk takes none
            replace_text(note, json.dumps({"process": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}) + "\n")
        yield layout
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _writer(note: Path) -> str:
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
        return f"Process {data['process']} (since {data['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"


class _Held:
    """A generation that this process reads, its lease, and how many readings are under way."""

    def __init__(self, layout: Layout, current: Current, lease: Lease, url: str) -> None:
        self.generation = Generation(layout, current, url)
        self.lease = lease
        self.readers = 0
        self.retired = False

    def close_if_done(self) -> None:
        if self.retired and not self.readers:
            self.generation.close()
            self.lease.release()


class Index:
    """An open index that follows `CURRENT`: each reading gets the newest finished generation. Share it between threads."""

    def __init__(self, settings: Settings, embedding: object | None = None) -> None:
        """Open the current generation; raises IndexMissingError, IndexMismatchError or IndexDamagedError."""
        self._spaces, self._passage_tokens = vector_spaces(settings.embedding, embedding), settings.passage_tokens
        self._layout, self._url = Layout.of(settings), settings.chroma_url or ""
        self._current = self._layout.current
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._held: _Held | None = None
        tell_forks(self)
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator[Generation]:
        """The current generation, which stays open and unchanged until the end of the block."""
        with self._lock:
            held = self._newest()
            held.readers += 1
        try:
            yield held.generation
        finally:
            with self._lock:
                held.readers -= 1
                held.close_if_done()

    def close(self) -> None:
        """Give everything back; readings that are under way finish first."""
        with self._lock:
            self._retire()

    def after_fork(self) -> None:
        """In a child, a thread of the parent may have held the lock."""
        self._lock = threading.Lock()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _newest(self) -> _Held:
        seen = self._stamp()
        if self._held is None or seen != self._seen:
            fresh = self._open()
            self._retire()
            self._held, self._seen = fresh, seen
            log.debug("Generation %s of %s is open", fresh.generation.name, self._layout.folder)
        return self._held

    def _stamp(self) -> tuple[int, int]:
        """What a look at CURRENT costs: one stat. Every new CURRENT is another file."""
        try:
            status = self._current.stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise missing_index(self._layout.folder) from error
        except OSError as error:
            raise RagError(
                f"The index in {self._layout.folder} cannot be read: {error.strerror}. Allow it, or set RAG_INDEX_DIR."
            ) from error
        return status.st_ino, status.st_mtime_ns

    def _open(self) -> _Held:
        """Lease the current generation, make sure that it is still the current one, and open it."""
        current, lease = self._lease()
        held = None
        try:
            held = _Held(self._layout, current, lease, self._url)
            found = held.generation.manifest.recipe
            space = found.embedding if found.embedding in self._spaces else self._spaces[0]
            check_recipe(found, Recipe(space, found.dimensions, self._passage_tokens))
        except BaseException:
            if held is not None:
                held.generation.close()
            lease.release()
            raise
        return held

    def _lease(self) -> tuple[Current, Lease]:
        """The generation that is current, kept from being removed."""
        while True:
            current = self._layout.read_current()
            if current is None:
                raise missing_index(self._layout.folder)
            try:
                lease = Lease(self._layout.generation(current.name) / MANIFEST)
            except OSError as error:
                if self._layout.read_current() != current:
                    continue
                raise IndexDamagedError(f"{error.filename} cannot be read ({error.strerror}). {REPAIR}") from error
            if lease.held() and self._layout.read_current() == current:
                return current, lease
            lease.release()

    def _retire(self) -> None:
        if self._held is not None:
            self._held.retired = True
            self._held.close_if_done()
            self._held = None


def open_index(settings: Settings, embedding: object | None = None) -> Index:
    """The index in `RAG_INDEX_DIR`, made with the embedding that the settings name or with the one that is given.

    Raises IndexMissingError, IndexMismatchError or IndexDamagedError.
    """
    return Index(settings, embedding)


class Watch:
    """Looks at the corpus of some settings; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looked = float("-inf")
        self._stale: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def notices(self) -> tuple[str, ...]:
        """That files have changed since they were indexed, with the names of some; nothing where none has."""
        with self._lock:
            if time.monotonic() - self._looked > _LOOK_EVERY:
                stale = stale_files(self._settings) if all(path.exists() for path in self._settings.corpus) else []
                self._stale, self._looked = tuple(stale), time.monotonic()
            names = self._stale
        if not names:
            return ()
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        return (f"{CHANGED} ({shown}).",)
