"""Making the next generation: from the one before or new from the catalogue, while texts are still being embedded.

A draft lies in a folder without a name until it is verified and on disk; then it is named and becomes current.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rag.index.catalogue import (
    Catalogue,
    count_new,
    count_new_passages,
    count_pending,
    count_present,
    finished_texts,
    removed_passages,
)
from rag.index.child import MANY, Child, run_python
from rag.index.chroma_server import collection_name
from rag.index.generation import check_generation
from rag.index.layout import Layout, share
from rag.index.leases import unread
from rag.index.manifest import MANIFEST, Manifest, Recipe, formats, write_manifest
from rag.index.seals import Seal, seal_folder
from rag.index.snapshot import Snapshot
from rag.index.vectors import Place, choose_store, count_rows, folder_of, holds
from rag.index.writer import ChildWriter, IndexWriter, LocalWriter, WriteOrders, start_child
from rag.model import IndexDamagedError, IndexMismatchError, RagError

log = logging.getLogger(__name__)

# Shares of the passages that may be deleted before an index is made anew. tantivy's scores count them until it merges them away: a
# small one is made anew at once. Chroma's graph keeps them as dead ends, which cost it recall, and segments as rows.
_SMALL_TERMS_DRIFT, _TERMS_DRIFT = 0.01, 0.2
_VECTORS_DRIFT = 0.2
_COPYING_PAYS = 0.5  # above this share of new abstracts, a new index is as cheap as a copy


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What one of the two indexes is made from: the folder to copy, or None for a new one.

    `since` is the edition that the folder has, `removed` counts the passages that were deleted from it since it was
    new, after this change.
    """

    base: Path | None = None
    since: int = -1
    removed: int = 0


class GenerationDraft:
    """A generation in the making: `add` what has been embedded, `complete` it, then `finish`. Leaving the block without that drops it."""

    def __init__(
        self,
        layout: Layout,
        catalogue: Catalogue,
        recipe: Recipe,
        *,
        chroma_limit: int,
        chroma_url: str = "",
        anew: bool = False,
        child: Child | None = None,
    ) -> None:
        """Begin with what the current generation has, if it can be reused and that pays; else with nothing.

        What the catalogue has finished and the beginning lacks is added at once. `chroma_limit` is the most abstracts whose vectors go
        into Chroma's files, `chroma_url` the address of a server that has those of any number. `child` is one that was started ahead: it
        is used where so much is added that one pays.
        """
        self._layout, self._catalogue, self._recipe = layout, catalogue, recipe
        before = None if anew else reusable_manifest(layout, recipe)
        with catalogue.reading() as connection:
            abstracts = count_present(connection)
        store = choose_store(abstracts, chroma_limit, before.store if before else None, served=bool(chroma_url))
        collection = collection_name(catalogue.number, recipe.rule) if store == "served" else ""
        self._before, self._place = before, Place(store, chroma_url, collection)
        alike = before if before is not None and (before.store, before.collection) == (store, collection) else None
        small = store == "chroma" or (store == "served" and abstracts <= chroma_limit)
        self._terms = self._plan("tantivy", before, before.removed_terms if before else 0, _SMALL_TERMS_DRIFT if small else _TERMS_DRIFT)
        self._vectors = (
            BuildPlan(since=alike.edition if alike else -1)
            if store == "served"
            else self._plan(folder_of(store), alike, alike.removed_vectors if alike else 0, _VECTORS_DRIFT)
        )
        self._folder = layout.new_folder()
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            with _written(layout):
                orders = self._begin()
                many = max(len(orders.add_terms), len(orders.add_vectors)) + self._count_pending() >= MANY
                where = self._folder, self._place, self._vectors.since
                filler: IndexWriter = ChildWriter(layout, *where, child or start_child()) if many else LocalWriter(catalogue, *where)
                self._filler = stack.enter_context(closing(filler))
                self._filler.order(orders)
            self._resources = stack.pop_all()

    def add(self, numbers: Sequence[int]) -> None:
        """Index the passages of texts that have just been embedded; raises RagError where that is impossible."""
        self._filler.order(WriteOrders(add_terms=numbers, add_vectors=numbers))

    def complete(self, edition: int, base: int) -> None:
        """That was all of an edition, the one after `base`: its words are worked out and the indexes closed, beside this process where
        another one fills them."""
        snapshot = Snapshot(self._catalogue, edition)
        abstracts, passages = snapshot.count(), self._count_passages(snapshot)
        removed = self._vectors.removed, self._terms.removed
        made_from, store = self._catalogue.number, self._place.store
        self._manifest = Manifest(
            edition,
            self._recipe,
            abstracts,
            passages,
            *removed,
            formats(store),
            catalogue=made_from,
            store=store,
            collection=self._place.collection,
        )
        with _written(self._layout):
            write_manifest(self._folder, self._manifest)
            self._filler.complete(edition, base)

    def words(self) -> dict[str, str]:
        """The words that were worked out (`rag.index.kept.work_out_words`); raises RagError where they could not be."""
        return self._filler.words()

    def finish(self) -> str:
        """Verify, name and publish as a generation what was added; returns its name.

        Raises IndexDamagedError if what was written does not agree with the catalogue, RagError if it could not be
        written. The generation before goes on answering then.
        """
        manifest, place = self._manifest, self._place
        name = f"{manifest.edition:08d}"
        with _written(self._layout):
            self._filler.finish()
            gone = self._vectors.removed if place.store == "chroma" else count_rows(place, self._folder) - manifest.passages
            digest = write_manifest(self._folder, replace(manifest, removed_vectors=gone, files=self._seals()))
            self._layout.publish(self._folder, name, digest)
        return name

    def _seals(self) -> dict[str, Seal]:
        """What the new files must be; of those that the generation before has too it is known."""
        before = self._before
        if before is None:
            return seal_folder(self._folder, besides=[MANIFEST])
        return seal_folder(self._folder, besides=[MANIFEST], base=self._layout.generation(f"{before.edition:08d}"), known=before.files)

    def __enter__(self) -> GenerationDraft:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def _plan(self, part: str, before: Manifest | None, removed: int, most: float) -> BuildPlan:
        if before is None:
            return BuildPlan()
        with self._catalogue.reading() as connection:
            removed += len(removed_passages(connection, before.edition))
            added = count_new(connection, before.edition)
        if removed > most * before.passages or added > _COPYING_PAYS * before.abstracts:
            return BuildPlan()
        return BuildPlan(self._layout.generation(f"{before.edition:08d}") / part, before.edition, removed)

    def _begin(self) -> WriteOrders:
        """Take over what is reused of the generation before; returns what it lacks."""
        for plan in (self._terms, self._vectors):
            if plan.base is not None:
                (_copy if plan.base.name == "chroma" else share)(plan.base, self._folder / plan.base.name)
        with self._catalogue.reading() as connection:
            return WriteOrders(
                remove_terms=removed_passages(connection, self._terms.since),
                remove_vectors=removed_passages(connection, self._vectors.since),
                add_terms=finished_texts(connection, self._terms.since),
                add_vectors=finished_texts(connection, self._vectors.since),
            )

    def _count_passages(self, snapshot: Snapshot) -> int:
        """How many passages the edition has: those of the edition before, less those that went, and those that came; all are counted
        where an index is made anew."""
        if self._before is None or self._terms.base is None:
            return snapshot.count_passages()
        with self._catalogue.reading() as connection:
            gone, new = (len(removed_passages(connection, self._terms.since)), count_new_passages(connection, self._terms.since))
        return self._before.passages - gone + new

    def _count_pending(self) -> int:
        with self._catalogue.reading() as connection:
            return count_pending(connection)


def reusable_manifest(layout: Layout, recipe: Recipe) -> Manifest | None:
    """The manifest of the current generation, if it is whole and this version of everything can reuse it."""
    try:
        current = layout.read_current()
        manifest = check_generation(layout, current) if current else None
    except (IndexDamagedError, IndexMismatchError) as error:
        log.info("The generation before is not reused: %s", error)
        return None
    return manifest if manifest is not None and manifest.recipe == recipe else None


def is_moved(manifest: Manifest, url: str) -> bool:
    """True if vectors are on a server and should not be, or should be and are not, or are not all there any more; raises RagError."""
    if (manifest.store == "served") != bool(url):
        return True
    return not holds(manifest.place(url), manifest.passages + manifest.removed_vectors)


def clear_generations(layout: Layout, catalogue: Catalogue) -> None:
    """Remove unfinished generations, those that nobody reads any more, and what only they could see of the catalogue."""
    layout.remove_unfinished()
    current = layout.current_name()
    for name in layout.generations():
        if name != current:
            with unread(layout.generation(name) / MANIFEST) as free:
                if free:
                    layout.retire(name)
    editions = [int(name) for name in layout.generations()]
    if editions:
        catalogue.purge(min(editions))


def _copy(source: Path, target: Path) -> None:
    """Copy Chroma's folder, which it writes to in place.

    Its database gets a note whenever a reader opens it, so it is copied as SQLite copies; and by another process,
    for a second SQLite in this one would undo the locks that Chroma's own holds for our readers.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.sqlite3*"))
    for database in source.glob("*.sqlite3"):
        run_python("from rag.index.database import copy_database; copy_database(*sys.argv[1:])", str(database), str(target / database.name))


@contextmanager
def _written(layout: Layout) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RagError(f"The index in {layout.folder} cannot be written: {error}. As it was, it goes on answering.") from error
