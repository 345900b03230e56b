"""The rules of the house that a machine can check: what make passes on, what is committed, what the documents promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli.commands import app
from tests.conftest import DEVELOPER
from tests.processes import finished

REPOSITORY = Path(__file__).parents[1]

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with our Makefile and a finished-looking .venv, whose `rag` prints its arguments, each ended by a NUL."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, body in (("rag", "printf '%s\\0' \"$@\""), ("python", "exit 0")):
        (commands / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (commands / name).chmod(0o755)
    (tmp_path / ".venv" / ".made-in").write_text(f"{tmp_path.resolve()}\n", encoding="utf-8")
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def make(house: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON")}
    command = ["make", "--no-print-directory", *arguments]
    return finished(command, check=False, cwd=house, env=inherited | environment)


QUESTIONS = [
    "How does KS-Lottery find winning tickets?",
    """cost $5 `touch owned` "double" 'single' $(touch owned) $(shell touch owned) ${HOME} $$ $@""",
    "a # comment, 100 %, a \\ backslash; a | pipe & more > file",
    "Wie heißt das? 音声認識は？ é",
    "two\nlines and a\ttab",
    "-x --json",
    "-- , ) ( endif $(error no) $(Q) $(ASKED) \\",
]


@needs_make
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("way", ["argument", "environment"])
def test_make_ask_passes_the_question_on_as_it_is(house: Path, question: str, way: str) -> None:
    done = make(house, "ask", f"Q={question}") if way == "argument" else make(house, "ask", Q=question)
    assert done.stdout.split("\0") == ["ask", "--", question, ""], done.stderr
    assert not (house / "owned").exists()


@needs_make
def test_make_ask_without_a_question_says_how(house: Path) -> None:
    done = make(house, "ask")
    assert done.returncode == 2
    assert 'make ask Q="' in done.stderr


@needs_make
def test_a_refusal_is_not_a_failure_of_make_but_an_error_is(house: Path) -> None:
    command = house / ".venv" / "bin" / "rag"
    command.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    assert make(house, "ask", "Q=?").returncode == 0
    command.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert make(house, "ask", "Q=?").returncode == 2


@needs_make
def test_an_interpreter_that_does_not_fit_is_named_with_what_would(house: Path) -> None:
    done = make(house, "ask", "Q=?", "PYTHON=/bin/false")
    assert done.returncode == 2
    assert "PYTHON=/bin/false does not fit" in done.stderr
    assert "3.11, 3.12 or 3.13" in done.stderr


@needs_make
@pytest.mark.parametrize("damage", [".installed", ".made-in", "bin/python"])
def test_an_environment_that_was_not_finished_or_has_moved_is_made_again(house: Path, damage: str) -> None:
    (house / ".venv" / damage).unlink()
    assert "scripts/make-venv ." in make(house, "--dry-run", "ask", "Q=?").stdout


@needs_make
def test_a_finished_environment_is_left_alone(house: Path) -> None:
    assert "make-venv" not in make(house, "--dry-run", "ask", "Q=?").stdout


@needs_make
def test_make_test_drops_keys_and_settings(house: Path) -> None:
    python = house / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\ncase "$*" in *pytest*) env ;; esac\n', encoding="utf-8")
    for tool in ("ruff", "mypy"):
        shutil.copy(house / ".venv" / "bin" / "rag", python.with_name(tool))
    (house / ".venv" / ".installed-test").touch()
    seen = make(house, "test", OPENAI_API_KEY="secret", OPENAI_BASE_URL="u", RAG_MODE="generate", rag_top_k="3", KEPT="yes").stdout
    assert "KEPT=yes" in seen
    assert re.search(r"(?im)^(OPENAI|RAG)_", seen) is None


def tracked() -> list[Path]:
    environment = os.environ | {"HOME": str(DEVELOPER)}  # where git may be told to trust this checkout
    done = finished(["git", "ls-files", "-z"], check=False, cwd=REPOSITORY, env=environment)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [REPOSITORY / name for name in done.stdout.split("\0") if name]


def test_git_ignores_no_module_of_ours() -> None:
    known = tracked()  # skips where this is no git checkout
    modules = [path for folder in ("rag", "eval", "ui", "tests", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py")]
    assert set(modules) & set(known)
    environment = os.environ | {"HOME": str(DEVELOPER)}
    names = [path.relative_to(REPOSITORY).as_posix() for path in modules]
    done = finished(["git", "check-ignore", "--no-index", *names], check=False, cwd=REPOSITORY, env=environment)
    assert done.stdout.splitlines() == [], "a clone would lack these: narrow .gitignore and add them"


# A dotted name or a path of ours between backticks; what follows it there, such as arguments, is not asked.
_NAME = re.compile(r"(?<![\w./-])(?:rag|eval|ui|benchmarks)(?:\.\w+)+")
_PATH = re.compile(r"(?<![\w./-])(?:rag|eval|ui|benchmarks|tests|docs|scripts)/[\w./-]*")


def references(pattern: re.Pattern[str]) -> dict[str, str]:
    """What documents, docstrings and comments name between backticks, with a place of each. The changelog tells of what is gone, too."""
    written = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "eval/data/README.md")]
    written += (REPOSITORY / "docs").glob("*.md")
    code = [path for folder in ("rag", "eval", "ui", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py")]
    return {
        name: f"{path.relative_to(REPOSITORY).as_posix()}:{number}"
        for path in written + code
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for quoted in re.findall(r"`([^`]+)`", line)
        for name in pattern.findall(quoted)
    }


def resolves(name: str) -> bool:
    """True for a module, and for what is reached from one by attributes; fields without a default are known to their class alone."""
    parts = name.split(".")
    size = next((size for size in range(len(parts), 0, -1) if _is_module(".".join(parts[:size]))), 0)
    if size == len(parts):
        return True  # without importing it: a page of `ui.views` is a script
    found: object = import_module(".".join(parts[:size])) if size else None
    for attribute in parts[size:]:
        if not hasattr(found, attribute) and attribute not in getattr(found, "__annotations__", {}):
            return False
        found = getattr(found, attribute, None)
    return True


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # what stands before the last dot is no package
        return False


def test_a_reference_resolves_to_a_module_or_what_it_has() -> None:
    assert resolves("rag.model.Answer.to_dict")
    assert resolves("rag.model.Answer.question")
    assert resolves("eval.evaluate")
    assert not resolves("rag.model.Answer.nothing")
    assert not resolves("rag.nothing")
    assert not resolves("nothing.at.all")


def test_every_module_and_name_that_is_written_of_exists() -> None:
    named = references(_NAME)
    assert len(named) > 20
    assert [f"{place} names {name}" for name, place in named.items() if not resolves(name)] == []


def test_every_path_that_is_written_of_exists() -> None:
    named = references(_PATH)
    assert len(named) > 10
    assert [f"{place} names {name}" for name, place in named.items() if not (REPOSITORY / name).exists()] == []


def test_the_command_starts_where_the_package_says() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for start in project["scripts"].values():
        module, _, name = start.partition(":")
        assert callable(getattr(import_module(module), name, None)), start


def test_nothing_committed_names_this_machine_or_a_package_registry() -> None:
    here = [str(REPOSITORY.parent) + "/", str(DEVELOPER) + "/"]
    registry = ["index" + "-url", "find" + "-links", "trusted" + "-host"]
    needles = [needle.encode() for needle in here + registry if len(needle) > 2]
    given = REPOSITORY / "data" / "corpus"
    wrong = [
        f"{path.name}: {needle.decode()}"
        for path in tracked()
        if path.is_file() and given not in path.parents
        for needle in needles
        if needle in path.read_bytes()
    ]
    assert wrong == []
    assert "uv.lock" not in [path.name for path in tracked()]


def test_the_constraints_pin_every_dependency_by_name_alone() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    pinned = {normal(line.split("==")[0]) for line in lines}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert {normal(re.split(r"[^A-Za-z0-9._-]", one)[0]) for one in wanted} <= pinned


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def documents() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))])


def test_every_command_in_the_documents_answers_help() -> None:
    known = {one.callback.__name__ for one in app.registered_commands if one.callback is not None}
    mentioned = set(re.findall(r"(?m)(?:^|`|bin/|\$ )rag ([a-z]+)\b", documents()))
    assert mentioned == known
    for command in sorted(known):
        done = CliRunner().invoke(app, [command, "--help"])
        assert (done.exit_code, command in done.stdout) == (0, True)


def test_every_option_in_the_documents_exists() -> None:
    for command, options in re.findall(r"(?m)(?:^|`|bin/|\$ )rag ([a-z]+)((?: [^`\n]*)?)", documents()):
        help_text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).stdout
        for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", options):
            assert option in help_text, f"rag {command} {option}"


def test_every_target_of_make_in_the_documents_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8")))
    contributing = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)(?:^|`|\$ )make ([a-z]+)", documents() + contributing)) <= targets


def test_the_corpus_is_as_it_was_given(shared: Path, corpus: Path) -> None:
    given = {path.name: path.read_bytes() for path in sorted((shared / "corpus").glob("*.txt"))}
    assert given
    assert {path.name: path.read_bytes() for path in sorted(corpus.glob("*.txt"))} == given
