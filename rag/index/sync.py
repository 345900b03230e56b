"""Bringing the files of the catalogue in line with those on disk, and noticing when they no longer are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rag.corpus import Batch, CorpusFile, Gate, Limits, Taken, find_files, find_odd
from rag.index import works
from rag.index.arrivals import discard_batches, forget_file, stopped_at, store_batch, store_file
from rag.index.catalogue import Catalogue
from rag.index.database import Connection
from rag.index.layout import Layout
from rag.index.leases import written
from rag.index.server_catalogue import open_catalogue
from rag.index.works import NEVER_READ, KnownFile, Origin, changed_at, keep_file, known_files, touch_file
from rag.model import CorpusError, Progress, Settings

# Synchronising the catalogue with the files on disk: new, changed, unchanged and removed ones.

INTERRUPTED = "a change that was interrupted"  # in the place of a file's name
_WORKS_PER_TRANSACTION = 1000  # works that are put together in one transaction


@dataclass(frozen=True, slots=True)
class FileChanges:
    """How many files were read for the first time, read again, gone, and as they were."""

    read: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """Files to have in the catalogue. With `complete`, files of the corpus that are not among them are taken out.

    `shape` and `columns` are what the user asked for; None keeps what was asked for when a file was first added. With `reread`, a file
    is looked into also where its size and time are as they were.
    """

    files: Sequence[CorpusFile]
    origin: Origin
    complete: bool
    shape: str | None = None
    columns: Mapping[str, str] | None = None
    reread: bool = False

    @classmethod
    def below(cls, paths: Sequence[Path], *, add: bool, shape: str | None, columns: Mapping[str, str] | None) -> SyncRequest:
        """The files below some paths; raises CorpusError where a path does not exist or nothing is found."""
        files = find_files(paths)
        if not files:
            raise CorpusError(
                f"No file to read in {', '.join(map(str, paths)) or 'an empty RAG_CORPUS'}. Set RAG_CORPUS or type: rag index FOLDER"
            )
        return cls([*files, *find_odd(paths)], "added" if add else "corpus", not add, shape, columns)


def sync(
    catalogue: Catalogue,
    request: SyncRequest,
    progress: Progress,
    limits: Limits | None = None,
    expected: Callable[[int], None] = lambda size: None,
) -> FileChanges:
    """Read what is new or changed, one transaction a file or a batch of a large one, then take out what is gone.

    `expected` is called first, with the bytes of the files that look new or changed.
    """
    with catalogue.reading() as connection:
        known = known_files(connection)
    changes = FileChanges()
    queue = [*_requested_files(request, known), *_earlier_uploads(request, known)]
    expected(sum(file.size for file in queue if _is_changed(file, known.get(file.path))))
    meter = _Meter(progress, sum(map(_steps, queue)))
    with Gate(limits or Limits()) as gate:
        for file in queue:
            meter.show(0)
            changes = _sync_file(_Reader(catalogue, gate, meter), file, known.get(file.path), changes, reread=request.reread)
            meter.before += _steps(file)
    meter.show(0)
    present = {file.path for file in queue}
    for file in known.values():
        if request.complete and file.origin == "corpus" and file.path not in present:
            with catalogue.writing() as connection:
                forget_file(connection, file)
            changes = replace(changes, removed=changes.removed + 1)
    return changes


def stale_files(settings: Settings) -> list[str]:
    """The names of files that are new, changed or gone since the index was made: a look at each one's size and time.

    Raises IndexMissingError where there is no index.
    """
    layout = Layout.of(settings)
    with closing(open_catalogue(layout)) as catalogue:
        writing = written(layout.lock) or catalogue.written()
        interrupted = [INTERRUPTED] if not writing and _is_ahead(catalogue, layout.current_name()) else []
        return [*interrupted, *stale(catalogue, settings.corpus)]


def _is_ahead(catalogue: Catalogue, generation: str | None) -> bool:
    """True if the catalogue has changes that no generation shows: the process that made them was ended."""
    with catalogue.reading() as connection:
        (edition,) = connection.execute("SELECT edition FROM state").fetchone()
        return generation is not None and (edition > int(generation) or works.dirty(connection) > 0)


def stale(catalogue: Catalogue, paths: Sequence[Path]) -> list[str]:
    """The names of files that are new, changed or gone since they were read: a look at every file's size and time.

    Files of the corpus count only if the index was ever made from a corpus. A path that is not there is no change.
    """
    with catalogue.reading() as connection:
        known = known_files(connection)
    changed = [file.name for file in known.values() if file.stale()]
    if any(file.origin == "corpus" for file in known.values()):
        found = {os.path.realpath(file.path): file.name for path in paths if _is_there(path) for file in find_files([path])}
        changed += [name for path, name in found.items() if path not in known]
        changed += [file.name for file in known.values() if file.origin == "corpus" and file.sha256 and not _is_there(Path(file.path))]
    return sorted(changed)


def _is_there(path: Path) -> bool:
    """True for what can be seen; `Path.exists` raises for a path that is too long or may not be looked at."""
    try:
        return path.exists()
    except OSError:
        return False


def assemble(catalogue: Catalogue, edition: int, rule: str, progress: Progress) -> None:
    """Put all works together again that a change has touched."""
    with catalogue.reading() as connection:
        left = total = works.dirty(connection)
    while left > 0:
        progress("merge", total - left, total)
        with catalogue.writing() as connection:
            done, changed = works.assemble(connection, edition, rule, _WORKS_PER_TRANSACTION)
            if changed:
                begin(connection, edition)
        left -= done
    if total:
        progress("merge", total, total)


def begin(connection: Connection, edition: int) -> None:
    """Note, with the first change of an edition, that it was begun: a generation must follow."""
    connection.execute("UPDATE state SET edition = ? WHERE edition < ?", (edition, edition))


def _requested_files(request: SyncRequest, known: Mapping[str, KnownFile]) -> list[KnownFile]:
    """The requested files as they are now; a file that was added stays added, and its forced shape stays forced."""
    described = []
    for found in request.files:
        path = os.path.realpath(found.path)
        old = known.get(path)
        origin = old.origin if old is not None and request.complete else request.origin
        shape = request.shape or (old.shape if old else None)
        columns = request.columns or (old.columns if old else None)
        described.append(_with_status(KnownFile(path, found.name, origin, 0, 0, "", shape, columns)))
    return described


def _earlier_uploads(request: SyncRequest, known: Mapping[str, KnownFile]) -> list[KnownFile]:
    """Files that were added earlier and are still on disk: they are followed, but never taken out by themselves."""
    here = {os.path.realpath(file.path) for file in request.files}
    others = [file for file in known.values() if file.origin == "added" and file.path not in here]
    return [_with_status(file) for file in others if request.complete and _is_there(Path(file.path))]


def _with_status(file: KnownFile) -> KnownFile:
    """The file with its size and time; without them where it cannot be seen, which the gate will explain."""
    try:
        status = Path(file.path).stat()
    except OSError:
        return replace(file, size=0, mtime_ns=0)
    return replace(file, size=status.st_size, mtime_ns=changed_at(status))


@dataclass(slots=True)
class _Meter:
    """Tells how much of all files was read: a step a file, of a large one a step a megabyte; `before` are those of files that are done."""

    progress: Progress
    total: int
    before: int = 0

    def show(self, done: int) -> None:
        """Tell of some steps of the file that is being read."""
        self.progress("read", min(self.before + done, self.total), self.total)


def _steps(file: KnownFile) -> int:
    return max(file.size // 1_000_000, 1)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads a file through the gate and stores what it says."""

    catalogue: Catalogue
    gate: Gate
    meter: _Meter

    def store(self, file: KnownFile, old: KnownFile | None, known: str) -> bool:
        """Store what a file says; False where that is what is known, or cannot be told now."""
        with self.catalogue.reading() as connection:
            point = stopped_at(connection, file)
        parts = self.gate.parts(Path(file.path), name=file.name, shape=file.shape, columns=file.columns, known=known, point=point)
        with closing(parts):
            for part in parts:
                with self.catalogue.writing() as connection:
                    stored = self._taken(connection, file, old, part) if isinstance(part, Taken) else self._batch(connection, file, part)
                if isinstance(part, Batch):
                    self.meter.show(_steps(file) * part.done // max(part.size, 1))
        return stored

    @staticmethod
    def _taken(connection: Connection, file: KnownFile, old: KnownFile | None, taken: Taken) -> bool:
        file = replace(file, sha256=taken.sha256)
        if taken.reading is None:
            discard_batches(connection, file.path)
            touch_file(connection, file)
        elif old is not None and not taken.sha256:
            keep_file(connection, file, taken.reading.problems)
        else:
            store_file(connection, file, taken.reading)
            return True
        return False

    @staticmethod
    def _batch(connection: Connection, file: KnownFile, batch: Batch) -> bool:
        if batch.last and not batch.sha256:  # it could not be read to its end now: the next run goes on with it
            keep_file(connection, file, batch.problems)
            return False
        store_batch(connection, replace(file, sha256=batch.sha256), batch)
        return True


def _is_changed(file: KnownFile, old: KnownFile | None) -> bool:
    """True for a file that its size and time tell to be new or another."""
    return old is None or (file.size, file.mtime_ns) != (old.size, old.mtime_ns)


def _sync_file(reader: _Reader, file: KnownFile, old: KnownFile | None, changes: FileChanges, *, reread: bool) -> FileChanges:
    """One file brought in line. Where nothing could be read in it, as its lack of a digest says, it is tried again in every run."""
    same_way = old is not None and (file.shape, file.columns, file.name) == (old.shape, old.columns, old.name)
    if old is not None and same_way and old.sha256 and not reread and not _is_changed(file, old):
        with reader.catalogue.writing() as connection:
            discard_batches(connection, file.path)
            if file.origin != old.origin:
                touch_file(connection, replace(old, origin=file.origin))
        return replace(changes, unchanged=changes.unchanged + 1)
    known = old.sha256 if old is not None and same_way else ""
    if not reader.store(file, old, known):
        return replace(changes, unchanged=changes.unchanged + 1)
    never = old is None or old.size == NEVER_READ
    return replace(changes, read=changes.read + 1) if never else replace(changes, changed=changes.changed + 1)
