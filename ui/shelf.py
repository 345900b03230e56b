"""The abstracts that answers cite, as the corpus has them now: kept while the index stays the same."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rag.assistant import Assistant
from rag.errors import NotFoundError
from rag.generations import Generation
from rag.records import Abstract

_KEPT = 2000  # abstracts


@dataclass(frozen=True, slots=True)
class Paper:
    """An abstract with the (start, end) of its sentences."""

    abstract: Abstract
    sentences: tuple[tuple[int, int], ...]


Papers = Mapping[str, Paper]  # by the id that an answer cites, which a merged abstract may have outgrown


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the corpus holds: abstracts, the files with their abstracts, the first and last year that any states."""

    abstracts: int
    sources: Mapping[str, int]
    years: tuple[int, ...]
    generation: str


class Shelf:
    """Reads abstracts for the page. Safe to share between threads."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._generation = ""
        self._papers: dict[str, Paper | None] = {}
        self._holdings: Holdings | None = None

    def papers(self, ids: Iterable[str]) -> Papers:
        """Papers by id; those that are no longer in the corpus are left out."""
        wanted = list(dict.fromkeys(ids))
        with self._assistant.reading() as generation, self._lock:
            self._renew(generation)
            for one in wanted:
                if one not in self._papers:
                    self._papers[one] = _read(generation, one)
            return {one: paper for one in wanted if (paper := self._papers[one]) is not None}

    def holdings(self) -> Holdings:
        """What the corpus holds."""
        with self._assistant.reading() as generation, self._lock:
            self._renew(generation)
            if self._holdings is None:
                years = sorted({one.year for one in generation.listing() if one.year is not None})
                self._holdings = Holdings(generation.manifest.abstracts, generation.sources(), tuple(years), generation.name)
            return self._holdings

    def _renew(self, generation: Generation) -> None:
        if generation.name != self._generation or len(self._papers) > _KEPT:
            self._generation, self._holdings = generation.name, None
            self._papers.clear()


def _read(generation: Generation, abstract_id: str) -> Paper | None:
    try:
        resolved = generation.resolve(abstract_id.removeprefix("rag:"))
    except NotFoundError:
        return None
    spans = tuple((one.start, one.end) for one in generation.sentences([resolved]).get(resolved, ()))
    return Paper(generation.abstracts([resolved])[resolved], spans)
