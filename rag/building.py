"""Making the next generation: from the one before or new from the catalogue, verified, then named."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from rag import texts
from rag.catalogue import Catalogue
from rag.errors import IndexDamagedError, RagError
from rag.generations import leased
from rag.layout import Layout, read_manifest, write_manifest
from rag.lexical import LexicalDocument, LexicalIndex
from rag.manifest import LAYOUT, Manifest, Recipe, formats
from rag.progress import Progress, silent
from rag.snapshot import Snapshot
from rag.texts import IndexedPassage
from rag.vectors import VectorIndex

_BATCH = 2000  # passages that are held in memory at a time
_TERMS_DRIFT = 0.01  # tantivy's scores count deleted passages until it merges them away
_VECTORS_DRIFT = 0.2  # Chroma's graph keeps deleted passages as dead ends; recall stays above 0.99 up to here
_COPYING_PAYS = 0.5  # above this share of new passages, a new index is as cheap as a copy


@dataclass(frozen=True, slots=True)
class Plan:
    """What one of the two indexes is made from: `base` to copy, or None, and the edition that the base has."""

    base: Path | None
    since: int
    removed: int  # deleted from it since it was new, after this change


def build(layout: Layout, catalogue: Catalogue, edition: int, recipe: Recipe, *, anew: bool = False, progress: Progress = silent) -> str:
    """Make, verify and name the generation of an edition, all of whose texts are embedded; returns its name.

    Raises IndexDamagedError if what was written does not agree with the catalogue, RagError if it cannot be written;
    the current generation goes on answering then.
    """
    name = f"{edition:08d}"
    snapshot = Snapshot(catalogue, edition)
    folder = layout.new_folder()
    try:
        before = None if anew else reusable(layout, recipe)
        terms, vectors = _plan(catalogue, layout, before, "tantivy"), _plan(catalogue, layout, before, "chroma")
        _fill(folder, catalogue, terms, vectors, progress)
        manifest = Manifest(edition, recipe, snapshot.count(), snapshot.count_passages(), vectors.removed, terms.removed, formats())
        write_manifest(folder, manifest.to_dict())
        _verify(folder, manifest, catalogue)
        layout.publish(folder, name)
    except (OSError, ValueError) as error:
        raise RagError(f"The index in {layout.folder} cannot be written: {error}. The one before still answers.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return name


def clear(layout: Layout, catalogue: Catalogue) -> None:
    """Remove unfinished generations, those that nobody reads any more, and what only they could see of the catalogue."""
    layout.remove_unfinished()
    current = layout.current_name()
    held = leased(layout)
    for name in layout.generations():
        if name != current and name not in held:
            layout.retire(name)
    editions = [int(name) for name in layout.generations()]
    if editions:
        with catalogue.writing() as connection:
            texts.purge(connection, min(editions))


def reusable(layout: Layout, recipe: Recipe) -> tuple[str, Manifest] | None:
    """The current generation, if this version of everything can go on from it."""
    name = layout.current_name()
    if name is None:
        return None
    try:
        manifest = Manifest.from_dict(read_manifest(layout.generation(name)))
    except IndexDamagedError:
        return None
    fits = manifest.recipe == recipe and manifest.layout == LAYOUT and dict(manifest.formats) == formats()
    return (name, manifest) if fits else None


def _plan(catalogue: Catalogue, layout: Layout, before: tuple[str, Manifest] | None, part: str) -> Plan:
    if before is None:
        return Plan(None, -1, 0)
    name, manifest = before
    with catalogue.reading() as connection:
        removed = len(texts.removed_passages(connection, manifest.edition))
        added = texts.count_added(connection, manifest.edition)
    gone, most = (manifest.removed_terms, _TERMS_DRIFT) if part == "tantivy" else (manifest.removed_vectors, _VECTORS_DRIFT)
    if gone + removed > most * manifest.passages or added > _COPYING_PAYS * manifest.passages:
        return Plan(None, -1, 0)
    return Plan(layout.generation(name) / part, manifest.edition, gone + removed)


def _fill(folder: Path, catalogue: Catalogue, terms: Plan, vectors: Plan, progress: Progress) -> None:
    for part, plan in (("tantivy", terms), ("chroma", vectors)):
        if plan.base is not None:
            shutil.copytree(plan.base, folder / part)
    with catalogue.reading() as connection, closing(LexicalIndex(folder / "tantivy", create=terms.base is None)) as lexical:
        removed = texts.removed_passages(connection, terms.since) if terms.base else []
        lexical.change(remove=removed, add=map(_document, texts.added_passages(connection, terms.since)))
    with catalogue.reading() as connection, closing(VectorIndex(folder / "chroma", create=vectors.base is None)) as dense:
        if vectors.base:
            dense.delete(texts.removed_passages(connection, vectors.since))
        done, total = 0, texts.count_added(connection, vectors.since)
        for batch in _batches(texts.added_passages(connection, vectors.since), _BATCH):
            stored = np.stack([one.vector for one in batch])
            dense.upsert([one.id for one in batch], stored, [one.fields for one in batch], [one.sources for one in batch])
            done += len(batch)
            progress("index", done, total)


def _verify(folder: Path, manifest: Manifest, catalogue: Catalogue) -> None:
    """Open both indexes again, count, and ask each for a passage that must be in it."""
    with catalogue.reading() as connection:
        probe = next(texts.added_passages(connection), None)
    with closing(LexicalIndex(folder / "tantivy")) as lexical, closing(VectorIndex(folder / "chroma")) as dense:
        counts = {"tantivy": lexical.count(), "Chroma": dense.count()}
        wrong = [f"{count} passages in {where}" for where, count in counts.items() if count != manifest.passages]
        if probe is not None and not wrong:
            if probe.id not in lexical.scores(probe.text, [probe.id]):
                wrong.append(f"{probe.id} is not found by its words")
            best = dense.query(probe.vector, 1)
            if np.any(probe.vector) and (not best or best[0][1] < 0.999):
                wrong.append(f"{probe.id} is not found by its vector")
    if wrong:
        expected = f"{manifest.passages} passages are in the catalogue"
        raise IndexDamagedError(f"The new index is wrong: {'; '.join(wrong)}; {expected}. Type: rag index --rebuild")


def _document(one: IndexedPassage) -> LexicalDocument:
    return LexicalDocument(one.id, one.abstract_id, one.title, one.text, one.fields, one.sources)


def _batches(passages: Iterable[IndexedPassage], size: int) -> Iterator[list[IndexedPassage]]:
    rows = iter(passages)
    while batch := list(islice(rows, size)):
        yield batch
