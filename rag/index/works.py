"""What files say, written into the catalogue, and the works that their readings belong to."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.corpus import Fingerprint, Reading, combine_records, merge_works, same_work
from rag.index.database import Connection, Row
from rag.model import NUMBER_FIELDS, Abstract, NotFoundError, Problem, dump_rest, dumps, stated_numbers

# From works to abstracts: the merged readings of a work, as rows that are visible from the next edition on.

_COLUMNS = ("id", "added", "text", "content", "file", "line", "title", "body", *NUMBER_FIELDS, "record")
_INSERT = f"INSERT INTO abstracts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) RETURNING number"


def assemble(connection: Connection, edition: int, rule: str, limit: int = 1000) -> tuple[int, int]:
    """Put at most `limit` dirty works together again; returns how many there were, and how many abstracts changed by it.

    An abstract whose record stays the same keeps its row. `rule` names how texts are split and embedded: under
    another rule the same text is another text.
    """
    works = connection.execute("SELECT number, id FROM works WHERE dirty = 1 ORDER BY number LIMIT ?", (limit,)).fetchall()
    changed = 0
    for number, abstract_id in works:
        readings = _readings(connection, number)
        if readings:
            _note_aliases(connection, number, abstract_id, readings)
            changed += _put(connection, replace(_combined(readings), id=abstract_id), edition, rule)
            connection.execute("UPDATE works SET dirty = 0 WHERE number = ?", (number,))
        else:
            query = "UPDATE abstracts SET removed = ? WHERE id = ? AND removed IS NULL"
            changed += connection.execute(query, (edition, abstract_id)).rowcount
            connection.execute("DELETE FROM works WHERE number = ?", (number,))
    return len(works), changed


def dirty(connection: Connection) -> int:
    """How many works must be put together again."""
    return int(connection.execute("SELECT count(*) FROM works WHERE dirty = 1").fetchone()[0])


def note_first_seen(connection: Connection, moment: str) -> None:
    """Note when works were first indexed that have no such note: they keep it for as long as any file has them."""
    connection.execute("UPDATE works SET first_seen = ? WHERE first_seen IS NULL", (moment,))


def dirty_all(connection: Connection) -> None:
    """Have every work put together again, because the rule has changed."""
    connection.execute("UPDATE works SET dirty = 1")


def count_readings(connection: Connection) -> int:
    """How many works the files speak of."""
    return int(connection.execute("SELECT count(DISTINCT work) FROM readings").fetchone()[0])


def _readings(connection: Connection, work: int) -> list[Abstract]:
    query = "SELECT r.record FROM readings r JOIN files f ON f.number = r.file WHERE r.work = ? ORDER BY f.name, f.path, r.position"
    return [Abstract.from_dict(json.loads(row["record"])) for row in connection.execute(query, (work,))]


def _combined(readings: list[Abstract]) -> Abstract:
    """One record; readings that came to one work step by step may not all be alike, but belong together all the same."""
    first, *others = merge_works(readings) if len(readings) > 1 else readings
    return combine_records(first, *others)


def _note_aliases(connection: Connection, work: int, abstract_id: str, readings: list[Abstract]) -> None:
    others = [(one.id, work) for one in readings if one.id != abstract_id]
    connection.executemany("INSERT OR IGNORE INTO aliases VALUES (?, ?)", others)


def _put(connection: Connection, abstract: Abstract, edition: int, rule: str) -> bool:
    """Make an abstract the live row of its id; returns False if it is already."""
    digest = _digest(rule, abstract.id, abstract.title or "", abstract.text)
    record, files = dump_rest(abstract), sorted({source.file for source in abstract.sources})
    query = "SELECT a.number, a.record, t.digest FROM abstracts a JOIN texts t ON t.number = a.text WHERE a.id = ? AND a.removed IS NULL"
    live = connection.execute(query, (abstract.id,)).fetchone()
    if live is not None:
        if live["record"] == record and live["digest"] == digest:
            return False
        connection.execute("UPDATE abstracts SET removed = ? WHERE number = ?", (edition, live["number"]))
    connection.execute("INSERT OR IGNORE INTO texts (digest) VALUES (?)", (digest,))
    text = connection.execute("SELECT number FROM texts WHERE digest = ?", (digest,)).fetchone()["number"]
    first, stated = abstract.sources[0], stated_numbers(abstract)
    content = _digest(digest.hex(), dump_rest(replace(abstract, sources=())), *files)
    row = (abstract.id, edition, text, content, first.file, first.line, abstract.title, abstract.text)
    number = connection.execute(_INSERT, (*row, *(stated.get(name) for name in NUMBER_FIELDS), record)).fetchone()["number"]
    connection.executemany("INSERT INTO origins VALUES (?, ?)", [(number, file) for file in files])
    return True


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=16).digest()


# Writing what files say into the catalogue, and finding the work that each reading belongs to.

Origin = Literal["corpus", "added"]

_CANDIDATES = 50  # a title like "Introduction" may be shared by thousands; the same work is among the first or not at all


_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was when it was last read. `shape` and `columns` are what the user asked for, None if nothing."""

    path: str
    name: str
    origin: Origin
    size: int
    mtime_ns: int
    sha256: str
    shape: str | None = None
    columns: Mapping[str, str] | None = None
    number: int = 0

    def stale(self) -> bool:
        """True if the file on disk has another size or time now; False if it cannot be seen."""
        try:
            status = Path(self.path).stat()
        except OSError:
            return False
        return (status.st_size, changed_at(status)) != (self.size, self.mtime_ns)


def changed_at(status: os.stat_result) -> int:
    """When a file was changed, in nanoseconds as SQLite can hold them: to April 2262."""
    return max(-_LATEST, min(status.st_mtime_ns, _LATEST))


def known_files(connection: Connection) -> dict[str, KnownFile]:
    """The files of the catalogue by resolved path, in the order of their names."""
    rows = connection.execute("SELECT * FROM files ORDER BY name, path").fetchall()
    return {file.path: file for file in map(_known, rows)}


def problems(connection: Connection) -> tuple[Problem, ...]:
    """What could not be read, in the order of the files."""
    rows = connection.execute("SELECT problems FROM files ORDER BY name, path").fetchall()
    return tuple(Problem(**problem) for row in rows for problem in json.loads(row["problems"]))


def find_file(connection: Connection, name: str) -> KnownFile:
    """The file with this name or path; raises NotFoundError where none or several have it."""
    files = known_files(connection)
    path = os.path.realpath(name)
    found = [files[path]] if path in files else [one for one in files.values() if one.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f"Several sources are called {name!r}. Give the path: " + ", ".join(one.path for one in found))
    raise NotFoundError(f"No source is called {name!r}. The sources are: " + (", ".join(one.name for one in files.values()) or "none"))


def store_file(connection: Connection, file: KnownFile, reading: Reading) -> None:
    """Put a file's readings in the place of those that it gave before; works that this touches become dirty.

    New readings find their works before the old ones leave, so that a work whose only file was edited keeps its id.
    """
    number = _store_row(connection, file, reading)
    rows = connection.execute("SELECT number, work, record FROM readings WHERE file = ? ORDER BY number DESC", (number,)).fetchall()
    before = {row["record"]: row for row in rows}
    keep = set()
    for position, abstract in enumerate(reading.abstracts):
        record = dumps(abstract)
        old = before.pop(record, None)
        if old is not None:
            connection.execute("UPDATE readings SET position = ? WHERE number = ?", (position, old["number"]))
            keep.add(old["number"])
        else:
            _add_reading(connection, number, position, abstract, record)
    _drop_readings(connection, [row for row in rows if row["number"] not in keep])


def touch_file(connection: Connection, file: KnownFile) -> None:
    """Note another name, origin, size or time of a file whose bytes are the same."""
    values = (file.name, file.origin, file.size, file.mtime_ns, _stored_path(file.path))
    connection.execute("UPDATE files SET name = ?, origin = ?, size = ?, mtime_ns = ? WHERE path = ?", values)


def keep_file(connection: Connection, file: KnownFile, found: Sequence[Problem]) -> None:
    """Note why a file cannot be read now; what it said before stays, and it is tried again in the next run."""
    kept = [replace(one, reason=f"{one.reason}; what it said before is kept") for one in found]
    values = (dumps(kept), file.size, file.mtime_ns, _stored_path(file.path))
    connection.execute("UPDATE files SET problems = ?, sha256 = '', size = ?, mtime_ns = ? WHERE path = ?", values)


def forget_file(connection: Connection, file: KnownFile) -> None:
    """Take a file and its readings out; works that this touches become dirty."""
    _drop_readings(connection, connection.execute("SELECT number, work FROM readings WHERE file = ?", (file.number,)).fetchall())
    connection.execute("DELETE FROM files WHERE number = ?", (file.number,))


def _known(row: Row) -> KnownFile:
    forced = json.loads(row["forced"])
    return KnownFile(
        os.fsdecode(row["path"]),
        row["name"],
        row["origin"],
        row["size"],
        row["mtime_ns"],
        row["sha256"],
        forced["shape"],
        forced["columns"],
        row["number"],
    )


def _store_row(connection: Connection, file: KnownFile, reading: Reading) -> int:
    columns = dict(reading.columns)
    forced = {"shape": file.shape, "columns": dict(file.columns) if file.columns else None}
    values = (
        *(_stored_path(file.path), file.name, file.origin, file.size, file.mtime_ns, file.sha256, reading.shape),
        *(_storable(dumps(value)) for value in (columns, forced, reading.problems)),
    )
    query = (
        "INSERT INTO files (path, name, origin, size, mtime_ns, sha256, shape, columns, forced, problems) VALUES (?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (path) DO UPDATE SET name = excluded.name, origin = excluded.origin, size = excluded.size, "
        "mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, shape = excluded.shape, columns = excluded.columns, "
        "forced = excluded.forced, problems = excluded.problems "
        "RETURNING number"
    )
    return int(connection.execute(query, values).fetchone()[0])


def _stored_path(path: str) -> str | bytes:
    """A path as SQLite can hold it: its bytes where they are no text, as file names on POSIX need not be."""
    return path if _storable(path) == path else os.fsencode(path)


def _storable(text: str) -> str:
    """A text without half characters, which SQLite does not take."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _add_reading(connection: Connection, file: int, position: int, abstract: Abstract, record: str) -> None:
    keys = _Keys.of(abstract)
    work = _find_work(connection, abstract, keys)
    if work is None:
        work = connection.execute("INSERT INTO works (id) VALUES (?) RETURNING number", (abstract.id,)).fetchone()[0]
    else:
        connection.execute("UPDATE works SET dirty = 1 WHERE number = ?", (work,))
    values = (file, position, work, abstract.id, keys.title, keys.text, record)
    connection.execute("INSERT INTO readings (file, position, work, id, title_key, text_key, record) VALUES (?,?,?,?,?,?,?)", values)


def intact(abstract_id: object, title_key: object, text_key: object, record: str) -> bool:
    """True for a stored reading that is what was written: its id and its keys follow from its record."""
    try:
        abstract = Abstract.from_dict(json.loads(record))
        keys = _Keys.of(abstract)
        return (abstract.id, keys.title, keys.text) == (abstract_id, title_key, text_key) and dumps(abstract) == record
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


@dataclass(frozen=True, slots=True)
class _Keys:
    """Digests of what the same work is looked for by; None for an empty key, which nothing is to be found by."""

    title: bytes | None
    text: bytes | None
    title_alone: bool

    @classmethod
    def of(cls, abstract: Abstract) -> _Keys:
        fingerprint = Fingerprint(abstract)
        return cls(_reading_digest(fingerprint.title), _reading_digest(fingerprint.text), fingerprint.title_alone)


def _find_work(connection: Connection, abstract: Abstract, keys: _Keys) -> int | None:
    """The work that a reading is of, as `rag.corpus.merge.merge_works` finds it: by its id (equal letters), its text, its title."""
    by_id = (
        "SELECT number FROM works WHERE id = :id UNION SELECT work FROM aliases WHERE alias = :id "
        "UNION SELECT * FROM (SELECT work FROM readings WHERE id = :id LIMIT 1) ORDER BY 1 LIMIT 1"  # of one id, all are of one work
    )
    row = connection.execute(by_id, {"id": abstract.id}).fetchone()
    if row is not None:
        return int(row[0])
    titled = _candidates(connection, "title_key", keys.title)
    if keys.title_alone and len({row["work"] for row in titled}) > 1:
        return None  # a title alone that several works have is of none of them
    for row in (*_candidates(connection, "text_key", keys.text), *titled):
        if same_work(Abstract.from_dict(json.loads(row["record"])), abstract):
            return int(row["work"])
    return None


def _candidates(connection: Connection, column: str, key: bytes | None) -> list[Row]:
    query = f"SELECT work, record FROM readings WHERE {column} = ? ORDER BY number LIMIT {_CANDIDATES}"
    return connection.execute(query, (key,)).fetchall() if key is not None else []


def _drop_readings(connection: Connection, rows: list[Row]) -> None:
    connection.executemany("UPDATE works SET dirty = 1 WHERE number = ?", [(row["work"],) for row in rows])
    connection.executemany("DELETE FROM readings WHERE number = ?", [(row["number"],) for row in rows])


def _reading_digest(key: str) -> bytes | None:
    return hashlib.blake2b(key.encode(), digest_size=12).digest() if key else None
