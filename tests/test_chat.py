"""`rag chat` and what it stores, on the corpus that comes with the project."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Rag

LOTTERY = "How does KS-Lottery find winning tickets?"
UZBERT = "What is UzBERT?"


@pytest.fixture
def chat(rag: Rag, index_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rag:
    """Runs `rag` with an index folder of its own, so that no other test's conversations are in it."""
    copy = shutil.copytree(index_dir, tmp_path / "own", ignore=shutil.ignore_patterns("history.db*", "leases"))
    monkeypatch.setenv("RAG_INDEX_DIR", str(copy))
    return rag


def lines(chat: Rag) -> list[str]:
    return chat("chat", "--list").stdout.splitlines()


def test_a_chat_is_stored_and_goes_on_where_it_was(chat: Rag) -> None:
    chat("chat", given=f"{LOTTERY}\n")
    done = chat("chat", "--resume", given="How many tokens does it tune?\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"> {LOTTERY}\n")
    assert "Understood as: How many tokens does KS-Lottery tune?" in done.stdout
    (line,) = lines(chat)
    assert re.fullmatch(r"[0-9a-f]{12}  \d{4}-\d\d-\d\d \d\d:\d\d   2 turns  How does KS-Lottery find winning tickets\?", line)


def test_a_reopened_conversation_shows_the_same_answers_with_the_same_numbers(chat: Rag) -> None:
    first = chat("chat", given=f"{LOTTERY}\n").stdout
    again = chat("chat", "--resume", given="").stdout
    assert again == f"> {LOTTERY}\n{first}"
    assert json.loads(chat("export", "answer", "--format", "json").stdout)["question"] == LOTTERY


def test_a_conversation_is_named_listed_opened_and_deleted(chat: Rag) -> None:
    done = chat(
        "chat", given=f"{LOTTERY}\n/title Winning  tickets\n/new\n{UZBERT}\n/conversations\n/open 2\n/delete\n/conversations\n/delete\n"
    )
    assert done.exit_code == 0, done.output
    assert "now called: Winning tickets" in done.stderr
    assert re.search(r"(?m)^  1  .*  1 turn  What is UzBERT\?\n  2  .*  1 turn  Winning tickets$", done.stdout)
    assert "Winning tickets, 1 turn" in done.stderr
    assert "Deleted: Winning tickets" in done.stderr
    assert done.stderr.endswith("Nothing was asked yet.\n")
    assert [line.rpartition("  ")[2] for line in lines(chat)] == ["What is UzBERT?"]


def test_a_conversation_is_resumed_by_the_beginning_of_its_id(chat: Rag) -> None:
    chat("chat", given=f"{LOTTERY}\n")
    chat("chat", given=f"{UZBERT}\n")
    older = lines(chat)[1].split()[0]
    assert chat("chat", "--resume", older, given="").stdout.startswith(f"> {LOTTERY}")
    wrong = chat("chat", "--resume", "zebra", given="")
    assert (wrong.exit_code, wrong.stderr) == (1, "No conversation has the id 'zebra'. See all of them with: rag chat --list\n")
    assert chat("chat", older).exit_code == 2


@pytest.mark.parametrize("line", ["/open 9", "/open zebra", "/title", "/open", "/show x", "/title x", "/more", "/sources", "/nonsense"])
def test_a_slash_command_that_cannot_be_done_says_why_and_the_chat_goes_on(chat: Rag, line: str) -> None:
    done = chat("chat", given=f"{line}\n{UZBERT}\n")
    assert done.exit_code == 0, done.output
    assert done.stderr.strip()
    assert "UzBERT" in done.stdout


def test_a_longer_answer_takes_the_place_of_the_short_one(chat: Rag) -> None:
    chat("chat", given=f"{LOTTERY}\n/more\n")
    assert "  1 turn  " in lines(chat)[0]


def test_a_failed_question_is_told_and_the_chat_goes_on(chat: Rag) -> None:
    done = chat("chat", given=f"{'x' * 4001}\n{UZBERT}\n")
    assert "4,001 characters" in done.stderr
    assert "  1 turn  " in lines(chat)[0]


def test_a_conversation_is_exported_in_every_form(chat: Rag) -> None:
    chat("chat", given=f"{LOTTERY}\nHow many tokens does it tune?\n{UZBERT}\n")
    whole = json.loads(chat("export", "conversation", "--format", "json").stdout)
    cited = {one["abstract_id"] for turn in whole["turns"] for one in turn["answer"]["citations"]}
    assert [turn["question"] for turn in whole["turns"]] == [LOTTERY, "How many tokens does it tune?", UZBERT]
    text = chat("export", "conversation", whole["id"][:10]).stdout
    assert text.startswith("# How does KS-Lottery find winning tickets?\n\n## 1. How does")
    assert text.count("**Sources**") == 3
    assert {item["id"] for item in json.loads(chat("export", "conversation", "-f", "csl").stdout)} == cited
    assert chat("export", "conversation", "-f", "bib").stdout.count("@misc{") == len(cited)
    assert chat("export", "answer", "some-id").exit_code == 2


def test_feedback_is_exported_as_questions(chat: Rag, tmp_path: Path) -> None:
    from rag.chat.history import History
    from rag.model.settings import Settings

    chat("chat", given=f"{UZBERT}\n")
    with History.open(Settings()) as history:
        turn = history.turns(history.conversations("local")[0].id, "local")[0]
        history.feedback(turn.id, "local", "up", "Right.")
    (row,) = map(json.loads, chat("export", "feedback").stdout.splitlines())
    assert (row["question"], row["thumb"], row["comment"], row["outcome"]) == (UZBERT, "up", "Right.", "answered")
    assert chat("export", "feedback", "-f", "bib").exit_code == 2


@pytest.mark.parametrize("arguments", [["chat", "--list"], ["export", "conversation"], ["export", "feedback"]])
def test_without_a_conversation_it_says_how_to_begin_one(chat: Rag, arguments: list[str]) -> None:
    done = chat(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith("Begin one with: rag chat\n")
    assert "No conversation is stored yet." in chat("chat", "--resume", given="").stderr


def test_a_damaged_history_is_an_error_that_names_the_file(chat: Rag, tmp_path: Path) -> None:
    damaged = tmp_path / "own" / "history.db"
    damaged.write_bytes(b"no database" * 1000)
    done = chat("chat", given=f"{UZBERT}\n")
    assert done.exit_code == 1
    assert f"{damaged} is not a history that can be read" in done.stderr
    assert damaged.read_bytes() == b"no database" * 1000
