"""The one assistant behind the command line, Python, the web page and the evaluation."""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from rag.answers import (
    AnswerMaterial,
    Task,
    Writer,
    agreement_answer,
    answer_in_own_words,
    early_refusal,
    gather_comparison,
    read_point,
    recent,
    rewritten,
    with_hints,
)
from rag.collection import Scope, answer_by_code, apply_filters, arrivals_answer, echo, overview_answer, read_scope, with_frame
from rag.corpus import find_files
from rag.embedding import Embedder, load_embedder
from rag.evidence import near_misses, order_candidates
from rag.index import Generation, Index, Watch, make_small_index, open_index
from rag.llm import Call, ChatModel
from rag.model import (
    Abstract,
    Answer,
    Clock,
    Event,
    Filters,
    Hit,
    IndexMissingError,
    Job,
    ModelError,
    Progress,
    RagError,
    Settings,
    SettingsError,
    Years,
    as_events,
    silent,
    utc_now,
)
from rag.questions import (
    FollowUp,
    Messages,
    Question,
    Request,
    make_request,
    read_collection_query,
    read_conditions,
    read_news,
    read_question,
    read_small_talk,
    resolve_follow_up,
)
from rag.search import boost_context, find_candidates, retrieve_hits
from rag.text import is_english

# The one assistant behind the command line, Python, the web page and the evaluation.

log = logging.getLogger(__name__)

Embedding = Any  # a LlamaIndex embedding; LlamaIndex is not imported to answer

_CONSIDERED = 20  # abstracts among which the best ones for the kind of question are looked for


class Assistant:
    """Answers questions about one corpus. Open it once and share it between threads; close it, or use it as a context."""

    def __init__(
        self, settings: Settings, index: Index, embedder: Embedder, model: ChatModel | None = None, *, clock: Clock = utc_now
    ) -> None:
        self.settings = settings
        self._index = index
        self._embedder = embedder
        self._watch = Watch(settings)
        self._lock = threading.Lock()
        self._chat = model
        self._clock = clock

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        progress: Progress = silent,
        embedding: Embedding | None = None,
        model: ChatModel | None = None,
        clock: Clock = utc_now,
    ) -> Assistant:
        """Open the index that the settings name; a small corpus that has none is indexed first.

        `embedding` is any LlamaIndex embedding in the place of `RAG_EMBEDDING`; `model` is used in the place of the one that
        the settings name, and closed with the assistant; `clock` says what "since yesterday" means. Raises IndexMissingError
        where the corpus is larger than `RAG_AUTO_INDEX_LIMIT` abstracts, CorpusError where there is none, IndexMismatchError or
        IndexDamagedError where the index cannot be used, SettingsError for `RAG_MODE=generate` without a model service.
        """
        settings = settings or Settings()
        if settings.mode == "generate" and not settings.has_model:
            raise SettingsError(
                "RAG_MODE=generate needs a model service: set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of an OpenAI-compatible "
                "server. Without one, RAG_MODE=extract answers in the abstracts' own sentences."
            )
        try:
            index = open_index(settings, embedding)
        except IndexMissingError:
            make_small_index(settings, progress, embedding)
            index = open_index(settings, embedding)
        log.debug("Index at %s (%s), mode %s", settings.index_dir, settings.why_there, settings.mode)
        return cls(settings, index, load_embedder(settings, embedding), model, clock=clock)

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
        ignored: Sequence[str] = (),
        visited: datetime | None = None,
    ) -> Answer:
        """Answer a question from the corpus.

        `history` is earlier turns as OpenAI-style messages (role, content), best those of `rag.chat.turns.answer_messages`.
        `year` is (first, last), either may be None; `sources` are names of files; `filters` is any other condition.
        `top_k` is how many abstracts the answer may draw on; `more` asks for a longer answer; `ignored` are conditions, as
        `Answer.filters` words them, that are not to be read from the question; `visited` is when the asker was here before, for
        "what is new since last time?". Raises QuestionError for an empty or overlong question, NotFoundError for a source that
        is not there, SettingsError for a `top_k` below 1.
        """
        return self._whole(make_request(question, history, year, sources, filters, top_k, more, ignored, visited))[0]

    def stream(
        self,
        question: str,
        history: Messages | None = None,
        *,
        year: Years | None = None,
        sources: Sequence[str] = (),
        filters: Filters | None = None,
        top_k: int | None = None,
        more: bool = False,
        ignored: Sequence[str] = (),
        visited: datetime | None = None,
        stop: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Like `ask`, as events: each claim as soon as it is checked, then the answer, which equals that of `ask`.

        When `stop` is set, the answer ends with the claims so far and is marked incomplete.
        """
        return self._steps(make_request(question, history, year, sources, filters, top_k, more, ignored, visited), stop, streaming=True)

    def ask_with_hits(self, question: str, history: Messages | None = None, **options: Any) -> tuple[Answer, tuple[Hit, ...]]:
        """`ask`, and all abstracts that were found for it, best first: at least as many as the answer may draw on."""
        return self._whole(make_request(question, history, **options))

    def start(self, question: str, history: Messages | None = None, **options: Any) -> Job:
        """`stream` in a thread of its own, to be followed and stopped from any other."""
        return Job(lambda stop: self.stream(question, history, stop=stop, **options))

    async def aask(self, question: str, history: Messages | None = None, **options: Any) -> Answer:
        """`ask` in a thread of its own, for asynchronous programs."""
        return await asyncio.to_thread(self.ask, question, history, **options)

    def retrieve(
        self, question: str, limit: int = 100, *, year: Years | None = None, sources: Sequence[str] = (), filters: Filters | None = None
    ) -> list[Hit]:
        """The abstracts that bear best on a question, one hit each, best first."""
        with self._index.reading() as generation:
            wanted = apply_filters(generation, year, sources, filters)
            return retrieve_hits(generation, self._embedder, read_question(question).text, limit, wanted)

    def reading(self) -> AbstractContextManager[Generation]:
        """The index as it stands now, which stays as it is for as long as the context lasts."""
        return self._index.reading()

    def abstracts(self) -> list[Abstract]:
        """All abstracts, in the order of their files."""
        with self._index.reading() as generation:
            return list(generation.listing())

    def abstract(self, abstract_id: str) -> Abstract:
        """One abstract by its id, with or without "rag:" before it; raises NotFoundError."""
        with self._index.reading() as generation:
            resolved = generation.resolve(abstract_id.removeprefix("rag:"))
            return generation.abstracts([resolved])[resolved]

    @property
    def generation(self) -> str:
        """The name of the generation of the index that questions are answered from now."""
        with self._index.reading() as generation:
            return generation.name

    def close(self) -> None:
        """Give the index back; questions that are under way finish first."""
        self._index.close()
        with self._lock:
            if self._chat is not None:
                self._chat.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _whole(self, asking: Request) -> tuple[Answer, tuple[Hit, ...]]:
        """The answer, which is in the last step, and what was found, which is in the first."""
        hits: tuple[Hit, ...] = ()
        answer = None
        for step in self._steps(asking, streaming=False):
            hits, answer = step.hits or hits, step.answer or answer
        assert answer is not None, "the last step of an answer holds it"
        return answer, hits

    def _steps(self, asking: Request, stop: threading.Event | None = None, *, streaming: bool) -> Iterator[Event]:
        """Everything that an answer takes, step by step; the last step is the answer."""
        started = time.perf_counter()
        call = self._call(stop)
        read = self._read(asking, call)
        with self._index.reading() as generation:
            given: dict[str, Any] = {"year": asking.year, "sources": asking.sources, "filters": asking.filters, "ignored": asking.ignored}
            asked = read_scope(generation, read.text, read.filters, **given)
            for step in self._about(asked, asking, read, generation, call, streaming=streaming):
                if step.answer is not None:
                    step = replace(step, answer=replace(step.answer, seconds=time.perf_counter() - started))
                yield step

    def _about(
        self, asked: Scope, asking: Request, read: FollowUp, generation: Generation, call: Call | None, *, streaming: bool
    ) -> Iterator[Event]:
        """What code alone answers, or what is found in the abstracts."""
        frame = Answer(
            question=asking.question.strip(),
            standalone_question=asked.question.text,
            outcome="refused",
            filters=echo(generation, asked.filters),
            notices=(*asked.notices, *self._watch.notices()),
            generation=generation.name,
            form=asked.form,
        )
        courtesy = read_small_talk(asking.question)
        news = read_news(asking.question)
        if news is not None:
            known: Answer | None = arrivals_answer(frame, news, generation, self._clock, asking.visited)
        else:
            known = overview_answer(frame, courtesy, generation) if courtesy else answer_by_code(frame, asked, generation, self._files)
        if known is not None:
            if known.outcome == "refused" and asked.wanted is None and news is None:
                without = find_candidates(generation, self._embedder, asked.sought.text, _CONSIDERED)
                known = replace(known, near_misses=near_misses(asked.sought, without))
            yield Event("found")
            yield from as_events(known)
            return
        words = self.settings.more_words if asking.more else self.settings.answer_words
        point = read_point(asked.sought.text) if call is None else None
        if point is not None:
            spoken = find_candidates(generation, self._embedder, point, _CONSIDERED, asked.filters)
            answer = agreement_answer(frame, point, spoken, words)
            if answer is not None:
                yield Event("found", hits=tuple(one.hit for one in spoken))
                yield from as_events(answer)
                return
        count = asking.top_k or self.settings.top_k
        near = find_candidates(generation, self._embedder, asked.sought.text, max(count, _CONSIDERED), asked.filters)
        near = order_candidates(asked.sought, boost_context(generation, self._embedder, asked.sought.text, near, read.cited, asked.filters))
        yield Event("found", hits=tuple(one.hit for one in near))
        compared = gather_comparison(generation, self._embedder, asked.sought, asked.filters)
        material = AnswerMaterial(asked.sought, near, count, compared, words, asking.more, generation.manifest.abstracts)
        yield from self._answered(frame, asked.question, material, generation, call, streaming=streaming)

    def _answered(
        self, frame: Answer, asked: Question, material: AnswerMaterial, generation: Generation, call: Call | None, *, streaming: bool
    ) -> Iterator[Event]:
        frame = with_hints(frame, material, generation)
        no = early_refusal(frame, material, self.settings.refusal, writes=call is not None)
        if no is not None:
            yield from as_events(no)
            return
        if call is not None:
            try:
                task = Task(asked, frame.question, material.abstracts, material.words)
                for step in Writer(self._model(), self.settings, call).events(task, streaming=streaming):
                    yield replace(step, answer=with_frame(step.answer, frame)) if step.answer is not None else step
                return
            except ModelError as error:
                yield Event("restart")
                notice = f"{error} The answer below is in the abstracts' own sentences instead."
                frame = replace(frame, notices=(notice, *frame.notices), usage=call.usage.to_dict())
        yield from as_events(answer_in_own_words(frame, material))

    def _read(self, asking: Request, call: Call | None) -> FollowUp:
        """The question as it stands by itself: read by rules, and put in words by the model where one writes and the question needs it."""
        read = resolve_follow_up(asking.question, asking.history)
        if read_small_talk(asking.question) or read_news(asking.question):
            return FollowUp(asking.question)
        if (
            call is None
            or (read.text == asking.question and is_english(asking.question))
            or read_collection_query(read_conditions(read.text))
        ):
            return read
        words = rewritten(self._model(), asking.question, recent(asking.history, self.settings.history_tokens), call)
        return read if words is None else replace(read, text=words)

    def _call(self, stop: threading.Event | None) -> Call | None:
        if not self.settings.writes:
            return None
        return Call(self.settings.question_tokens, stop)

    def _model(self) -> ChatModel:
        with self._lock:
            if self._chat is None:
                self._chat = ChatModel.open(self.settings)
            return self._chat

    def _files(self) -> dict[str, Path]:
        """The files of the corpus by their names, for quoting what they state; none where the corpus is not here."""
        try:
            return {file.name: file.path for file in find_files(self.settings.corpus)}
        except (RagError, OSError):
            return {}


# `rag.query`: one question, one answer, with an assistant that is opened once a process.

_open: dict[Settings, Assistant] = {}
_lock = Lock()


def query(question: str, history: Messages | None = None, *, settings: Settings | None = None, **options: Any) -> Answer:
    """Answer a question from the corpus that the settings name (default: environment and `.env`).

    `options` are those of `Assistant.ask`. The assistant stays open for the next question with equal settings.
    """
    chosen = settings or Settings()
    with _lock:
        if chosen not in _open:
            _open[chosen] = Assistant.open(chosen)
        assistant = _open[chosen]
    return assistant.ask(question, history, **options)


@atexit.register
def _close() -> None:
    for assistant in _open.values():
        assistant.close()
