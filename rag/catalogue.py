"""The catalogue: the SQLite file that is the truth about a corpus.

What is read from it is in `rag.snapshot`, what is written to it in `rag.works` and `rag.texts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.database import Connection, Database, Row, copy_database
from rag.errors import IndexDamagedError, IndexMissingError
from rag.migrations import MIGRATIONS

__all__ = ["Catalogue", "Connection", "Row", "copy_database", "missing"]


class Catalogue(Database):
    """An open catalogue, shared by threads.

    `synchronous` is FULL, so that a generation that was named never knows more than the catalogue after a power
    cut; a run commits a few dozen times, and the syncs are lost in the time that embedding takes.
    """

    kind = "catalogue"
    repair = "Move it away and type: rag index"
    damage = IndexDamagedError

    def __init__(self, path: Path, *, create: bool = False, migrations: Sequence[str] = MIGRATIONS) -> None:
        """Open the catalogue at `path` and bring its schema up to date.

        Raises IndexMissingError where there is none (unless `create`), IndexMismatchError where a newer version of
        this program made it, IndexDamagedError where the file is no catalogue.
        """
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise missing(path.parent)
        super().__init__(path, migrations)


def missing(index_dir: Path) -> IndexMissingError:
    """The error for a folder that holds no index."""
    return IndexMissingError(f"No index at {index_dir}. Build one with: rag index")
