"""Settings: where they come from, what wins, and that `.env.example` tells all of them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rag.model.errors import SettingsError
from rag.model.settings import Settings, environment_variable

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def shown(value: object) -> str:
    """A setting's value as it is written in `.env`."""
    if isinstance(value, tuple):
        return os.pathsep.join(str(part) for part in value)
    return "" if value is None else str(value)


def test_the_example_shows_every_setting_with_its_default_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE.parent)
    lines = re.findall(r"^#? ?([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    stated = dict(lines)
    defaults = {environment_variable(name): shown(value) for name, value in Settings().model_dump().items()}
    assert stated == defaults


def test_every_setting_is_explained_above_its_line_as_the_code_explains_it() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        comment = re.search(rf"((?:^#.*\n)+)^#? ?{environment_variable(name)}=", text, re.MULTILINE)
        assert comment is not None, name
        assert f"# {field.description}\n" in comment[1]


def test_copying_the_example_changes_nothing() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings()


def test_arguments_win_over_the_environment_which_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings"
    file.write_text("RAG_TOP_K=3\nRAG_ANSWER_WORDS=30\nRAG_MORE_WORDS=300\n", encoding="utf-8")
    monkeypatch.setenv("RAG_TOP_K", "4")
    monkeypatch.setenv("RAG_ANSWER_WORDS", "40")
    settings = Settings(_env_file=file, top_k=5)
    assert (settings.top_k, settings.answer_words, settings.more_words) == (5, 40, 300)


def test_several_corpora_are_separated_as_in_a_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CORPUS", os.pathsep.join(["papers", "more papers/export.bib"]))
    assert Settings().corpus == (Path("papers"), Path("more papers/export.bib"))


def test_a_value_that_cannot_be_used_is_named_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_TOP_K", "0")
    with pytest.raises(SettingsError, match=r"RAG_TOP_K cannot be '0'.*\.env\.example"):
        Settings()


def test_a_setting_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(SettingsError, match=r"'topk'.*top_k"):
        Settings(topk=3)


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-123")
    settings = Settings()
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "sk-secret-123"
    assert "secret-123" not in repr(settings) + str(settings) + settings.model_dump_json() + str(hash(settings))


def test_a_model_writes_where_one_is_configured_and_not_switched_off() -> None:
    server = "http://localhost:9/v1"
    assert not Settings().writes
    assert Settings(openai_base_url=server).writes
    assert Settings(openai_api_key="sk-1").writes
    assert not Settings(openai_base_url=server, mode="extract").writes
    assert not Settings(openai_base_url=" ").has_model


def test_a_password_in_an_address_and_a_key_of_another_type_are_shown_to_nobody() -> None:
    assert "hunter2" not in repr(Settings(openai_base_url="http://me:hunter2@localhost:1/v1"))
    with pytest.raises(SettingsError, match="OPENAI_API_KEY cannot be what was given") as caught:
        Settings(openai_api_key=1234567890)
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)
