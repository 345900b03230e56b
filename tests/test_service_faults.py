"""Answers while the model service fails: in passing, for good, in the middle of a reply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.llm.chat import ChatModel
from rag.model.answers import Answer
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.processes import wait_until
from tests.scripted import Fault, error
from tests.writing import Body, place, quoting, reply
from tests.writing import claim as said

QUESTION = "How does KS-Lottery find winning tickets?"
KEY_IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"
THEORY = "We further theoretically prove that KS-Lottery"
GOOD = quoting(KEY_IDEA, THEORY)

PASSING = {
    "rate limit": error(429, "Slow down."),
    "rate limit with a wait": error(429, "Slow down.", retry_after="3"),
    "rate limit with a wait in milliseconds": error(429, "Slow down.", retry_after_ms="1500"),
    "request time-out": error(408),
    "conflict": error(409),
    "server error": error(500),
    "bad gateway": error(502),
    "overloaded": error(503),
    "gateway time-out": error(504),
    "connection reset": Fault("reset"),
    "half a JSON document": Fault("truncated"),
    "no JSON": Fault("malformed"),
    "a page of HTML": Fault("html"),
    "no choices": Fault("no_choices"),
    "no text": Fault("empty"),
}
LASTING = {
    "bad request": error(400, "That is wrong."),
    "wrong key": error(401, "Incorrect API key provided."),
    "not allowed": error(403),
    "no such model": error(404, "The model does not exist.", code="model_not_found"),
    "unprocessable": error(422, "Cannot."),
    "no money": error(429, "You exceeded your current quota.", code="insufficient_quota"),
    "a redirect": error(307, "", location="http://127.0.0.1:9/v1/chat/completions"),
    "declined": Fault("refusal"),
    "filtered": Fault("filtered"),
    "a huge reply": Fault("huge"),
    "server error for ever": error(500),
    "reset for ever": Fault("reset"),
    "HTML for ever": Fault("html"),
    "nothing for ever": Fault("empty"),
}


@contextmanager
def assistant(index_dir: Path, corpus: Path, service: FakeOpenAI, waits: list[float], **options: Any) -> Iterator[Assistant]:
    settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model="fake-model", **options)
    model = ChatModel.open(settings, sleep=waits.append, announce=lambda _: None)
    with Assistant.open(settings, model=model) as opened:
        yield opened


def streamed(opened: Assistant) -> Answer:
    answer = [step.answer for step in opened.stream(QUESTION)][-1]
    assert answer is not None
    return answer


@pytest.fixture
def plain(index_dir: Path, corpus: Path) -> Answer:
    """What is answered without a model."""
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract")) as opened:
        return opened.ask(QUESTION)


@pytest.mark.parametrize("name", sorted(PASSING))
def test_what_passes_by_itself_is_not_seen_in_the_answer(index_dir: Path, corpus: Path, name: str) -> None:
    waits: list[float] = []
    with FakeOpenAI(PASSING[name], default=GOOD) as service, assistant(index_dir, corpus, service, waits) as opened:
        answer = opened.ask(QUESTION)
        assert (len(service.chats), len(waits)) == (2, 1)
        service.script.append(PASSING[name])
        assert streamed(opened).claims == answer.claims
    assert (answer.mode, len(answer.claims), answer.incomplete, answer.notices) == ("generate", 2, False, ())


@pytest.mark.parametrize("name", sorted(LASTING))
def test_where_the_service_fails_for_good_the_extractive_answer_is_given_with_a_notice(
    index_dir: Path, corpus: Path, plain: Answer, name: str
) -> None:
    with FakeOpenAI(default=LASTING[name]) as service, assistant(index_dir, corpus, service, []) as opened:
        for answer in (opened.ask(QUESTION), streamed(opened)):
            assert (answer.mode, answer.claims, answer.citations) == ("extract", plain.claims, plain.citations)
            assert answer.notices[0].endswith("in the abstracts' own sentences instead.")
    assert len(service.chats) <= 2 * 5


@pytest.mark.parametrize("kind", ["cut", "reset_midway"])
def test_of_a_reply_that_keeps_being_cut_the_checked_claims_are_kept_and_said_to_be_incomplete(
    index_dir: Path, corpus: Path, kind: Any
) -> None:
    def write(body: Body) -> Fault:
        idea, theory = place(body, KEY_IDEA), place(body, THEORY)
        return Fault(kind, text=reply(said(idea[2], idea), said(theory[2], theory), said(theory[2] * 3, theory)))

    with FakeOpenAI(default=write) as service, assistant(index_dir, corpus, service, []) as opened:
        steps = list(opened.stream(QUESTION))
    answer = steps[-1].answer
    assert answer is not None
    assert (answer.mode, answer.incomplete, answer.supported) == ("generate", True, True)
    assert 1 <= len(answer.claims) <= 2
    assert "incomplete" in answer.notices[-1]
    assert "restart" in [step.kind for step in steps]


def test_a_stream_that_is_cut_once_starts_again_and_ends_as_if_it_had_not_been(index_dir: Path, corpus: Path) -> None:
    def cut(body: Body) -> Fault:
        unfinished = GOOD(body)[:-1]
        return Fault("cut", text=unfinished + " " * len(unfinished))

    with FakeOpenAI(cut, default=GOOD) as service, assistant(index_dir, corpus, service, []) as opened:
        steps = list(opened.stream(QUESTION))
        whole = opened.ask(QUESTION)
    assert [step.kind for step in steps] == ["found", "note", "claim", "claim", "restart", "claim", "claim", "answer"]
    assert steps[-1].answer is not None
    assert (steps[-1].answer.claims, steps[-1].answer.incomplete) == (whole.claims, False)


def test_a_reply_without_its_end_mark_is_whole(index_dir: Path, corpus: Path) -> None:
    with FakeOpenAI(default=lambda body: Fault("no_done", text=GOOD(body))) as service, assistant(index_dir, corpus, service, []) as opened:
        answer = streamed(opened)
    assert (len(answer.claims), answer.incomplete) == (2, False)


def test_a_reply_that_is_too_long_is_kept_as_far_as_it_came(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> Fault:
        return Fault("length", text=GOOD(body)[:-60])

    with FakeOpenAI(default=write) as service, assistant(index_dir, corpus, service, []) as opened:
        answer = opened.ask(QUESTION)
    assert (answer.mode, answer.incomplete) == ("generate", True)
    assert "RAG_REPLY_TOKENS" in answer.notices[-1]


def test_a_service_that_hangs_is_given_up_at_the_time_limit(index_dir: Path, corpus: Path, plain: Answer) -> None:
    with (
        FakeOpenAI(default=Fault("hang")) as service,
        assistant(index_dir, corpus, service, [], model_read_timeout=0.2, model_attempts=2) as opened,
    ):
        answer = opened.ask(QUESTION)
        wait_until(lambda: len(service.chats) >= 2)  # one that was given up may be read only now
    assert (answer.mode, answer.claims, len(service.chats)) == ("extract", plain.claims, 2)


def test_a_question_uses_no_more_tokens_than_it_may(index_dir: Path, corpus: Path) -> None:
    with FakeOpenAI("no JSON", default="none either") as service, assistant(index_dir, corpus, service, [], question_tokens=1024) as opened:
        answer = opened.ask(QUESTION)
    assert len(service.chats) == 1
    assert "RAG_QUESTION_TOKENS" in answer.notices[0]


def test_what_was_spent_before_the_service_failed_is_told(index_dir: Path, corpus: Path) -> None:
    with FakeOpenAI(default="no JSON") as service, assistant(index_dir, corpus, service, []) as opened:
        answer = opened.ask(QUESTION)
    assert (answer.mode, answer.usage["requests"]) == ("extract", 2)


@pytest.mark.parametrize(
    ("kind", "setting", "options"),
    [("length", "RAG_REPLY_TOKENS", {}), ("hang_midway", "RAG_MODEL_DEADLINE", {"model_deadline": 2.0}), ("cut", "broke", {})],
)
def test_a_reply_that_ends_before_its_first_sentence_says_why(
    index_dir: Path, corpus: Path, kind: Any, setting: str, options: dict[str, Any]
) -> None:
    with FakeOpenAI(default=Fault(kind, text='{"answerable": true, "claims": [{"text": "We')) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model_attempts=1, **options)
        with Assistant.open(settings) as opened:
            answer = opened.ask(QUESTION)
    assert (answer.mode, answer.outcome) == ("extract", "answered")
    assert setting in answer.notices[0]
    assert not any(other in answer.notices[0] for other in {"RAG_REPLY_TOKENS", "RAG_MODEL_DEADLINE"} - {setting})
