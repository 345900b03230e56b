"""Bringing the files of the catalogue in line with those on disk, and noticing when they no longer are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rag.corpus import CorpusFile, Gate, find_files, find_odd
from rag.index import works
from rag.index.catalogue import Catalogue
from rag.index.database import Connection
from rag.index.layout import Layout
from rag.index.leases import written
from rag.index.works import KnownFile, Origin, changed_at, forget_file, keep_file, known_files, store_file, touch_file
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


def sync(catalogue: Catalogue, request: SyncRequest, progress: Progress) -> FileChanges:
    """Read what is new or changed, one transaction a file, then take out what is gone."""
    with catalogue.reading() as connection:
        known = known_files(connection)
    changes = FileChanges()
    queue = [*_requested_files(request, known), *_earlier_uploads(request, known)]
    with Gate() as gate:
        for done, file in enumerate(queue):
            progress("read", done, len(queue))
            changes = _sync_file(catalogue, gate, file, known.get(file.path), changes, reread=request.reread)
    progress("read", len(queue), len(queue))
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
    layout = Layout(settings.index_dir)
    with closing(Catalogue(layout.catalogue)) as catalogue:
        interrupted = [INTERRUPTED] if not written(layout.lock) and _is_ahead(catalogue, layout.current_name()) else []
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


def assemble(catalogue: Catalogue, edition: int, rule: str) -> None:
    """Put all works together again that a change has touched."""
    with catalogue.reading() as connection:
        left = works.dirty(connection)
    while left > 0:
        with catalogue.writing() as connection:
            done, changed = works.assemble(connection, edition, rule, _WORKS_PER_TRANSACTION)
            if changed:
                begin(connection, edition)
        left -= done


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


def _sync_file(
    catalogue: Catalogue, gate: Gate, file: KnownFile, old: KnownFile | None, changes: FileChanges, *, reread: bool
) -> FileChanges:
    """One file brought in line. Where nothing could be read in it, as its lack of a digest says, it is tried again in every run."""
    same_way = old is not None and (file.shape, file.columns, file.name) == (old.shape, old.columns, old.name)
    if old is not None and same_way and old.sha256 and not reread and (file.size, file.mtime_ns) == (old.size, old.mtime_ns):
        if file.origin != old.origin:
            with catalogue.writing() as connection:
                touch_file(connection, replace(old, origin=file.origin))
        return replace(changes, unchanged=changes.unchanged + 1)
    known = old.sha256 if old is not None and same_way else ""
    taken = gate.read(Path(file.path), name=file.name, shape=file.shape, columns=file.columns, known=known)
    file = replace(file, sha256=taken.sha256)
    with catalogue.writing() as connection:
        if taken.reading is None:
            touch_file(connection, file)
        elif old is not None and not taken.sha256:
            keep_file(connection, file, taken.reading.problems)
        else:
            store_file(connection, file, taken.reading)
    if taken.reading is None or (old is not None and not taken.sha256):
        return replace(changes, unchanged=changes.unchanged + 1)
    return replace(changes, changed=changes.changed + 1) if old else replace(changes, read=changes.read + 1)
