"""From works to abstracts: what all readings of a work say together, as rows that readers see from the next edition on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from rag.catalogue import Connection
from rag.corpus.merge import combine, merge
from rag.filters import NUMBER_FIELDS, numbers
from rag.records import Abstract
from rag.serial import dump_rest

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


def _readings(connection: Connection, work: int) -> list[Abstract]:
    query = "SELECT r.record FROM readings r JOIN files f ON f.number = r.file WHERE r.work = ? ORDER BY f.name, f.path, r.position"
    return [Abstract.from_dict(json.loads(row["record"])) for row in connection.execute(query, (work,))]


def _combined(readings: list[Abstract]) -> Abstract:
    """One record; readings that came to one work step by step may not all be alike, but belong together all the same."""
    first, *others = merge(readings) if len(readings) > 1 else readings
    return combine(first, *others)


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
    first, stated = abstract.sources[0], numbers(abstract)
    content = _digest(digest.hex(), dump_rest(replace(abstract, sources=())), *files)
    row = (abstract.id, edition, text, content, first.file, first.line, abstract.title, abstract.text)
    number = connection.execute(_INSERT, (*row, *(stated.get(name) for name in NUMBER_FIELDS), record)).fetchone()["number"]
    connection.executemany("INSERT INTO origins VALUES (?, ?)", [(number, file) for file in files])
    return True


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=16).digest()
