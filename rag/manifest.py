"""What an index was made with: recorded in the catalogue and in every generation, compared before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from typing import Any

from rag.errors import IndexDamagedError, IndexMismatchError

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
        raise IndexMismatchError(
            f"The index was made with {', '.join(differences)}. Make it again with: rag index --rebuild, or set the old value again."
        )


def check_formats(manifest: Manifest) -> None:
    """Raise IndexMismatchError if other versions of Chroma or tantivy, or of our own fields, wrote a generation."""
    if manifest.layout != LAYOUT or dict(manifest.formats) != formats():
        raise IndexMismatchError(
            f"The index was written by {_listed(manifest.formats)} (layout {manifest.layout}); installed are "
            f"{_listed(formats())} (layout {LAYOUT}). Bring it up to date with: rag index (nothing is embedded again)"
        )


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(versions.items()))
