"""Bringing the index up to date with the corpus: read, merge, split, embed, build; goes on where a killed run stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag.embedding import encoder_advice, load_embedder, vector_spaces
from rag.index import works
from rag.index.arrivals import forget_file
from rag.index.builder import GenerationDraft, clear_generations, is_moved, reusable_manifest
from rag.index.catalogue import (
    Catalogue,
    PendingText,
    count_changes,
    count_pending,
    count_titles_alone,
    pending_texts,
    store_finished,
)
from rag.index.child import MANY, Child
from rag.index.generations import open_index, writing
from rag.index.kept import is_kept, keep, work_out, work_out_words
from rag.index.layout import Layout, remove
from rag.index.manifest import Recipe, check_recipe, read_manifest
from rag.index.runners import Here, Runner, StageRecipe
from rag.index.seals import drop_unreadable
from rag.index.server_catalogue import lost, open_catalogue
from rag.index.snapshot import Snapshot
from rag.index.stage import Embedding
from rag.index.sync import FileChanges, SyncRequest, assemble, begin, sync
from rag.index.works import find_file, problems
from rag.index.writer import start_child, verify_apart
from rag.model import (
    NO_PAPERS,
    Clock,
    CorpusError,
    IndexDamagedError,
    IndexMissingError,
    NotFoundError,
    Problem,
    Progress,
    RagError,
    Settings,
    collecting_seldom,
    silent,
    timestamp,
    utc_now,
)

# Bringing the index up to date with the corpus: read, merge, split, embed, build; goes on where a killed run stopped.

_LARGE = 3_000 * MANY  # bytes of new files that are expected to hold many abstracts, at 3,000 each with all that is said of it
_BATCH = 256  # texts that are embedded and committed together: the most that a kill can cost


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run did. `new`, `changed` and `removed` count abstracts against the generation before; `embedded` passages."""

    files: FileChanges
    new: int
    changed: int
    removed: int
    abstracts: int
    passages: int
    embedded: int
    problems: tuple[Problem, ...]
    generation: str
    seconds: float
    lost: str = ""  # what went with a catalogue that was not there any more
    advice: str = ""  # what to type so that texts are compared by meaning, where they are not
    titles_alone: int = 0  # abstracts that are present and have no text but their title


def bring_up_to_date(
    settings: Settings,
    paths: Sequence[Path] | None = None,
    *,
    add: bool = False,
    rebuild: bool = False,
    reread: bool = False,
    progress: Progress = silent,
    shape: str | None = None,
    columns: Mapping[str, str] | None = None,
    embedding: Embedding | None = None,
    runner: Runner | None = None,
    clock: Clock = utc_now,
) -> IndexReport:
    """Bring the index in line with `paths` (default: `RAG_CORPUS`): new, changed and vanished files.

    With `add`, the files are added and nothing is taken out; they stay until `remove_source`. `rebuild` makes the
    index anew from the catalogue, and embeds again what was embedded otherwise. `reread` looks into files too whose
    size and time are as they were. `embedding` is used in the place of the one that `RAG_EMBEDDING` names. Where
    nothing has changed, nothing is embedded and nothing is built. `runner` is where texts are embedded, by default in this process.
    `clock` says when new abstracts came in.

    Raises CorpusError for a path that does not exist, IndexMismatchError for an index made with other settings,
    IndexBusyError while another process writes, RagError if the disk is full; the old generation goes on answering.
    """
    started = time.perf_counter()
    request = _added(settings) if paths is None and settings.only_added else None
    request = request or SyncRequest.below(settings.corpus if paths is None else paths, add=add, shape=shape, columns=columns)
    request = replace(request, reread=reread)
    with _run(settings, progress, embedding, rebuild, runner) as run:
        files = sync(run.catalogue, request, progress, expected=run.expect)
        return run.finish(files, started, timestamp(clock()))


def _added(settings: Settings) -> SyncRequest:
    """Nothing but the files that were added before; raises CorpusError where there are none."""
    try:
        open_catalogue(Layout.of(settings)).close()
    except IndexMissingError:
        raise CorpusError(NO_PAPERS) from None
    return SyncRequest((), "corpus", complete=True)


def remove_source(settings: Settings, name: str, *, progress: Progress = silent, embedding: Embedding | None = None) -> IndexReport:
    """Take a file, called by its name or path, and what only it said out of the index; raises NotFoundError.

    A file that still lies in `RAG_CORPUS` comes back with the next `bring_up_to_date`. A removal that was killed is
    gone on with.
    """
    started = time.perf_counter()
    with _run(settings, progress, embedding, rebuild=False) as run:
        with run.catalogue.writing() as connection:
            try:
                forget_file(connection, find_file(connection, name))
            except NotFoundError:
                if name not in Snapshot(run.catalogue, run.base).sources():
                    raise
        return run.finish(FileChanges(removed=1), started, timestamp(utc_now()))


def check_index(settings: Settings) -> None:
    """Hold every file of the index against its seal, then both indexes against the catalogue.

    Raises IndexDamagedError, which names the file and what to type, or IndexMissingError. The libraries open what was
    found right in a process of its own: what ends that by a signal is a damage too.
    """
    layout = Layout.of(settings)
    with open_index(settings) as index, index.reading() as generation:
        generation.check()
        generation.catalogue.check_structure()
        verify_apart(generation.folder, layout, settings.chroma_url or "")


@contextmanager
def _run(
    settings: Settings, progress: Progress, embedding: Embedding | None, rebuild: bool, runner: Runner | None = None
) -> Iterator[_Run]:
    with collecting_seldom(), writing(settings) as layout, _ours(layout), _opened(layout, settings.lock_timeout) as (catalogue, lost):
        catalogue.check_structure()
        clear_generations(layout, catalogue)
        try:
            with closing(_Run(settings, layout, catalogue, progress, embedding, rebuild, lost, runner or Here())) as run:
                yield run
            clear_generations(layout, catalogue)
            catalogue.seal()
        except BaseException:
            with suppress(RagError):  # what was committed stays; the log beside it is room that a failed run gives back
                catalogue.shorten()
            raise


@contextmanager
def _opened(layout: Layout, patience: float) -> Iterator[tuple[Catalogue, str]]:
    """The catalogue, made where there is none, and what is lost where there was one."""
    gone = lost(layout)
    if gone:
        remove(layout.current)  # it names what another catalogue had
        remove(layout.seal)
    drop_unreadable(layout.seal)
    with closing(open_catalogue(layout, create=True)) as catalogue, catalogue.alone(patience):
        if gone and layout.uploads.is_dir() and any(layout.uploads.iterdir()):
            sync(catalogue, SyncRequest.below([layout.uploads], add=True, shape=None, columns=None), silent)
        yield catalogue, gone


@contextmanager
def _ours(layout: Layout) -> Iterator[None]:
    """What the file system says of the index folder, as an error of ours."""
    try:
        yield
    except OSError as error:
        raise RagError(
            f"The index in {layout.folder} cannot be written: {error}. What was there goes on answering. "
            "Make room or allow it, and type: rag index (it goes on where this run stopped)"
        ) from error


class _Run:
    """One run of the one writer. `base` is the edition that answers now, `edition` the one that is being made."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        catalogue: Catalogue,
        progress: Progress,
        embedding: Embedding | None,
        rebuild: bool,
        lost: str,
        runner: Runner,
    ) -> None:
        self.catalogue, self._lost, self._runner = catalogue, lost, runner
        self._settings, self._layout, self._progress, self._embedding, self._rebuild = settings, layout, progress, embedding, rebuild
        self._loaded: Embedding | None = None
        self._child: Child | None = None  # that is to fill the indexes
        self.base = max((int(name) for name in layout.generations()), default=0)
        with catalogue.reading() as connection:
            edition, manifest = connection.execute("SELECT edition, manifest FROM state").fetchone()
        self.edition = max(edition, self.base + 1, catalogue.given_out() + 1)
        current = layout.current_name()  # of another catalogue, or of a later state of this one: nothing of it can be reused
        self._anew = rebuild or (current is not None and not catalogue.is_of(self._made_from(current), int(current)))
        self._before = Recipe(**json.loads(manifest)) if manifest != "{}" else None
        if self._before is not None and not rebuild:
            check_recipe(self._before, self._wanted(self._before.embedding))

    def expect(self, size: int) -> None:
        """Get ready for files of so many bytes while they are read: where they are many abstracts, a child is to fill the indexes."""
        if size >= _LARGE:
            self._child = start_child()

    def close(self) -> None:
        """End what was started and is not needed any more."""
        if self._child is not None:
            self._child.close()

    def finish(self, files: FileChanges, started: float, moment: str) -> IndexReport:
        """Put the works together, embed what is new, and name a generation if anything differs from the one that answers."""
        self._recipe = self._settle()
        assemble(self.catalogue, self.edition, self._recipe.rule, self._progress)
        with self.catalogue.writing() as connection:
            works.note_first_seen(connection, moment)
        embedded, name = 0, self._layout.current_name() or ""
        if self._differs():
            elsewhere = self._made_elsewhere()
            if elsewhere:
                self.edition = elsewhere
            else:
                with self.catalogue.writing() as connection:
                    begin(connection, self.edition)
            with self._draft() as draft:
                embedded = self._embed(draft)
                self._progress("index", 0, 1)
                draft.complete(self.edition, self.base)
                if not elsewhere:
                    keep(self.catalogue, self.edition, work_out(self.catalogue, self.edition, self.base) | draft.words())
                self.catalogue.give_out(self.edition)
                name = draft.finish()
                self._progress("index", 1, 1)
        elif not is_kept(self.catalogue, self.base):  # an earlier version published it
            now = self.catalogue, self.base, 0
            keep(self.catalogue, self.base, work_out(*now) | work_out_words(*now))
        with self.catalogue.reading() as connection:
            new, changed, removed = count_changes(connection, self.base)
            found, alone = problems(connection), count_titles_alone(connection)
        here = read_manifest(self._layout.generation(name))
        advice = encoder_advice(self._settings, self._recipe.embedding, here.abstracts) if self._embedding is None else ""
        seconds = time.perf_counter() - started
        counts = new, changed, removed, here.abstracts, here.passages, embedded
        return IndexReport(files, *counts, found, name, seconds, self._lost, advice, alone)

    def _draft(self) -> GenerationDraft:
        limit, url = self._settings.chroma_limit, self._settings.chroma_url or ""
        where = self._layout, self.catalogue, self._recipe
        return GenerationDraft(*where, chroma_limit=limit, chroma_url=url, anew=self._anew, child=self._child)

    def _made_from(self, generation: str) -> int:
        """The number of the catalogue that a generation was made from; -1 where that cannot be read."""
        try:
            return read_manifest(self._layout.generation(generation)).catalogue
        except IndexDamagedError:
            return -1

    def _settle(self) -> Recipe:
        """The recipe of this run: the catalogue's, unless all is made anew. Of several embeddings that the settings allow, the first is
        for a corpus up to `RAG_ENCODER_LIMIT`."""
        if self._before is not None and not self._rebuild:
            wanted = self._wanted(self._before.embedding)
        else:
            with self.catalogue.reading() as connection:
                few = works.count_readings(connection) <= self._settings.encoder_limit
            wanted = self._wanted(self._spaces[0 if few else -1])
        if wanted != self._before:
            with self.catalogue.writing() as connection:
                connection.execute("UPDATE state SET manifest = ?", (json.dumps(asdict(wanted)),))
                works.dirty_all(connection)
        return wanted

    @property
    def _spaces(self) -> tuple[str, ...]:
        return vector_spaces(self._settings.embedding, self._embedding)

    def _wanted(self, space: str) -> Recipe:
        """The recipe with an embedding, if the settings allow that one, else with the one they prefer."""
        name, before = space if space in self._spaces else self._spaces[0], self._before
        known = before is not None and before.embedding == name  # then the embedder need not be loaded to know its size
        size = before.dimensions if before is not None and known else _dimensions(self._load(name))
        return Recipe(name, size, self._settings.passage_tokens)

    def _load(self, space: str) -> Embedding:
        if self._loaded is None:
            self._loaded = self._embedding or load_embedder(self._settings, space=space)
        return self._loaded

    def _differs(self) -> bool:
        """True if the catalogue is ahead of the generation that answers, or that generation cannot be used."""
        manifest = reusable_manifest(self._layout, self._recipe)
        return self._begun() > self.base or self._anew or manifest is None or is_moved(manifest, self._settings.chroma_url or "")

    def _begun(self) -> int:
        with self.catalogue.reading() as connection:
            return int(connection.execute("SELECT edition FROM state").fetchone()[0])

    def _made_elsewhere(self) -> int:
        """The edition that another machine has made of all that is known, and of which this folder has no generation; 0 where none is."""
        begun = self._begun()
        return begun if self.base < begun == self.catalogue.given_out() else 0

    def _embed(self, draft: GenerationDraft) -> int:
        """Split and embed pending texts, a batch a commit; returns the number of passages."""
        with self.catalogue.reading() as connection:
            total = count_pending(connection)
        if not total:
            return 0
        done = embedded = 0
        self._progress("embed", 0, total)
        recipe = StageRecipe(self._settings, self._recipe.embedding, self._embedding)
        for finished in self._runner.map(recipe, self._pending()):
            with self.catalogue.writing() as connection:
                store_finished(connection, finished)
            draft.add([one.number for one in finished])
            done, embedded = done + len(finished), embedded + sum(len(one.passages) for one in finished)
            self._progress("embed", done, total)
        return embedded

    def _pending(self) -> Iterator[list[PendingText]]:
        """The texts that must be embedded, a batch at a time; what was read is not read again while it is embedded."""
        last = 0
        while True:
            with self.catalogue.reading() as connection:
                batch = pending_texts(connection, _BATCH, last)
            if not batch:
                return
            last = batch[-1].number
            yield batch


def _dimensions(embedding: Any) -> int:
    """The numbers of a vector; a LlamaIndex embedding does not say, so it is asked for one."""
    known = getattr(embedding, "dimensions", None)
    return int(known) if isinstance(known, int) else len(embedding.get_text_embedding("dimensions"))
