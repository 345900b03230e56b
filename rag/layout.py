"""Where things lie in the index folder, and the file operations that a power cut or a kill must not be able to split.

catalogue.db                    the truth
CURRENT                         the name of the generation that answers
generations/<name>/             chroma/, tantivy/, manifest.json: never changed once it has this name
generations/.making-<random>/   one that is being made, or that a killed writer left
leases/<name>.<random>          locked by the process that reads that generation
writer.lock, writer.json        locked by the process that writes, and which one that is
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import IndexDamagedError

_MAKING = ".making-"
_FRESH = ".fresh-"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of an index folder."""

    folder: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite file."""
        return self.folder / "catalogue.db"

    @property
    def current(self) -> Path:
        """The file that names the generation that answers."""
        return self.folder / "CURRENT"

    @property
    def leases(self) -> Path:
        """The folder of the readers' lock files."""
        return self.folder / "leases"

    def generation(self, name: str) -> Path:
        """The folder of a named generation."""
        return self.folder / "generations" / name

    def generations(self) -> list[str]:
        """The names of the generations on disk, oldest first."""
        folder = self.folder / "generations"
        return sorted(one.name for one in folder.iterdir() if not one.name.startswith(".")) if folder.is_dir() else []

    def current_name(self) -> str | None:
        """The generation that answers, None before the first one is finished."""
        try:
            return self.current.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

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

    def publish(self, folder: Path, name: str) -> None:
        """Name a finished folder and let `CURRENT` point to it, everything on disk before each step that relies on it."""
        for path in sorted(folder.rglob("*"), reverse=True):
            _sync(path)
        _sync(folder)
        shutil.rmtree(self.generation(name), ignore_errors=True)  # named by a writer that died before CURRENT was
        folder.rename(self.generation(name))
        _sync(self.generation(name).parent)
        replace_text(self.current, name + "\n")

    def retire(self, name: str) -> None:
        """Remove a generation that nobody reads: first its name, then its files."""
        folder = self.generation(name)
        unnamed = folder.with_name(_MAKING + secrets.token_hex(6))
        folder.rename(unnamed)
        shutil.rmtree(unnamed, ignore_errors=True)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a generation's manifest."""
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a generation's manifest; raises IndexDamagedError where that is impossible."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexDamagedError(f"The index in {folder} has no readable manifest ({error}). Type: rag index --rebuild") from error
    if not isinstance(manifest, dict):
        raise IndexDamagedError(f"The manifest in {folder} is no mapping. Type: rag index --rebuild")
    return manifest


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
    _sync(path.parent)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder; it writes names through
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
