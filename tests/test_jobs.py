"""An answer in a thread of its own: followed, followed again, stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from rag.model.answers import Answer
from rag.model.errors import ModelError
from rag.model.events import Event, Job
from rag.model.records import Claim
from tests.processes import PATIENCE

CLAIM = Event("claim", claim=Claim("evidence", "x", (1,)))
ANSWER = Event("answer", answer=Answer("q", "q", "answered"))


def test_every_follower_sees_all_steps_from_where_it_starts() -> None:
    go = threading.Event()

    def work(stop: threading.Event) -> Iterator[Event]:
        yield CLAIM
        go.wait(PATIENCE)
        yield ANSWER

    job = Job(work)
    first = job.follow()
    assert next(first) == CLAIM
    assert not job.done
    go.set()
    assert list(first) == [ANSWER]
    assert list(job.follow()) == [CLAIM, ANSWER]
    assert list(job.follow(1)) == [ANSWER]
    assert job.answer(PATIENCE) == ANSWER.answer


def test_stopping_reaches_the_work() -> None:
    def work(stop: threading.Event) -> Iterator[Event]:
        yield CLAIM
        assert stop.wait(PATIENCE)
        yield ANSWER

    job = Job(work)
    next(job.follow())
    job.stop()
    assert job.answer(PATIENCE) == ANSWER.answer
    assert job.done


def test_what_the_work_raises_reaches_those_who_wait_after_all_steps() -> None:
    def work(stop: threading.Event) -> Iterator[Event]:
        yield CLAIM
        raise ModelError("no service")

    job = Job(work)
    steps = job.follow()
    assert next(steps) == CLAIM
    with pytest.raises(ModelError, match="no service"):
        next(steps)
    with pytest.raises(ModelError, match="no service"):
        job.answer(PATIENCE)


def test_steps_before_a_restart_are_void() -> None:
    job = Job(lambda stop: iter([CLAIM, Event("restart"), ANSWER]))
    job.answer(PATIENCE)
    assert job.steps == (ANSWER,)


def test_waiting_has_an_end() -> None:
    go = threading.Event()

    def work(stop: threading.Event) -> Iterator[Event]:
        go.wait(PATIENCE)
        yield ANSWER

    job = Job(work)
    with pytest.raises(TimeoutError):
        job.answer(0.01)
    go.set()
    assert job.answer(PATIENCE) == ANSWER.answer


def test_an_asynchronous_follower_sees_the_same_steps_and_errors() -> None:
    def fails(stop: threading.Event) -> Iterator[Event]:
        yield CLAIM
        raise ModelError("no service")

    async def told(job: Job, start: int = 0) -> list[Event]:
        return [step async for step in job.afollow(start)]

    job = Job(lambda stop: iter([CLAIM, ANSWER]))
    assert asyncio.run(told(job)) == [CLAIM, ANSWER]
    assert asyncio.run(told(job, 1)) == [ANSWER]
    with pytest.raises(ModelError, match="no service"):
        asyncio.run(told(Job(fails)))


def test_a_job_outlives_the_event_loop_that_followed_it() -> None:
    go = threading.Event()

    def work(stop: threading.Event) -> Iterator[Event]:
        yield CLAIM
        go.wait(PATIENCE)
        yield ANSWER

    async def look(job: Job) -> Event:
        return await anext(job.afollow())

    job = Job(work)
    assert asyncio.run(look(job)) == CLAIM
    go.set()
    assert job.answer(PATIENCE) == ANSWER.answer


def test_the_work_sees_the_context_of_whoever_started_it() -> None:
    current: ContextVar[str] = ContextVar("current", default="nobody's")
    seen: list[str] = []

    def work(stop: threading.Event) -> Iterator[Event]:
        seen.append(current.get())
        yield ANSWER

    current.set("mine")
    Job(work).answer(PATIENCE)
    assert seen == ["mine"]


def test_a_job_says_how_much_it_has_told_and_what_it_raised() -> None:
    go = threading.Event()

    def work(stop: threading.Event) -> Iterator[Event]:
        yield CLAIM
        go.wait(PATIENCE)
        raise ModelError("The service is away.")

    job = Job(work)
    assert next(job.follow()) == CLAIM
    assert (job.told, job.error) == (1, None)
    go.set()
    with pytest.raises(ModelError):
        job.answer(PATIENCE)
    assert job.told == 1
    assert str(job.error) == "The service is away."
