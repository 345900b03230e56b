"""Replies that are odd in form are read all the same: parts, labels, line ends, and what stands around the events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.llm.records import Call
from rag.model.errors import ModelError
from tests.fakes import FakeOpenAI
from tests.model_service import ASK, ask, chat
from tests.scripted import Fault, raw

WORDS = ["Yes, ", "für \U0001f600", "."]


def chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def stream(*chunks: Any, end: str = "\n\n", field: str = "data: ", last: str = "data: [DONE]\n\n") -> bytes:
    """Events, with the characters as they are."""
    return ("".join(f"{field}{json.dumps(one, ensure_ascii=False)}{end}" for one in chunks) + last).encode()


def whole(content: Any, **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"} | more]}


DELTAS = [chunk({"content": one}) for one in WORDS]
EVENTS = stream(*DELTAS, chunk({}, "stop"))
PARTS = [chunk({"content": [{"type": "text", "text": one}, {"type": "image_url", "text": "no"}]}) for one in WORDS]
DOCUMENT = json.dumps(whole("".join(WORDS)), indent=1).encode()
JSON = "application/json"

READ: dict[str, Fault] = {
    "parts of text in a stream": raw(stream(*PARTS, chunk({}, "stop"))),
    "parts of text in a document": raw(
        json.dumps(whole([{"type": "reasoning", "text": "no"}, *({"type": "text", "text": one} for one in WORDS)])).encode(), kind=JSON
    ),
    "parts that are strings": raw(json.dumps(whole(WORDS)).encode(), kind=JSON),
    "a document in place of a stream": raw(DOCUMENT, kind=JSON),
    "a document that says it is a stream": raw(DOCUMENT),
    "a document with a byte order mark": raw(b"\xef\xbb\xbf" + DOCUMENT, kind=JSON),
    "a stream that says it is a document": raw(EVENTS, kind=JSON),
    "a stream that says it is text and begins with a comment": raw(b": hello\n\n" + EVENTS, kind="text/plain"),
    "a stream with a byte order mark": raw(b"\xef\xbb\xbf" + EVENTS),
    "lines that end in CR LF": raw(EVENTS.replace(b"\n", b"\r\n")),
    "lines that end in CR": raw(EVENTS.replace(b"\n", b"\r")),
    "CR and LF in two pieces": raw(*EVENTS.replace(b"\n", b"\r\n").replace(b"\r", b"\r\0").split(b"\0")),
    "no blank lines": raw(stream(*DELTAS, chunk({}, "stop"), end="\n")),
    "no space after data": raw(stream(*DELTAS, chunk({}, "stop"), field="data:")),
    "names and numbers of events": raw(stream(*DELTAS, chunk({}, "stop"), field="event: message\nid: 7\nretry: 3\ndata: ")),
    "comments": raw(stream(*DELTAS, chunk({}, "stop"), field=": ping\n\ndata: ")),
    "byte by byte": raw(*[bytes([one]) for one in EVENTS]),
    "no end mark": raw(stream(*DELTAS, chunk({}, "stop"), last="")),
    "no finish reason": raw(stream(*DELTAS)),
    "no line end after the last event": raw(stream(*DELTAS, chunk({}, "stop"), last="data: [DONE]")),
    "no choices at first": raw(stream({"choices": []}, {"prompt_filter_results": []}, *DELTAS, chunk({}, "stop"))),
    "usage with every chunk": raw(stream(*[one | {"usage": {"prompt_tokens": "many"}} for one in DELTAS], chunk({}, "eos"))),
    "null in every place": raw(stream(chunk(None), chunk({"content": None, "role": None}), *DELTAS, chunk(None, "stop"))),
    "other things than there should be": raw(stream(chunk("x"), chunk([1]), {"choices": {}}, {"choices": [7]}, *DELTAS, chunk({}, "stop"))),
    "thoughts before": raw(stream(chunk({"reasoning_content": "Hm."}), *DELTAS, chunk({}, "stop"))),
    "the whole message again at the end": raw(stream(*DELTAS, {"choices": [{"delta": {}, **whole("".join(WORDS))["choices"][0]}]})),
    "text in place of a message": raw(json.dumps({"choices": [{"text": "".join(WORDS), "finish_reason": "stop"}]}).encode(), kind=JSON),
}


@pytest.mark.parametrize("name", READ)
def test_an_odd_reply_is_read(name: str) -> None:
    with FakeOpenAI(READ[name]) as service:
        reply = ask(chat(service))
    assert (reply.text, reply.complete, len(service.chats)) == ("".join(WORDS), True, 1)


@pytest.mark.parametrize("kind", ["no_finish", "hang_midway"])
@pytest.mark.parametrize("said", ['{"yes": true}', 'Hm.\n```json\n{"yes": true}\n```'])
def test_an_object_that_is_whole_needs_no_end(kind: Any, said: str) -> None:
    with FakeOpenAI(Fault(kind, text=said + (" " * 200 if kind == "hang_midway" else ""))) as service:
        reply = chat(service).complete(ASK, schema={"type": "object"}, call=Call(10**6))
    assert (reply.text.strip(), reply.complete, len(service.chats)) == (said, True, 1)


def test_what_cannot_be_unpacked_is_told_as_that() -> None:
    garbage = raw(b"this is no gzip", content_encoding="gzip")
    with FakeOpenAI(default=garbage) as service, pytest.raises(ModelError, match="sent what cannot be unpacked; check OPENAI_BASE_URL"):
        ask(chat(service))
    assert len(service.chats) == 3


def test_half_an_object_is_asked_for_again() -> None:
    with FakeOpenAI(Fault("no_finish", text='{"no": {"yes": true}'), '{"yes": true}') as service:
        assert chat(service).complete(ASK, schema={"type": "object"}, call=Call(10**6)).text == '{"yes": true}'


EMPTY = {
    "thoughts alone": whole(None) | {"choices": [{"message": {"reasoning_content": "Hm."}, "finish_reason": "stop"}]},
    "a part that is no text": whole([{"type": "image_url", "image_url": {"url": "x"}}]),
    "no content": whole(None),
    "blanks": whole(" \n"),
    "a call of a tool": whole(None, message={"tool_calls": [{"id": "1"}]}),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_reply_without_words_is_an_empty_one(name: str) -> None:
    with FakeOpenAI(default=raw(json.dumps(EMPTY[name]).encode(), kind=JSON)) as service, pytest.raises(ModelError, match="empty reply"):
        ask(chat(service))
    assert len(service.chats) == 3


@pytest.mark.parametrize(
    ("finish", "why"), [("MAX_TOKENS", "length"), ("model_length", "length"), ("SAFETY", "filtered"), ("STOP", ""), ("end_turn", "")]
)
def test_other_names_of_an_end_are_known(finish: str, why: str) -> None:
    with FakeOpenAI(raw(stream(*DELTAS, chunk({}, finish)))) as service:
        assert ask(chat(service)).why == why


def test_an_error_within_a_choice_is_an_error() -> None:
    broken = chunk({}, "error")
    broken["choices"][0]["error"] = {"code": 502, "message": "The provider went away."}
    with FakeOpenAI(raw(stream(DELTAS[0], broken)), "Yes.") as service:
        assert ask(chat(service)).text == "Yes."


def test_a_request_that_is_refused_within_a_stream_is_told_as_refused() -> None:
    said = stream({"error": {"code": 400, "message": "That is wrong."}}, last="")
    with FakeOpenAI(default=raw(said)) as service, pytest.raises(ModelError, match=r"refuses the request \(400\): That is wrong"):
        ask(chat(service))
    assert len(service.chats) == 1
