"""The contents of the corpus, cached while the index stays the same, and example questions that it is known to answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from rag.assistant import Assistant
from rag.index import Generation
from rag.model import Abstract, Filters, NotFoundError, NumberField, RagError, Range, Scan

# Cached abstracts, as the corpus has them now.

_MOST_CACHED = 2000  # abstracts


@dataclass(frozen=True, slots=True)
class Paper:
    """An abstract with the (start, end) of its sentences."""

    abstract: Abstract
    sentences: tuple[tuple[int, int], ...]


Papers = Mapping[str, Paper]  # by the id that an answer cites, which is an old one where the abstract was merged since


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the corpus holds: abstracts, the files with their abstracts, the first and last year that any states."""

    abstracts: int
    sources: Mapping[str, int]
    years: tuple[int, ...]
    generation: str


class HoldingsCache:
    """Reads abstracts for the page. Safe to share between threads."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._generation = ""
        self._papers: dict[str, Paper | None] = {}
        self._holdings: Holdings | None = None

    def papers(self, ids: Iterable[str]) -> Papers:
        """Papers by id; those that are no longer in the corpus are left out."""
        requested = list(dict.fromkeys(ids))
        with self._assistant.reading() as generation, self._lock:
            self._drop_if_stale(generation)
            for one in requested:
                if one not in self._papers:
                    self._papers[one] = _read_paper(generation, one)
            return {one: paper for one in requested if (paper := self._papers[one]) is not None}

    def holdings(self) -> Holdings:
        """What the corpus holds."""
        with self._assistant.reading() as generation, self._lock:
            self._drop_if_stale(generation)
            if self._holdings is None:
                self._holdings = Holdings(generation.manifest.abstracts, generation.sources(), tuple(generation.years()), generation.name)
            return self._holdings

    def _drop_if_stale(self, generation: Generation) -> None:
        if generation.name != self._generation or len(self._papers) > _MOST_CACHED:
            self._generation, self._holdings = generation.name, None
            self._papers.clear()


def _read_paper(generation: Generation, abstract_id: str) -> Paper | None:
    try:
        resolved = generation.resolve(abstract_id.removeprefix("rag:"))
    except NotFoundError:
        return None
    spans = tuple((one.start, one.end) for one in generation.sentences([resolved]).get(resolved, ()))
    return Paper(generation.abstracts([resolved])[resolved], spans)


# Abstracts as they are listed, of which a page is read at a time.

_UNTITLED = Scan("missing", ("title",))
TITLED = replace(_UNTITLED, negated=True)
_STATED: tuple[NumberField, ...] = ("first_day", "upvotes", "authors")


@dataclass(frozen=True, slots=True)
class Listing:
    """How many abstracts are listed, how many of each year, and which fields any of them states."""

    number: int
    years: Mapping[int, int]
    stated: frozenset[str]


def read_listing(generation: Generation, filters: Filters) -> Listing:
    """What is to be said of the abstracts that meet filters; those with a title are counted as all without those that have none."""
    every = replace(filters, scans=tuple(one for one in filters.scans if one != TITLED))
    years, number = dict(generation.tally("year", every)), generation.count(every)
    if TITLED in filters.scans:
        none = replace(every, scans=(*every.scans, _UNTITLED))
        number -= generation.count(none)
        for year, left in generation.tally("year", none).items():
            years[year] -= left
    stated = frozenset(one for one in _STATED if generation.count(replace(every, ranges=(*every.ranges, Range(one)))))
    return Listing(number, {int(year): left for year, left in years.items() if left}, stated)


# Example questions: about abstracts that introduce a system by name, each tried before it is offered.

_NAME = re.compile(r"[\w][\w.+-]{2,24}(?: [\w.+-]{1,12})?")
_FORMS = ("What does {} do?", "How does {} work?")
_MOST_TRIED = 40  # abstracts; each takes some hundredths of a second
_MOST_READ = 1000  # abstracts of a file among which one is looked for that introduces a system


def system_name(abstract: Abstract) -> str | None:
    """The system that an abstract is about, from its label: "BLSP" of "BLSP: Bootstrapping ..."; None where none is named."""
    head = abstract.label.partition(":")[0] if abstract.title else abstract.label
    named = head == abstract.label if not abstract.title else ":" in abstract.label
    return head if named and _NAME.fullmatch(head) and any(one.isupper() or one.isdigit() for one in head[1:]) else None


def answerable(extractor: Assistant, question: str, abstract_id: str) -> bool:
    """True where the extractive answer's first citation is this abstract."""
    try:
        answer = extractor.ask(question)
    except RagError:
        return False
    return answer.outcome == "answered" and bool(answer.citations) and answer.citations[0].abstract_id == abstract_id


def example_questions(extractor: Assistant, count: int = 4) -> tuple[str, ...]:
    """Questions to begin with, from as many sources as there are; the same on every run."""
    found: list[str] = []
    with extractor.reading() as generation:
        for abstract in islice(_interleaved(generation), _MOST_TRIED):
            question = _FORMS[len(found) % len(_FORMS)].format(system_name(abstract))
            if answerable(extractor, question, abstract.id):
                found.append(question)
            if len(found) >= count:
                break
    return tuple(found)


def related_questions(extractor: Assistant, question: str, besides: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """Questions about abstracts that are near a question but not in its answer."""
    known = set(besides)
    near = [hit.abstract_id for hit in extractor.retrieve(question, 6) if hit.abstract_id not in known]
    found: list[str] = []
    for abstract_id in near:
        name = system_name(extractor.abstract(abstract_id))
        if len(found) < count and name and answerable(extractor, _FORMS[0].format(name), abstract_id):
            found.append(_FORMS[0].format(name))
    return tuple(found)


def _interleaved(generation: Generation) -> Iterator[Abstract]:
    """Those that introduce a system, in the order of their ids, from each file in turn; of each file the first are looked at."""
    files = [filter(system_name, islice(generation.of_file(name), _MOST_READ)) for name in sorted(generation.sources())]
    while files:
        for file in tuple(files):
            if (abstract := next(file, None)) is not None:
                yield abstract
            else:
                files.remove(file)
