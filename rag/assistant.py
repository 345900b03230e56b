"""The one assistant behind the command line, Python, the web page and the evaluation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Literal

from rag.answers import Answer, Citation, Claim, NearMiss
from rag.asking import follow_up
from rag.carrying import carried, merged
from rag.catalogue import missing
from rag.config import Settings
from rag.corpus import find_files
from rag.corpus.display import clean
from rag.embed import Embedder, load_embedder
from rag.errors import IndexMissingError, NotFoundError, SettingsError
from rag.evidence import evidence_scores
from rag.extract import Evidence, choose, ordered
from rag.filters import Filters, Range
from rag.generations import Generation, Index, open_index
from rag.progress import Progress, silent
from rag.question import Question, read_question
from rag.records import Abstract, Hit
from rag.refusal import bearing, reason
from rag.retrieve import Found, find, retrieve
from rag.support import check_support

Years = tuple[int | None, int | None]
Messages = Sequence[Mapping[str, Any]]

_NEAR_MISSES = 3
_CONSIDERED = 20  # abstracts among which the best ones for the kind of question are looked for
_BYTES_AN_ABSTRACT = 1300  # of a listing, to tell a small corpus from a large one without reading it
_LOOK_EVERY = 2.0  # seconds between two looks at the files of the corpus


@dataclass(frozen=True, slots=True)
class Event:
    """What `Assistant.stream` tells: each claim with its citations as it is checked, at the end the whole answer."""

    kind: Literal["claim", "answer"]
    claim: Claim | None = None
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None


class Assistant:
    """Answers questions about one corpus. Open it once and share it between threads; close it, or use it as a context."""

    def __init__(self, settings: Settings, index: Index, embedder: Embedder) -> None:
        self.settings = settings
        self._index = index
        self._embedder = embedder
        self._looked = float("-inf")
        self._stale: tuple[str, ...] = ()
        self._lock = Lock()

    @classmethod
    def open(cls, settings: Settings | None = None, *, progress: Progress = silent) -> Assistant:
        """Open the index that the settings name; a small corpus that has none is indexed first.

        Raises IndexMissingError where the corpus is larger than `RAG_AUTO_INDEX_LIMIT` abstracts, CorpusError where there
        is none, IndexMismatchError or IndexDamagedError where the index cannot be used, SettingsError for `RAG_MODE=generate`.
        """
        settings = settings or Settings()
        if settings.mode == "generate":
            raise SettingsError(
                "RAG_MODE cannot be 'generate' yet: this version answers in the corpus's own sentences. Use auto or extract."
            )
        try:
            index = open_index(settings)
        except IndexMissingError:
            _make_small_index(settings, progress)
            index = open_index(settings)
        return cls(settings, index, load_embedder(settings.embedding))

    def ask(
        self,
        question: str,
        history: Messages | None = None,
        *,
        year: Years | None = None,
        sources: Sequence[str] = (),
        filters: Filters | None = None,
        top_k: int | None = None,
        more: bool = False,
    ) -> Answer:
        """Answer a question from the corpus.

        `history` is earlier turns as OpenAI-style messages (role, content), best those of `rag.turns.answer_messages`.
        `year` is (first, last), either may be None; `sources` are names of files; `filters` is any other condition.
        `top_k` is how many abstracts the answer may draw on; `more` asks for a longer answer. Raises QuestionError for an
        empty or overlong question, NotFoundError for a source that is not there, SettingsError for a `top_k` below 1.
        """
        started = time.perf_counter()
        if top_k is not None and top_k < 1:
            raise SettingsError(f"An answer must draw on at least 1 abstract: top_k cannot be {top_k}.")
        read = follow_up(question, history or ())
        asked = read_question(read.text)
        with self._index.reading() as generation:
            wanted = _filters(generation, year, sources, merged(filters, read.filters, year))
            count = self.settings.top_k if top_k is None else top_k
            near = find(generation, self._embedder, asked.text, max(count, _CONSIDERED), wanted)
            found = ordered(asked, carried(generation, self._embedder, asked.text, near, read.cited, wanted))[:count]
            answer = self._answer(question.strip(), asked, generation, found, more)
            answer = replace(answer, filters=_echo(generation, wanted), notices=self._notices(), generation=generation.name)
        return replace(answer, seconds=time.perf_counter() - started)

    def stream(self, question: str, history: Messages | None = None, **options: object) -> Iterator[Event]:
        """Like `ask`, as events: one a claim, then the answer, which equals that of `ask`."""
        answer = self.ask(question, history, **options)  # type: ignore[arg-type]
        for claim in answer.claims:
            yield Event("claim", claim=claim, citations=tuple(answer.citation(number) for number in claim.citations))
        yield Event("answer", answer=answer)

    async def aask(self, question: str, history: Messages | None = None, **options: object) -> Answer:
        """`ask` in a thread of its own, for asynchronous programs."""
        return await asyncio.to_thread(self.ask, question, history, **options)  # type: ignore[arg-type]

    def retrieve(
        self, question: str, limit: int = 100, *, year: Years | None = None, sources: Sequence[str] = (), filters: Filters | None = None
    ) -> list[Hit]:
        """The abstracts that bear best on a question, one hit each, best first."""
        with self._index.reading() as generation:
            wanted = _filters(generation, year, sources, filters)
            return retrieve(generation, self._embedder, read_question(question).text, limit, wanted)

    def abstracts(self) -> list[Abstract]:
        """All abstracts, in the order of their files."""
        with self._index.reading() as generation:
            return list(generation.listing())

    def abstract(self, abstract_id: str) -> Abstract:
        """One abstract by its id, with or without "rag:" before it; raises NotFoundError."""
        with self._index.reading() as generation:
            resolved = generation.resolve(abstract_id.removeprefix("rag:"))
            return generation.abstracts([resolved])[resolved]

    def close(self) -> None:
        """Give the index back; questions that are under way finish first."""
        self._index.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, text: str, asked: Question, generation: Generation, found: list[Found], more: bool) -> Answer:
        bears = bearing(asked, found)
        evidence = choose(asked, found, self.settings.more_words if more else self.settings.answer_words, more=more)
        blank = Answer(question=text, standalone_question=asked.text, outcome="refused")
        if bears.score < self.settings.refusal or not evidence:
            return replace(blank, reason=reason(asked, bears, generation.manifest.abstracts), near_misses=_near_misses(asked, found))
        citations = tuple(_citation(number, one) for number, one in enumerate(evidence, start=1))
        claims = tuple(_claim(number, one) for number, one in enumerate(evidence, start=1))
        return replace(blank, outcome="answered", claims=claims, citations=citations, checks={"checked": len(claims)})

    def _notices(self) -> tuple[str, ...]:
        from rag.ingest import stale_files  # keeps its imports off the way to `import rag`

        with self._lock:
            if time.monotonic() - self._looked > _LOOK_EVERY:
                stale = stale_files(self.settings) if all(path.exists() for path in self.settings.corpus) else []
                self._stale, self._looked = tuple(stale), time.monotonic()
            names = self._stale
        if not names:
            return ()
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return (f"The corpus has changed since it was indexed ({shown}). Bring the index up to date with: rag index",)


def _make_small_index(settings: Settings, progress: Progress) -> None:
    files = find_files(settings.corpus)
    about = sum(file.path.stat().st_size for file in files) // _BYTES_AN_ABSTRACT
    if not files or about > settings.auto_index_limit:
        raise missing(settings.index_dir)
    from rag.ingest import bring_up_to_date

    bring_up_to_date(settings, progress=progress)


def _filters(generation: Generation, year: Years | None, sources: Sequence[str], filters: Filters | None) -> Filters:
    known = generation.sources()
    for name in sources:
        if name not in known:
            raise NotFoundError(f"No file {name!r} is in the index. There are: {', '.join(known) or 'none'}.")
    given = filters or Filters()
    years = (Range("year", *year),) if year else ()
    return Filters((*given.ranges, *years), (*given.sources, *sources))


def _echo(generation: Generation, filters: Filters) -> tuple[str, ...]:
    if not filters:
        return ()
    parts = [f"{one.field} = {_bounds(one)}" for one in filters.ranges]
    parts += [f"source = {' or '.join(filters.sources)}"] if filters.sources else []
    return (*parts, f"{generation.count(filters)} of {generation.manifest.abstracts} abstracts match")


def _bounds(one: Range) -> str:
    if one.low == one.high:
        return "stated" if one.low is None else str(one.low)
    return f"{'' if one.low is None else one.low}..{'' if one.high is None else one.high}"


def _citation(number: int, one: Evidence) -> Citation:
    abstract, (start, end) = one.found.abstract, one.span
    return Citation(
        number=number,
        kind="sentence",
        abstract_id=abstract.id,
        label=abstract.label,
        quote=abstract.text[start:end],
        start=start,
        end=end,
        title=abstract.title,
        external_ids=abstract.external_ids,
        sources=abstract.sources,
        sentence=one.index,
        date=abstract.date,
    )


def _claim(number: int, one: Evidence) -> Claim:
    """The sentence as a claim, checked like any other: a fault in cutting or cleaning would show here."""
    said, whole = one.text.removeprefix(one.lead), one.found.abstract.text
    support = check_support(said, whole if said in whole else clean(whole))  # cleaning takes a millisecond
    return Claim("evidence", one.text, (number,), support.verdict, support.score, support.flags)


def _near_misses(question: Question, found: Sequence[Found]) -> tuple[NearMiss, ...]:
    misses = []
    for one in found[:_NEAR_MISSES]:
        scores = evidence_scores(question, one.long)
        quote = one.long.sentence(int(scores.argmax())) if len(scores) else ""
        misses.append(NearMiss(one.abstract.id, one.abstract.label, clean(quote), one.hit.fused, one.abstract.sources))
    return tuple(misses)
