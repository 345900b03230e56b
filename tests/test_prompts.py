"""The prompts: texts that a user's own may replace, with a version that answers and runs are told with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.llm import load_prompts
from rag.model import Settings, SettingsError
from tests.fakes import FakeOpenAI
from tests.writing import quoting

QUESTION = "How does KS-Lottery find winning tickets?"
KEY_IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"


def test_values_are_put_in_place_and_what_they_hold_is_left_as_it_is() -> None:
    prompts = load_prompts()
    assert "Write at most {faults} words" in prompts.fill("write", words="{faults}", kinds="")
    with pytest.raises(KeyError):
        prompts.fill("write")


def test_an_own_prompt_replaces_ours_and_changes_the_version(index_dir: Path, corpus: Path, tmp_path: Path) -> None:
    ours = load_prompts()
    own = ours.texts["write"].replace("You answer", "Arr, ye answer")
    (tmp_path / "write.txt").write_text(own, encoding="utf-8")
    with FakeOpenAI(default=quoting(KEY_IDEA)) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, prompts=tmp_path)
        with Assistant.open(settings) as assistant:
            answer = assistant.ask(QUESTION)
        told = service.chats[-1]["messages"][0]["content"]
    assert told.startswith("Arr, ye answer")
    assert len(answer.prompts) == 8
    assert answer.prompts == load_prompts(tmp_path).version != ours.version


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("write", lambda text: text.replace("{words}", "60"), "lacks {words}"),
        ("write", lambda text: text + "{more}", "has {more}, which nothing fills"),
        ("rite", lambda text: text, "rite.txt is no prompt. The prompts are: judge, outline, plan"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, change: Callable[[str], str], said: str
) -> None:
    (tmp_path / f"{name}.txt").write_text(change(load_prompts().texts["write"]), encoding="utf-8")
    with pytest.raises(SettingsError, match=said.replace("{", r"\{").replace("}", r"\}")):
        load_prompts(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_PROMPTS is no folder"):
        load_prompts(tmp_path / "none")


def test_no_prompt_is_left_unused() -> None:
    """Each is named in the code that fills it."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path("rag").rglob("*.py"))
    unused = [name for name in load_prompts().texts if f'"{name}"' not in code and not name.startswith("write_")]
    assert unused == []
