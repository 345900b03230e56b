"""The wheel as a user has it: built, installed in an environment of its own, and run from an empty folder without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
FROGS = "Frogs that jump\nFrogs jump far because their legs store energy in tendons. We measured 12 species in the field.\n"

pytest.importorskip("hatchling", reason="hatchling, of the extra test, is not installed")
pytestmark = pytest.mark.slow

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path) -> dict[str, str]:
    """That of a user with a home and nothing else, whose network is down."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("RAG_", "OPENAI_", "PYTHONPATH", "XDG_"))}
    dead = {f"{name}_proxy": "http://127.0.0.1:9" for name in ("http", "https", "all")}
    return kept | dead | {name.upper(): value for name, value in dead.items()} | {"HOME": str(home)}


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--wheel-dir", folder, REPOSITORY)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, and with what it depends on taken from the environment of the tests."""
    folder = tmp_path_factory.mktemp("user")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    # A path file's own path files are not read, so that an editable installation of this repository stays out of it.
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n", encoding="utf-8")
    pip("--python", folder / "venv" / "bin" / "python", "install", wheel)
    return folder


@pytest.fixture
def user(installed: Path, tmp_path: Path) -> Run:
    """Runs a command of the new environment in an empty folder."""

    def run(command: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        line = [str(installed / "venv" / "bin" / command), *arguments]
        home = installed / "home"
        home.mkdir(exist_ok=True)
        return subprocess.run(
            line, cwd=tmp_path, env=environment(home) | more, capture_output=True, text=True, encoding="utf-8", check=False
        )

    return run


def test_the_wheel_holds_what_is_no_code_and_nothing_else_than_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    shipped = {
        path.relative_to(REPOSITORY).as_posix()
        for package in ("rag", "ui", "eval")
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == shipped
    data = {
        "rag/py.typed",
        "rag/text/data/idf-1.tsv",
        "ui/theme.css",
        "ui/static/page.js",
        "ui/.streamlit/config.toml",
        "eval/data/questions.jsonl",
    }
    assert data <= inside


def test_what_is_run_is_the_wheel_and_not_the_repository(user: Run, installed: Path) -> None:
    done = user("python", "-c", "import eval, rag, ui; print(rag.__version__, *(one.__file__ for one in (rag, ui, eval)))")
    version, *files = done.stdout.split()
    assert version == tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert all(Path(file).is_relative_to(installed / "venv") for file in files), done.stdout + done.stderr
    assert user("rag", "--version").stdout == f"abstract-rag {version}\n"


def test_a_file_is_indexed_and_asked(user: Run, tmp_path: Path) -> None:
    (tmp_path / "frogs.txt").write_text(FROGS, encoding="utf-8")
    indexed = user("rag", "index", "frogs.txt")
    assert (indexed.returncode, indexed.stdout.splitlines()[0]) == (0, "1 abstract (1 new), 1 passage."), indexed.stderr
    asked = user("rag", "ask", "Why do frogs jump far?", "--json")
    answer = json.loads(asked.stdout)
    assert (asked.returncode, answer["outcome"]) == (0, "answered"), asked.stderr
    assert answer["citations"][0]["quote"] == "Frogs jump far because their legs store energy in tendons."
    assert answer["citations"][0]["sources"][0]["file"] == "frogs.txt"


def test_the_shipped_questions_are_asked_of_the_corpus_they_are_about(user: Run, tmp_path: Path, corpus: Path) -> None:
    place = {"RAG_CORPUS": str(corpus), "RAG_INDEX_DIR": str(tmp_path / "index")}
    done = user("python", "-m", "eval", "run", "--limit", "2", "--out", "run", **place)
    assert done.returncode == 0, done.stderr
    assert "<svg" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["questions"]["count"] == 2
