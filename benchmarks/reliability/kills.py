"""kill -9 in the middle of everything that writes: what is asked next answers as before or as after, and the work can be gone on with.

A server process that has imported everything forks a child for each piece of work, so that kills fall into the work and not into
its imports.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability.seals import base, copied, said, settings_of
from benchmarks.reliability.streams import killed_stream
from benchmarks.reliability.victim import killed_cycle
from benchmarks.synthetic import write_corpus
from eval.judges import LocalJudge
from eval.questions import SHIPPED, load_questions
from eval.runs import read_run, run_into
from rag.assistant import Assistant
from rag.chat import History
from rag.index import (
    Upload,
    add_uploads,
    bring_up_to_date,
    check_index,
    list_uploads,
    remove_source,
    remove_upload,
    restore_backup,
    salvage_catalogue,
    write_backup,
)
from rag.model import IndexMissingError, RagError

_KILLS = 100
_QUESTIONS = 40
_GIVEN = "\n".join(json.dumps({"title": f"Given {number}", "abstract": f"Frogs of kind {number} wake in spring."}) for number in range(8))


def _upload() -> Upload:
    return Upload("given.jsonl", _GIVEN.encode())


def _remove(place: Path) -> None:
    remove_source(settings_of(place), "added.jsonl")


def _add(place: Path) -> None:
    add_uploads(settings_of(place), [_upload()])


def _take_away(place: Path) -> None:
    for one in list_uploads(settings_of(place)):
        remove_upload(settings_of(place), one.name)


def _undo(place: Path) -> None:
    for one in list_uploads(settings_of(place)):
        add_uploads(settings_of(place), [remove_upload(settings_of(place), one.name)])


def _salvage(place: Path) -> None:
    if not (place / "salvaged").exists():
        salvage_catalogue(settings_of(place))
        (place / "salvaged").touch()
    bring_up_to_date(settings_of(place))


def _restore(place: Path) -> None:
    shutil.rmtree(place / "index", ignore_errors=True)
    restore_backup(settings_of(place), place / "kept.zip")


def _back_up(place: Path) -> None:
    target = place / "kept.zip"
    target.unlink(missing_ok=True)
    write_backup(settings_of(place), target)


def _evaluate(place: Path) -> None:
    settings = settings_of(place).model_copy(update={"mode": "extract"})
    with Assistant.open(settings) as assistant:
        run_into(load_questions(SHIPPED)[:_QUESTIONS], assistant, place / "run", LocalJudge(), jobs=2)


WORK: dict[str, Callable[[Path], None]] = {
    "remove": _remove,
    "add": _add,
    "take away": _take_away,
    "undo": _undo,
    "salvage": _salvage,
    "restore": _restore,
    "back up": _back_up,
    "evaluate": _evaluate,
}


class Forks:
    """A server that forks a child for each piece of work."""

    def __init__(self) -> None:
        line = [sys.executable, "-m", "benchmarks.reliability.kills"]
        self._server = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._read()
        atexit.register(self._close)

    def _close(self) -> None:
        with self._server:
            self._server.kill()

    def work(self, what: str, place: Path, kill_after: float | None = None) -> int:
        """Have a piece of work done, killed after so many seconds; its exit status, negative for a signal."""
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps([what, str(place)]) + "\n")
        self._server.stdin.flush()
        child = int(self._read())
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)  # not reaped yet: the number is still its own
        self._server.stdin.write("\n")
        self._server.stdin.flush()
        return int(self._read())

    def _read(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()


@cache
def forks() -> Forks:
    """The one server of this process."""
    return Forks()


def _serve() -> None:
    import chromadb  # noqa: F401 - so that no child imports it

    import rag.index.pipeline  # noqa: F401

    output = os.dup(1)
    os.dup2(2, 1)  # what work prints is not a reply
    os.write(output, b"ready\n")
    while line := sys.stdin.readline():
        what, place = json.loads(line)
        child = os.fork()
        if not child:
            try:
                WORK[what](Path(place))
            except SystemExit as end:
                os._exit(int(end.code or 0))
            except BaseException as error:  # noqa: BLE001 - its name is the message
                os.write(2, f"{what}: {type(error).__name__}: {error}\n".encode())
                os._exit(1)
            os._exit(0)
        os.write(output, f"{child}\n".encode())
        sys.stdin.readline()
        _, status = os.waitpid(child, 0)
        os.write(output, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _prepared(what: str, folder: Path) -> Path:
    """A copy of the base in which there is something to do."""
    place = copied(folder)
    settings = settings_of(place)
    if what == "remove":
        write_corpus(place / "added.jsonl", 10, seed=3)
        bring_up_to_date(settings, [place / "added.jsonl"], add=True)
    if what in ("take away", "undo"):
        add_uploads(settings, [_upload()])
    if what == "restore":
        write_backup(settings, place / "kept.zip")
    if what == "evaluate":
        (place / "corpus" / "papers.jsonl").unlink()
        for path in (Path(__file__).parents[2] / "data" / "corpus").glob("*.txt"):
            shutil.copyfile(path, place / "corpus" / path.name)
        bring_up_to_date(settings)
    return place


@cache
def _ended(what: str) -> tuple[Path, str, str, float]:
    """A prepared folder, what it answers before and after the work, and the seconds that the work takes."""
    import tempfile

    kept = Path(tempfile.mkdtemp(prefix="reliability-"))
    place = _prepared(what, kept)
    before = said(settings_of(place))
    shutil.copytree(place, kept / "whole")
    started = time.monotonic()
    if forks().work(what, place):
        raise RuntimeError(f"{what} failed without a kill")
    seconds = time.monotonic() - started
    shutil.copytree(place, kept / "undisturbed")
    return kept / "whole", before, said(settings_of(place)), seconds


def killed(folder: Path, seed: int, *, what: str) -> str:
    """Kill a piece of work once, ask, and do it again to its end."""
    whole, before, after, seconds = _ended(what)
    place = whole.with_name("copy")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, place)  # the same path each time: the catalogue knows its files by theirs
    status = forks().work(what, place, random.Random(f"{what} {seed}").uniform(0, seconds))
    try:
        now = said(settings_of(place))
    except (IndexMissingError, RagError) as error:
        if what not in ("salvage", "restore"):
            return f"asked after the kill: {error}"
        now = before
    if now not in (before, after, _without_upload() if what == "undo" else after):
        return "it answers neither as before nor as after"
    if what in ("take away", "undo"):
        bring_up_to_date(settings_of(place))  # as the notice of the page and of every answer says
        if what == "undo" and not list_uploads(settings_of(place)):
            return ""  # the removal that was to be undone
    ended = what == "remove" and now == after  # killed after its work: a second removal finds nothing to remove, and says so
    if status == -signal.SIGKILL and not ended and forks().work(what, place):
        return "it could not be gone on with"
    check_index(settings_of(place))
    return "" if said(settings_of(place)) == after else "gone on with, it ends otherwise"


@cache
def _without_upload() -> str:
    return said(settings_of(base()))


def killed_run(folder: Path, seed: int) -> str:
    """Kill an evaluation; gone on with, it has every answer once and the same scores."""
    whole, _, _, seconds = _ended("evaluate")
    place = whole.with_name("copy")
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, place)
    forks().work("evaluate", place, random.Random(seed).uniform(0, seconds))
    if forks().work("evaluate", place):
        return "it could not be gone on with"
    return "" if _answers(place) == _answers(whole.with_name("undisturbed")) else "gone on with, it ends otherwise"


def _answers(place: Path) -> list[str]:
    """The answers of a finished run and what was thought of them, without their times, in the order of their questions."""
    read_run(place / "run")  # raises for one that is not whole
    rows = [json.loads(line) for name in ("answers.jsonl", "verdicts.jsonl") for line in (place / "run" / name).read_text().splitlines()]
    for row in rows:
        row.pop("seconds", None)
        row.get("answer", {}).pop("seconds", None)
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def killed_turn(folder: Path, seed: int) -> str:
    """Kill a process that writes conversations: what was stored stays, and nothing runs for ever."""
    code = """
import sys
from pathlib import Path
from rag.chat import History
history = History(Path(sys.argv[1]))
for number in range(100000):
    conversation = history.create("me", f"conversation {number}")
    history.begin_turn(conversation.id, "me", "What is studied?")
    history.rename(conversation.id, "me", f"named {number}")
    print(number, flush=True)
"""
    path = folder / "history.db"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        last = -1
        for _ in range(random.Random(seed).randrange(1, 60)):
            last = int(writer.stdout.readline() or last)
        writer.kill()
        rest = writer.stdout.read().split()
    last = int(rest[-1]) if rest else last
    with History(path) as history:
        titles = {one.title for one in history.conversations("me", limit=-1)}
    missing = [number for number in range(last + 1) if f"named {number}" not in titles]
    return f"conversations {missing} were told and are gone" if missing else ""


FAULTS = (
    Fault("kills", "kill -9 while the corpus is indexed, one to three times", killed_cycle, _KILLS // 2, sampled=0),
    Fault("kills", "kill -9 while a large file is read in batches, one to three times", killed_stream, _KILLS // 2, sampled=2),
    Fault("kills", "kill -9 while a file is removed", partial(killed, what="remove"), _KILLS, sampled=5),
    Fault("kills", "kill -9 while an upload is added", partial(killed, what="add"), _KILLS, sampled=5),
    Fault("kills", "kill -9 while an upload is removed", partial(killed, what="take away"), _KILLS, sampled=5),
    Fault("kills", "kill -9 while a removal is undone", partial(killed, what="undo"), _KILLS, sampled=5),
    Fault("kills", "kill -9 while a damaged catalogue is salvaged", partial(killed, what="salvage"), _KILLS, sampled=1),
    Fault("kills", "kill -9 while a backup is written", partial(killed, what="back up"), _KILLS // 5, sampled=1),
    Fault("kills", "kill -9 while a backup is restored", partial(killed, what="restore"), _KILLS // 5, sampled=1),
    Fault("kills", "kill -9 while an evaluation runs", killed_run, _KILLS, sampled=0),
    Fault("kills", "kill -9 while conversations are written", killed_turn, _KILLS // 5, sampled=1),
)

if __name__ == "__main__":
    _serve()
