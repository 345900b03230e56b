"""A database on a PostgreSQL server: a pool of connections, transactions, schema version, locks that die with their process."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pydantic import SecretStr

from rag.index.database import Connection, Database
from rag.model import IndexBusyError, IndexMismatchError, RagError, Settings

if TYPE_CHECKING:
    from rag.index.postgres import ServerConnection

INSTALL = "pip install 'abstract-rag[postgres]'"
_KEPT_OPEN = 4  # connections that wait for the next reading; a server has a hundred for all
_ABOUT = "abstract_rag"  # the table that tells what a schema holds
# `given_out` is the last edition that a generation may be named after, `purged` the oldest one that is still whole; both of a catalogue.
_TABLE = f"""
CREATE TABLE {_ABOUT} (
    kind TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 0, number INTEGER NOT NULL,
    given_out INTEGER NOT NULL DEFAULT 0, purged INTEGER NOT NULL DEFAULT 0
)
"""
_EDITIONS = 1000  # what is locked of an edition: this and its number
_WRITE, _RUN, _PURGE = 1, 2, 3  # what is locked of a schema: for one transaction, for one run of the indexer, while rows are deleted
_HERE = "(SELECT oid FROM pg_database WHERE datname = current_database())"
_SESSION = "session-"  # the names of marks begin so


@dataclass(frozen=True, slots=True)
class Server:
    """Where the databases are: an address, and the schema of the catalogue; conversations have one beside it."""

    url: SecretStr = field(repr=False)
    schema: str

    @classmethod
    def of(cls, settings: Settings) -> Server | None:
        """The server that the settings name, None where they name none; raises RagError where psycopg is not installed."""
        if settings.database_url is None:
            return None
        if find_spec("psycopg") is None:
            raise RagError(f"RAG_DATABASE_URL needs the extra postgres. Type: {INSTALL}")
        return cls(settings.database_url, settings.database_schema)

    @property
    def history(self) -> Server:
        """The same for conversations."""
        return Server(self.url, f"{self.schema}_history")

    @property
    def where(self) -> str:
        """What people are told of it, without the password."""
        from rag.index.postgres import told_place

        return told_place(self.url.get_secret_value(), self.schema)

    def connect(self) -> ServerConnection:
        """A connection of its own."""
        from rag.index.postgres import ServerConnection

        return ServerConnection(self.url.get_secret_value(), self.schema)


class ServerDatabase(Database):
    """A schema of a PostgreSQL database, as `Database` is a file. Threads share it.

    A reading sees one moment of it; writings follow one another, as in SQLite. A connection that was dropped while nobody
    used it is replaced; one that is lost in a transaction is an error, and what was not committed is undone.
    """

    def __init__(self, server: Server, migrations: Sequence[str], *, create: bool) -> None:
        """Open the schema, make it where there is none if `create`, and bring it up to date; raises as `Database` does."""
        self.server, self._create = server, create
        self._dropped = False  # a connection was lost since the last look: others may be too
        self._key = zlib.crc32(server.schema.encode()) & 0x7FFFFFFF
        self._start(migrations)

    @property
    def where(self) -> str:
        """What people are told of where it is."""
        return self.server.where

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection inside one read transaction: all its queries see the same moment."""
        with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside one write transaction, committed at the end and undone if anything raises."""
        with self._begun(self._begin_writing) as connection:
            yield connection
            connection.command("COMMIT")

    @contextmanager
    def writing_over(self, connection: ServerConnection) -> Iterator[Connection]:
        """As `writing`, over a connection that is given."""
        with self._translated():
            connection.command(self._begin_writing)
            try:
                yield connection
                connection.command("COMMIT")
            finally:
                connection.settle()

    @property
    def _begin_writing(self) -> str:
        return f"BEGIN; SELECT pg_advisory_xact_lock({self._key}, {_WRITE})"

    @contextmanager
    def _begun(self, begin: str) -> Iterator[ServerConnection]:
        with self._translated():
            connection = self._begin_on(begin)
            try:
                yield connection
            finally:
                connection.settle()
                self._give(connection)

    def _begin_on(self, begin: str) -> ServerConnection:
        """A connection in a transaction; idle ones that the server has dropped meanwhile are left."""
        while True:
            if self._dropped:
                with self._moving:
                    self._again()
                    self._dropped = False
            with self._lock:
                connection: ServerConnection | None = self._idle.pop() if self._idle else None
            fresh = connection is None
            connection = connection or self.server.connect()
            try:
                connection.command(begin)
                return connection
            except BaseException:
                connection.settle()
                self._give(connection)
                if fresh or not connection.lost:
                    raise

    def _give(self, connection: ServerConnection) -> None:
        with self._lock:
            self._dropped = self._dropped or connection.lost
            if not self._closed and not connection.lost and len(self._idle) < _KEPT_OPEN:
                self._idle.append(connection)
                return
        connection.close()

    def _again(self) -> None:
        """What to do once the server has dropped a connection, before the next one is used."""

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from rag.index.postgres import translated

        with translated(self.server.url.get_secret_value(), self.where, self.kind, self.damage, self.repair):
            yield

    # The schema's version and number stand in a table of it, in the place of SQLite's pragmas.

    def _begin(self, migrations: Sequence[str]) -> None:
        with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            version = self._version(connection)
        if version is None and not self._create:
            raise self._missing()
        if version is None or version < len(migrations):
            with self.writing() as opened:
                self._bring_up_to_date(opened, migrations)  # type: ignore[arg-type]
        elif version > len(migrations):
            raise IndexMismatchError(
                f"The {self.kind} ({self.where}) has schema version {version}; this version of abstract-rag knows {len(migrations)}. "
                "Upgrade abstract-rag, or choose another schema with RAG_DATABASE_SCHEMA."
            )

    def _missing(self) -> RagError:
        """What to raise where there is none and none is to be made."""
        return RagError(f"There is no {self.kind} ({self.where}).")

    def _version(self, connection: ServerConnection) -> int | None:
        """How many scripts the schema has seen, None where it is not there or empty; raises `damage` for another program's."""
        query = "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relkind = 'r'"
        tables = {row[0] for row in connection.execute(query, (self.server.schema,))}
        if not tables:
            return None
        found = connection.execute(f"SELECT kind, version FROM {_ABOUT}").fetchone() if _ABOUT in tables else None
        if found is None or found["kind"] != self.kind:
            raise self.damage(f"{self.where} is not a {self.kind} but another program's. Choose another schema with RAG_DATABASE_SCHEMA.")
        return int(found["version"])

    def _bring_up_to_date(self, connection: ServerConnection, migrations: Sequence[str]) -> None:
        from rag.index.postgres import script

        done = self._version(connection)  # read again: another process may have been faster
        if done is None:
            if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = ?", (self.server.schema,)).fetchone() is None:
                connection.command(f'CREATE SCHEMA "{self.server.schema}"')
            connection.command(script(_TABLE))
            connection.execute(f"INSERT INTO {_ABOUT} (kind, number) VALUES (?, ?)", (self.kind, secrets.randbelow(2**31 - 1) + 1))
        for one in migrations[done or 0 :]:
            connection.command(script(one))
        connection.execute(f"UPDATE {_ABOUT} SET version = ?", (max(len(migrations), done or 0),))

    def about(self, column: str) -> int:
        """What is noted of the schema under the name of a column."""
        with self.reading() as connection:
            return int(connection.execute(f"SELECT {column} FROM {_ABOUT}").fetchone()[0])

    def note(self, connection: Connection, column: str, least: int) -> None:
        """Note a number under the name of a column, unless a larger one stands there."""
        connection.execute(f"UPDATE {_ABOUT} SET {column} = ? WHERE {column} < ?", (least, least))

    def _check_same(self) -> None:
        """A schema is told apart by its tables: see `_version`."""

    # The right to write for a whole run: a lock that the run's own connection holds.

    def lock_run(self, patience: float) -> ServerConnection:
        """The connection that has it; raises IndexBusyError where another one still has it after `patience` seconds."""
        with self._translated():
            connection = self.server.connect()
            taken = connection.lock(self._key, _RUN, patience)
            if not taken:
                connection.close()
        if taken:
            return connection
        raise IndexBusyError(
            f"{self._runner()} is writing to the {self.kind} ({self.where}). Wait until it has finished, "
            f"or wait longer for it with RAG_LOCK_TIMEOUT (now {patience:g} seconds)."
        )

    def runs(self) -> bool:
        """True while a run goes on anywhere."""
        return bool(self._runner())

    def _runner(self) -> str:
        """What calls itself the writer."""
        query = (
            "SELECT s.application_name FROM pg_locks l JOIN pg_stat_activity s ON s.pid = l.pid "
            f"WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 "
            f"AND l.classid = {self._key} AND l.objid = {_RUN} AND l.database = {_HERE}"
        )
        with self._begun("BEGIN READ ONLY") as connection:
            found = connection.command(query).fetchone()
        return found[0] or "Another process" if found else ""

    # Editions: one that a process reads, on any machine, is not purged. It is held by a connection of its own.

    def hold_edition(self, edition: int) -> ServerConnection:
        """The connection that holds an edition until it is closed; no purge is under way at the moment in which it begins to."""
        with self._translated():
            connection = self.server.connect()
            lasting = f"SELECT pg_advisory_lock_shared({self._key}, {_EDITIONS + edition})"
            connection.command(f"BEGIN; SELECT pg_advisory_xact_lock_shared({self._key}, {_PURGE}); {lasting}; COMMIT")
            return connection

    def held_editions(self, connection: Connection) -> list[int]:
        """The editions that processes hold; until the end of the transaction, none begins to."""
        connection.execute(f"SELECT pg_advisory_xact_lock({self._key}, {_PURGE})")
        query = (
            f"SELECT objid::bigint - {_EDITIONS} FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
            f"AND classid = {self._key} AND objid >= {_EDITIONS} AND database = {_HERE}"
        )
        return [int(row[0]) for row in connection.execute(query)]

    # Marks: that a process lives is told by a lock which its own connection holds, to every machine that asks the server.

    def mark(self) -> Mark:
        """A sign that this process lives; raises RagError where the server cannot be reached."""
        with self._translated():
            return Mark(self.server.connect())

    def living(self) -> set[str]:
        """The names of the marks whose process lives."""
        query = (
            "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
            f"AND database = {_HERE}"
        )
        with self._begun("BEGIN READ ONLY") as connection:
            return {f"{_SESSION}{row[0]:016x}" for row in connection.command(query)}


class Mark:
    """A lock under a name of its own, which the server frees with the connection that holds it."""

    def __init__(self, connection: ServerConnection) -> None:
        """Take it over a connection that serves for nothing else."""
        key = secrets.randbelow(2**63 - 1) + 1
        self.name = f"{_SESSION}{key:016x}"
        self._connection = connection
        connection.command(f"SELECT pg_advisory_lock({key})")

    def held(self) -> bool:
        """False once the server has dropped it."""
        return self._connection.answers()

    def release(self) -> None:
        """Give it back."""
        self._connection.close()
