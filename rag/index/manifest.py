"""What an index was made with, recorded in the catalogue and in every generation, and compared before it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rag.embedding import INSTALL, MiniLM, load_encoder
from rag.index.layout import REPAIR
from rag.index.seals import Seal
from rag.index.vectors import Place, Store, folder_of, store_version
from rag.model import IndexDamagedError, IndexMismatchError

SPLITTER = 1  # raise it when sentences or passages are cut otherwise, or when a passage is embedded with other words
_LATER = ("files", "catalogue", "store", "collection")  # what earlier versions did not write
LAYOUT = 4  # raise it when Chroma's or tantivy's fields change, or what is sealed


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
    """A generation's own description. `catalogue` is the number of the one that it was made from.

    `passages` and `abstracts` are counts; `formats` the libraries that wrote it. `files` are the seals of its files by
    their path in its folder, empty before it is sealed. `store` is where its vectors are, `collection` which one on a server.
    `removed_vectors` and `removed_terms` count what was deleted from that and from tantivy since each was made new.
    """

    edition: int
    recipe: Recipe
    abstracts: int
    passages: int
    removed_vectors: int
    removed_terms: int
    formats: Mapping[str, str]
    layout: int = LAYOUT
    catalogue: int = 0
    store: Store = "chroma"
    collection: str = ""
    files: Mapping[str, Seal] = field(default_factory=dict)

    def place(self, url: str) -> Place:
        """Where its vectors are; `url` is the address of the server, for those on one."""
        return Place(self.store, url, self.collection)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """Read what `to_dict` wrote; raises IndexDamagedError where it is not that."""
        try:
            known = {one.name: data[one.name] for one in fields(cls) if one.name in data or one.name not in _LATER}
            seals = {str(name): Seal.from_dict(one) for name, one in dict(data.get("files", {})).items()}
            folder_of(known.get("store", "chroma"))  # raises KeyError for a store that this version does not know
            return cls(**{**known, "recipe": Recipe(**data["recipe"]), "files": seals})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise IndexDamagedError(f"A manifest of the index cannot be read ({error}). {REPAIR}") from error


def formats(store: Store) -> dict[str, str]:
    """The versions of the libraries whose files a generation holds, as far as they decide whether these can be read."""
    return {**store_version(store), "tantivy": ".".join(version("tantivy").split(".")[:2])}


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
    now = formats(manifest.store)
    if manifest.layout != LAYOUT or dict(manifest.formats) != now:
        raise IndexMismatchError(
            f"The index was written by {_listed(manifest.formats)} (layout {manifest.layout}); installed are "
            f"{_listed(now)} (layout {LAYOUT}). Bring it up to date with: rag index (nothing is embedded again)"
        )


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))


# A generation's manifest on disk. `CURRENT` holds its digest, and it holds the seals of all other files.

MANIFEST = "manifest.json"


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write a generation's manifest; returns its SHA-256."""
    data = (json.dumps(manifest.to_dict(), indent=2) + "\n").encode()
    (folder / MANIFEST).write_bytes(data)
    return sha256(data).hexdigest()


def read_manifest(folder: Path, digest: str | None = None) -> Manifest:
    """Read a generation's manifest; raises IndexDamagedError where that is impossible, or where it has another digest."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
        if digest and sha256(data).hexdigest() != digest:
            raise IndexDamagedError(f"{path} holds other bytes than were written. {REPAIR}")
        manifest = json.loads(data)
        return Manifest.from_dict(manifest)
    except (OSError, ValueError) as error:
        raise IndexDamagedError(f"{path} cannot be read ({error}). {REPAIR}") from error
