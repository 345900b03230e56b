"""A server that fails on a form of reply without saying so is asked for a lower one: JSON by a schema, any JSON object, plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from rag.llm.chat import ChatModel
from rag.llm.records import Call
from rag.model.errors import ModelError
from tests.fakes import FakeOpenAI
from tests.model_service import ASK, chat
from tests.scripted import Body, Content, Fault, error

SCHEMA: Mapping[str, Any] = {"type": "object", "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]}
FORMS = ["json_schema", "json_object", None]
SILENT = {"400": error(400, "Bad request"), "422": error(422, "Unprocessable."), "no words": Fault("status", status=400)}


def forms(service: FakeOpenAI) -> list[str | None]:
    """The form that each request asked for."""
    return [body.get("response_format", {}).get("type") for body in service.chats]


def told(model: ChatModel) -> str:
    """The reply to a request with a schema."""
    return model.complete(ASK, schema=SCHEMA, call=Call(10**6)).text


def only(takes: Sequence[str | None], fault: Fault) -> Callable[[Body], Content]:
    """A server that fails on every form but these."""
    return lambda body: {"yes": True} if body.get("response_format", {}).get("type") in takes else fault


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
@pytest.mark.parametrize("step", [1, 2])
def test_what_is_refused_without_a_reason_is_asked_for_one_step_lower_and_that_is_learned(fault: Fault, step: int) -> None:
    waits: list[float] = []
    with FakeOpenAI(default=only(FORMS[step:], fault)) as service:
        model = chat(service, waits)
        assert [told(model), told(model)] == ['{"yes": true}'] * 2
    assert (forms(service), waits) == ([*FORMS[: step + 1], FORMS[step]], [])


@pytest.mark.parametrize("step", [1, 2])
def test_a_server_that_crashes_on_a_form_is_asked_for_one_step_lower_by_the_next_attempt(step: int) -> None:
    waits: list[float] = []
    with FakeOpenAI(default=only(FORMS[step:], error(500))) as service:
        model = chat(service, waits)
        assert [told(model), told(model)] == ['{"yes": true}'] * 2
    assert (forms(service), len(waits)) == ([*FORMS[: step + 1], FORMS[step]], step)


def test_where_every_form_is_refused_the_form_was_not_the_reason() -> None:
    with FakeOpenAI(*[error(400, "Bad request")] * 3, default={"yes": True}) as service:
        model = chat(service)
        with pytest.raises(ModelError, match=r"refuses the request \(400\): Bad request. Check RAG_MODEL"):
            told(model)
        assert told(model) == '{"yes": true}'
    assert forms(service) == [*FORMS, "json_schema"]


def test_where_every_form_crashes_the_form_is_put_back_and_no_attempt_added() -> None:
    with FakeOpenAI(*[error(500)] * 5, default={"yes": True}) as service:
        model = chat(service)
        with pytest.raises(ModelError, match=r"status 500.*tried up to 5 times"):
            told(model)
        assert told(model) == '{"yes": true}'
    assert forms(service) == [*FORMS, "json_schema", "json_schema", "json_schema"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_passes_by_itself_changes_no_form(status: int) -> None:
    with FakeOpenAI(error(status), default={"yes": True}) as service:
        told(chat(service))
    assert forms(service) == ["json_schema", "json_schema"]


def test_a_form_that_is_only_tried_is_not_learned_with_something_else() -> None:
    def answer(body: Body) -> Content:
        return error(400, "Unknown parameter: 'seed'.", param="seed") if "seed" in body else error(400, "Bad request")

    with FakeOpenAI(error(400, "Bad request"), *[answer] * 3, default={"yes": True}) as service:
        model = chat(service)
        with pytest.raises(ModelError, match="Bad request"):
            told(model)
        told(model)
    assert forms(service) == ["json_schema", "json_object", "json_object", None, "json_schema"]
    assert ["seed" in body for body in service.chats] == [True, True, False, False, False]


def test_a_form_that_a_server_names_on_the_way_down_is_learned() -> None:
    def answer(body: Body) -> Content:
        form = body.get("response_format", {}).get("type")
        words = {"json_schema": "Bad request", "json_object": "response_format is not supported"}
        return error(400, words[form]) if form else {"yes": True}

    with FakeOpenAI(default=answer) as service:
        model = chat(service)
        assert [told(model), told(model)] == ['{"yes": true}'] * 2
    assert forms(service) == [*FORMS, None]


def test_a_request_without_a_form_is_not_made_again() -> None:
    with FakeOpenAI(default=error(400, "Bad request")) as service, pytest.raises(ModelError, match="Bad request"):
        chat(service).complete(ASK, call=Call(10**6))
    assert len(service.chats) == 1
