"""One finished state of the index, open to be read: the two indexes, the catalogue as it stood, and what is worked out of them once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from rag.embedding import Vectors
from rag.index.conditions import Grouping, is_in_order, scanned
from rag.index.facets import Query, Words
from rag.index.kept import known_arrivals, known_sources
from rag.index.layout import REPAIR, Current, Layout
from rag.index.lexical import Field, LexicalIndex
from rag.index.literals import LONG, Expressions, expressions, is_told_by_words, name_expressions
from rag.index.manifest import MANIFEST, Manifest, check_formats, read_manifest
from rag.index.seals import check_folder
from rag.index.server_catalogue import open_catalogue
from rag.index.snapshot import Snapshot
from rag.index.vectors import VectorIndex, open_vectors
from rag.index.views import FolderView
from rag.model import MENTIONS, NO_FILTERS, Abstract, Filters, IndexDamagedError, Place, Scan, leave_behind, tell_forks

_FIELDS: dict[Place, tuple[Field, ...]] = {"text": ("words",), "title": ("title_words",), "anywhere": ("words", "title_words")}
_COUNTS = 1024  # of conditions, that a generation remembers
_FEW = 1000  # abstracts that are put in order; of more, the files are gone through until enough are found
_KEPT = 16  # conditions whose matches a generation remembers


class Generation(Snapshot):
    """One finished state of the index: both indexes and the catalogue as it stood then. Safe to use from several threads."""

    def __init__(self, layout: Layout, current: Current, url: str = "") -> None:
        """Open it, if it is what was written; raises IndexDamagedError or IndexMismatchError. `url` is the address of a Chroma server."""
        self.name, self._url = current.name, url
        self._folder = layout.generation(current.name)
        self.manifest = check_generation(layout, current)
        super().__init__(open_catalogue(layout), self.manifest.edition)
        self.catalogue.hold(self.manifest.edition)
        if not self.catalogue.is_of(self.manifest.catalogue, self.manifest.edition):
            raise IndexDamagedError(f"{self.catalogue.where} is not the one that generation {self.name} was made from. {REPAIR}")
        self._view = FolderView(self._folder)
        self._lexical = LexicalIndex(self._view.folder / "tantivy")
        self._vectors: VectorIndex | None = None
        self._matching: dict[Filters | Scan, tuple[str, ...]] = {}
        self._counts: dict[Filters, int] = {}
        self._opening = threading.Lock()
        tell_forks(self)

    @property
    def embedding(self) -> str:
        """The name of what embedded its passages."""
        return self.manifest.recipe.embedding

    def search_dense(self, vector: Vectors, limit: int, filters: Filters = NO_FILTERS) -> list[tuple[str, float]]:
        """The (passage id, cosine) of the passages nearest to a vector, best first."""
        return self._dense().nearest(vector, limit, filters)

    def search_lexical(self, text: str, limit: int, filters: Filters = NO_FILTERS) -> list[tuple[str, float]]:
        """The (passage id, BM25) of the passages that share terms with `text`, best first."""
        return self._lexical.query(text, limit, filters, self.matching(filters) if filters.scans else None)

    def matching(self, filters: Filters) -> tuple[str, ...]:
        """The ids of the abstracts that meet all conditions, in the order of their files; the last few answers are kept."""
        return self._kept(filters, lambda: self.ids(filters))

    def count(self, filters: Filters = NO_FILTERS, *, containing: str | None = None, match_case: bool = False) -> int:
        """How many abstracts `listing` would give: counted in the word index where that tells, without naming them."""
        if containing:
            return super().count(filters, containing=containing, match_case=match_case)
        known = self._counts.get(filters)
        if known is None:
            query = self._query(filters)
            known = super().count(filters) if query is None else self._lexical.count(query)
            if len(self._counts) >= _COUNTS:
                self._counts.clear()
            self._counts[filters] = known
        return known

    def tally(self, group: Grouping, filters: Filters = NO_FILTERS) -> dict[int | str, int]:
        """How many of the abstracts that `listing` would give there are of each year, month, file or number, in their order."""
        query = None if group == "month" or group == "source" else self._query(filters)
        found = None if query is None or group == "month" or group == "source" else self._lexical.groups(query, group)
        return super().tally(group, filters) if found is None else found

    def listing(self, filters: Filters = NO_FILTERS, *, containing: str | None = None, match_case: bool = False) -> Iterator[Abstract]:
        """Abstracts in the order of their files, those that match `filters` and literally contain a string.

        Few are put in their order; of many, the files are gone through until as many are found as are taken.
        """
        query = None if containing or not filters or is_in_order(filters) else self._query(filters)
        few = query is not None and self.count(filters) <= _FEW
        if query is None or (few and not scanned(filters)):
            yield from super().listing(filters, containing=containing, match_case=match_case)
        elif few:
            yield from self.of_texts(self._lexical.texts(query))
        else:
            for part in self.places():
                found = self._lexical.texts_among(query, [text for _, text in part])
                yield from self.of_numbers([number for number, text in part if text in found])

    def texts_of(self, filters: Filters) -> list[int]:
        """The numbers of the texts of the abstracts that `listing` would give, in no order."""
        query = self._query(filters)
        return super().texts_of(filters) if query is None else self._lexical.texts(query)

    def _query(self, filters: Filters) -> Query | None:
        """Conditions as one query of the word index; None where one is not to be told there."""
        return self._lexical.conditions(filters, self._told) if self._tells_all else None

    def _told(self, scan: Scan) -> Words | tuple[str, ...]:
        """What decides a mention: words, or the ids of the abstracts that were read to find it."""
        stated, fields = replace(scan, negated=False), _FIELDS[scan.place]
        wanted = self._expressions(stated)
        if wanted is not None and is_told_by_words(stated) and not self._lexical.has_long(fields):
            return Words(wanted, fields)
        return self._kept(stated, lambda: self._mentioning(stated))

    def _kept(self, wanted: Filters | Scan, find: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        with self._opening:
            known = self._matching.get(wanted)
        if known is None:
            known = find()
            with self._opening:
                if len(self._matching) >= _KEPT:
                    self._matching.pop(next(iter(self._matching)))
                self._matching[wanted] = known
        return known

    def _decided(self, filters: Filters, containing: str | None) -> Filters:
        """Mentions as the ids of the abstracts that have them, and of what may contain a string: the word index knows them."""
        scans: list[Scan] = []
        for one in filters.scans:
            scans += self._by_id(one) if one.kind in MENTIONS else [one]
        texts = self._may_mention(Scan("part", (containing,), "anywhere")) if containing else None
        if texts is not None:
            scans.append(Scan("id", self.ids_of_texts(texts)))
        return replace(filters, scans=tuple(scans))

    def _by_id(self, scan: Scan) -> list[Scan]:
        """A mention as conditions that the catalogue decides; a title that is not there lacks nothing."""
        stated = replace(scan, negated=False)
        found = self._kept(stated, lambda: self._mentioning(stated))
        titled = [Scan("missing", ("title",), negated=True)] if scan.negated and scan.place == "title" else []
        return [Scan("id", found, negated=scan.negated), *titled]

    def _mentioning(self, scan: Scan) -> tuple[str, ...]:
        """The abstracts with a mention; they are read where words do not tell."""
        wanted = self._expressions(scan)
        if wanted is None or not is_told_by_words(scan):
            return self.mentioning(scan, self._may_mention(scan))
        fields = _FIELDS[scan.place]
        sure = self.ids_of_texts(self._lexical.having(wanted, fields))
        return (*sure, *self.mentioning(scan, self._lexical.having([[LONG]], fields)))

    def _may_mention(self, scan: Scan) -> list[int] | None:
        """The texts that may have a mention; None where the word index does not tell."""
        wanted = self._expressions(scan)
        return None if wanted is None else self._lexical.having([*wanted, [LONG]], _FIELDS[scan.place])

    def _expressions(self, scan: Scan) -> list[Expressions] | None:
        return expressions(scan) if self._tells_all else None

    @property
    def _tells_all(self) -> bool:
        """True where the word index has all abstracts: one without a sentence has no passage."""
        return self._lexical.openings == self.manifest.abstracts

    def called(self, name: str, *, inside: bool) -> tuple[str, ...] | None:
        """The ids of the abstracts that may be called so, or so among other words where `inside`; None where that is not known."""
        wanted = name_expressions(name, inside=inside)
        return self.ids_of_texts(self._lexical.having([*wanted, [LONG]], ["names"])) if wanted and self._tells_all else None

    def words_beginning(self, letters: str) -> dict[str, int]:
        """The words of the corpus that begin with some letters, in one case, and about how many abstracts have each."""
        return self._lexical.words_beginning(letters)

    def sources(self) -> dict[str, int]:
        """As of the snapshot, read once."""
        return dict(self._sources)

    def years(self) -> dict[int, int]:
        """As of the snapshot, read once."""
        return dict(self._years)

    def arrivals(self) -> dict[str, int]:
        """As of the snapshot, read once."""
        return dict(self._arrivals)

    @cached_property
    def _sources(self) -> dict[str, int]:
        return known_sources(self)

    @cached_property
    def _years(self) -> dict[int, int]:
        return super().years()

    @cached_property
    def _arrivals(self) -> dict[str, int]:
        return known_arrivals(self)

    def lexical_scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 of given passages; 0 where no term is shared."""
        return self._lexical.scores(text, passage_ids)

    @property
    def folder(self) -> Path:
        """Where its files can be opened."""
        return self._view.folder

    def check(self) -> None:
        """Hold every byte of its files against the seals, and reach the server of its vectors, if they are on one; raises RagError."""
        check_folder(self._folder, self.manifest.files, REPAIR, besides=[MANIFEST], fully=True)
        if self.manifest.store == "served":
            self._dense()

    def close(self) -> None:
        """Give the files back; nobody may be reading."""
        self._lexical.close()
        self.catalogue.close()
        if self._vectors is not None:
            self._vectors.close()
        self._view.close()

    def after_fork(self) -> None:
        """In a child, Chroma is opened anew: its threads stayed in the parent, and whoever waits for them waits for ever."""
        leave_behind(self._vectors)
        self._vectors, self._opening = None, threading.Lock()

    def _dense(self) -> VectorIndex:
        with self._opening:  # importing chromadb takes longer than everything else: only when it is asked
            if self._vectors is None:
                self._vectors = open_vectors(self.manifest.place(self._url), self._view.folder, self)
            return self._vectors


def check_generation(layout: Layout, current: Current, *, fully: bool = False) -> Manifest:
    """Hold the current generation against its seals, before anything opens it; returns its manifest.

    Raises IndexDamagedError, which names the file and what to type, and IndexMismatchError for another version's.
    """
    folder = layout.generation(current.name)
    manifest = read_manifest(folder, current.digest)
    check_formats(manifest)
    if not current.digest:
        raise IndexDamagedError(f"{layout.current} lacks a digest. {REPAIR}")
    check_folder(folder, manifest.files, REPAIR, besides=[MANIFEST], fully=fully)
    return manifest
