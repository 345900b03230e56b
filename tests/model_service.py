"""What tests of the model service share: a question, and a model at the fake service that does not sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rag.llm.chat import ChatModel
from rag.llm.records import Call, Reply
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI

KEY = "sk-proj-verysecretverysecret"
ASK = [{"role": "system", "content": "Answer."}, {"role": "user", "content": "Is it so?"}]
SAID = "An answer that is long enough to be cut."


def chat(service: FakeOpenAI, waits: list[float] | None = None, **options: Any) -> ChatModel:
    """A model at the fake service that notes its waits in the place of sleeping."""
    clock: Callable[[], float] = options.pop("clock", time.monotonic)
    noted: list[float] = [] if waits is None else waits
    settings = Settings(**{"openai_base_url": service.url, "openai_api_key": KEY, "model": "fake-model"} | options)
    return ChatModel.open(settings, sleep=noted.append, clock=clock, announce=lambda _: None)


def ask(model: ChatModel, call: Call | None = None) -> Reply:
    """The model's reply to the question."""
    return model.complete(ASK, call=call or Call(1_000_000))
