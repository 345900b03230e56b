"""The words of a word index that have some letters inside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.index.word_list import WordList, add_words
from rag.model.errors import IndexDamagedError

MANY = {f"word{number:05d}" for number in range(3_000)}


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_words_are_found_by_what_is_inside_and_at_their_end(tmp_path: Path) -> None:
    add_words(tmp_path, {"lora", "qlora", "loras", "explorations", "rank", "straße", "字"})
    words = WordList(tmp_path)
    assert sorted(words.having("lora", last=False) or []) == ["explorations", "lora", "loras", "qlora"]
    assert sorted(words.having("lora", last=True) or []) == ["lora", "qlora"]
    assert words.having("ße", last=True) == ["straße"]
    assert words.having("字", last=False) == ["字"]
    assert words.having("ranks", last=False) == []


def test_an_empty_folder_has_no_words(tmp_path: Path) -> None:
    add_words(tmp_path, set())
    assert files(tmp_path) == []
    assert WordList(tmp_path).having("a", last=False) == []


def test_a_word_of_several_files_is_told_once(tmp_path: Path) -> None:
    add_words(tmp_path, MANY | {"lora"})
    add_words(tmp_path, {"lora", "dora"})
    assert len(files(tmp_path)) == 2
    assert sorted(WordList(tmp_path).having("ora", last=True) or []) == ["dora", "lora"]


def test_very_many_words_are_not_told(tmp_path: Path) -> None:
    add_words(tmp_path, MANY)
    words = WordList(tmp_path)
    assert words.having("word", last=False) is None
    assert len(words.having("7", last=True) or []) == 300


def test_small_files_are_merged_and_large_ones_left(tmp_path: Path) -> None:
    add_words(tmp_path, MANY)
    for number in range(40):
        add_words(tmp_path, {f"added{number}"})
        assert len(files(tmp_path)) <= 6
    assert files(tmp_path)[0] == "00000001.words"
    assert len(WordList(tmp_path).having("added", last=False) or []) == 40


def test_a_folder_that_shares_the_files_keeps_them(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    add_words(first, {"lora"})
    os.link(first / "00000001.words", second / "00000001.words")
    add_words(second, {"dora"})
    assert WordList(first).having("ora", last=False) == ["lora"]
    assert WordList(second).having("ora", last=False) == ["dora", "lora"]


def test_damage_is_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "00000001.words").write_bytes(b"\xff\xfe\n")
    with pytest.raises(IndexDamagedError, match=r"00000001\.words"):
        WordList(tmp_path).having("a", last=False)
