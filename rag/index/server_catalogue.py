"""The catalogue on a PostgreSQL server, shared by machines; and whichever the settings name, opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.index.catalogue import Catalogue, missing_index, purge_before
from rag.index.database import Connection
from rag.index.layout import Layout
from rag.index.schema import MIGRATIONS
from rag.index.server_database import Server, ServerDatabase
from rag.model import IndexMissingError, leave_behind

if TYPE_CHECKING:
    from rag.index.postgres import ServerConnection


class ServerCatalogue(ServerDatabase, Catalogue):
    """A catalogue in a schema of a PostgreSQL database. What is told of a file (seal, log, structure) is for the server to see to."""

    repair = "Bring it back from a backup of the database."

    def __init__(self, server: Server, index_dir: Path, *, create: bool = False, migrations: Sequence[str] = MIGRATIONS) -> None:
        """Open it and bring its schema up to date; raises as `Catalogue` does, IndexMissingError for the index in `index_dir`."""
        self._index_dir = index_dir
        self._only: ServerConnection | None = None
        self._held: ServerConnection | None = None  # the connection that holds the edition that is read, and which that is
        self._edition: int | None = None
        super().__init__(server, migrations, create=create)

    @property
    def number(self) -> int:
        """What tells this catalogue from every other: drawn when it was made."""
        return self.about("number")

    def is_of(self, number: int, edition: int) -> bool:
        """True if this is the catalogue with that number, has seen an edition and still has all of it."""
        return super().is_of(number, edition) and self.about("purged") <= edition

    def given_out(self) -> int:
        """The last edition that a generation may be named after, here or on another machine."""
        return self.about("given_out")

    def give_out(self, edition: int) -> None:
        """Note that a generation will be named after an edition."""
        with self.writing() as connection:
            self.note(connection, "given_out", edition)

    def hold(self, edition: int) -> None:
        """Keep an edition from being purged while this is open, by whichever machine writes."""
        self._edition = edition
        self._held = self.hold_edition(edition)

    def _again(self) -> None:
        """Hold the edition again that was held over a connection which the server dropped; raises where it was purged meanwhile."""
        before = self._held
        if self._edition is None or (before is not None and before.answers()):
            return
        self._held = self.hold_edition(self._edition)
        if before is not None:
            before.close()
        (purged,) = self._held.command("SELECT purged FROM abstract_rag").fetchone() or (0,)
        if purged > self._edition:
            self._held.close()  # so that the next reading is told the same
            raise self.damage(f"{self.where} went on while it could not be reached: edition {self._edition} is gone. Type: rag index")

    def purge(self, oldest: int) -> None:
        """Delete what no edition from `oldest` on can see, nor one that is held."""
        with self.writing() as connection:
            least = min([oldest, *self.held_editions(connection)])
            purge_before(connection, least)
            self.note(connection, "purged", least)

    def close(self) -> None:
        """Close the connections; what was held is let go."""
        super().close()
        held, self._held = self._held, None
        if held is not None:
            held.close()

    @contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """While the block lasts, no other machine writes, and all that is written here goes over the connection that says so.

        Raises IndexBusyError where another one still writes after `patience` seconds.
        """
        self._only = held = self.lock_run(patience)
        try:
            yield
        finally:
            self._only = None
            held.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As `ServerDatabase.writing`; in a run, only while nobody else can have begun one."""
        if self._only is None:
            with super().writing() as connection:
                yield connection
        else:
            with self.writing_over(self._only) as connection:
                yield connection

    def written(self) -> bool:
        """True while another machine writes."""
        return self._only is None and self.runs()

    def seal(self) -> None:
        """Tell the server's planner how the tables are filled now."""
        with self.writing() as connection:
            connection.execute("ANALYZE files, works, aliases, readings, texts, passages, abstracts, origins, arrivals, kept")

    def shorten(self) -> bool:
        """Nothing: the server keeps its log."""
        return True

    def check_structure(self) -> None:
        """Nothing: the server keeps checksums of its pages, where it was set up to."""

    def after_fork(self) -> None:
        """In a child, the parent's connections are left alone, and the edition is held over one of its own."""
        super().after_fork()
        leave_behind(self._held, self._only)
        self._held = self._only = None
        self._dropped = True

    def _missing(self) -> IndexMissingError:
        return missing_index(self._index_dir)


def lost(layout: Layout) -> str:
    """What is lost with a catalogue that was there and is not any more; "" where there is one, or never was."""
    if layout.server is None:
        return layout.lost()
    try:
        open_catalogue(layout).close()
    except IndexMissingError:
        return layout.lost_without(f"The catalogue ({layout.server.where})", "bring the database back from a dump")
    return ""


def open_catalogue(layout: Layout, *, create: bool = False) -> Catalogue:
    """The catalogue of an index, in its folder or on its server; raises as `Catalogue` does."""
    if layout.server is not None:
        return ServerCatalogue(layout.server, layout.folder, create=create)
    return Catalogue(layout.catalogue, create=create)
