"""The body of a failed reply is read within bounds of size and time, whatever it unpacks to."""

from __future__ import annotations

import itertools
import json
import threading
import zlib

import pytest

from rag.llm.records import Call, Reply
from rag.model.errors import ModelError
from tests.fakes import FakeOpenAI
from tests.model_service import KEY, ask, chat
from tests.processes import LIFETIME, finished, python, threads, wait_until
from tests.scripted import Fault, raw

MEGABYTES = 1700  # that the bomb unpacks to
ENOUGH = 150_000_000  # bytes of memory: the client, and more than any bound

ASKS = """
import sys, tracemalloc
from rag.llm import Call, ChatModel
from rag.model.errors import ModelError
from rag.model.settings import Settings
model = ChatModel.open(Settings(openai_base_url=sys.argv[1], model="m", model_attempts=1), announce=lambda _: None)
tracemalloc.start()
for _ in range(int(sys.argv[2])):
    try:
        print(model.complete([{"role": "user", "content": "Is it so?"}], call=Call(10**6)).why)
    except ModelError as error:
        print(error)
print(tracemalloc.get_traced_memory()[1])
"""


def bomb(status: int, fill: bytes, kind: str = "application/json", encoding: str = "gzip", *, start: bytes = b"") -> Fault:
    """A small reply that unpacks to gigabytes: a compressed block that stands by itself, again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    first = packer.compress(start or fill) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(fill * (2**20 // len(fill))) + packer.flush(zlib.Z_FULL_FLUSH)
    return raw(first, *[block] * MEGABYTES, kind=kind, status=status, content_encoding=encoding)


def test_small_replies_that_unpack_to_gigabytes_take_no_memory() -> None:
    bombs = {
        "does not accept the key (401). Check OPENAI_API_KEY.": bomb(401, b" "),
        "does not accept the key (401): no no no": bomb(401, b"no ", encoding="deflate"),
        "failed with status 503. It was tried": bomb(503, b"\0"),
        "redirects to": bomb(307, b"x"),
        "length": bomb(200, b" ", start=b'{"choices": ['),
        "length, of blank lines": bomb(200, b"\n"),
        "length, of many events": bomb(200, b"data: {" + b" " * 8180 + b"}\n\n", "text/event-stream"),
        "length, of one event": bomb(200, b"x", "text/event-stream", start=b"data: "),
    }
    with FakeOpenAI(*bombs.values()) as service:
        *said, most = finished(python(ASKS, service.url, len(bombs))).stdout.strip().split("\n")
    for told, line in zip(bombs, said, strict=True):
        assert told.partition(",")[0] in line
        assert len(line) < 500
    assert int(most) < ENOUGH


@pytest.mark.parametrize(
    ("status", "told"),
    [(401, r"does not accept the key \(401\): : wait"), (503, "failed with status 503"), (400, "did not finish within 3")],
)
def test_an_error_that_never_finishes_is_told_at_the_deadline_as_far_as_it_is_known(status: int, told: str) -> None:
    ticks = itertools.count()
    with FakeOpenAI(default=Fault("drip", status=status)) as service, pytest.raises(ModelError, match=told):
        ask(chat(service, model_deadline=3, clock=lambda: next(ticks) / 20))
    assert len(service.chats) == 1


def test_a_call_ends_when_it_is_stopped_within_an_error() -> None:
    stop = threading.Event()
    replies: list[Reply] = []
    with FakeOpenAI(default=Fault("drip", status=401)) as service:
        model = chat(service, model_read_timeout=2 * LIFETIME, model_deadline=4 * LIFETIME)
        with threads(lambda: replies.append(ask(model, Call(10**6, stop)))):
            wait_until(lambda: service.chats)
            stop.set()
    assert [(reply.complete, reply.why) for reply in replies] == [(False, "stopped")]


def test_an_error_whose_body_cannot_be_unpacked_is_told_by_its_status() -> None:
    broken = raw(b"this is no gzip", kind="application/json", status=401, content_encoding="gzip")
    with FakeOpenAI(broken) as service, pytest.raises(ModelError, match=r"does not accept the key \(401\)"):
        ask(chat(service))
    assert len(service.chats) == 1


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([{"error": {"message": f"API key {KEY} not valid.", "code": 401}}]).encode(),
        json.dumps({"error": f"API key {KEY} not valid."}).encode(),
        json.dumps({"detail": f"API key {KEY} not valid."}).encode("utf-8-sig"),
        f"API key {KEY} not valid.\0\r\n\x1b[2J".encode(),
        f"API key {KEY} not valid.\xff".encode("latin-1"),
    ],
    ids=["a list", "a string", "a detail with a byte order mark", "text with control signs", "no UTF-8"],
)
def test_the_words_of_an_error_are_found_in_any_form_and_shown_without_the_key(body: bytes) -> None:
    with FakeOpenAI(raw(body, kind="application/json", status=401)) as service, pytest.raises(ModelError) as failure:
        ask(chat(service))
    assert "does not accept the key (401): API key (key) not valid" in str(failure.value)
    assert str(failure.value).isprintable()
