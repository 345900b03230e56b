"""Where things lie in the index folder, and the file operations that a power cut or a kill must not be able to split.

catalogue.db                   the truth, unless it is on a server
catalogue.seal                 its length and digest, while nobody writes to it
catalogue.pieces               of a large one, the digests that the seal's is of: sealing it again reads what was changed
CURRENT                        the name of the generation that answers, and the digest of its manifest
generations/<name>/            tantivy/, chroma/ or vectors/, manifest.json: never changed once it has this name. What tantivy and the
                               segments of vectors keep from one generation to the next are the same files, under both names
generations/.making-<random>/  one that is being made, or that a killed writer left
writer.lock, writer.json       locked by the process that writes, and which one that is
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from rag.index.server_database import Server
from rag.model import IndexDamagedError, Settings

REPAIR = "Type: rag index (what is damaged is made again from the catalogue)"

_NAME = re.compile(r"[0-9]{8,12}")
_CURRENT = re.compile(r"([0-9]{8,12})(?: ([0-9a-f]{64}))?")
_MAKING = ".making-"
_FRESH = ".fresh-"


@dataclass(frozen=True, slots=True)
class Current:
    """What `CURRENT` says: a generation's name, and the SHA-256 of its manifest ("" where an earlier version wrote it)."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of an index folder, and the server that has the catalogue, where one has."""

    folder: Path
    server: Server | None = None

    @classmethod
    def of(cls, settings: Settings) -> Layout:
        """That of the settings; raises RagError where a server is named that nothing here can speak to."""
        return cls(settings.index_dir, Server.of(settings))

    def to_dict(self) -> dict[str, str]:
        """What `from_dict` takes in another process; it holds the server's password."""
        server = {"url": self.server.url.get_secret_value(), "schema": self.server.schema} if self.server else {}
        return {"folder": str(self.folder.absolute()), **server}

    @classmethod
    def from_dict(cls, data: Mapping[str, str]) -> Layout:
        """What `to_dict` gave."""
        return cls(Path(data["folder"]), Server(SecretStr(data["url"]), data["schema"]) if "url" in data else None)

    @property
    def catalogue(self) -> Path:
        """The SQLite file."""
        return self.folder / "catalogue.db"

    @property
    def current(self) -> Path:
        """The file that names the generation that answers."""
        return self.folder / "CURRENT"

    @property
    def seal(self) -> Path:
        """The file that holds the catalogue's seal, while there is one."""
        return self.folder / "catalogue.seal"

    @property
    def lock(self) -> Path:
        """The file that the one writer keeps locked."""
        return self.folder / "writer.lock"

    @property
    def uploads(self) -> Path:
        """The folder of files that were given to the page."""
        return self.folder / "uploads"

    def generation(self, name: str) -> Path:
        """The folder of a named generation."""
        return self.folder / "generations" / name

    def generations(self) -> list[str]:
        """The names of the generations on disk, oldest first."""
        folder = self.folder / "generations"
        return sorted(one.name for one in folder.iterdir() if _NAME.fullmatch(one.name)) if folder.is_dir() else []

    def read_current(self) -> Current | None:
        """The generation that answers, None before the first one is finished; raises IndexDamagedError for what is no name."""
        try:
            text = self.current.read_bytes()[:200].decode("ascii")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"{self.current} cannot be read ({error}). {REPAIR}") from error
        found = _CURRENT.fullmatch(text.strip())
        if found is None:
            raise IndexDamagedError(f"{self.current} names no generation. {REPAIR}")
        return Current(found[1], found[2] or "")

    def current_name(self) -> str | None:
        """The name of the generation that answers, None where there is none or its name cannot be read."""
        try:
            current = self.read_current()
        except IndexDamagedError:
            return None
        return current.name if current else None

    def lost(self) -> str:
        """What is lost with a catalogue that was here and is not any more; "" where there is one, or never was."""
        bring = "bring it back from a backup with: rag restore --replace FILE"
        return "" if self.catalogue.exists() else self.lost_without(str(self.catalogue), bring)

    def lost_without(self, catalogue: str, bring: str) -> str:
        """What is lost with a catalogue that is not where it should be, and how to bring it back; "" where nothing was made from one."""
        if not (self.current.exists() or self.seal.exists() or self.generations()):
            return ""
        uploads = " (uploads are taken in again)" if self.uploads.is_dir() else ""
        return (
            f"{catalogue} is gone, and with it when papers came in first and which files were added with rag index FILE{uploads}. "
            f"Add those again, or {bring}."
        )

    def new_folder(self) -> Path:
        """A fresh folder to make a generation in."""
        folder = self.folder / "generations" / (_MAKING + secrets.token_hex(6))
        folder.mkdir(parents=True)
        return folder

    def remove_unfinished(self) -> None:
        """Remove what killed writers left; only for the one writer."""
        for folder in (self.folder / "generations").glob(_MAKING + "*"):
            shutil.rmtree(folder, ignore_errors=True)
        for path in self.folder.glob(_FRESH + "*"):
            path.unlink(missing_ok=True)

    def publish(self, folder: Path, name: str, digest: str) -> None:
        """Name a finished folder, whose manifest has a digest, and let `CURRENT` point to it.

        Everything is on disk before each step that relies on it.
        """
        for path in sorted(folder.rglob("*"), reverse=True):
            sync(path)
        sync(folder)
        remove(self.generation(name))  # named by a writer that died before CURRENT was
        folder.rename(self.generation(name))
        sync(self.generation(name).parent)
        if self.current.is_dir():
            shutil.rmtree(self.current)
        replace_text(self.current, f"{name} {digest}\n")

    def retire(self, name: str) -> None:
        """Remove a generation that nobody reads: first its name, then its files."""
        folder = self.generation(name)
        unnamed = folder.with_name(_MAKING + secrets.token_hex(6))
        folder.rename(unnamed)
        shutil.rmtree(unnamed, ignore_errors=True)


def replace_text(path: Path, text: str) -> None:
    """Replace a small file at once: readers find the old text or the new one, also after a power cut."""
    fresh = path.with_name(_FRESH + secrets.token_hex(6))
    try:
        with fresh.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    sync(path.parent)


def share(source: Path, target: Path) -> None:
    """Have a folder's files in another one too, which must not be there: the same files, or copies where the file system has no links.

    Only for files that are never changed in place; either folder can be removed without the other.
    """
    shutil.copytree(source, target, copy_function=_linked, ignore=shutil.ignore_patterns("*.lock"))


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that it holds, where there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder; it writes names through
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
