"""The model service: what it survives, what it gives up on, and that it never tells the key. Real client, real server, no sleeping."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from rag.llm import records
from rag.llm.chat import ChatModel, _Asking
from rag.llm.records import Call, Reply, Restart, Usage
from rag.model.errors import ModelError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.model_service import ASK, KEY, SAID, ask, chat
from tests.processes import LIFETIME, PATIENCE, finished, python, threads, wait_until
from tests.scripted import Abilities, Fault, error

# What the service does, again and again after the script where the last column says so; the requests that this takes;
# and the reply's text and why it is not complete, or a pattern of the error.
GOOD = ("Yes.", "")
OUTCOMES: dict[str, tuple[list[Any], int, tuple[str, str] | str]] = {
    "a plain answer": (["Yes."], 1, GOOD),
    "429 once": ([error(429), "Yes."], 2, GOOD),
    "429 with Retry-After": ([error(429, retry_after="3"), "Yes."], 2, GOOD),
    "429 with retry-after-ms": ([error(429, retry_after_ms="30"), "Yes."], 2, GOOD),
    "429 with a Retry-After that is nonsense": ([error(429, retry_after="soon"), "Yes."], 2, GOOD),
    "429 that asks for an hour": ([error(429, retry_after="3600")], 1, "asks to wait 3600 seconds.*RAG_MODEL_DEADLINE"),
    "429 for ever": ([error(429)] * 5, 5, "status 429.*tried up to 5 times"),
    "no credit": ([error(429, code="insufficient_quota")], 1, "no credit left"),
    "500": ([error(500), "Yes."], 2, GOOD),
    "502 as a web page": ([Fault("status", status=502, body="<html>Bad gateway</html>"), "Yes."], 2, GOOD),
    "503 twice": ([error(503), error(503), "Yes."], 3, GOOD),
    "504 for ever": ([error(504)] * 5, 5, "status 504"),
    "408": ([error(408), "Yes."], 2, GOOD),
    "409": ([error(409), "Yes."], 2, GOOD),
    "400 that concerns no parameter": ([error(400, "Your input is bad.")], 1, r"refuses the request \(400\): Your input is bad"),
    "a prompt that is too long": ([error(400, "Too long.", code="context_length_exceeded")], 1, "RAG_MODEL_WINDOW"),
    "401": ([error(401, f"Incorrect API key provided: {KEY}")], 1, r"does not accept the key \(401\).*OPENAI_API_KEY"),
    "403": ([error(403)], 1, r"does not allow this \(403\)"),
    "404": ([error(404)], 1, "lists: fake-model"),
    "418": ([error(418)], 1, "status 418"),
    "422 that concerns no parameter": ([error(422, "No.")], 1, "refuses the request"),
    "a redirect": ([Fault("status", status=307, headers={"Location": "https://other.example/v1"})], 1, "redirects to other.example"),
    "a reset before the reply": ([Fault("reset"), "Yes."], 2, GOOD),
    "a reset for ever": ([Fault("reset")] * 5, 5, "cannot be reached, or broke the connection"),
    "a reset in mid-stream": ([Fault("reset_midway"), "Yes."], 2, GOOD),
    "a reset in mid-stream for ever": ([Fault("reset_midway")] * 5, 5, (SAID[:16], "cut")),
    "a stream that ends halfway": ([Fault("cut"), "Yes."], 2, GOOD),
    "a stream without an end": ([Fault("no_finish")] * 5, 5, (SAID, "cut")),
    "no [DONE]": ([Fault("no_done")], 1, (SAID, "")),
    "half an event": ([Fault("truncated"), "Yes."], 2, GOOD),
    "an error within the stream": ([Fault("error_event"), "Yes."], 2, GOOD),
    "no JSON once": ([Fault("malformed"), "Yes."], 2, GOOD),
    "no JSON for ever": ([Fault("malformed")] * 3, 3, "not JSON"),
    "a web page once": ([Fault("html"), "Yes."], 2, GOOD),
    "a web page for ever": ([Fault("html")] * 3, 3, "web page.*OPENAI_BASE_URL"),
    "no choices": ([Fault("no_choices"), "Yes."], 2, GOOD),
    "empty content for ever": ([Fault("empty")] * 3, 3, "empty reply"),
    "too many tokens": ([Fault("length")], 1, (SAID, "length")),
    "a refusal": ([Fault("refusal")], 1, ("", "filtered")),
    "a content filter": ([Fault("filtered")], 1, ("", "filtered")),
    "one fault after another": ([error(503), Fault("reset"), Fault("cut"), Fault("html"), "Yes."], 5, GOOD),
}


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_whatever_the_service_does_has_its_outcome(name: str, streams: bool) -> None:
    script, requests, outcome = OUTCOMES[name]
    if not streams and name in ("a stream without an end", "an error within the stream", "a reset in mid-stream for ever"):
        pytest.skip("there is no such thing in a whole reply")
    waits: list[float] = []
    with FakeOpenAI(*script, default=error(599), abilities=Abilities(stream=streams)) as service:
        model = chat(service, waits)
        if isinstance(outcome, str):
            with pytest.raises(ModelError, match=outcome):
                ask(model)
        else:
            reply = ask(model)
            assert (reply.text, reply.why, reply.complete) == (*outcome, not outcome[1])
            assert reply.usage.requests == requests + (not streams)  # the one by which it is learned
    refused = 0 if streams else 1
    assert len(service.chats) == requests + refused
    assert len(waits) == requests - 1


def test_waits_grow_and_have_some_chance_in_them() -> None:
    waits: list[float] = []
    with FakeOpenAI(default=error(503)) as service, pytest.raises(ModelError):
        ask(chat(service, waits))
    assert [0.5 * 2**n <= wait <= 0.5 * 2**n + 0.5 for n, wait in enumerate(waits)] == [True] * 4


def test_a_service_that_says_how_long_to_wait_is_believed() -> None:
    waits: list[float] = []
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=4000), usegmt=True)
    with FakeOpenAI(error(429, retry_after="7"), error(503, retry_after_ms="250"), error(429, retry_after=date), "Yes.") as service:
        assert ask(chat(service, waits, model_deadline=10_000)).text == "Yes."
    assert waits[:2] == [7, 0.25]
    assert 3000 < waits[2] <= 4000


def test_no_attempt_begins_after_the_deadline() -> None:
    waits: list[float] = []
    with FakeOpenAI(default=error(503)) as service, pytest.raises(ModelError):
        ask(chat(service, waits, model_deadline=2.0, model_attempts=20, clock=lambda: sum(waits)))
    assert sum(waits) <= 2


@pytest.mark.parametrize("kind", ["drip", "hang"])
def test_a_service_that_never_finishes_is_left_at_the_deadline(kind: Any) -> None:
    ticks = itertools.count()
    with FakeOpenAI(default=Fault(kind)) as service, pytest.raises(ModelError, match="did not finish within 3 seconds"):
        ask(chat(service, model_deadline=3, clock=lambda: float(next(ticks))))


def test_a_reply_that_goes_on_just_as_it_is_taken_for_ended_is_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    is_whole = _Asking._is_whole

    def at_that_moment(asking: _Asking) -> bool:
        if not service.halfway.is_set():  # it is asked after a silence: now all the rest comes at once
            service.halfway.set()
            wait_until(lambda: bool(asking._said.finish))
        return is_whole(asking)

    monkeypatch.setattr(_Asking, "_is_whole", at_that_moment)
    with FakeOpenAI(SAID, piece=1) as service:
        service.halfway.clear()
        *pieces, last = chat(service).stream(ASK, call=Call(10**6))
    assert isinstance(last, Reply)
    assert ("".join(map(str, pieces)), last.text, last.complete) == (SAID, SAID, True)


def test_what_came_before_the_deadline_is_kept() -> None:
    now = [0.0]
    with FakeOpenAI(Fault("hang_midway")) as service:
        model = chat(service, model_deadline=3, clock=lambda: now[0])
        items = model.stream(ASK, call=Call(10**6))
        first = next(items)
        now[0] = 4.0
        last = list(items)[-1]
    assert first == SAID[:16]
    assert isinstance(last, Reply)
    assert (last.text, last.why) == (SAID[:16], "late")


def test_a_read_that_takes_too_long_is_tried_again() -> None:
    with FakeOpenAI(Fault("hang"), default="Yes.") as service:
        assert ask(chat(service, model_read_timeout=0.5, model_attempts=20)).text == "Yes."
        assert len(service.chats) >= 2


def test_a_server_that_is_not_there_is_named() -> None:
    with FakeOpenAI() as service:
        pass
    with pytest.raises(ModelError, match=rf"{service.host} cannot be reached.*OPENAI_BASE_URL"):
        ask(chat(service))


def test_a_huge_reply_is_cut() -> None:
    with FakeOpenAI(Fault("huge")) as service:
        reply = ask(chat(service))
    assert (len(reply.text), reply.why) == (2_000_000, "length")


def test_a_stream_gives_its_pieces_and_then_the_whole() -> None:
    with FakeOpenAI(SAID) as service:
        *pieces, last = chat(service).stream(ASK, call=Call(10**6))
    assert pieces == [SAID[:16], SAID[16:32], SAID[32:]]
    assert last == Reply(SAID, True, last.usage if isinstance(last, Reply) else Usage(), "fake-model")


def test_a_cut_stream_starts_again_with_a_sign() -> None:
    with FakeOpenAI(Fault("cut"), "Yes.") as service:
        items = list(chat(service).stream(ASK, call=Call(10**6)))
    assert [type(item) for item in items] == [str, Restart, str, Reply]


def test_the_longest_of_several_cut_replies_is_given() -> None:
    with FakeOpenAI(Fault("no_finish"), *[Fault("cut")] * 4) as service:
        assert ask(chat(service)).text == SAID


@pytest.mark.parametrize("kind", ["hang", "hang_midway", "drip"])
def test_a_call_ends_when_it_is_stopped_whatever_its_limits_of_time(kind: Any) -> None:
    stop = threading.Event()
    replies: list[Reply] = []
    with FakeOpenAI(Fault(kind)) as service:
        model = chat(service, model_read_timeout=2 * LIFETIME, model_deadline=4 * LIFETIME)
        with threads(lambda: replies.append(ask(model, Call(10**6, stop)))):
            wait_until(lambda: service.chats)
            stop.set()
        assert len(service.chats) == 1
    assert [(reply.complete, reply.why) for reply in replies] == [(False, "stopped")]


def test_a_wait_ends_when_the_call_is_stopped() -> None:
    stop, told = threading.Event(), threading.Event()
    replies: list[Reply] = []
    with FakeOpenAI(error(429, retry_after=f"{2 * LIFETIME:.0f}")) as service:
        settings = Settings(openai_base_url=service.url, model="fake-model", model_deadline=4 * LIFETIME)
        model = ChatModel.open(settings, announce=lambda _: told.set())
        with threads(lambda: replies.append(model.complete(ASK, call=Call(10**6, stop)))):
            wait_until(told.is_set)
            stop.set()
    assert [reply.why for reply in replies] == ["stopped"]


def test_so_many_calls_run_at_a_time_and_no_more() -> None:
    reached, both = [], threading.Event()

    def answer(_: Any) -> str:
        reached.append(1)
        if len(reached) >= 2:
            both.set()
        both.wait(PATIENCE)
        return "Yes."

    with FakeOpenAI(default=answer) as service:
        model = chat(service, model_concurrency=2)
        with threads(*[lambda: ask(model)] * 6):
            pass
    assert (len(service.chats), service.most_concurrent) == (6, 2)


def test_no_call_begins_when_the_question_has_used_its_tokens() -> None:
    with FakeOpenAI() as service:
        model, call = chat(service), Call(10)
        reply = ask(model, call)
        assert call.usage == reply.usage
        assert call.usage.total >= 10
        with pytest.raises(ModelError, match="RAG_QUESTION_TOKENS"):
            ask(model, call)
    assert len(service.chats) == 1


def test_usage_is_what_the_service_counts_or_an_estimate() -> None:
    for abilities in (Abilities(), Abilities(stream_options=False)):
        with FakeOpenAI(default=SAID, abilities=abilities) as service:
            used = ask(chat(service)).usage
            assert used.completion_tokens >= len(SAID) // 4
            assert used.prompt_tokens > 0
    assert Usage(1, 10, 2, 5) + Usage(1, 1, 1, 1) == Usage(2, 11, 3, 6)
    assert Usage(1, 10, 2, 5).to_dict() == {"requests": 1, "prompt_tokens": 10, "completion_tokens": 2, "cached_tokens": 5}


def test_without_a_name_the_first_model_that_can_write_is_asked_for_once() -> None:
    with FakeOpenAI(models=("nomic-embed-text", "llama", "qwen")) as service:
        model = chat(service, model="")
        assert model.host == service.host
        assert service.requests == []
        ask(model)
        assert (model.name, service.chats[0]["model"]) == ("llama", "llama")
        assert [one.path for one in service.requests] == ["/v1/models", "/v1/chat/completions"]
    with FakeOpenAI(models=()) as service, pytest.raises(ModelError, match=r"lists no model.*RAG_MODEL"):
        ask(chat(service, model=""))


def test_openai_has_a_model_by_default_and_asks_for_no_list() -> None:
    model = ChatModel.open(Settings(openai_api_key=KEY))
    assert (model.name, model.host) == (records.DEFAULT_MODEL, "api.openai.com")
    assert model.cost(Usage(1, 1_000_000, 1_000_000, 0)) == pytest.approx(0.6)


def test_a_keyless_server_is_asked_with_a_key_that_is_none() -> None:
    with FakeOpenAI() as service:
        assert ask(ChatModel.open(Settings(openai_base_url=service.url, model="m"), announce=lambda _: None)).text == "An answer."


def test_a_connection_serves_one_call_after_the_other() -> None:
    with FakeOpenAI(default="Yes.", abilities=Abilities(stream=False)) as service:
        model = chat(service)
        for _ in range(3):
            assert ask(model).text == "Yes."


def test_importing_and_opening_need_no_client() -> None:
    code = (
        "import sys; from rag.llm import ChatModel; from rag.model.settings import Settings; ChatModel.open(Settings(openai_api_key='k'));"
        "print(*[name for name in ('openai', 'tenacity', 'httpx', 'httpx2') if name in sys.modules])"
    )
    done = finished(python(code))
    assert done.stdout.split() == []


def test_answering_by_extraction_needs_no_client(index_dir: Path, corpus: Path) -> None:
    code = (
        "import sys; from rag import Assistant, Settings;"
        f"Assistant.open(Settings(index_dir={str(index_dir)!r}, corpus={str(corpus)!r})).ask('What is KS-Lottery?');"
        "print(*[name for name in ('openai', 'httpx2', 'torch') if name in sys.modules])"
    )
    done = finished(python(code))
    assert done.stdout.split() == []


def test_a_server_that_is_busy_when_it_is_asked_for_its_models_is_asked_again() -> None:
    waits: list[float] = []
    with FakeOpenAI(error(503), "Yes.") as service:
        assert ask(chat(service, waits, model="")).text == "Yes."
    assert len(waits) == 1


def test_the_name_of_the_model_says_why_it_is_not_known() -> None:
    with FakeOpenAI(*[error(503)] * 5, error(400)) as service:
        model = chat(service, model="")
        with pytest.raises(ModelError, match="status 503"):
            _ = model.name
        with pytest.raises(ModelError, match="does not list its models"):
            _ = model.name
