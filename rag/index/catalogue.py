"""The catalogue: the SQLite file that is the truth about a corpus; its schema, and its texts that were or must be embedded."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Vectors
from rag.index.changed_pages import ChangedPages
from rag.index.database import Connection, Database, Row, SqliteConnection, schema_version
from rag.index.schema import MIGRATIONS
from rag.index.seals import Pieces, break_seal, check_apart, known_pieces, seal_apart
from rag.model import NUMBER_FIELDS, Abstract, IndexDamagedError, IndexMissingError, NumberField, Passage

# The catalogue: the SQLite file that is the truth about a corpus. What is read from it is in `rag.index.snapshot`, what is written
# to it in `rag.index.works` and here.


class Catalogue(Database):
    """An open catalogue, shared by threads.

    `synchronous` is FULL, so that a generation that was named never knows more than the catalogue after a power
    cut; a run commits a few dozen times, and the syncs are lost in the time that embedding takes.
    """

    kind = "catalogue"
    repair = "Type: rag salvage (it takes out what can be read)"
    damage = IndexDamagedError
    log_pages = 50_000
    _before: Pieces | None = None
    _pages: ChangedPages | None = None

    def __init__(self, path: Path, *, create: bool = False, migrations: Sequence[str] = MIGRATIONS) -> None:
        """Open the catalogue at `path` and bring its schema up to date.

        Raises IndexMissingError where there is none (unless `create`), IndexMismatchError where a newer version of
        this program made it, IndexDamagedError where the file is no catalogue or not what its seal says.
        """
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.exists():
            raise missing_index(path.parent)
        self._seal = path.with_suffix(".seal")
        check_apart(path, self._seal, self.repair)
        if not create and path.stat().st_size == 0:
            raise IndexDamagedError(f"{path} is empty. {self.repair}")
        super().__init__(path, migrations)

    @property
    def number(self) -> int:
        """What tells this catalogue from every other: drawn when it was made."""
        with self._borrowed() as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])

    def is_of(self, number: int, edition: int) -> bool:
        """True if this is the catalogue with that number and has seen an edition."""
        with self.reading() as connection:
            (seen,) = connection.execute("SELECT edition FROM state").fetchone()
        return self.number == number and seen >= edition

    @contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """While the block lasts, no other machine writes; of a file, the lock of its folder says so."""
        yield

    def written(self) -> bool:
        """True while another machine writes."""
        return False

    def given_out(self) -> int:
        """The last edition that a generation of another folder may be named after: it is whole, and nothing more is written under it."""
        return 0

    def give_out(self, edition: int) -> None:
        """Note that an edition is whole, and that a generation will be named after it."""

    def hold(self, edition: int) -> None:
        """Keep an edition from being purged while this is open; of a file, the lease on its generation does."""

    def purge(self, oldest: int) -> None:
        """Delete what no edition from `oldest` on can see, nor one that another machine reads."""
        with self.writing() as connection:
            purge_before(connection, oldest)

    def seal(self) -> None:
        """Write down what the file must be from here on; only for the one writer. Not done where a reader is in the way."""
        if self._seal.is_file():
            return
        changed = None if self._pages is None else self._pages.offsets()
        if self.shorten():
            seal_apart(self.path, self._seal, None if changed is None else self._before, changed or ())

    def shorten(self) -> bool:
        """Take the log into the file and give its room back; False where a reader is in the way."""
        with self._borrowed() as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def check_structure(self) -> None:
        """Have SQLite look through a catalogue that a killed writer left without a seal; raises IndexDamagedError."""
        if self._seal.is_file():
            return
        with self.reading() as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise IndexDamagedError(f"{self.path} is damaged ({found}). {self.repair}")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As of any database; which pages change is noted, so that sealing reads no more than these."""
        with super().writing() as connection:
            yield connection
        if self._pages is not None:
            self._pages.note()

    def _changed(self) -> None:
        if self._seal.is_file():  # then the log is empty
            self._before, self._pages = known_pieces(self._seal), ChangedPages(self.path)
        break_seal(self._seal)

    def _migrate(self, connection: SqliteConnection, migrations: Sequence[str]) -> None:
        if schema_version(connection) < len(migrations):
            break_seal(self._seal)
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                connection.execute(f"PRAGMA application_id = {secrets.randbelow(2**31 - 1) + 1}")
        super()._migrate(connection, migrations)


def missing_index(index_dir: Path) -> IndexMissingError:
    """The error for a folder that holds no index."""
    return IndexMissingError(f"No index at {index_dir}. Build one with: rag index")


# Texts of the catalogue that were or must be split and embedded, and what the derived indexes are made from.

_SENTENCES = 24  # bits of a key that number a sentence
KEY = f"(p.text << {_SENTENCES} | p.first)"  # the key of a passage: its text's number, and that of its first sentence


def first_key(texts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least key that a passage of each text can have."""
    return texts << _SENTENCES


def text_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of the texts of passages, by the passages' keys."""
    return keys >> _SENTENCES


@dataclass(frozen=True, slots=True)
class PendingText:
    """A text that must be split and embedded. `number` is its row."""

    number: int
    abstract_id: str
    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class FinishedText:
    """The (start, end) of a text's sentences, its passages, and their vectors, one row each; the sentences' vectors, if there are any."""

    number: int
    sentences: Sequence[tuple[int, int]]
    passages: Sequence[Passage]
    vectors: Vectors
    sentence_vectors: Vectors | None = None


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage with everything that tantivy stores of it. `whole` is the abstract of which it is the first."""

    id: str
    abstract_id: str
    title: str
    text: str
    fields: dict[NumberField, int]
    sources: tuple[str, ...]
    number: int
    whole: Abstract | None


def count_pending(connection: Connection) -> int:
    """How many texts of present abstracts must be embedded."""
    return int(connection.execute(f"SELECT count(*) {_PENDING}").fetchone()[0])


def pending_texts(connection: Connection, limit: int, after: int = 0) -> list[PendingText]:
    """The next texts that must be embedded, in the order in which they were met, after one of a number."""
    query = f"SELECT t.number, a.id, a.title, a.body {_PENDING} AND t.number > ? ORDER BY t.number LIMIT ?"
    return [PendingText(*row) for row in connection.execute(query, (after, limit))]


# CROSS: the few texts first, then their abstracts; SQLite would take all abstracts first.
_PENDING = "FROM texts t CROSS JOIN abstracts a ON a.text = t.number AND a.removed IS NULL WHERE t.sentences IS NULL"


def store_finished(connection: Connection, texts: Iterable[FinishedText]) -> None:
    """Store what splitting and embedding gave."""
    sentences, passages = [], []
    for one in texts:
        parts = None if one.sentence_vectors is None else np.asarray(one.sentence_vectors, dtype="<f2").tobytes()
        sentences.append((np.array(one.sentences, dtype="<i4").tobytes(), parts, one.number))
        for passage, vector in zip(one.passages, np.asarray(one.vectors, dtype="<f4"), strict=True):
            passages.append((one.number, passage.start, passage.end, passage.first, passage.last, vector.tobytes()))
    connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)", passages)
    connection.executemany("UPDATE texts SET sentences = ?, sentence_vectors = ? WHERE number = ?", sentences)


_FIELDS = ", ".join(f"a.{name}" for name in NUMBER_FIELDS)
_INDEXED = (
    f"SELECT a.id, a.title, a.body, {_FIELDS}, a.record, p.text, p.start, p.end, p.first, "
    "(SELECT json_group_array(o.file) FROM origins o WHERE o.abstract = a.number) AS sources "
    "FROM abstracts a JOIN passages p ON p.text = a.text WHERE a.removed IS NULL AND {condition} ORDER BY a.number, p.start"
)


def passages_of(connection: Connection, numbers: Sequence[int]) -> Iterator[IndexedPassage]:
    """The passages of present abstracts with these texts."""
    query = _INDEXED.format(condition="a.text IN (SELECT value FROM json_each(?))")
    return map(_indexed, connection.execute(query, (json.dumps(list(numbers)),)))


_OF_TEXTS = (
    "SELECT {columns} FROM passages p {joined} WHERE p.text IN (SELECT value FROM json_each(?)) {condition} ORDER BY p.text, p.first"
)


def vectors_of(connection: Connection, numbers: Sequence[int]) -> tuple[NDArray[np.int64], Vectors]:
    """The keys and vectors of the passages of texts, in their order."""
    query = _OF_TEXTS.format(columns=f"{KEY}, p.vector", joined="", condition="")
    rows = connection.execute(query, (json.dumps(list(numbers)),)).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64), _stacked([row[1] for row in rows])


def passage_vectors(connection: Connection, numbers: Sequence[int]) -> tuple[list[str], Vectors]:
    """The ids and vectors of the passages of present abstracts with these texts."""
    joined, condition = "JOIN abstracts a ON a.text = p.text", "AND a.removed IS NULL"
    query = _OF_TEXTS.format(columns="a.id || ':' || p.start, p.vector", joined=joined, condition=condition)
    rows = connection.execute(query, (json.dumps(list(numbers)),)).fetchall()
    return [row[0] for row in rows], _stacked([row[1] for row in rows])


def _stacked(vectors: Sequence[bytes]) -> Vectors:
    return np.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(vectors), -1 if vectors else 0)


def live_texts(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """Which of some texts present abstracts have."""
    query = "SELECT a.text FROM abstracts a WHERE a.text IN (SELECT value FROM json_each(?)) AND a.removed IS NULL"
    return [row[0] for row in connection.execute(query, (json.dumps(list(numbers)),))]


# Rows that an edition had and that are gone, and rows that came after it, unless a row of the same content is on the
# other side: an abstract that only stands on another line is neither gone nor new to the indexes.
_GONE = (
    "+a.added <= :since AND a.removed > :since AND NOT EXISTS "
    "(SELECT 1 FROM abstracts b WHERE b.id = a.id AND b.removed IS NULL AND b.content = a.content)"
)
_NEW = (
    "a.added > :since AND a.removed IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM abstracts b WHERE b.id = a.id AND b.added <= :since AND b.removed > :since AND b.content = a.content)"
)


def finished_texts(connection: Connection, since: int) -> list[int]:
    """The texts that are embedded, of abstracts that are new since an edition; -1 for all."""
    query = f"SELECT a.text FROM abstracts a JOIN texts t ON t.number = a.text WHERE {_NEW} AND t.sentences IS NOT NULL ORDER BY +a.number"
    return [row[0] for row in connection.execute(query, {"since": since})]


def count_new(connection: Connection, since: int) -> int:
    """How many abstracts are new since an edition."""
    return int(connection.execute(f"SELECT count(*) FROM abstracts a WHERE {_NEW}", {"since": since}).fetchone()[0])


def removed_passages(connection: Connection, since: int) -> list[str]:
    """The ids of the passages that edition `since` had and that are gone or replaced now."""
    # The sign keeps SQLite from walking all abstracts in the order of their ids where few are gone.
    query = f"SELECT a.id || ':' || p.start FROM abstracts a JOIN passages p ON p.text = a.text WHERE {_GONE} ORDER BY +a.id, p.start"
    return [row[0] for row in connection.execute(query, {"since": since})]


def count_changes(connection: Connection, since: int) -> tuple[int, int, int]:
    """How many abstracts are new, changed and gone since an edition."""
    present = "SELECT 1 FROM abstracts c WHERE c.id = a.id AND c.removed IS NULL"
    gone = f"SELECT count(*) FROM abstracts a WHERE {_GONE} AND NOT EXISTS ({present})"
    changed = f"SELECT count(*) FROM abstracts a WHERE {_GONE} AND EXISTS ({present})"
    counts = [int(connection.execute(query, {"since": since}).fetchone()[0]) for query in (changed, gone)]
    return count_new(connection, since) - counts[0], counts[0], counts[1]


def count_new_passages(connection: Connection, since: int) -> int:
    """How many passages the abstracts have that are new since an edition."""
    query = f"SELECT count(*) FROM abstracts a JOIN passages p ON p.text = a.text WHERE {_NEW}"
    return int(connection.execute(query, {"since": since}).fetchone()[0])


def count_present(connection: Connection) -> int:
    """How many abstracts are present."""
    return int(connection.execute("SELECT count(*) FROM abstracts WHERE removed IS NULL").fetchone()[0])


def count_titles_alone(connection: Connection) -> int:
    """How many of the abstracts that are present have no text but their title."""
    return int(connection.execute("SELECT count(*) FROM abstracts WHERE removed IS NULL AND body = title").fetchone()[0])


def purge_before(connection: Connection, oldest: int) -> None:
    """Delete what no edition from `oldest` on can see."""
    connection.execute("DELETE FROM kept WHERE edition < ?", (oldest,))
    gone = connection.execute("DELETE FROM abstracts WHERE removed <= ? RETURNING text", (oldest,)).fetchall()
    if gone:
        # The last one stays: SQLite would give its number to another text, and vectors are stored by the number.
        unused = "NOT EXISTS (SELECT 1 FROM abstracts a WHERE a.text = texts.number) AND number < (SELECT max(number) FROM texts)"
        query = f"DELETE FROM texts WHERE number IN (SELECT value FROM json_each(?)) AND {unused}"
        connection.execute(query, (json.dumps([row[0] for row in gone]),))


def abstract_of(row: Row) -> Abstract:
    """The record in a row with id, title, body and record (the other fields, as JSON)."""
    return Abstract.from_dict({**json.loads(row["record"]), "id": row["id"], "title": row["title"], "text": row["body"]})


def _indexed(row: Row) -> IndexedPassage:
    fields = {name: row[name] for name in NUMBER_FIELDS if row[name] is not None}
    text = row["body"][row["start"] : row["end"]]
    passage_id, title, sources = f"{row['id']}:{row['start']}", row["title"] or "", tuple(json.loads(row["sources"]))
    whole = None if row["first"] else abstract_of(row)
    return IndexedPassage(passage_id, row["id"], title, text, fields, sources, row["text"], whole)
