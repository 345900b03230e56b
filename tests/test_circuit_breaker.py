"""A service that keeps failing is left alone for a while, and then tried again."""

from __future__ import annotations

import pytest

from rag.llm.chat import ChatModel
from rag.llm.circuit import FAILURES, PAUSE
from rag.llm.records import Call
from rag.model.errors import ModelError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.scripted import error

ASK = [{"role": "user", "content": "Is it so?"}]


class Clock:
    """A time that stands still until a test lets some of it pass."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_failures_in_a_row_the_service_is_not_asked_until_a_pause_is_over_and_then_once() -> None:
    clock = Clock()
    with FakeOpenAI(default=error(500)) as service:
        settings = Settings(openai_base_url=service.url, model="m", model_attempts=1)
        model = ChatModel.open(settings, clock=clock, announce=lambda _: None)

        def ask() -> str:
            return model.complete(ASK, call=Call(10_000)).text

        for _ in range(FAILURES):
            with pytest.raises(ModelError, match="500"):
                ask()
        with pytest.raises(ModelError, match="is not asked for another"):
            ask()
        assert len(service.chats) == FAILURES
        clock.now += PAUSE
        with pytest.raises(ModelError, match="500"):  # the trial fails: left alone again
            ask()
        with pytest.raises(ModelError, match="is not asked for another"):
            ask()
        clock.now += PAUSE
        service.default = "Yes."
        assert [ask(), ask()] == ["Yes.", "Yes."]
        assert len(service.chats) == FAILURES + 3
        model.close()


def test_what_the_service_refuses_is_no_failure_of_the_service() -> None:
    with FakeOpenAI(default=error(401)) as service:
        model = ChatModel.open(Settings(openai_base_url=service.url, model="m"), announce=lambda _: None)
        for _ in range(FAILURES + 2):
            with pytest.raises(ModelError, match=r"OPENAI_API_KEY"):
                model.complete(ASK, call=Call(10_000))
        assert len(service.chats) == FAILURES + 2
        model.close()
