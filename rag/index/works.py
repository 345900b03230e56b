"""The works that the readings of files belong to, put together to abstracts; and the files that were read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.corpus import combine_records, merge_works
from rag.index.database import Connection, Row, TextBytes
from rag.model import NUMBER_FIELDS, Abstract, NotFoundError, Problem, dump_rest, dumps, stated_numbers

# From works to abstracts: the merged readings of a work, as rows that are visible from the next edition on.

_COLUMNS = ("id", "added", "text", "content", "file", "line", "title", "body", *NUMBER_FIELDS, "record")
_AWAITED = 2  # in the place of `dirty`: a file that speaks of the work is still being read
# Readings of files that are still being read: nobody but the run that reads knows of them.
_ARRIVING = "FROM arrivals a JOIN readings r ON r.number = a.reading WHERE a.fresh = 1"
_INSERT = f"INSERT INTO abstracts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) RETURNING number"


def assemble(connection: Connection, edition: int, rule: str, limit: int = 1000) -> tuple[int, int]:
    """Put at most `limit` dirty works together again; returns how many there were, and how many abstracts changed by it.

    An abstract whose record stays the same keeps its row. `rule` names how texts are split and embedded: under
    another rule the same text is another text.
    """
    works = connection.execute("SELECT number, id FROM works WHERE dirty = 1 ORDER BY number LIMIT ?", (limit,)).fetchall()
    changed = 0
    origins: list[tuple[int, str]] = []
    settled: list[tuple[int, int]] = []
    arriving = connection.execute(f"SELECT EXISTS (SELECT 1 {_ARRIVING})").fetchone()[0]
    for number, abstract_id in works:
        readings = _readings(connection, number)
        awaited = arriving and connection.execute(f"SELECT EXISTS (SELECT 1 {_ARRIVING} AND r.work = ?)", (number,)).fetchone()[0]
        if readings:
            _note_aliases(connection, number, abstract_id, readings)
            combined = _combined(readings)
            put = _put(connection, combined if combined.id == abstract_id else replace(combined, id=abstract_id), edition, rule)
            changed += bool(put)
            origins += put
        else:
            query = "UPDATE abstracts SET removed = ? WHERE id = ? AND removed IS NULL"
            changed += connection.execute(query, (edition, abstract_id)).rowcount
        if readings or awaited:
            settled.append((_AWAITED if awaited else 0, number))
        else:
            connection.execute("DELETE FROM works WHERE number = ?", (number,))
    connection.executemany("INSERT INTO origins VALUES (?, ?)", origins)
    connection.executemany("UPDATE works SET dirty = ? WHERE number = ?", settled)
    return len(works), changed


def dirty(connection: Connection) -> int:
    """How many works must be put together again."""
    return int(connection.execute("SELECT count(*) FROM works WHERE dirty = 1").fetchone()[0])


def note_first_seen(connection: Connection, moment: str) -> None:
    """Note when works were first indexed that have no such note: they keep it for as long as any file has them."""
    connection.execute("UPDATE works SET first_seen = ? WHERE first_seen IS NULL AND dirty != 2", (moment,))


def dirty_all(connection: Connection) -> None:
    """Have every work put together again, because the rule has changed."""
    connection.execute("UPDATE works SET dirty = 1")


def count_readings(connection: Connection) -> int:
    """How many works the files speak of."""
    query = "SELECT count(DISTINCT work) FROM readings WHERE number NOT IN (SELECT reading FROM arrivals WHERE fresh = 1)"
    return int(connection.execute(query).fetchone()[0])


def _readings(connection: Connection, work: int) -> list[Abstract]:
    query = (
        "SELECT r.record FROM readings r JOIN files f ON f.number = r.file WHERE r.work = ? "
        "AND NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.reading = r.number AND a.fresh = 1) ORDER BY f.name, f.path, r.position"
    )
    return [Abstract.from_dict(json.loads(row["record"])) for row in connection.execute(query, (work,))]


def _combined(readings: list[Abstract]) -> Abstract:
    """One record; readings that came to one work step by step may not all be alike, but belong together all the same."""
    first, *others = merge_works(readings) if len(readings) > 1 else readings
    return combine_records(first, *others)


def _note_aliases(connection: Connection, work: int, abstract_id: str, readings: list[Abstract]) -> None:
    others = [(one.id, work) for one in readings if one.id != abstract_id]
    connection.executemany("INSERT INTO aliases VALUES (?, ?) ON CONFLICT DO NOTHING", others)


def _put(connection: Connection, abstract: Abstract, edition: int, rule: str) -> list[tuple[int, str]]:
    """Make an abstract the live row of its id; returns its origins, which must be stored, none if it is that row already."""
    digest = _digest(rule, abstract.id, abstract.title or "", abstract.text)
    record, files = dump_rest(abstract), sorted({source.file for source in abstract.sources})
    query = "SELECT a.number, a.record, t.digest FROM abstracts a JOIN texts t ON t.number = a.text WHERE a.id = ? AND a.removed IS NULL"
    live = connection.execute(query, (abstract.id,)).fetchone()
    if live is not None:
        if live["record"] == record and live["digest"] == digest:
            return []
        connection.execute("UPDATE abstracts SET removed = ? WHERE number = ?", (edition, live["number"]))
    connection.execute("INSERT INTO texts (digest) VALUES (?) ON CONFLICT DO NOTHING", (digest,))
    text = connection.execute("SELECT number FROM texts WHERE digest = ?", (digest,)).fetchone()["number"]
    first, stated = abstract.sources[0], stated_numbers(abstract)
    content = _digest(digest.hex(), _without_sources(abstract, record), *files)
    row = (abstract.id, edition, text, content, first.file, first.line, abstract.title, abstract.text)
    number = connection.execute(_INSERT, (*row, *(stated.get(name) for name in NUMBER_FIELDS), record)).fetchone()["number"]
    return [(number, file) for file in files]


def _without_sources(abstract: Abstract, record: str) -> str:
    """The record that an abstract would have without its sources, of which there is no need to write all of it again."""
    end = f"{dumps(abstract.sources)}}}"
    return f"{record.removesuffix(end)}[]}}" if record.endswith(end) else dump_rest(replace(abstract, sources=()))


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=16).digest()


# The files that were read. What they say is written down in `rag.index.arrivals`.

Origin = Literal["corpus", "added"]

NEVER_READ = -2  # in the place of a size
_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was when it was last read. `shape` and `columns` are what the user asked for, None if nothing.

    One that could not be read to its end has no digest, and the size NEVER_READ if it has never been.
    """

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


def touch_file(connection: Connection, file: KnownFile) -> None:
    """Note another name, origin, size or time of a file whose bytes are the same."""
    values = (file.name, file.origin, file.size, file.mtime_ns, stored_path(file.path))
    connection.execute("UPDATE files SET name = ?, origin = ?, size = ?, mtime_ns = ? WHERE path = ?", values)


def keep_file(connection: Connection, file: KnownFile, found: Sequence[Problem]) -> None:
    """Note why a file cannot be read now; what it said before stays, and it is tried again in the next run."""
    kept = [replace(one, reason=f"{one.reason}; what it said before is kept") for one in found]
    values = (dumps(kept), file.size, file.mtime_ns, stored_path(file.path))
    connection.execute("UPDATE files SET problems = ?, sha256 = '', size = ?, mtime_ns = ? WHERE path = ?", values)


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


def stored_path(path: str) -> str | TextBytes:
    """A path as SQLite can hold it: its bytes where they are no text, as file names on POSIX need not be."""
    return path if storable(path) == path else TextBytes(os.fsencode(path))


def storable(text: str) -> str:
    """A text without half characters, which SQLite does not take."""
    return text.encode("utf-8", "replace").decode("utf-8")
