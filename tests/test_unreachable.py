"""A server that is not there is told at once, left alone for a moment, and asked again as soon as it is there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from rag.assistant import Assistant
from rag.llm.chat import ChatModel
from rag.llm.circuit import LOOKS, SHORT_PAUSE, Circuit
from rag.llm.records import Call, Reply
from rag.model.errors import ModelError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.model_service import ASK, ask
from tests.processes import PATIENCE, wait_until
from tests.scripted import Fault

NOBODY = "http://127.0.0.1:9/v1"  # the port of "discard": nothing listens there
QUESTION = "How does KS-Lottery find winning tickets?"


class Waits:
    """Waits that are noted, and last until the test lets them go."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.over = threading.Event()

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        assert self.over.wait(PATIENCE)


def model_at(url: str, sleep: Callable[[float], None], clock: Callable[[], float] = lambda: 0.0) -> ChatModel:
    return ChatModel.open(Settings(openai_base_url=url, model="m"), sleep=sleep, clock=clock, announce=lambda _: None)


def test_a_server_that_is_not_there_is_asked_once_and_left_alone_for_a_moment() -> None:
    why = r"127.0.0.1:9 cannot be reached \(connection refused\); is the server started\? Check OPENAI_BASE_URL"
    now, waits = [0.0], Waits()
    model = model_at(NOBODY, waits, lambda: now[0])
    with pytest.raises(ModelError, match=why):
        ask(model)
    with pytest.raises(ModelError, match=why + r".*It is asked again as soon as it is there"):
        ask(model)
    now[0] += SHORT_PAUSE
    with pytest.raises(ModelError, match=why) as trial:
        ask(model)
    assert "again" not in str(trial.value)
    wait_until(lambda: waits.seconds)
    assert waits.seconds == [LOOKS[0]]  # one thread looks, however often it was asked; nobody has waited for another attempt
    waits.over.set()
    wait_until(lambda: waits.seconds == list(LOOKS))
    model.close()


def test_a_name_that_nobody_knows_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def unknown(*name: object, **_: object) -> NoReturn:
        asked.append(name[0])
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    waits = Waits()
    model = model_at("http://no-such-host.invalid/v1", waits)
    with pytest.raises(ModelError, match=r"no-such-host.invalid cannot be reached \(its name is not known\); is the server started"):
        ask(model)
    assert asked == ["no-such-host.invalid"]
    model.close()
    waits.over.set()


def test_a_server_that_is_started_is_asked_again_although_the_pause_is_not_over() -> None:
    waits = Waits()
    service = FakeOpenAI(default="Yes.")
    with service:
        port = int(service.host.rpartition(":")[2])
    model = model_at(service.url, waits)
    with pytest.raises(ModelError, match="connection refused"):
        ask(model)
    with FakeOpenAI(default="Yes.", port=port) as again:
        assert model.host == again.host
        waits.over.set()

        def answered() -> bool:
            try:
                return ask(model).text == "Yes."
            except ModelError:
                return False

        wait_until(answered)
        assert waits.seconds == [LOOKS[0]]
        assert len(again.chats) == 1
    model.close()


def test_a_server_that_goes_away_in_the_middle_of_a_reply_leaves_what_came() -> None:
    with FakeOpenAI(Fault("cut")) as service:
        model = ChatModel.open(Settings(openai_base_url=service.url, model="m"), sleep=lambda _: service.stop(), announce=lambda _: None)
        reply = list(model.stream(ASK, call=Call(10**6)))[-1]
        with pytest.raises(ModelError, match="connection refused"):
            ask(model)
        model.close()
    assert isinstance(reply, Reply)
    assert (reply.why, reply.text) == ("cut", "An answer that i")


def test_a_circuit_that_is_closed_looks_no_more() -> None:
    looks: list[bool] = []

    def look() -> bool:
        looks.append(True)
        return True

    circuit = Circuit("host", lambda: 0.0, lambda _: None, look)
    circuit.close()
    circuit.unreachable("It is away.")
    with pytest.raises(ModelError, match="It is away"):
        circuit.check()
    assert looks == []


def test_where_no_server_is_there_the_extractive_answer_is_given_without_a_wait(index_dir: Path, corpus: Path) -> None:
    settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=NOBODY, model="m")
    waits = Waits()
    model = model_at(NOBODY, waits)
    with Assistant.open(settings, model=model) as opened:
        answers = [opened.ask(QUESTION) for _ in range(2)]
        waits.over.set()
    assert [(one.mode, one.outcome) for one in answers] == [("extract", "answered")] * 2
    assert all("connection refused); is the server started?" in one.notices[0] for one in answers)
    assert [one.usage["requests"] for one in answers] == [1, 0]
