"""Where things lie in the index folder, what an index was made with, and file operations that a kill cannot split."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rag.embedding import INSTALL, MiniLM, load_encoder
from rag.model import IndexDamagedError, IndexMismatchError

# Where things lie in the index folder, and the file operations that a power cut or a kill must not be able to split. catalogue.db the
# truth CURRENT the name of the generation that answers generations/<name>/ chroma/, tantivy/, manifest.json: never changed once it has
# this name generations/.making-<random>/ one that is being made, or that a killed writer left leases/<name>.<random> locked by the
# process that reads that generation writer.lock, writer.json locked by the process that writes, and which one that is

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


# What an index was made with: recorded in the catalogue and in every generation, compared before it is used.

SPLITTER = 1  # raise it when sentences or passages are cut otherwise, or when a passage is embedded with other words
LAYOUT = 1  # raise it when Chroma's or tantivy's fields change


@dataclass(frozen=True, slots=True)
class Recipe:
    """How texts become passages with vectors. `embedding` is the embedder's name, `dimensions` the numbers of a vector."""

    embedding: str
    dimensions: int
    passage_tokens: int
    splitter: int = SPLITTER

    @property
    def rule(self) -> str:
        """The recipe in one line; texts made by another rule are made again."""
        return f"{self.embedding}/{self.dimensions}/{self.passage_tokens}/{self.splitter}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A generation's own description. `passages` and `abstracts` are counts; `formats` the libraries that wrote it.

    `removed_vectors` and `removed_terms` count what was deleted from Chroma and tantivy since each was made new.
    """

    edition: int
    recipe: Recipe
    abstracts: int
    passages: int
    removed_vectors: int
    removed_terms: int
    formats: Mapping[str, str]
    layout: int = LAYOUT

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """Read what `to_dict` wrote; raises IndexDamagedError where it is not that."""
        try:
            known = {one.name: data[one.name] for one in fields(cls)}
            return cls(**{**known, "recipe": Recipe(**data["recipe"])})
        except (KeyError, TypeError) as error:
            raise IndexDamagedError(
                f"The index has a manifest that this version cannot read ({error}). Type: rag index --rebuild"
            ) from error


def formats() -> dict[str, str]:
    """The versions of the libraries whose files a generation holds, as far as they decide whether these can be read."""
    chroma, tantivy = version("chromadb").split("."), version("tantivy").split(".")
    return {"chromadb": chroma[0], "tantivy": ".".join(tantivy[:2])}


def check_recipe(found: Recipe, wanted: Recipe) -> None:
    """Raise IndexMismatchError, with what differs and what to type, unless an index fits what is asked of it."""
    differences = [
        f"{one.name} {getattr(found, one.name)!r} (now {getattr(wanted, one.name)!r})"
        for one in fields(Recipe)
        if getattr(found, one.name) != getattr(wanted, one.name)
    ]
    if differences:
        missing = found.embedding == MiniLM.name != wanted.embedding and load_encoder() is None
        other = f"install the weights that it was made with: {INSTALL}" if missing else "set the old value again."
        raise IndexMismatchError(f"The index was made with {', '.join(differences)}. Make it again with: rag index --rebuild, or {other}")


def check_formats(manifest: Manifest) -> None:
    """Raise IndexMismatchError if other versions of Chroma or tantivy, or of our own fields, wrote a generation."""
    if manifest.layout != LAYOUT or dict(manifest.formats) != formats():
        raise IndexMismatchError(
            f"The index was written by {_listed(manifest.formats)} (layout {manifest.layout}); installed are "
            f"{_listed(formats())} (layout {LAYOUT}). Bring it up to date with: rag index (nothing is embedded again)"
        )


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))
