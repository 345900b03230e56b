"""What may lie in a folder in the place of a file, or under an odd name, or change while it is read."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability.corpora import attempt, indexed, wrong_with

_PAPER = '{"title": "Wasps build of paper", "abstract": "Wasps chew wood. They build their nests of it."}\n'
_DEEP = 300


Prepare = Callable[[Path], object]
Needs = Callable[[], str]


def _posix() -> str:
    return "" if os.name == "posix" else "needs POSIX"


def _linux() -> str:
    return "" if sys.platform == "linux" else "needs Linux"


def _not_root() -> str:
    return _posix() or ("root may open every file" if os.geteuid() == 0 else "")


def _paper(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_PAPER, encoding="utf-8")
    return path


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def _loop(corpus: Path) -> None:
    (corpus / "a.txt").symlink_to("b.txt")
    (corpus / "b.txt").symlink_to("a.txt")


def _round(corpus: Path) -> None:
    _paper(corpus / "in" / "a.jsonl")
    (corpus / "in" / "up").symlink_to(corpus, target_is_directory=True)
    (corpus / "in" / "here").symlink_to(".", target_is_directory=True)


def _ways(corpus: Path) -> None:
    """Forty folders, each with two links to the next: two to the power of forty ways to the last."""
    for level in range(40):
        (corpus / f"d{level:02}").mkdir()
        for link in ("x", "y") if level < 39 else ():
            (corpus / f"d{level:02}" / link).symlink_to(f"../d{level + 1:02}", target_is_directory=True)
    _paper(corpus / "d39" / "a.jsonl")


def _deep(corpus: Path) -> None:
    """A path that is longer than the system takes, made a step at a time."""
    here = os.open(corpus, os.O_RDONLY)
    for _ in range(_DEEP):
        os.mkdir("d" * 20, dir_fd=here)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("a.jsonl", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def _too_deep(folder: Path, _: int) -> str:
    corpus = folder / "corpus"
    corpus.mkdir()
    _deep(corpus)
    try:
        run = indexed(corpus)
        return wrong_with(run, [], told="") or (
            "" if any("too long" in one.reason for one in run.problems) else f"not told: {run.problems}"
        )
    finally:
        _take_apart(corpus)


def _take_apart(corpus: Path) -> None:
    """Shorten the path, so that the folder can be removed."""
    while (inner := corpus / ("d" * 20)).exists():
        following = corpus / "next"
        if (inner / ("d" * 20)).exists():
            (inner / ("d" * 20)).rename(following)
        for one in inner.iterdir():
            one.unlink()
        inner.rmdir()
        if following.exists():
            following.rename(inner)


def _time(corpus: Path) -> None:
    for name, moment in (("a.jsonl", 2**62), ("b.jsonl", -(2**40))):
        try:
            os.utime(_paper(corpus / name), ns=(moment, moment))
        except (OverflowError, OSError):  # this file system does not keep such a time
            _paper(corpus / name)


def _sparse(corpus: Path) -> None:
    with (corpus / "a.jsonl").open("wb") as file:
        file.truncate(2_000_000_000)


def _pipe_instead(corpus: Path) -> None:
    (corpus / "a.jsonl").unlink()
    os.mkfifo(corpus / "a.jsonl")


def _folder_instead(corpus: Path) -> None:
    (corpus / "a.jsonl").unlink()
    (corpus / "a.jsonl").mkdir()


def _closed(name: str) -> Prepare:
    def prepare(corpus: Path) -> None:
        if name == "f":
            _paper(corpus / "f" / "a.jsonl")
        else:
            _paper(corpus / name)
        (corpus / name).chmod(0)

    return prepare


def _same_names(corpus: Path) -> None:
    _paper(corpus / "x" / "a.jsonl")
    (corpus / "y").mkdir()
    (corpus / "y" / "a.jsonl").symlink_to("../x/a.jsonl")


_ODD = os.fsdecode(b"b\xe9es\xff.jsonl")
_ODD_SHOWN = "b\\xe9es\\xff.jsonl"
_STEERING = "a\n\x1b[31m\u202e.jsonl"


def _papers(*parts: str) -> Prepare:
    return lambda corpus: _paper(corpus.joinpath(*parts))


def _link(target: str) -> Prepare:
    return lambda corpus: (corpus / "a.txt").symlink_to(target)


def _fault(name: str, prepare: Prepare, names: Sequence[str], told: str | None, needs: Needs = str, later: Prepare | None = None) -> Fault:
    return Fault("files", name, attempt(prepare, names, told, later=later), tries=3, needs=needs)


ON_DISK: Sequence[Fault] = (
    _fault("a pipe in a folder", lambda corpus: os.mkfifo(corpus / "a.jsonl"), ["a.jsonl"], "a pipe", _posix),
    _fault("a socket in a folder", lambda corpus: _socket(corpus / "a.jsonl"), ["a.jsonl"], "a socket", _posix),
    _fault("a link to a device without end", _link("/dev/zero"), ["a.txt"], "a device", _posix),
    _fault("a link to the terminal", _link("/dev/tty"), ["a.txt"], "a device", _posix),
    _fault("a link to a file of the system that waits", _link("/proc/kmsg"), ["a.txt"], "", _linux),
    _fault("two links that lead to each other", _loop, ["a.txt", "b.txt"], "leads back to itself", _posix),
    _fault("a link to nothing", _link("gone"), ["a.txt"], "link to nothing", _posix),
    _fault("folders that lead back to themselves", _round, ["in/a.jsonl"], None, _posix),
    _fault("two to the power of forty ways to one file", _ways, ["d00/" + "x/" * 39 + "a.jsonl"], None, _posix),
    Fault("files", "a path that is longer than the system takes", _too_deep, needs=_linux),
    _fault("a file 150 folders deep", _papers(*["d"] * 150, "a.jsonl"), ["d/" * 150 + "a.jsonl"], None),
    _fault("a file name that is not UTF-8", _papers(_ODD), [_ODD_SHOWN], None, _linux),
    _fault("a broken file under a name that is not UTF-8", lambda corpus: (corpus / _ODD).write_text("{"), [_ODD_SHOWN], "", _linux),
    _fault("a folder whose name is not UTF-8", _papers(os.fsdecode(b"\xff"), "a.jsonl"), ["\\xff/a.jsonl"], None, _linux),
    _fault("a file name with line breaks and escapes", _papers(_STEERING), [_STEERING], None, _posix),
    _fault("a file name of 255 bytes", _papers("a" * 249 + ".jsonl"), ["a" * 249 + ".jsonl"], None, _posix),
    _fault("a folder with the name of a table", _papers("a.csv", "b.jsonl"), ["a.csv/b.jsonl"], None),
    _fault("one file under two names", _same_names, ["x/a.jsonl"], None, _posix),
    _fault("a file that nobody may open", _closed("a.jsonl"), ["a.jsonl"], "Permission denied", _not_root),
    _fault("a folder that nobody may open", _closed("f"), ["f"], "Permission denied", _not_root),
    _fault("a file that is gone when it is read", _papers("a.jsonl"), [], "", later=lambda corpus: (corpus / "a.jsonl").unlink()),
    _fault("a file that is a pipe when it is read", _papers("a.jsonl"), ["a.jsonl"], "a pipe", _posix, _pipe_instead),
    _fault("a file that is a folder when it is read", _papers("a.jsonl"), [], "", later=_folder_instead),
    _fault("a file from the year 2116 and one from before 1970", _time, ["a.jsonl", "b.jsonl"], None),
    _fault("a file of 2 GB", _sparse, ["a.jsonl"], "at most 500 MB", _posix),
)
