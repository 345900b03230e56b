"""A SQLite file that several threads and processes share: connections, transactions, schema version, errors in our words."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from rag.model import IndexBusyError, IndexDamagedError, IndexMismatchError, RagError, leave_behind, tell_forks

SqliteConnection = sqlite3.Connection


class Row(Protocol):
    """One row of what a statement gave, by name and by place; a sequence in all else that is asked of it."""

    def __getitem__(self, key: Any, /) -> Any:
        """A value by its column's name or place."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """All values in their order."""
        ...


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, None after the last."""
        ...

    def fetchmany(self, size: int = ..., /) -> list[Any]:
        """The next rows."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """The rows that are left."""
        ...


class Connection(Protocol):
    """What is asked of a connection, whichever database it leads to. Statements are written as SQLite takes them."""

    def execute(self, statement: str, values: Any = ..., /) -> Cursor:
        """Carry out a statement with its values: a sequence for each ?, or a mapping for each :name."""
        ...

    def executemany(self, statement: str, rows: Any, /) -> Cursor:
        """Carry out a statement for each of many rows of values."""
        ...


class TextBytes(bytes):
    """A text that is none, such as a file's name that is not UTF-8, as its bytes: SQLite keeps them beside texts."""


_WAIT = 30.0  # seconds that SQLite waits for another process's transaction; ours are short
_DAMAGED = ("malformed", "not a database", "no such table", "no such column", "already exists")


class Database:
    """An open SQLite file. Threads share it: each read borrows a connection, so there are as many as reads at a time."""

    kind: ClassVar[str] = "database"
    repair: ClassVar[str] = "Move it away."  # what to do about a damaged one
    damage: ClassVar[type[RagError]] = RagError
    # FULL: what was committed outlives a power cut. NORMAL: it outlives the process; a power cut may take the last commits.
    synchronous: ClassVar[str] = "FULL"
    log_pages: ClassVar[int] = 1_000  # of the log, from which on it is taken into the file

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        """Open the file, make it where there is none, and bring its schema up to date.

        Raises IndexMismatchError where a newer version of this program made it, `damage` where the file is no database
        of ours, RagError where it cannot be used.
        """
        self.path = path
        self._start(migrations)

    def _start(self, migrations: Sequence[str]) -> None:
        self._idle: list[Any] = []
        self._lock = threading.Lock()
        self._closed = False
        self._file: tuple[int, int] | None = None  # which file it is, once it is open
        self._moving = threading.RLock()
        self._copied: tempfile.TemporaryDirectory[str] | None = None
        tell_forks(self)
        try:
            self._begin(migrations)
        except RagError:
            self.close()
            raise

    @property
    def where(self) -> str:
        """What people are told of where it is."""
        return str(self.path)

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
            before = connection.total_changes
            try:
                yield connection
                if connection.total_changes != before:
                    self._changed()
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
        if self._copied is not None:
            self._copied.cleanup()

    def after_fork(self) -> None:
        """In a child, the parent's connections are left alone: SQLite forbids to use or to close them there."""
        leave_behind(self._idle)
        self._idle, self._lock, self._moving = [], threading.Lock(), threading.RLock()

    def _begin(self, migrations: Sequence[str]) -> None:
        with self._borrowed() as connection:
            self._migrate(connection, migrations)
        self._file = _identity(self.path)

    def _check_same(self) -> None:
        """See that the file was not taken away or replaced: open connections know the old one, new ones would begin an empty one."""
        if self._file is not None and _identity(self.path) == self._file:
            return
        with self._moving:  # where a new file is begun, others wait for its tables
            if self._file is not None and _identity(self.path) != self._file:
                with self._lock:
                    idle, self._idle = self._idle, []
                for connection in idle:
                    connection.close()
                self._replaced()

    def _changed(self) -> None:
        """What to do before a change is committed."""

    def _replaced(self) -> None:
        """What to do where the file is another one; raises `damage`."""
        raise self.damage(f"{self.path} was taken away or replaced while it was open. {self.repair}")

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        self._check_same()
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        with self._translated():
            connection = connection or self._connect()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and not isinstance(connection, _Still):
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        """A connection; where nothing can be written beside the file (read-only, or the disk is full), one that only reads."""
        try:
            return self._opened(sqlite3.Connection, self.path)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise
            log = self.path.with_name(self.path.name + "-wal")
            if not log.is_file() or not log.stat().st_size:
                return self._opened(_Still, f"{self.path.absolute().as_uri()}?mode=ro&immutable=1")
            if self._copied is None:  # a killed writer's last commits: SQLite takes them over, but not in this folder
                self._copied = _copied(self.path, log)
            return self._opened(_Still, Path(self._copied.name) / self.path.name)

    def _opened(self, factory: type[sqlite3.Connection], target: Path | str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            target, timeout=_WAIT, isolation_level=None, check_same_thread=False, factory=factory, uri=isinstance(target, str)
        )
        connection.row_factory = sqlite3.Row
        pragmas = (
            *(() if factory is _Still else ("journal_mode = WAL",)),
            f"synchronous = {self.synchronous}",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "cache_size = -32000",
            f"wal_autocheckpoint = {self.log_pages}",
        )
        try:
            self._refuse_foreign(connection)
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # what WAL needs beside the file is made now
        except (sqlite3.Error, RagError):
            connection.close()
            raise
        return connection

    def _refuse_foreign(self, connection: sqlite3.Connection) -> None:
        """Raise `damage` for another program's database, before anything in it is changed."""
        if not schema_version(connection) and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise self.damage(f"{self.path} is not a {self.kind} but another program's database. {self.repair}")

    def _migrate(self, connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
        if schema_version(connection) < len(migrations):
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = schema_version(connection)  # read again: another process may have been faster
                for script in migrations[done:]:
                    for statement in _statements(script):
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {len(migrations)}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        found = schema_version(connection)
        if found > len(migrations):
            raise IndexMismatchError(
                f"The {self.kind} {self.path} has schema version {found}; this version of abstract-rag knows {len(migrations)}. "
                "Upgrade abstract-rag, or choose another folder with RAG_INDEX_DIR."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with translated(self.path, self.kind, self.damage, self.repair):
            yield


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from every other; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _Still(sqlite3.Connection):
    """A connection to a file that nobody can write to now. It serves one reading: afterwards somebody may."""


def _copied(path: Path, log: Path) -> tempfile.TemporaryDirectory[str]:
    """A database with its log in the system's temporary folder; raises sqlite3.OperationalError where that has no room."""
    folder = tempfile.TemporaryDirectory(prefix="abstract-rag-")
    try:
        for one in (path, log):
            shutil.copyfile(one, Path(folder.name) / one.name)
    except OSError as error:
        folder.cleanup()
        raise sqlite3.OperationalError(f"{error.strerror} in {tempfile.gettempdir()}") from error
    return folder


def copy_database(source: str, target: str) -> None:
    """Copy a SQLite file as it is at one moment, whoever writes to it; raises RagError."""
    with (
        translated(Path(source), "catalogue", IndexDamagedError, "Type: rag salvage (it takes out what can be read)"),
        closing(sqlite3.connect(source, timeout=_WAIT)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def execute_once(path: Path, statement: str) -> None:
    """Carry out a statement in a SQLite file that nobody else uses; raises RagError."""
    with translated(path, "database", IndexDamagedError, "Type: rag index"), closing(sqlite3.connect(path, isolation_level=None)) as one:
        one.execute(statement)


@contextmanager
def translated(path: Path, kind: str, damage: type[RagError], repair: str) -> Iterator[None]:
    """Raise what SQLite raises about a file as our errors, which name the file and say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        reason = str(error)
        if "locked" in reason:
            raise IndexBusyError(f"Another process keeps the {kind} {path} locked ({reason}). Try again when it has finished.") from error
        if any(sign in reason for sign in _DAMAGED):
            raise damage(f"{path} is not a {kind} that can be read ({reason}). {repair}") from error
        if isinstance(error, sqlite3.OperationalError):
            raise RagError(f"The {kind} {path} cannot be used: {reason}. Is the disk full, or the folder not writable?") from error
        raise


def schema_version(connection: sqlite3.Connection) -> int:
    """How many of the schema's scripts a database has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit the transaction that they belong to."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
