"""What the README shows is what the command prints, letter by letter."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.processes import in_a_terminal
from tests.writing import quoting

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```\n(.*?)^```$", README)
COLUMNS = 100  # as the README says of its first example


def shown() -> list[tuple[str, str]]:
    """Questions and what the README says is printed: the block after `make ask Q="..."`, and those that begin with a prompt."""
    first = re.search(r'^make ask Q="(.+)"$', BLOCKS[0], re.MULTILINE)
    assert first is not None
    prompted = [re.fullmatch(r'\$ rag ask "(.+?)"\n(.*)', block, re.DOTALL) for block in BLOCKS]
    return [(first[1], BLOCKS[1]), *((found[1], found[2]) for found in prompted if found)]


def same(shown: str, printed: str) -> bool:
    """True where all that is shown is what is printed; a last line of "..." stands for one line or more that are left out."""
    head, dots, rest = shown.rpartition("...\n")
    if dots and not rest and (not head or head.endswith("\n")):
        return printed.startswith(head) and len(printed) > len(head)
    return shown.rstrip("\n") == printed.rstrip("\n")


def test_an_ellipsis_stands_for_left_out_lines_at_the_end_alone() -> None:
    assert same("One.\nTwo.\n", "One.\nTwo.\n\n")
    assert same("One.\n...\n", "One.\nTwo.\n")
    assert not same("One.\n", "One.\nTwo.\n")
    assert not same("One.\n...\n", "One.\n")
    assert not same("One...\n", "One and two.\n")
    assert not same("One.\n...\nThree.\n", "One.\nTwo.\nThree.\n")


def test_the_readme_shows_an_answer_and_a_refusal() -> None:
    assert f"in a terminal of\n{COLUMNS} columns:" in README
    assert [question for question, _ in shown()] == ["How does KS-Lottery find winning tickets?", "What does Zorblax-9000 do?"]


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
@pytest.mark.parametrize(("question", "block"), shown())
def test_the_readme_shows_what_is_printed(surroundings: Path, monkeypatch: pytest.MonkeyPatch, question: str, block: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    printed = in_a_terminal("ask", question, columns=COLUMNS)
    assert same(block, printed), printed


def python_of(document: str, heading: str) -> str:
    """The code in Python below a heading."""
    return document.split(f"## {heading}\n", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]


def test_the_python_of_the_readme_runs(surroundings: Path, index_dir: Path, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(index_dir, surroundings / "my-index", ignore=shutil.ignore_patterns("history.db*", "leases"))
    shutil.copytree(corpus, surroundings / "my-exports")
    exec(python_of(README, "Python"), {})
    printed = capsys.readouterr().out
    first, *_, last = printed.splitlines()
    assert "by up to 73%" in first
    assert last == "answer"


def test_the_python_of_the_reference_runs(surroundings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reference = (REPOSITORY / "docs" / "reference.md").read_text(encoding="utf-8")
    my_model = lambda messages: quoting("Our key idea is to use Kolmogorov-Smirnov Test")({"messages": messages})  # noqa: E731
    exec(python_of(reference, "Models and asynchronous programs"), {"my_model": my_model})
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["found", "note", "claim", "answer"]
