"""The assistant in asynchronous programs: events as they come, and whoever goes away ends the request to the model service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Settings
from rag.model.errors import QuestionError
from rag.model.events import Event
from tests.fakes import FakeOpenAI, Fault
from tests.processes import PATIENCE, wait_until
from tests.writing import Body, quoting

QUESTION = "How does KS-Lottery find winning tickets?"
WORDS = "Our key idea is to use Kolmogorov-Smirnov Test", "We further theoretically prove that KS-Lottery"


def held(body: Body) -> Fault:
    """A reply of two claims that stays away after its middle, where the first claim is whole."""
    return Fault("hang_midway", text=quoting(*WORDS)(body))


@contextmanager
def holding(index_dir: Path, corpus: Path) -> Iterator[tuple[Assistant, FakeOpenAI]]:
    """An assistant whose model never finishes its reply."""
    with FakeOpenAI(default=held) as service:
        chosen = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model="held", judge="local")
        with Assistant.open(chosen) as assistant:
            yield assistant, service


def answering() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "answer"]


async def breaks_off(assistant: Assistant, service: FakeOpenAI) -> None:
    async for event in assistant.astream(QUESTION):
        if event.kind == "claim":
            break
    await seen(service)


async def closes(assistant: Assistant, service: FakeOpenAI) -> None:
    events = assistant.astream(QUESTION)
    assert (await anext(events)).kind == "found"
    assert [(await anext(events)).kind for _ in range(2)] == ["note", "claim"]
    await events.aclose()
    await seen(service)


async def follows(assistant: Assistant) -> None:
    async for _ in assistant.astream(QUESTION):
        pass


async def cancels(work: Callable[[Assistant], Coroutine[Any, Any, object]], assistant: Assistant, service: FakeOpenAI) -> None:
    task = asyncio.create_task(work(assistant))
    while not service.chats:  # the event loop is free while the reply is held
        await asyncio.sleep(0.005)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await seen(service)


async def times_out(assistant: Assistant, service: FakeOpenAI) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await assistant.aask(QUESTION)
    await asyncio.to_thread(wait_until, lambda: not answering())


async def seen(service: FakeOpenAI) -> None:
    """Wait until the service has seen the end of the connection."""
    assert await asyncio.to_thread(service.left.wait, PATIENCE)


WAYS: dict[str, Callable[[Assistant, FakeOpenAI], Coroutine[Any, Any, None]]] = {
    "the loop is left": breaks_off,
    "the generator is closed": closes,
    "the task that follows is cancelled": lambda *given: cancels(follows, *given),
    "the task that awaits the answer is cancelled": lambda *given: cancels(lambda one: one.aask(QUESTION), *given),
    "the time is over": times_out,
}


@pytest.mark.parametrize("way", WAYS)
def test_who_goes_away_ends_the_answer_and_its_request(index_dir: Path, corpus: Path, way: str) -> None:
    with holding(index_dir, corpus) as (assistant, service):
        asyncio.run(WAYS[way](assistant, service))
        wait_until(lambda: not answering())
        assert len(service.chats) <= 1  # it is not asked again


async def collected(assistant: Assistant, question: str) -> list[Event]:
    return [event async for event in assistant.astream(question)]


@pytest.mark.parametrize("question", [QUESTION, "What is the capital of France?", "How many papers are there?"])
def test_an_asynchronous_stream_tells_what_a_stream_tells(assistant: Assistant, question: str) -> None:
    assert asyncio.run(collected(assistant, question)) == list(assistant.stream(question))


def test_many_questions_are_answered_at_once(assistant: Assistant) -> None:
    async def ask() -> list[list[Event]]:
        return await asyncio.gather(*(collected(assistant, QUESTION) for _ in range(4)))

    assert asyncio.run(ask()) == [list(assistant.stream(QUESTION))] * 4


def test_what_is_no_question_is_refused_at_once(assistant: Assistant) -> None:
    with pytest.raises(QuestionError):
        assistant.astream("  ")
    with pytest.raises(QuestionError):
        asyncio.run(assistant.aask(""))
