"""What can be read out of a damaged catalogue, row by row, into a new one; each row is held against the digests it was stored with."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.index.arrivals import intact
from rag.index.catalogue import Catalogue
from rag.index.database import Connection
from rag.index.generations import writing
from rag.index.layout import Layout, remove, sync
from rag.index.server_database import Server
from rag.model import IndexMissingError, RagError, Settings

_LARGEST = 2**40  # row numbers beyond which no row is looked for
_TABLES = {  # in the order in which they refer to each other; what is made from these is made again
    "files": ("number", "path", "name", "origin", "size", "mtime_ns", "sha256", "shape", "columns", "forced", "problems"),
    "works": ("number", "id", "dirty", "first_seen"),
    "readings": ("number", "file", "position", "work", "id", "title_key", "text_key", "record"),
}


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came out. `files` and `readings` count what was read; `lost` says, in sentences, what was not and what that means."""

    files: int
    readings: int
    kept: Path
    lost: tuple[str, ...] = field(default=())


def salvage_catalogue(settings: Settings) -> Salvage:
    """Put a new catalogue in the place of a damaged one, with all rows that can be read and are what was stored.

    The damaged one is kept beside it under another name, and keeps its own until the new one is whole, so that a salvage that was
    killed is done again with nothing lost. Files that are still there are read again by the next `bring_up_to_date`; until then
    nothing answers. Raises IndexMissingError where there is no catalogue, RagError where the folder cannot be written.
    """
    server = Server.of(settings)
    if server is not None:
        raise RagError(
            f"The catalogue is on a server ({server.where}), which looks after its files. Bring it back from a dump of the database, "
            "or have the papers read again: drop its schema and type: rag index"
        )
    with writing(settings) as layout:
        if not layout.catalogue.exists():
            raise IndexMissingError(f"There is no {layout.catalogue} to take anything out of. Build an index with: rag index")
        remove(layout.current)
        kept = _kept(layout)
        whole = layout.folder / "catalogue.salvaged.db"
        for one in (whole, *_beside(whole), whole.with_suffix(".seal")):
            remove(one)
        with closing(Catalogue(whole, create=True)) as fresh:
            found = _fill(fresh, kept)
            fresh.shorten()
        _in_place(layout, whole)
        return found


def _beside(catalogue: Path) -> tuple[Path, Path]:
    """The log of a catalogue and the index of the log."""
    return catalogue.with_name(f"{catalogue.name}-wal"), catalogue.with_name(f"{catalogue.name}-shm")


def _kept(layout: Layout) -> Path:
    """The damaged catalogue and its log under another name too: a free one, or that which a killed salvage gave it."""
    earlier = sorted(layout.folder.glob("catalogue.damaged-*.db"))
    kept = next((one for one in earlier if one.samefile(layout.catalogue)), None) or _named_too(layout)
    log, _ = _beside(layout.catalogue)
    if log.is_file():
        shutil.copyfile(log, _beside(kept)[0])
    return kept


def _named_too(layout: Layout) -> Path:
    """Give the damaged catalogue a free name beside its own."""
    number = 1
    while (kept := layout.folder / f"catalogue.damaged-{number}.db").exists():
        number += 1
    if layout.catalogue.is_dir():
        shutil.copytree(layout.catalogue, kept)
        return kept
    try:
        os.link(layout.catalogue, kept)
    except OSError:  # a file system without links
        shutil.copyfile(layout.catalogue, kept)
    return kept


def _in_place(layout: Layout, whole: Path) -> None:
    """Put the new catalogue where the damaged one is, whose log and seal must not be taken for its own."""
    sync(whole)
    if layout.catalogue.is_dir():
        remove(layout.catalogue)
    for one in (*_beside(layout.catalogue), layout.seal):
        remove(one)
    whole.replace(layout.catalogue)
    sync(layout.folder)


def _fill(fresh: Catalogue, kept: Path) -> Salvage:
    found: dict[str, list[Sequence[Any]]] = {name: [] for name in _TABLES}
    unfinished: set[object] = set()  # readings of files that were not read to their ends: nobody has seen them yet
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{kept.absolute().as_uri()}?mode=rw", uri=True)) as damaged:
        damaged.text_factory = lambda data: data.decode("utf-8")  # an error, not a sign in the place of what was lost
        for name, columns in _TABLES.items():
            found[name] = list(_rows(damaged, name, columns))
        unfinished = {row[0] for row in _try(lambda: damaged.execute("SELECT reading FROM arrivals WHERE fresh").fetchall()) or []}
    files = {row[0]: row for row in found["files"] if _is_file(row)}
    works = {row[0]: row for row in found["works"] if isinstance(row[1], str)}
    told = (row for row in found["readings"] if row[0] not in unfinished and row[1] in files and row[3] in works)
    readings = [row for row in told if _is_reading(row)]
    with fresh.writing() as connection:
        for row in files.values():
            _insert(connection, "files", row)
        for number in dict.fromkeys(row[3] for row in readings):
            made = [row[4] for row in readings if row[3] == number]
            _insert(connection, "works", (number, _id_of(works[number][1], made), 1, _moment(works[number][3])))
        for row in readings:
            _insert(connection, "readings", row)
        connection.execute("UPDATE files SET sha256 = '', mtime_ns = 0, size = -1")  # so that what is still there is read again
    broken = [row for row in files.values() if not Path(os.fsdecode(row[1])).is_file() and not _whole(row[0], readings)]
    return Salvage(len(files), len(readings), kept, tuple(_losses(found, files, broken)))


def _rows(damaged: Connection, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    """The rows that can be read, by their numbers: where a page is damaged, what lies behind it is found by going down in halves."""
    known = {row[1] for row in _try(lambda: damaged.execute(f"PRAGMA table_info({table})").fetchall()) or []}
    if not {"number"} <= known:
        return
    wanted = ", ".join(name if name in known else "NULL" for name in columns)
    query = f"SELECT {wanted} FROM {table} NOT INDEXED WHERE number BETWEEN ? AND ? ORDER BY number"
    last = _try(lambda: damaged.execute(f"SELECT max(number) FROM {table}").fetchone()[0])
    ranges = [(1, min(last, _LARGEST) if isinstance(last, int) else 1 << 20)]
    while ranges:
        low, high = ranges.pop()
        rows = _try(lambda low=low, high=high: damaged.execute(query, (low, high)).fetchall())  # type: ignore[misc]
        if rows is not None:
            yield from rows
        elif low < high:
            middle = (low + high) // 2
            ranges += [(middle + 1, high), (low, middle)]


def _try(read: Callable[[], Any]) -> Any:
    with suppress(sqlite3.Error, UnicodeDecodeError, OverflowError):
        return read()
    return None


def _is_file(row: Sequence[Any]) -> bool:
    """True for a row of files whose parts are what they must be."""
    with suppress(ValueError, TypeError):
        texts = isinstance(row[1], str | bytes) and all(isinstance(row[index], str) for index in (2, 3, 6, 7))
        forced = json.loads(row[9])
        return texts and row[3] in ("corpus", "added") and set(forced) == {"shape", "columns"} and isinstance(json.loads(row[10]), list)
    return False


def _is_reading(row: Sequence[Any]) -> bool:
    return isinstance(row[7], str) and intact(row[4], row[5], row[6], row[7])


def _insert(connection: Connection, table: str, row: Sequence[Any]) -> None:
    columns = _TABLES[table]
    connection.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", row)


_FLIPPED = 3  # signs of an id that damage may have changed: two ids of different papers have so many in common once in 10 ** 8


def _id_of(stored: str, made: Sequence[str]) -> str:
    """The id of an abstract: that of one of its readings, each of which has been held against its text, or that of one that is gone.

    No digest guards the id itself: one that is nearly a reading's is that one with other bits, and what is no id at all is the first's.
    """
    if stored in made:
        return stored
    near = [one for one in made if len(one) == len(stored) and sum(a != b for a, b in zip(one, stored, strict=True)) <= _FLIPPED]
    is_one = len(stored) == len(made[0]) and set(stored) <= set("0123456789abcdef")
    return near[0] if near else stored if is_one else made[0]


def _moment(stored: object) -> str | None:
    """When an abstract came in first, if that is a time of the past, or "" for before that was kept."""
    if stored == "":
        return ""
    with suppress(TypeError, ValueError):
        moment = datetime.fromisoformat(stored)  # type: ignore[arg-type]
        if moment.replace(tzinfo=moment.tzinfo or UTC) <= datetime.now(UTC):
            return str(stored)
    return None


def _whole(file: int, readings: list[Sequence[Any]]) -> bool:
    """True if no reading of a file is missing, as far as their positions tell."""
    positions = sorted(row[2] for row in readings if row[1] == file)
    return bool(positions) and positions == list(range(len(positions)))


def _losses(found: dict[str, list[Sequence[Any]]], files: dict[int, Sequence[Any]], broken: list[Sequence[Any]]) -> Iterator[str]:
    if not found["files"]:
        yield "Which files were added (rag index FILE) could not be read: add them again. Files of RAG_CORPUS are read again."
    if not found["works"]:
        yield "When papers came in first could not be read: they count as new from now on."
    for row in broken:
        yield f"{row[2]} is not there any more, and some of its papers could not be read."
    unread = len(found["files"]) - len(files)
    if unread:
        yield f"{unread} of the files that were indexed could not be told: those of RAG_CORPUS are read again, add the others again."
