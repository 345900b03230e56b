"""Writing what files say into the catalogue, and finding the work that each reading belongs to.

A large file comes in batches. Until it was read to its end, what it said before stands: its new readings are known to the run that reads
it alone, and to the next one, which goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag.corpus import Batch, Entry, Reading, same_work
from rag.index.database import Connection, Row
from rag.index.works import NEVER_READ, KnownFile, storable, stored_path
from rag.model import Abstract, Problem, dumps

_ARRIVED = "INSERT INTO arrivals VALUES (?, ?, ?)"
_CANDIDATES = 50  # a title like "Introduction" may be shared by thousands; the same work is among the first or not at all


def store_file(connection: Connection, file: KnownFile, reading: Reading) -> None:
    """Put a file's readings in the place of those that it gave before; works that this touches become dirty.

    New readings find their works before the old ones leave, so that a work whose only file was edited keeps its id.
    """
    number = _row(connection, file)
    _discard(connection, number)
    _arrive(connection, number, map(Entry.of, reading.abstracts), 0, dirty=1)
    _finish(connection, file, number, reading.shape, reading.columns, reading.problems)


def store_batch(connection: Connection, file: KnownFile, batch: Batch) -> None:
    """Take the next entries of a file in; with the last ones, all of it takes the place of what the file said before."""
    number = _row(connection, file)
    if batch.anew:
        _discard(connection, number)
    _arrive(connection, number, batch.entries, batch.first, dirty=2)
    if batch.last:
        connection.execute("UPDATE works SET dirty = 1 WHERE dirty = 2")  # those of another file that is being read will be found to be so
        _finish(connection, file, number, batch.shape, batch.columns, batch.problems)
    else:
        query = "INSERT INTO streams VALUES (?, ?, ?) ON CONFLICT (file) DO UPDATE SET asked = excluded.asked, point = excluded.point"
        connection.execute(query, (number, storable(_asked(file)), storable(json.dumps(batch.point))))


def stopped_at(connection: Connection, file: KnownFile) -> dict[str, Any] | None:
    """The point at which reading a file stopped, where it is to be read as it was then; None where it is to be read from its beginning."""
    query = "SELECT asked, point FROM streams JOIN files f ON f.number = file WHERE f.path = ?"
    row = connection.execute(query, (stored_path(file.path),)).fetchone()
    if row is None or row["asked"] != storable(_asked(file)):
        return None
    point: dict[str, Any] = json.loads(row["point"])
    return point


def discard_batches(connection: Connection, path: str) -> None:
    """Forget what was read of a file that was not read to its end."""
    row = connection.execute("SELECT file FROM streams JOIN files f ON f.number = file WHERE f.path = ?", (stored_path(path),)).fetchone()
    if row is not None:
        _discard(connection, row["file"])


def forget_file(connection: Connection, file: KnownFile) -> None:
    """Take a file and its readings out; works that this touches become dirty."""
    _drop(connection, "file = ?", file.number)
    connection.execute("DELETE FROM files WHERE number = ?", (file.number,))


def intact(abstract_id: object, title_key: object, text_key: object, record: str) -> bool:
    """True for a stored reading that is what was written: its id and its keys follow from its record."""
    try:
        entry = Entry.of(Abstract.from_dict(json.loads(record)))
        return (entry.id, entry.title_key, entry.text_key, entry.record) == (abstract_id, title_key, text_key, record)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _asked(file: KnownFile) -> str:
    """What was asked for, by which it is told whether a reading can be gone on with."""
    return json.dumps([file.name, file.shape, file.columns and dict(file.columns)], sort_keys=True)


def _row(connection: Connection, file: KnownFile) -> int:
    """The number of a file; one that is met for the first time gets a row, as a file that could not be read."""
    row = connection.execute("SELECT number FROM files WHERE path = ?", (stored_path(file.path),)).fetchone()
    if row is not None:
        return int(row["number"])
    values = (stored_path(file.path), file.name, file.origin, *_forced(file))
    query = (
        "INSERT INTO files (path, name, origin, size, mtime_ns, sha256, shape, columns, forced, problems) "
        f"VALUES (?, ?, ?, {NEVER_READ}, 0, '', 'unknown', '{{}}', ?, '[]') RETURNING number"
    )
    return int(connection.execute(query, values).fetchone()["number"])


def _forced(file: KnownFile) -> tuple[str]:
    return (storable(dumps({"shape": file.shape, "columns": dict(file.columns) if file.columns else None})),)


def _arrive(connection: Connection, file: int, entries: Iterable[Entry], first: int, *, dirty: int) -> None:
    """Store entries as readings that are not said yet, or note that the file says them as before."""
    spoken = connection.execute("SELECT shape != 'unknown' FROM files WHERE number = ?", (file,)).fetchone()[0]
    arrived: list[tuple[int, int, int]] = []
    for position, entry in enumerate(entries, first):
        old = _spoken(connection, file, entry, position) if spoken else None
        reading = old or _add_reading(connection, file, position, entry, dirty)
        arrived.append((reading, file, int(old is None)))
        if spoken:  # the next entry must not be taken for the same reading
            connection.execute(_ARRIVED, arrived.pop())
    connection.executemany(_ARRIVED, arrived)


def _spoken(connection: Connection, file: int, entry: Entry, position: int) -> int | None:
    """The reading by which the file said the same before, at its place of today; None where it did not."""
    query = (
        "SELECT number, position, record FROM readings r WHERE id = ? AND file = ? "
        f"AND NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.reading = r.number) ORDER BY number LIMIT {_CANDIDATES}"
    )
    for number, before, record in connection.execute(query, (entry.id, file)).fetchall():
        if record == entry.record:
            if before != position:
                connection.execute("UPDATE readings SET position = ? WHERE number = ?", (position, number))
            return int(number)
    return None


def _finish(
    connection: Connection, file: KnownFile, number: int, shape: str, columns: Mapping[str, str], problems: Sequence[Problem]
) -> None:
    """Let the file say what has arrived, and nothing else."""
    _drop(connection, "file = ? AND NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.reading = r.number)", number)
    _have_done(connection, number)
    values = (file.name, file.origin, file.size, file.mtime_ns, file.sha256, shape, *_forced(file))
    texts = (storable(dumps(dict(columns))), storable(dumps(problems)))
    query = (
        "UPDATE files SET name = ?, origin = ?, size = ?, mtime_ns = ?, sha256 = ?, shape = ?, forced = ?, columns = ?, problems = ? "
        "WHERE number = ?"
    )
    connection.execute(query, (*values, *texts, number))


def _discard(connection: Connection, number: int) -> None:
    _drop(connection, "number IN (SELECT reading FROM arrivals WHERE file = ? AND fresh = 1)", number)
    _have_done(connection, number)


def _have_done(connection: Connection, number: int) -> None:
    connection.execute("DELETE FROM arrivals WHERE file = ?", (number,))
    connection.execute("DELETE FROM streams WHERE file = ?", (number,))


def _drop(connection: Connection, which: str, number: int) -> None:
    """Take readings out; their works become dirty."""
    connection.execute(f"UPDATE works SET dirty = 1 WHERE number IN (SELECT work FROM readings r WHERE {which})", (number,))
    connection.execute(f"DELETE FROM readings AS r WHERE {which}", (number,))


def _add_reading(connection: Connection, file: int, position: int, entry: Entry, dirty: int) -> int:
    work = _find_work(connection, entry)
    if work is None:
        work = connection.execute("INSERT INTO works (id, dirty) VALUES (?, ?) RETURNING number", (entry.id, dirty)).fetchone()[0]
    else:
        connection.execute("UPDATE works SET dirty = ? WHERE number = ? AND dirty != 1", (dirty, work))
    values = (file, position, work, entry.id, entry.title_key, entry.text_key, entry.record)
    query = "INSERT INTO readings (file, position, work, id, title_key, text_key, record) VALUES (?,?,?,?,?,?,?) RETURNING number"
    return int(connection.execute(query, values).fetchone()[0])


def _find_work(connection: Connection, entry: Entry) -> int | None:
    """The work that a reading is of, as `rag.corpus.merge.merge_works` finds it: by its id (equal letters), its text, its title."""
    by_id = (
        "SELECT number FROM works WHERE id = :id UNION SELECT work FROM aliases WHERE alias = :id "
        "UNION SELECT * FROM (SELECT work FROM readings WHERE id = :id LIMIT 1) AS one ORDER BY 1 LIMIT 1"  # of one id, all are of one work
    )
    row = connection.execute(by_id, {"id": entry.id}).fetchone()
    if row is not None:
        return int(row[0])
    titled = _candidates(connection, "title_key", entry.title_key)
    if entry.title_alone and len({row["work"] for row in titled}) > 1:
        return None  # a title alone that several works have is of none of them
    abstract: Abstract | None = None
    for row in (*_candidates(connection, "text_key", entry.text_key), *titled):
        abstract = abstract or entry.abstract()
        if same_work(Abstract.from_dict(json.loads(row["record"])), abstract):
            return int(row["work"])
    return None


def _candidates(connection: Connection, column: str, key: bytes | None) -> list[Row]:
    query = f"SELECT work, record FROM readings WHERE {column} = ? ORDER BY number LIMIT {_CANDIDATES}"
    return connection.execute(query, (key,)).fetchall() if key is not None else []
