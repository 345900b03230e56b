"""The one assistant behind the command line, Python, the web page and the evaluation."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from threading import Lock
from typing import Any, Unpack

from rag.answers import Pipeline
from rag.collection import apply_filters
from rag.corpus import find_files
from rag.embedding import Embedder, encoder_advice, load_embedder, load_encoder
from rag.index import Generation, Index, Watch, make_small_index, open_index
from rag.llm import ChatModel
from rag.model import (
    Abstract,
    Answer,
    Clock,
    Event,
    Filters,
    Hit,
    IndexMissingError,
    Job,
    Progress,
    RagError,
    Settings,
    SettingsError,
    Years,
    silent,
    utc_now,
)
from rag.questions import Messages, Options, Request, Topic, make_request, read_question
from rag.search import Relevance, find_relevant, retrieve_hits

# The one assistant behind the command line, Python, the web page and the evaluation.

log = logging.getLogger(__name__)

Embedding = Any  # a LlamaIndex embedding; LlamaIndex is not imported to answer


class Assistant:
    """Answers questions about one corpus. Open it once and share it between threads; close it, or use it as a context."""

    def __init__(
        self,
        settings: Settings,
        index: Index,
        embedding: Embedding | None = None,
        model: ChatModel | None = None,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self.settings = settings
        self._index = index
        self._embedding = embedding
        self._embedders: dict[str, Embedder] = {}
        self._lock = threading.Lock()
        self._chat = model
        self._judging: ChatModel | None = None
        self._clock, self._watch = clock, Watch(settings)

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
        return cls(settings, index, embedding, model, clock=clock)

    def ask(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> Answer:
        """Answer a question from the corpus; `options` are those of `rag.questions.Options`.

        `history` is earlier turns as OpenAI-style messages (role, content), best those of `rag.chat.answer_messages`. Raises
        QuestionError for an empty or overlong question, NotFoundError for a source that is not there, SettingsError for a `top_k` below 1.
        """
        return self._whole(make_request(question, history, **options))[0]

    def stream(
        self, question: str, history: Messages | None = None, *, stop: threading.Event | None = None, **options: Unpack[Options]
    ) -> Iterator[Event]:
        """Like `ask`, as events: each claim as soon as it is checked, then the answer, which equals that of `ask`.

        When `stop` is set, the answer ends with the claims so far and is marked incomplete.
        """
        return self._steps(make_request(question, history, **options), stop, streaming=True)

    def ask_with_hits(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> tuple[Answer, tuple[Hit, ...]]:
        """`ask`, and all abstracts that were found for it, best first: at least as many as the answer may draw on."""
        return self._whole(make_request(question, history, **options))

    def start(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> Job:
        """`stream` in a thread of its own, to be followed and stopped from any other."""
        return Job(lambda stop: self.stream(question, history, stop=stop, **options))

    async def aask(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> Answer:
        """`ask` for asynchronous programs: it works in a thread of its own, and stops where the task that awaits it is cancelled."""
        answer = None
        async with aclosing(self._followed(make_request(question, history, **options), streaming=False)) as steps:
            async for step in steps:
                answer = step.answer or answer
        assert answer is not None, "the last step of an answer holds it"
        return answer

    def astream(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> AsyncGenerator[Event, None]:
        """`stream` for asynchronous programs: `async for event in assistant.astream(question)`.

        Where the loop is left, the task is cancelled or the generator is closed, the answer stops, and with it a request to the
        model service. Raises what `ask` raises: for a question that is none at once, the rest when it is followed.
        """
        return self._followed(make_request(question, history, **options), streaming=True)

    def retrieve(
        self, question: str, limit: int = 100, *, year: Years | None = None, sources: Sequence[str] = (), filters: Filters | None = None
    ) -> list[Hit]:
        """The abstracts that bear best on a question, one hit each, best first."""
        with self._index.reading() as generation:
            wanted = apply_filters(generation, year, sources, filters)
            return retrieve_hits(generation, self._embedder(generation), read_question(question).text, limit, wanted)

    def papers_about(
        self, text: str, *, year: Years | None = None, sources: Sequence[str] = (), filters: Filters | None = None
    ) -> Relevance:
        """The abstracts that are about a topic, the most relevant first, and those that come near to it."""
        with self._index.reading() as generation:
            wanted = apply_filters(generation, year, sources, filters)
            found = find_relevant(Topic(((text,),)), generation)
            return found.within(set(generation.matching(wanted))) if wanted else found

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
            for model in (self._chat, self._judging):
                if model is not None:
                    model.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _whole(self, request: Request) -> tuple[Answer, tuple[Hit, ...]]:
        """The answer, which is in the last step, and what was found, which is in the first."""
        hits: tuple[Hit, ...] = ()
        answer = None
        for step in self._steps(request, streaming=False):
            hits, answer = step.hits or hits, step.answer or answer
        assert answer is not None, "the last step of an answer holds it"
        return answer, hits

    async def _followed(self, request: Request, *, streaming: bool) -> AsyncGenerator[Event, None]:
        """`_steps` in a thread of its own, which is told to stop when nobody follows any more."""
        job = Job(lambda stop: self._steps(request, stop, streaming=streaming))
        try:
            async with aclosing(job.afollow()) as steps:
                async for step in steps:
                    yield step
        finally:
            job.stop()

    def _steps(self, request: Request, stop: threading.Event | None = None, *, streaming: bool) -> Iterator[Event]:
        """Everything that an answer takes, step by step; the last step is the answer."""
        with self._index.reading() as generation:
            yield from self._pipeline(generation).events(request, generation, stop, streaming=streaming)

    def _pipeline(self, generation: Generation) -> Pipeline:
        def notices() -> tuple[str, ...]:
            """What there is to do about the index: once the encoder is there, an index made without it can be made anew."""
            advice = "" if load_encoder() is None else encoder_advice(self.settings, generation.embedding, generation.manifest.abstracts)
            return (*self._watch.notices(), *([advice] if advice else []))

        embedder = self._embedder(generation)
        return Pipeline(self.settings, self.settings.writes, embedder, self._clock, self._model, self._judge, self._files, notices)

    def _embedder(self, generation: Generation) -> Embedder:
        """What embeds questions as the generation's passages were embedded; another one may be made otherwise."""
        space = generation.embedding
        with self._lock:
            if space not in self._embedders:
                self._embedders[space] = load_embedder(self.settings, self._embedding, space=space)
            return self._embedders[space]

    def _model(self) -> ChatModel:
        with self._lock:
            if self._chat is None:
                self._chat = ChatModel.open(self.settings)
            return self._chat

    def _judge(self) -> ChatModel | None:
        """The model that judges what a model wrote: the same one, unless another is set; None where our own check does."""
        if self.settings.judge == "local":
            return None
        if self.settings.judge_model in ("", self.settings.model):
            return self._model()
        with self._lock:
            if self._judging is None:
                self._judging = ChatModel.open(self.settings.model_copy(update={"model": self.settings.judge_model}))
            return self._judging

    def _files(self) -> dict[str, Path]:
        """The files of the corpus by their names, for quoting what they state; none where the corpus is not here."""
        try:
            return {file.name: file.path for file in find_files(self.settings.corpus)}
        except (RagError, OSError):
            return {}


# `rag.query`: one question, one answer, with an assistant that is opened once a process.

_open: dict[Settings, Assistant] = {}
_lock = Lock()


def query(question: str, history: Messages | None = None, *, settings: Settings | None = None, **options: Unpack[Options]) -> Answer:
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
