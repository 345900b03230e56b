"""The catalogue: the SQLite file that is the truth about a corpus. Its connections, transactions and schema version.

What is read from it is in `rag.snapshot`, what is written to it in `rag.works` and `rag.texts`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from rag.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, IndexMissingError, RagError
from rag.migrations import MIGRATIONS

Connection = sqlite3.Connection
Row = sqlite3.Row

_WAIT = 30.0  # seconds that SQLite waits for another process's transaction; ours are short


class Catalogue:
    """An open catalogue. Threads share it: each read borrows a connection, so there are as many as reads at a time.

    `synchronous` is FULL, so that a generation that was named never knows more than the catalogue after a power
    cut; a run commits a few dozen times, and the syncs are lost in the time that embedding takes.
    """

    def __init__(self, path: Path, *, create: bool = False, migrations: Sequence[str] = MIGRATIONS) -> None:
        """Open the catalogue at `path` and bring its schema up to date.

        Raises IndexMissingError where there is none (unless `create`), IndexMismatchError where a newer version of
        this program made it, IndexDamagedError where the file is no catalogue.
        """
        self.path = path
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise missing(path.parent)
        try:
            with self._borrowed() as connection:
                _migrate(connection, migrations, path)
        except RagError:
            self.close()
            raise

    def __del__(self) -> None:
        """Dropped without `close`: the files are given back all the same."""
        if hasattr(self, "_lock"):
            self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection inside one read transaction: all its queries see the same moment."""
        with self._borrowed() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside one write transaction, committed at the end and undone if anything raises."""
        with self._borrowed() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections; one that is being read from closes when it is given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        with _translated(self.path):
            connection = connection or _connect(self.path)
            try:
                yield connection
            finally:
                self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def copy_database(source: str, target: str) -> None:
    """Copy a SQLite file as it is at one moment, whoever writes to it; raises RagError."""
    with _translated(Path(source)), closing(sqlite3.connect(source, timeout=_WAIT)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def missing(index_dir: Path) -> IndexMissingError:
    """The error for a folder that holds no index."""
    return IndexMissingError(f"No index at {index_dir}. Build one with: rag index")


def _connect(path: Path) -> Connection:
    connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY", "cache_size = -32000"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _migrate(connection: Connection, migrations: Sequence[str], path: Path) -> None:
    if _version(connection) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        for script in migrations[_version(connection) :]:  # read again: another process may have been faster
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    found = _version(connection)
    if found > len(migrations):
        raise IndexMismatchError(
            f"The catalogue {path} has schema version {found}; this version of abstract-rag knows {len(migrations)}. "
            "Upgrade abstract-rag, or choose another folder with RAG_INDEX_DIR."
        )


def _version(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit the transaction that they belong to."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        reason = str(error)
        if "locked" in reason:
            raise IndexBusyError(
                f"Another process keeps the catalogue {path} locked ({reason}). Try again when it has finished."
            ) from error
        if "malformed" in reason or "not a database" in reason:
            raise IndexDamagedError(f"{path} is not a catalogue that can be read ({reason}). Move it away and type: rag index") from error
        if isinstance(error, sqlite3.OperationalError):
            raise RagError(f"The catalogue {path} cannot be used: {reason}. Is the disk full, or the folder not writable?") from error
        raise
