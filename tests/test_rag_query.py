"""`rag.query` and what may be chosen for one question: how the answer is made, by which model, and who follows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rag
from rag import Settings
from rag import assistant as module
from rag.model.errors import SettingsError
from rag.model.events import Event
from tests.fakes import FakeOpenAI
from tests.processes import wait_until
from tests.scripted import Fault
from tests.writing import Body, quoting

QUESTION = "How does KS-Lottery find winning tickets?"
WORDS = "Our key idea is to use Kolmogorov-Smirnov Test", "We further theoretically prove that KS-Lottery"


class Own:
    def complete(self, messages: Any, *, schema: Any, max_tokens: int) -> str:
        return quoting(*WORDS)({"messages": messages})


@pytest.fixture
def keyless(index_dir: Path, corpus: Path) -> Settings:
    return Settings(index_dir=index_dir, corpus=(corpus,))


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(default=quoting(*WORDS)) as opened:
        yield opened


@pytest.fixture
def served(keyless: Settings, service: FakeOpenAI) -> Settings:
    return keyless.model_copy(update={"openai_base_url": service.url, "model": "usual"})


@pytest.fixture(autouse=True)
def own_assistants(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Assistants of these tests are closed after them."""
    monkeypatch.setattr(module, "_open", {})
    yield
    module._close()


def test_mode_and_model_are_chosen_for_one_question(served: Settings, service: FakeOpenAI) -> None:
    assert rag.query(QUESTION, settings=served, mode="extract").mode == "extract"
    assert service.chats == []
    assert rag.query(QUESTION, settings=served).model == "usual"
    assert rag.query(QUESTION, settings=served, mode="generate", model="larger").model == "larger"
    assert rag.query(QUESTION, settings=served, mode="extract", model="larger").mode == "extract"
    assert [one["model"] for one in service.chats] == ["usual", "larger"]


def test_an_object_answers_one_question(keyless: Settings) -> None:
    answer = rag.query(QUESTION, settings=keyless, model=Own())
    assert (answer.mode, answer.model, str(answer)) == ("generate", "Own", answer.text)
    assert rag.query(QUESTION, settings=keyless).mode == "extract"
    assert rag.query(QUESTION, settings=keyless, mode="generate", model=Own()).mode == "generate"


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"mode": "fast"}, r"mode cannot be 'fast'\. It is one of: auto, extract, generate\."),
        ({"mode": "generate"}, "RAG_MODE=generate needs a model service"),
        ({"model": "gpt-6-luna"}, "model='gpt-6-luna' needs a model service: set OPENAI_API_KEY"),
        ({"model": " "}, r"model cannot be ' '\. Give the name of a model"),
        ({"model": 7}, "model cannot be of type int"),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_can_be(keyless: Settings, chosen: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        rag.query(QUESTION, settings=keyless, **chosen)


@pytest.mark.parametrize("mode", ["extract", "generate"])
def test_events_are_told_as_they_come_and_end_in_the_answer(served: Settings, mode: Any) -> None:
    told: list[Event] = []
    answer = rag.query(QUESTION, settings=served, mode=mode, on_event=told.append)
    assert answer == rag.query(QUESTION, settings=served, mode=mode)
    assert (told[0].kind, told[-1].answer) == ("found", answer)
    assert [one.claim for one in told if one.kind == "claim"] == list(answer.claims)


def test_whoever_follows_can_end_an_answer_by_raising(keyless: Settings) -> None:
    def held(body: Body) -> Fault:
        return Fault("hang_midway", text=quoting(*WORDS)(body))

    def enough(event: Event) -> None:
        if event.kind == "claim":
            raise LookupError("seen enough")

    with FakeOpenAI(default=held) as service:
        chosen = keyless.model_copy(update={"openai_base_url": service.url, "judge": "local"})
        with pytest.raises(LookupError, match="seen enough"):
            rag.query(QUESTION, settings=chosen, on_event=enough)
        wait_until(service.left.is_set)
    assert len(service.chats) == 1


def test_an_assistant_stays_open_for_equal_settings_and_the_same_model(keyless: Settings) -> None:
    own, other = Own(), Own()
    opened = module._opened(keyless, own)
    assert module._opened(keyless.model_copy(), own) is opened
    assert module._opened(keyless, other) is not opened
    assert module._opened(keyless.model_copy(update={"top_k": 3}), own) is not opened


def test_of_many_assistants_the_one_that_was_asked_longest_ago_goes(keyless: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_OPEN", 2)
    models = [Own() for _ in range(3)]
    first, second = (module._opened(keyless, one) for one in models[:2])
    assert module._opened(keyless, models[0]) is first
    module._opened(keyless, models[2])
    assert [one for one, _ in module._open.values()] == [first, module._opened(keyless, models[2])]
    assert second.ask(QUESTION).claims  # whoever has it can go on
    second.close()
