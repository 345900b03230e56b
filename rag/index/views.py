"""Reading where nothing may be written: a folder of links to the files, for libraries that leave a lock beside what they read."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from rag.model import RagError


class FolderView:
    """A generation's folder as tantivy and Chroma can open it: itself, or links to its files where it is read-only.

    SQLite writes through links, so Chroma's database is copied; its vectors are not.
    """

    def __init__(self, folder: Path) -> None:
        """Look at a folder; raises RagError where it is read-only and the system's temporary folder has no room."""
        self._made: tempfile.TemporaryDirectory[str] | None = None
        self.folder = folder
        if all(os.access(one, os.W_OK) for one in (folder, *(path for path in folder.iterdir() if path.is_dir()))):
            return
        try:
            self._made = tempfile.TemporaryDirectory(prefix="abstract-rag-")
            self.folder = Path(self._made.name)
            _link(folder, self.folder)
        except OSError as error:
            self.close()
            raise RagError(
                f"The index in {folder} is read-only, and {tempfile.gettempdir()} has no room for a view of it ({error.strerror}). "
                "Make room, or set TMPDIR to another folder."
            ) from error

    def close(self) -> None:
        """Remove the links."""
        if self._made is not None:
            self._made.cleanup()


def _link(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        elif path.name.endswith(".lock"):
            continue
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there) if ".sqlite3" in path.name else there.symlink_to(path.absolute())
