"""What servers do not take is learned, and what they say around an object is taken off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rag.llm.protocol import json_part
from rag.llm.records import Call
from tests.fakes import FakeOpenAI
from tests.model_service import ASK, ask, chat
from tests.scripted import Abilities, error

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("schema", [True, False])
@pytest.mark.parametrize("json_object", [True, False])
@pytest.mark.parametrize("limit", ["max_completion_tokens", "max_tokens"])
@pytest.mark.parametrize("options", [True, False])
def test_what_a_server_does_not_take_is_learned_once(schema: bool, json_object: bool, limit: Any, options: bool) -> None:
    abilities = Abilities(schema, json_object, limit, temperature=options, seed=options, stream_options=options)
    with FakeOpenAI(default={"yes": True}, abilities=abilities) as service:
        waits: list[float] = []
        model = chat(service, waits)
        first = model.complete(ASK, schema=SCHEMA, call=Call(10**6))
        learned = len(service.chats)
        second = model.complete(ASK, schema=SCHEMA, call=Call(10**6), max_tokens=77)
    assert first.text == second.text == '{"yes": true}'
    assert (len(service.chats), waits) == (learned + 1, [])
    form = "json_schema" if schema else "json_object" if json_object else None
    last = service.chats[-1]
    assert last.get("response_format", {}).get("type") == form
    assert (last[limit], "temperature" in last, "seed" in last) == (77, options, options)
    assert ("additionalProperties" in str(last["messages"])) == (not schema)


@pytest.mark.parametrize(
    ("message", "dropped"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("[{'type': 'extra_forbidden', 'loc': ('body', 'seed')}]", "seed"),
        ("Unrecognized request argument supplied: stream_options", "stream_options"),
        ("This server was built without grammar support.", "response_format"),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_drops_what_it_names_and_nothing_else(message: str, dropped: str, status: int) -> None:
    with FakeOpenAI(error(status, message), {"yes": True}) as service:
        chat(service).complete(ASK, schema=SCHEMA, call=Call(10**6))
    first, second = service.chats
    gone = {name for name in first if first[name] != second.get(name)} - {"messages"}
    assert gone == {dropped}


def test_a_limit_that_is_too_high_ends_in_no_limit_and_not_in_a_circle() -> None:
    with FakeOpenAI(default=lambda body: error(400, "max_tokens is too large") if "max_tokens" in body else "Yes.") as service:
        assert ask(chat(service)).text == "Yes."
        assert len(service.chats) == 2


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('<think>{"no": 1}</think>Sure! {"a": {"b": "}"}} Is that good?', '{"a": {"b": "}"}}'),
        ('thinking {"no": 1}</think>{"a": "\\"}"}', '{"a": "\\"}"}'),
        ('The set {x} is empty: {"a": []}', '{"a": []}'),
        ('Here: {"a": [1, 2', '{"a": [1, 2'),
        ('```json\n{"a": [1, 2\n```', '{"a": [1, 2'),
        (" no object ", "no object"),
        ("<think>for ever", ""),
    ],
)
def test_the_object_in_a_text_is_found(text: str, part: str) -> None:
    assert json_part(text) == part
