"""The one assistant behind the command line, Python, the web page and the evaluation."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AbstractContextManager, aclosing, closing
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Unpack, get_args

from rag.answers import Pipeline
from rag.collection import apply_filters
from rag.corpus import find_files
from rag.embedding import Embedder, encoder_advice, load_embedder, load_encoder
from rag.index import Generation, Index, Watch, make_small_index, open_index
from rag.llm import Models
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

log = logging.getLogger(__name__)

Mode = Literal["auto", "extract", "generate"]
Embedding = Any  # a LlamaIndex embedding; LlamaIndex is not imported to answer


class Assistant:
    """Answers questions about one corpus. Open it once and share it between threads; close it, or use it as a context."""

    def __init__(
        self,
        settings: Settings,
        index: Index,
        embedding: Embedding | None = None,
        model: object | None = None,
        *,
        clock: Clock = utc_now,
    ) -> None:
        """`embedding`, `model` and `clock` are as in `open`; raises SettingsError for what is no model."""
        self.settings = settings
        self._index = index
        self._embedding = embedding
        self._embedders: dict[str, Embedder] = {}
        self._lock = threading.Lock()
        self._models = model if isinstance(model, Models) else Models(settings, model)
        self._clock, self._watch = clock, Watch(settings)

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        progress: Progress = silent,
        embedding: Embedding | None = None,
        model: object | None = None,
        clock: Clock = utc_now,
    ) -> Assistant:
        """Open the index that the settings name; a small corpus that has none is indexed first.

        `embedding` is any LlamaIndex embedding in the place of `RAG_EMBEDDING`; `model` writes in the place of the one that the
        settings name: an `openai.OpenAI` client, a LlamaIndex LLM, a `rag.llm.LanguageModel` (which is closed with the assistant),
        or any `rag.llm.TextModel`; unless `RAG_MODE=extract`. `clock` says what "since yesterday" means. Raises IndexMissingError where
        the corpus is larger than `RAG_AUTO_INDEX_LIMIT` abstracts, CorpusError where there is none, IndexMismatchError or
        IndexDamagedError where the index cannot be used, SettingsError for what is no model, and for `RAG_MODE=generate` without one.
        """
        settings = settings or Settings()
        models = Models(settings, model)
        try:
            index = open_index(settings, embedding)
        except IndexMissingError:
            make_small_index(settings, progress, embedding)
            index = open_index(settings, embedding)
        log.debug("Index at %s (%s), mode %s", settings.index_dir, settings.why_there, settings.mode)
        return cls(settings, index, embedding, models, clock=clock)

    def ask(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> Answer:
        """Answer a question from the corpus; `options` are those of `rag.questions.Options`.

        `history` is earlier turns as OpenAI-style messages (role, content), best those of `rag.chat.answer_messages`. Raises
        QuestionError for an empty or overlong question, NotFoundError for a source that is not there, SettingsError for a `top_k` below 1.
        """
        return self._whole(make_request(question, history, **options))[0]

    def stream(
        self, question: str, history: Messages | None = None, *, stop: threading.Event | None = None, **options: Unpack[Options]
    ) -> Generator[Event, None, None]:
        """Like `ask`, as events: each claim as soon as it is checked, then the answer, which equals that of `ask`.

        When `stop` is set, the answer ends with the claims so far and is marked incomplete; where the generator is closed, it just ends.
        """
        return self._steps(make_request(question, history, **options), stop)

    def ask_with_hits(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> tuple[Answer, tuple[Hit, ...]]:
        """`ask`, and all abstracts that were found for it, best first: at least as many as the answer may draw on."""
        return self._whole(make_request(question, history, **options))

    def start(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> Job:
        """`stream` in a thread of its own, to be followed and stopped from any other."""
        return Job(lambda stop: self.stream(question, history, stop=stop, **options))

    async def aask(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> Answer:
        """`ask` for asynchronous programs: it works in a thread of its own, and stops where the task that awaits it is cancelled."""
        answer = None
        async with aclosing(self._followed(make_request(question, history, **options))) as steps:
            async for step in steps:
                answer = step.answer or answer
        assert answer is not None, "the last step of an answer holds it"
        return answer

    def astream(self, question: str, history: Messages | None = None, **options: Unpack[Options]) -> AsyncGenerator[Event, None]:
        """`stream` for asynchronous programs: `async for event in assistant.astream(question)`.

        Where the loop is left, the task is cancelled or the generator is closed, the answer stops, and with it a request to the
        model service. Raises what `ask` raises: for a question that is none at once, the rest when it is followed.
        """
        return self._followed(make_request(question, history, **options))

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
        self._models.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _whole(self, request: Request) -> tuple[Answer, tuple[Hit, ...]]:
        """The answer, which is in the last step, and what was found, which is in the first."""
        hits: tuple[Hit, ...] = ()
        answer = None
        for step in self._steps(request):
            hits, answer = step.hits or hits, step.answer or answer
        assert answer is not None, "the last step of an answer holds it"
        return answer, hits

    async def _followed(self, request: Request) -> AsyncGenerator[Event, None]:
        """`_steps` in a thread of its own, which is told to stop when nobody follows any more."""
        job = Job(lambda stop: self._steps(request, stop))
        try:
            async with aclosing(job.afollow()) as steps:
                async for step in steps:
                    yield step
        finally:
            job.stop()

    def _steps(self, request: Request, stop: threading.Event | None = None) -> Generator[Event, None, None]:
        """Everything that an answer takes, step by step; the last step is the answer."""
        with self._index.reading() as generation:
            yield from self._pipeline(generation).events(request, generation, stop)

    def _pipeline(self, generation: Generation) -> Pipeline:
        def notices() -> tuple[str, ...]:
            """What there is to do about the index: once the encoder is there, an index made without it can be made anew."""
            advice = "" if load_encoder() is None else encoder_advice(self.settings, generation.embedding, generation.manifest.abstracts)
            return (*self._watch.notices(), *([advice] if advice else []))

        embedder = self._embedder(generation)
        models = self._models
        return Pipeline(self.settings, models.writes, embedder, self._clock, models.writer, models.judge, self._files, notices)

    def _embedder(self, generation: Generation) -> Embedder:
        """What embeds questions as the generation's passages were embedded; another one may be made otherwise."""
        space = generation.embedding
        with self._lock:
            if space not in self._embedders:
                self._embedders[space] = load_embedder(self.settings, self._embedding, space=space)
            return self._embedders[space]

    def _files(self) -> dict[str, Path]:
        """The files of the corpus by their names, for quoting what they state; none where the corpus is not here."""
        try:
            return {file.name: file.path for file in find_files(self.settings.corpus)}
        except (RagError, OSError):
            return {}


# `rag.query`: one question, one answer, with an assistant that is opened once a process.

_MOST_OPEN = 8  # assistants; of more, the one that was asked longest ago goes

_open: dict[tuple[Settings, int], tuple[Assistant, object]] = {}  # by settings and model, which is kept so that its id stays its own
_lock = Lock()


def query(
    question: str,
    history: Messages | None = None,
    *,
    settings: Settings | None = None,
    mode: Mode | None = None,
    model: object | None = None,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[Options],
) -> Answer:
    """Answer a question from the corpus that the settings name (default: environment and `.env`).

    `mode` ("auto", "extract" or "generate") and `model` take the place of the settings' for this question; `model` is a name, or what
    `Assistant.open` takes. `on_event` is called with each event as it comes (`Assistant.stream`); what it raises ends the answer. `options`
    are those of `Assistant.ask`. The assistant stays open for the next question with equal settings and the same model. Raises what
    `Assistant.open` and `Assistant.ask` raise, and SettingsError for a mode that is none and for a name without a model service.
    """
    assistant = _opened(_chosen(settings or Settings(), mode, model), None if isinstance(model, str) else model)
    if on_event is None:
        return assistant.ask(question, history, **options)
    answer = None
    with closing(assistant.stream(question, history, **options)) as events:
        for event in events:
            on_event(event)
            answer = event.answer or answer
    assert answer is not None, "the last step of an answer holds it"
    return answer


def _chosen(settings: Settings, mode: str | None, model: object | None) -> Settings:
    """The settings with what was chosen for one question."""
    if mode is not None and mode not in get_args(Mode):
        raise SettingsError(f"mode cannot be {mode!r}. It is one of: {', '.join(get_args(Mode))}.")
    chosen = settings if mode is None else settings.model_copy(update={"mode": mode})
    if not isinstance(model, str):
        return chosen
    if not model.strip():
        raise SettingsError(f"model cannot be {model!r}. Give the name of a model, or leave it out for that of RAG_MODEL.")
    if chosen.mode != "extract" and not chosen.has_model:
        raise SettingsError(f"model={model!r} needs a model service: set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of one.")
    return chosen.model_copy(update={"model": model.strip()})


def _opened(settings: Settings, model: object | None) -> Assistant:
    """The assistant for these, opened where there is none yet."""
    key = settings, id(model)
    with _lock:
        known = _open.pop(key) if key in _open else (Assistant.open(settings, model=model), model)
        _open[key] = known  # at the end: the first is the one that was asked longest ago
        if len(_open) > _MOST_OPEN:
            left, _ = _open.pop(next(iter(_open)))
            left._index.close()  # it may be answering still: its connections go with the last who holds it
    return known[0]


@atexit.register
def _close() -> None:
    for assistant, _ in _open.values():
        assistant.close()
