"""What is never told, and never sent elsewhere: the key, and the content of a question."""

from __future__ import annotations

import logging
import traceback
from base64 import b64decode

import pytest

from eval.runs.folder import stated
from rag.llm.chat import ChatModel
from rag.model.errors import ModelError, SettingsError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.model_service import KEY, ask, chat
from tests.scripted import Fault, error


@pytest.mark.parametrize("status", [401, 400, 404, 429, 500, 0])
def test_the_key_is_never_told(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="rag")
    with FakeOpenAI(default=lambda _: error(status, f"bad key {KEY}") if status else Fault("reset")) as service:
        model = chat(service)
        with pytest.raises(ModelError) as caught:
            ask(model)
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"
    told = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "ChatModel" in told
    for place in (told, str(caught.value), repr(model), caplog.text, str(vars(model._endpoint))):
        assert "verysecret" not in place


def test_a_retry_is_one_line_of_the_log_without_content(caplog: pytest.LogCaptureFixture) -> None:
    with FakeOpenAI(error(503, "You said: Is it so?"), "Yes.") as service, caplog.at_level(logging.WARNING, logger="rag.llm"):
        ask(chat(service))
    (record,) = caplog.records
    assert record.name == "rag.llm.failures"
    assert record.getMessage().startswith(f"{service.host} failed with status 503; attempt 2 in ")
    assert "Is it so" not in record.getMessage()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"openai_base_url": "localhost:11434"}, "OPENAI_BASE_URL cannot be"),
        ({"openai_base_url": "ftp://host/v1"}, "OPENAI_BASE_URL cannot be"),
        ({"openai_base_url": "http:///v1"}, "OPENAI_BASE_URL cannot be"),
        ({"openai_base_url": "http://host:port/v1"}, "OPENAI_BASE_URL cannot be"),
        ({"openai_api_key": f"{KEY}\n"}, "OPENAI_API_KEY has a character"),
        ({"openai_api_key": f"{KEY} x"}, "OPENAI_API_KEY has a character"),
        ({"openai_api_key": f"{KEY}é"}, "OPENAI_API_KEY has a character"),
    ],
)
def test_an_address_or_a_key_that_cannot_be_one_is_refused_before_any_request(values: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        ChatModel.open(Settings(**values))
    assert "verysecret" not in str(caught.value)


PASSWORD = "hunter2verysecret"


def test_a_password_in_an_address_is_sent_and_told_by_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)  # that of the client too
    with FakeOpenAI(default=lambda _: error(401, f"{PASSWORD} of http://me:{PASSWORD}@host/ is wrong")) as service:
        address = service.url.replace("http://", f"http://me:{PASSWORD}@")
        model = ChatModel.open(Settings(openai_base_url=address, openai_api_key=KEY, model="one"))
        with pytest.raises(ModelError) as caught:
            ask(model)
    (login,) = {one.headers["authorization"] for one in service.requests}
    assert b64decode(login.removeprefix("Basic ")) == f"me:{PASSWORD}".encode()
    assert model.host == service.host
    told = "".join(traceback.format_exception(caught.value))
    for place in (told, str(caught.value), repr(model), str(vars(model._endpoint)), caplog.text):
        assert "hunter2" not in place
    assert login.removeprefix("Basic ") not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    "address",
    [
        f"me:{PASSWORD}@host:81/v1",
        f"ftp://me:{PASSWORD}@host/v1",
        f"http://me:a/{PASSWORD}@host/v1",
        f"http://me:{PASSWORD}#x@host/v1",
        f"http://me:{PASSWORD} x@host/v1",
        f"http://me:{PASSWORD}@host:port/v1",
        f"http://me:{PASSWORD}@[::1/v1",
        f"host?key={PASSWORD}",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL cannot be") as caught:
        ChatModel.open(Settings(openai_base_url=address))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["openai_api_key", "openai_base_url", "ui_token"])
@pytest.mark.parametrize("value", [1234567890123456, ["verysecret-1234567890"], {"verysecret": 1234567890}])
def test_a_secret_of_another_type_is_refused_without_being_told(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match="cannot be what was given") as caught:
        Settings(**{name: value})
    told = "".join(traceback.format_exception(caught.value))
    assert "verysecret" not in told + repr(caught.value)
    assert "1234567890" not in told


def test_a_token_that_is_too_short_to_be_one_is_refused_and_one_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"RAG_UI_TOKEN cannot be what was given: .* at least 12"):
        Settings(ui_token="verysecret")
    monkeypatch.setenv("RAG_UI_TOKEN", "verysecret-12345")
    settings = Settings()
    assert settings.ui_token is not None
    assert "verysecret" not in repr(settings) + str(settings) + settings.model_dump_json() + str(stated(settings))


def test_a_run_of_the_evaluation_states_no_secret_and_nothing_of_the_page() -> None:
    told = stated(
        Settings(openai_base_url=f"http://me:{PASSWORD}@host/v1", openai_api_key=KEY, ui_token="verysecret-12345", ui_hosts="a.b")
    )
    assert "RAG_TOP_K" in told
    assert [name for name in told if name.startswith(("RAG_UI_", "OPENAI_"))] == []
    assert "verysecret" not in str(told)


def test_a_redirect_is_not_followed_and_the_key_not_sent_on() -> None:
    with FakeOpenAI() as other:
        headers = {"Location": f"{other.url}/chat/completions"}
        with (
            FakeOpenAI(Fault("status", status=308, headers=headers)) as service,
            pytest.raises(ModelError, match=f"redirects to {other.host}"),
        ):
            ask(chat(service))
    assert other.requests == []


def test_where_texts_are_sent_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    with FakeOpenAI() as service:
        settings = Settings(openai_base_url=service.url, model="one")
        for model in (ChatModel.open(settings, announce=told.append), ChatModel.open(settings, announce=told.append)):
            ask(model)
        ask(ChatModel.open(Settings(openai_base_url=service.url, model="two")))
    assert told == [
        f"Answers are written by one at {service.host}: the question, earlier turns and the retrieved abstracts are sent there."
    ]
    assert capsys.readouterr().err.startswith(f"Answers are written by two at {service.host}: ")


def test_the_log_tells_of_tokens_and_not_of_words(caplog: pytest.LogCaptureFixture) -> None:
    with FakeOpenAI("Yes it is.") as service, caplog.at_level(logging.DEBUG, logger="rag"):
        ask(chat(service))
    assert f"at {service.host}: " in caplog.text
    assert "tokens in, " in caplog.text
    assert "Yes it is" not in caplog.text
