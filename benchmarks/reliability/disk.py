"""Disks that are full, too small or read-only: reading goes on, what fails says so and gives its room back."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability.seals import Worker, base, copied, said, settings_of
from benchmarks.synthetic import write_corpus
from rag.index import bring_up_to_date

_POINTS = 50
_MORE = 60  # abstracts that are added while the room runs out
_ROOM = 30_000_000  # bytes of the small disk
_worker = Worker()
atexit.register(_worker.close)


@cache
def no_mounts() -> str:
    """Why no file system can be mounted here, "" where one can."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with mounted(Path(folder), "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
                return ""
        except (OSError, subprocess.CalledProcessError):
            return "a file system cannot be mounted here (needs root)"


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[Path]:
    """Something mounted at a folder for as long as the block lasts."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", *arguments, str(place)], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True, capture_output=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of a few megabytes with a copy of the base."""
    with mounted(folder / "disk", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs") as disk:
        place = copied(folder / "disk")
        yield place
        _worker.close()
        assert disk == place.parent


@contextmanager
def read_only(place: Path) -> Iterator[Path]:
    """A second look at a folder, in which nothing can be written."""
    view = place.with_name("view")
    with mounted(view, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(view)], check=True, capture_output=True)
        yield view
        _worker.close()


def fill(disk: Path, *, left: int) -> Path:
    """Fill a disk until so many bytes are left."""
    ballast = disk / "ballast"
    size = shutil.disk_usage(disk).free - left
    with ballast.open("wb") as file:
        while size > 0:
            try:
                size -= file.write(b"\1" * min(size, 1 << 16))
                file.flush()
            except OSError:
                break
    return ballast


def _rag(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "OPENAI_"))}
    surroundings = {"RAG_INDEX_DIR": str(place / "index"), "RAG_CORPUS": str(place / "corpus"), "RAG_EMBEDDING": "wordllama"}
    line = [sys.executable, "-m", "rag", *arguments]
    return subprocess.run(line, env=kept | surroundings, capture_output=True, text=True, check=False, input="What is studied?\n")


def read_only_mount(folder: Path, _: int) -> str:
    """The index is on a read-only file system."""
    before = said(settings_of(base()))
    with read_only(copied(folder)) as view:
        reply = _worker.ask("said", view)
    return "" if reply == {"said": before} else str(reply)


def read_only_after_a_kill(folder: Path, _: int) -> str:
    """A killed writer's commits are in the log when the file system becomes read-only."""
    place = copied(folder)
    before = said(settings_of(place))
    code = """
import os, sys
from pathlib import Path
from rag.index.catalogue import Catalogue
catalogue = Catalogue(Path(sys.argv[1]) / "index" / "catalogue.db")
with catalogue.writing() as connection:
    connection.execute("UPDATE works SET first_seen = 'later'")
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code, str(place)], check=False)
    if not (place / "index" / "catalogue.db-wal").stat().st_size:
        return "nothing was left in the log, so nothing was tried"
    with read_only(place) as view:
        reply = _worker.ask("said", view)
    return "" if reply == {"said": before} else str(reply)


def read_only_command(folder: Path, _: int) -> str:
    """`rag ask`, `rag chat`, `rag status --check` and `rag papers` on a read-only file system; `rag index` says why it cannot."""
    with read_only(copied(folder)) as view:
        for arguments in (["ask", "What is studied?"], ["chat"], ["status", "--check"], ["papers", "--limit", "1"]):
            done = _rag(view, *arguments)
            if done.returncode not in (0, 3) or "Traceback" in done.stderr:
                return f"{arguments}: {done.returncode} {done.stderr[-600:]}"
        done = _rag(view, "index")
    return "" if done.returncode == 1 and "Read-only" in done.stderr and "Traceback" not in done.stderr else done.stderr[-600:]


def another_users(folder: Path, _: int) -> str:
    """The index belongs to another user, and may be read only."""
    place = copied(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    code = """
import os, sys
from pathlib import Path
from benchmarks.reliability.seals import said, settings_of
from rag.assistant import Assistant
Assistant.open(settings_of(Path(sys.argv[1]))).ask("What is studied?")  # imports what the other user may not see
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(said(settings_of(Path(sys.argv[1]))))
"""
    done = subprocess.run([sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=False)
    return "" if done.stdout.strip() == said(settings_of(base())) else done.stderr[-800:]


def full_disk(folder: Path, _: int) -> str:
    """The disk has no byte left: every kind of reading goes on."""
    before = said(settings_of(base()))
    with small_disk(folder) as place:
        fill(place.parent, left=0)
        reply = _worker.ask("said", place)
        if reply != {"said": before}:
            return str(reply)
        for arguments in (["ask", "What is studied?"], ["chat"], ["status", "--check"], ["papers", "--limit", "1"]):
            done = _rag(place, *arguments)
            if done.returncode not in (0, 3) or "Traceback" in done.stderr:
                return f"{arguments}: {done.returncode} {done.stderr[-600:]}"
        done = _rag(place, "index", "--rebuild")
        return "" if done.returncode == 1 and "Traceback" not in done.stderr else f"{done.returncode} {done.stderr[-600:]}"


@cache
def _needed() -> int:
    """How many bytes adding some abstracts takes at the most: what a disk must have left for no error."""
    return 6_000_000


def runs_out(folder: Path, seed: int) -> str:
    """The room runs out somewhere while abstracts are added; then there is room, and the run goes on."""
    with small_disk(folder) as place:
        before = said(settings_of(place))
        write_corpus(folder / "more.jsonl", _MORE, seed=40)
        shutil.copyfile(folder / "more.jsonl", place / "corpus" / "more.jsonl")
        left = _needed() * seed // _POINTS
        ballast = fill(place.parent, left=left)
        free = shutil.disk_usage(place.parent).free
        reply = _worker.ask("index", place)
        wrong = "foreign" in reply or ("error" in reply and not _is_told(reply["error"]))
        kept = free - shutil.disk_usage(place.parent).free
        after = _worker.ask("said", place)
        ballast.unlink()
        ended = _worker.ask("index", place)
    if wrong:
        return f"{left:,} bytes: {reply}"
    if "error" in reply and after != {"said": before}:
        return f"{left:,} bytes, asked after the failure: {after}"
    if "error" in reply and kept > _committed():
        return f"{left:,} bytes: {kept:,} of {free:,} bytes were not given back"
    return "" if "said" in ended and ended["said"] == _whole() else f"{left:,} bytes, with room again: {ended}"


def _is_told(message: str) -> bool:
    """True for an error that says what is the matter and what to do."""
    return any(sign in message for sign in ("cannot be written", "cannot be used", "disk", "Make room"))


def _committed() -> int:
    """Bytes that a failed run may keep: texts and vectors that were committed, so that the next run goes on from there."""
    return 1_500_000


@cache
def _whole() -> str:
    """What the base answers with the abstracts that are added."""
    folder = Path(tempfile.mkdtemp(prefix="reliability-"))
    place = copied(folder)
    write_corpus(place / "corpus" / "more.jsonl", _MORE, seed=40)
    bring_up_to_date(settings_of(place))
    return said(settings_of(place))


FAULTS = (
    Fault("disk", "the index on a read-only file system", read_only_mount, needs=no_mounts),
    Fault("disk", "read-only with a killed writer's commits in the log", read_only_after_a_kill, needs=no_mounts),
    Fault("disk", "every command on a read-only file system", read_only_command, needs=no_mounts, sampled=0),
    Fault("disk", "the index belongs to another user", another_users, needs=no_mounts),
    Fault("disk", "a full disk", full_disk, needs=no_mounts, sampled=0),
    Fault("disk", "the room runs out while abstracts are added, at fifty points", runs_out, _POINTS, sampled=3, needs=no_mounts),
)
