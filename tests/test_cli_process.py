"""The command `rag` as a process: what it loads, what signals, pipes and terminals do to it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from rag.chat import History, Turn
from rag.cli.chat import OWNER
from rag.cli.interrupts import interrupts
from rag.model import Settings
from tests.conftest import Rag
from tests.fakes import FakeOpenAI
from tests.processes import PATIENCE, finished, in_a_terminal, next_line, output_of, process, python, wait_until
from tests.scripted import Fault
from tests.writing import Body, quoting

QUESTION = "How does KS-Lottery find winning tickets?"


def sleeps(running: subprocess.Popen[str]) -> bool:
    """True while the first thread of a process waits for something."""
    return Path(f"/proc/{running.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "S"


def test_help_is_quick_and_loads_nothing_heavy(surroundings: Path) -> None:
    heavy = "numpy", "pydantic", "rich.console", "rag.corpus", "chromadb", "tantivy", "openai"
    code = f"import sys; from rag.cli.commands import app; print(*[name for name in {heavy} if name in sys.modules])"
    done = finished(python(code))
    assert done.stdout.split() == []


def test_asking_imports_neither_llamaindex_nor_openai(surroundings: Path) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from rag.cli.commands import app; "
        f"assert CliRunner().invoke(app, ['ask', {QUESTION!r}]).exit_code == 0; "
        "print(*[n for n in ('llama_index', 'openai', 'streamlit') if n in sys.modules])"
    )
    done = finished(python(code))
    assert done.stdout.split() == []


def test_a_reader_that_has_seen_enough_is_no_error_message(surroundings: Path) -> None:
    with process("papers", "--json") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        complaints = running.stderr.read()
    assert complaints == ""


def test_ctrl_c_ends_in_one_line_and_status_130(surroundings: Path) -> None:
    with process("chat") as running:
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write(f"{QUESTION}\n/new\n")
        running.stdin.flush()
        assert next_line(running.stderr) == "A new conversation."  # it has answered
        wait_until(lambda: sleeps(running), of=running)  # until the next line; a signal a moment before that is seen only after it
        while running.poll() is None and sleeps(running):  # a signal between asking and waiting is seen only after the next line
            running.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                running.wait(2)
        complaints = running.stderr.read()
        assert running.wait() == 130
    assert complaints.splitlines() == ["Interrupted. What was indexed is kept: the next run goes on where this one stopped."]


def test_ctrl_c_stops_an_answer_that_is_being_made_and_the_chat_goes_on(surroundings: Path, index_dir: Path) -> None:
    def held(body: Body) -> Fault:
        """A reply that stays away after its first claim."""
        words = "Our key idea is to use Kolmogorov-Smirnov Test", "We further theoretically prove that KS-Lottery"
        return Fault("hang_midway", text=quoting(*words)(body))

    with FakeOpenAI(default=held) as service, History.open(Settings(index_dir=index_dir)) as history:

        def turns() -> list[Turn]:
            """Those of this conversation, once it is there."""
            return [turn for one in history.conversations(OWNER, limit=-1) if one.id not in before for turn in history.turns(one.id, OWNER)]

        before = {one.id for one in history.conversations(OWNER, limit=-1)}
        with process("chat", OPENAI_BASE_URL=service.url, RAG_MODEL="held", RAG_JUDGE="local") as running:
            assert running.stdin is not None
            assert running.stderr is not None
            running.stdin.write(f"{QUESTION}\n")
            running.stdin.flush()
            wait_until(lambda: any(turn.claims for turn in turns()), of=running)
            running.send_signal(signal.SIGINT)
            assert service.left.wait(PATIENCE)  # the request has ended
            running.stdin.write("/new\n")
            output, complaints = output_of(running)
            assert running.returncode == 0
        assert ([turn.status for turn in turns()], len(service.chats)) == (["stopped"], 1)
    assert output.startswith("Our key idea is to use Kolmogorov-Smirnov Test")
    assert "The answer was stopped: it is incomplete." in output
    assert "We further theoretically" not in output
    assert complaints.splitlines()[1:] == ["A new conversation."]  # after where texts are sent


def test_a_first_ctrl_c_asks_and_a_second_one_interrupts() -> None:
    asked: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with interrupts(lambda: asked.append("to stop")):
        signal.raise_signal(signal.SIGINT)
        assert asked == ["to stop"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert (asked, signal.getsignal(signal.SIGINT)) == (["to stop"], before)


def test_indexing_is_stopped_by_ctrl_c_and_goes_on_where_it_was(rag: Rag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({"title": f"Paper {number}", "abstract": f"Result {number} is new. " * 9}) for number in range(1500)]
    (tmp_path / "papers.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("RAG_CORPUS", str(tmp_path / "papers.jsonl"))
    with process("index") as running:
        wait_until((tmp_path / "index" / "catalogue.db").exists, of=running)
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        complaints = running.stderr.read()
        assert running.wait() == 130
    assert complaints.startswith("Interrupted. What was indexed is kept")
    assert rag("papers").exit_code == 1
    assert "1,500 abstracts (1,500 new)" in rag("index").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_a_terminal_gets_bold_and_no_color_gets_no_escapes_at_all(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain_terminal = in_a_terminal("papers", "--limit", "3")
    assert "\x1b[1m" in plain_terminal
    assert set(re.findall(r"\x1b\[([0-9;]*)m", plain_terminal)) == {"0", "1", "2"}
    monkeypatch.setenv("NO_COLOR", "1")
    quiet = in_a_terminal("papers", "--limit", "3")
    assert "\x1b" not in quiet
    assert max(map(len, quiet.splitlines())) <= 60


def test_an_installation_without_the_page_says_what_to_use(rag: Rag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.cli.commands.find_spec", lambda name: None)
    done = rag("ui")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.endswith("Use: rag chat\n")


def test_the_page_is_served_on_the_loopback_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.cli.commands import streamlit_command

    line = streamlit_command(Path("ui/app.py"), 8600, headless=True)
    assert line[1:5] == ["-m", "streamlit", "run", "ui/app.py"]
    assert {"--server.address=127.0.0.1", "--server.port=8600", "--browser.gatherUsageStats=false"} <= set(line)


@pytest.mark.parametrize("module", ["rag", "rag.cli"])
def test_the_package_and_its_module_are_the_command_too(surroundings: Path, module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True)
    assert "Usage: rag [OPTIONS] COMMAND" in done.stdout


def test_the_version_is_that_of_the_distribution_and_unknown_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    import rag

    with process("--version") as running:
        assert running.stdout is not None
        assert re.fullmatch(r"abstract-rag 0\.\d+\.\d+\n", running.stdout.read())

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert rag.__version__ == "unknown"


def test_the_log_is_shown_when_it_is_asked_for(rag: Rag, index_dir: Path) -> None:
    quiet, verbose = rag("ask", QUESTION), rag("--verbose", "ask", QUESTION)
    assert (quiet.stderr, verbose.stdout) == ("", quiet.stdout)
    lines = verbose.stderr.splitlines()
    assert len(lines) == 2
    assert re.fullmatch(rf"[-0-9 :,]+ DEBUG rag\.index\.generations: Generation \w+ of {re.escape(str(index_dir))} is open", lines[0])
    assert lines[1].endswith(f"DEBUG rag.assistant: Index at {index_dir} (RAG_INDEX_DIR says so), mode auto")
    assert rag("ask", QUESTION).stderr == ""


def test_a_program_that_uses_the_packages_hears_nothing_that_it_did_not_ask_for() -> None:
    code = "import logging, rag, ui, eval; [logging.getLogger(f'{name}.part').error('told') for name in ('rag', 'ui', 'eval')]"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_numpy_multiplies_in_one_thread_unless_it_is_told_otherwise() -> None:
    code = "\n".join(
        (
            "import os, sys",
            "sys.argv = ['rag', '--help']",
            "from rag.cli import main",
            "try:",
            "    main()",
            "except SystemExit:",
            "    print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)",
        )
    )
    for said, found in ({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3"):
        surroundings = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | said
        done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, check=True, text=True)
        assert done.stdout.splitlines()[-1] == f"{found} False"
