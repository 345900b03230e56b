"""Where an index lies that no setting gives a place: in a checkout, beside a `.rag`, or in the user's home."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.chat.history import History
from rag.cli.commands import app
from rag.index.uploads import folder as uploads
from rag.model.settings import NO_PAPERS, Settings

FROGS = "Frogs that jump\nFrogs jump far because their legs store energy in tendons. We measured 12 species in the field.\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user's data; the test stands in an empty folder."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    if sys.platform != "linux":
        monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: tmp_path / "data" / name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "abstract-rag"


def rag(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_a_corpus_has_its_index_in_the_users_data_wherever_it_is_asked_from(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    papers = Path("My papers (2024)").resolve()
    papers.mkdir()
    digest = hashlib.sha256(str(papers).encode()).hexdigest()[:8]
    expected = data / f"My-papers-2024-{digest}"
    assert Settings(corpus=Path("My papers (2024)")).index_dir == expected
    monkeypatch.chdir(papers)
    assert Settings(corpus=Path("../My papers (2024)")).index_dir == expected
    assert Settings(corpus=(papers, papers)).index_dir != expected
    assert not data.exists()


def test_corpora_of_one_name_have_different_indexes(data: Path) -> None:
    first, second = (Settings(corpus=Path(place) / "papers").index_dir for place in ("a", "b"))
    assert first != second
    assert {first.name.rpartition("-")[0], second.name.rpartition("-")[0]} == {"papers"}


@pytest.mark.parametrize("name", ["/", "...", "論文", "x" * 300])
def test_any_folder_gives_a_name_that_a_folder_can_have(data: Path, name: str) -> None:
    found = Settings(corpus=Path(name)).index_dir
    assert found.parent == data
    assert len(found.name) <= 49
    assert found.name[0].isalnum()


def test_an_index_that_lies_here_is_used(data: Path) -> None:
    Path(".rag").mkdir()
    settings = Settings(corpus=Path("papers"))
    assert (settings.index_dir, settings.why_there) == (Path(".rag"), "it lies in this folder")


def test_a_checkout_of_this_project_keeps_its_index_in_itself(data: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text('[project]\nname = "abstract-rag"\n', encoding="utf-8")
    assert Settings().index_dir == data / "added"
    Path("data/corpus").mkdir(parents=True)
    assert (Settings().index_dir, Settings().why_there) == (Path(".rag"), "this folder is a checkout of abstract-rag")
    Path("pyproject.toml").write_text('[project]\nname = "another"\n', encoding="utf-8")
    assert Settings().index_dir.parent == data
    monkeypatch.chdir(corpus.parents[1])
    assert Settings().index_dir == Path(".rag")


def test_a_place_that_is_given_wins(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".rag").mkdir()
    monkeypatch.setenv("RAG_INDEX_DIR", "elsewhere")
    assert (Settings().index_dir, Settings().why_there) == (Path("elsewhere"), "RAG_INDEX_DIR says so")


def test_what_goes_with_an_index_lies_with_it(data: Path) -> None:
    settings = Settings(corpus=Path("papers"))
    assert uploads(settings) == settings.index_dir / "uploads"
    with History.open(settings):
        assert (settings.index_dir / "history.db").is_file()


@pytest.mark.parametrize("command", [["index"], ["ask", "Why?"], ["chat"]])
def test_who_has_no_papers_is_told_what_to_type(data: Path, command: list[str]) -> None:
    assert rag(*command) == (1, "", NO_PAPERS + "\n")
    assert not data.exists()


def test_files_can_be_added_asked_and_read_again_without_any_setting(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("frogs.txt").write_text(FROGS, encoding="utf-8")
    assert rag("index", "frogs.txt")[1].startswith("1 abstract (1 new)")
    assert [one.name for one in data.iterdir()] == ["added"]
    Path("frogs.txt").write_text(FROGS.replace("12 species", "13 species"), encoding="utf-8")
    Path("other").mkdir()
    monkeypatch.chdir("other")
    status, told, _ = rag("status")
    assert status == 0
    assert "corpus     none\n" in told
    assert f"index      {data / 'added'}, generation" in told
    assert "why there  RAG_CORPUS is not set: it holds the files that were added by name\n" in told
    assert "1 file read, 0 unchanged, 0 removed" in rag("index")[1]
    assert "We measured 13 species" in rag("ask", "How many species were measured?")[1]
    assert list(Path().iterdir()) == []
