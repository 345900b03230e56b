"""Which models write and judge: those of the settings, or what a program gives in their place."""

from __future__ import annotations

import inspect
import sys
import threading
from typing import Any, cast

from pydantic import SecretStr

from rag.llm.adapters import LlamaIndexModel, ObjectModel, TextModel
from rag.llm.chat import ChatModel
from rag.llm.language_model import LanguageModel
from rag.model import Settings, SettingsError

ACCEPTED = (
    "an openai.OpenAI client, a LlamaIndex LLM, or an object with the method complete(messages, *, schema, max_tokens), which gives "
    "the reply as text or as an iterator of its pieces (rag.llm.TextModel)"
)


class Models:
    """The models of one assistant, each opened when it is first asked for. Safe to use from several threads."""

    def __init__(self, settings: Settings, given: object | None = None) -> None:
        """`given` is used in the place of the model that the settings name. Makes no request.

        Raises SettingsError for an object that is no model, and for settings that need a model service where there is none.
        """
        if settings.mode == "generate" and not settings.has_model and given is None:
            raise SettingsError(
                "RAG_MODE=generate needs a model service: set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of an OpenAI-compatible "
                "server. Without one, RAG_MODE=extract answers in the abstracts' own sentences."
            )
        self._settings = settings
        self._given = given
        self._writer = None if given is None else as_language_model(given, settings)
        self._judge: LanguageModel | None = None
        self._lock = threading.Lock()
        if isinstance(self._writer, ObjectModel) and self._another and not settings.has_model:
            raise SettingsError(
                f"RAG_JUDGE_MODEL={settings.judge_model} needs a model service besides the model that was given: set OPENAI_API_KEY or "
                "OPENAI_BASE_URL, or leave RAG_JUDGE_MODEL empty, and the model that writes judges too."
            )

    @property
    def writes(self) -> bool:
        """True where answers are written by a model: `RAG_MODE=generate`, or auto with a model that is given or a model service."""
        return self._settings.writes or (self._settings.mode == "auto" and self._given is not None)

    def writer(self) -> LanguageModel:
        """The model that writes. Raises SettingsError for an address or a key that cannot be one."""
        with self._lock:
            if self._writer is None:
                self._writer = ChatModel.open(self._settings)
            return self._writer

    def judge(self) -> LanguageModel | None:
        """The model that judges what a model wrote: the same one, unless another is set; None where our own check does."""
        if self._settings.judge == "local":
            return None
        if not self._another:
            return self.writer()
        with self._lock:
            if self._judge is None:
                named = self._settings.model_copy(update={"model": self._settings.judge_model})
                self._judge = of_client(self._given, named) if is_client(self._given) else ChatModel.open(named)
            return self._judge

    def close(self) -> None:
        """Give connections back; a client or an object that was given stays its owner's to close."""
        with self._lock:
            for model in (self._writer, self._judge):
                if model is not None:
                    model.close()

    @property
    def _another(self) -> bool:
        """True where another model judges than the one that writes."""
        return self._settings.judge == "model" and self._settings.judge_model not in ("", self._settings.model)


def as_language_model(model: object, settings: Settings) -> LanguageModel:
    """What a program gives as a model; raises SettingsError, which says what is accepted, for anything else."""
    if is_client(model):
        return of_client(model, settings)
    if _has(model, "complete", "stream", "cost", "close") and not _is_llama_index(model):
        return cast("LanguageModel", model)  # a ChatModel, or whatever else is one already
    if _is_llama_index(model):
        return ObjectModel(LlamaIndexModel(model), settings, kind=type(model).__name__)
    if _completes(model):
        return ObjectModel(cast("TextModel", model), settings)
    raise SettingsError(f"model cannot be {_described(model)}. Give {ACCEPTED}.{_hint(model)}")


def is_client(model: object) -> bool:
    """True for an `openai.OpenAI`; where nobody has imported openai, nothing is one."""
    return isinstance(model, _classes("OpenAI"))


def of_client(client: Any, settings: Settings) -> ChatModel:
    """A model at the service that a client is for, with the client's address, key and connections, and our retries and bounds."""
    key = client.api_key if isinstance(client.api_key, str) and client.api_key.isascii() and " " not in client.api_key else ""
    served = {"openai_base_url": str(client.base_url), "openai_api_key": SecretStr(key) if key else None}
    return ChatModel.open(settings.model_copy(update=served), client=client)


def _classes(*names: str) -> tuple[type, ...]:
    """Classes of openai by name, those there are where it was imported."""
    openai = sys.modules.get("openai")
    return tuple(one for name in names if isinstance(one := getattr(openai, name, None), type))


def _is_llama_index(model: object) -> bool:
    return "llama_index.core" in sys.modules and _has(model, "chat", "stream_chat", "metadata")


def _has(model: object, *names: str) -> bool:
    """True where its class has all of these: a property is not asked for its value."""
    return not isinstance(model, type) and all(hasattr(type(model), name) for name in names)


def _completes(model: object) -> bool:
    """True where it has a method that can be called as `TextModel.complete` is."""
    method = getattr(model, "complete", None)
    if isinstance(model, type) or not callable(method) or inspect.iscoroutinefunction(method):
        return False
    try:
        inspect.signature(method).bind([], schema=None, max_tokens=1)
    except TypeError:
        return False
    except ValueError:  # of compiled code that states no signature
        return True
    return True


def _described(model: object) -> str:
    if isinstance(model, str):
        return f"the name {model!r}"
    if isinstance(model, type):
        return f"the class {model.__name__} itself"
    return f"of type {type(model).__name__}"


def _hint(model: object) -> str:
    """What to do about some things that are nearly models."""
    if isinstance(model, str):
        return f" A name goes into the settings (RAG_MODEL={model}), or to rag.query(..., model={model!r})."
    if isinstance(model, type):
        return f" Make one first: {model.__name__}(...)."
    if isinstance(model, _classes("AsyncOpenAI")) or inspect.iscoroutinefunction(getattr(model, "complete", None)):
        return " An asynchronous one is not taken: asynchronous programs use Assistant.aask and Assistant.astream."
    return ""
