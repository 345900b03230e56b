"""Seals: the length and SHA-256 of files that must not change, looked at before any library reads them.

A file that a library maps into memory and that was damaged can end the process by a signal, or answer wrongly without a word. So
lengths are compared at each opening, digests at the first opening after the machine was started or a file was touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.index.layout import REPAIR, remove, replace_text, sync
from rag.model import IndexDamagedError

# What readers may leave beside sealed files: tantivy's locks, which hold nothing.
_UNSEALED = (".tantivy-meta.lock", ".tantivy-writer.lock")
# Bytes above which a digest that was found right is remembered until the machine is started anew: 16 MB are read in 0.01 s.
_WORTH_REMEMBERING = 16_000_000
_OTHER = "{path} holds other bytes than were written. {repair}"


@dataclass(frozen=True, slots=True)
class Seal:
    """What a file must be: its length in bytes and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Seal:
        """The seal of a file as it is now."""
        with path.open("rb") as file:
            return cls(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Seal:
        """Read what `dataclasses.asdict` gave; raises KeyError, TypeError or ValueError where it is not that."""
        return cls(int(data["size"]), str(data["sha256"]))


def seal_folder(
    folder: Path, *, besides: Iterable[str] = (), base: Path | None = None, known: Mapping[str, Seal] | None = None
) -> dict[str, Seal]:
    """The seals of all files below a folder, by their path in it with forward slashes, but for those of the names `besides`.

    A file that is the same one as in the folder `base` keeps the seal that is `known` of it there, and is not read.
    """
    left_out, seals = {*_UNSEALED, *besides}, {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in left_out:
            name = _name(path, folder)
            kept = (known or {}).get(name) if base is not None and _is_same(path, base / name) else None
            seals[name] = kept or Seal.of(path)
    return seals


def _is_same(path: Path, other: Path) -> bool:
    with suppress(OSError):
        return path.samefile(other)
    return False


def check_folder(folder: Path, seals: Mapping[str, Seal], repair: str, *, besides: Iterable[str] = (), fully: bool = False) -> None:
    """Hold a folder against its seals; raises IndexDamagedError, which names the file, what is wrong with it and `repair`.

    Lengths always; digests unless they were right before and no file was touched since, and `fully` always.
    """
    known = {*seals, *besides}
    for path in sorted(folder.rglob("*")):
        name = _name(path, folder)
        if not path.is_dir() and name not in known and path.name not in _UNSEALED:
            raise IndexDamagedError(f"{path} is no part of the index. Remove it. {repair}")
    check_files({folder / name: seal for name, seal in seals.items()}, repair, fully=fully)


def check_files(seals: Mapping[Path, Seal], repair: str, *, fully: bool = False) -> None:
    """`check_folder` for files wherever they are."""
    memories = {path: _Memory(seal, _stamp(path, seal, repair)) for path, seal in seals.items()}  # all lengths before any digest
    for path, memory in memories.items():
        if not fully and memory.has():
            continue
        if _digest(path) != seals[path].sha256:
            raise IndexDamagedError(_OTHER.format(path=path, repair=repair))
        memory.keep()


# A SQLite file that this process may have open: reading it here and closing it would take SQLite's locks away, so a child does.


def check_apart(path: Path, beside: Path, repair: str) -> None:
    """Hold a SQLite file against the seal in the file `beside`, if there is one; raises IndexDamagedError."""
    while (seal := _read_seal(beside)) is not None and path.exists():
        try:
            memory = _Memory(seal, _stamp(path, seal, repair))
            if memory.has():
                return
            if _digest_apart(path, in_pieces=seal.sha256.startswith(_IN_PIECES)) != seal.sha256:
                raise IndexDamagedError(_OTHER.format(path=path, repair=repair))
            memory.keep()
            return
        except IndexDamagedError:
            if _read_seal(beside) == seal:
                raise  # else a writer has begun in between


def seal_apart(path: Path, beside: Path) -> None:
    """Write the seal of a SQLite file into the file `beside`; not done where the file cannot be read."""
    digest = _digest_apart(path)
    if digest:
        seal = Seal(path.stat().st_size, digest)
        text = f"{seal.size} {digest}"
        replace_text(beside, f"{text} {_sum(text)}\n")
        _Memory(seal, _stamp(path, seal, "")).keep()


def drop_unreadable(beside: Path) -> None:
    """Remove a seal that is damaged itself, so that what it sealed is looked through instead; only for the one writer."""
    try:
        _read_seal(beside)
    except IndexDamagedError:
        break_seal(beside)


def break_seal(beside: Path) -> None:
    """Remove a seal before what it seals is changed, so that also a power cut leaves none that is wrong."""
    if beside.exists():
        remove(beside)
        sync(beside.parent)


def _read_seal(beside: Path) -> Seal | None:
    """The seal in a file, None where there is none; raises IndexDamagedError where it cannot be read."""
    try:
        size, digest, total = beside.read_text(encoding="ascii").split()
        if total == _sum(f"{size} {digest}"):
            return Seal(int(size), digest)
        reason = "damaged"
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = str(error)
    raise IndexDamagedError(f"{beside} cannot be read ({reason}). {REPAIR}")


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# What the child does: threads read and digest pieces of 16 MB side by side, as far as there are cores.
_IN_PIECES = "16M-"
_PIECES = """
import hashlib, os, sys
from concurrent.futures import ThreadPoolExecutor

def digest(begin):
    with open(sys.argv[1], "rb") as file:
        file.seek(begin)
        return hashlib.sha256(file.read(2**24)).digest()

with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
    every = b"".join(threads.map(digest, range(0, os.path.getsize(sys.argv[1]), 2**24)))
print("16M-" + hashlib.sha256(every).hexdigest())
"""
_WHOLE = "import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest())"  # as earlier versions did


def _digest_apart(path: Path, *, in_pieces: bool = True) -> str:
    """The SHA-256 of a file, or of the SHA-256 of its pieces, read by a child; "" where it cannot be read."""
    line = [sys.executable, "-I", "-S", "-c", _PIECES if in_pieces else _WHOLE, str(path)]
    return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout.decode("ascii", "replace").strip()


def _stamp(path: Path, seal: Seal, repair: str) -> list[int]:
    """What changes when a file is touched. Raises IndexDamagedError where there is no such file of that length."""
    try:
        status = path.stat()
    except OSError as error:
        raise IndexDamagedError(f"{path} cannot be read ({error.strerror or error}). {repair}") from error
    if not stat.S_ISREG(status.st_mode):
        raise IndexDamagedError(f"{path} is not a file any more. {repair}")
    if status.st_size != seal.size:
        raise IndexDamagedError(f"{path} has {status.st_size:,} bytes where {seal.size:,} were written. {repair}")
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]  # not ctime: the next generation links to the file


def _digest(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


_right: set[str] = set()  # what this process found right


class _Memory:
    """That a file was right as it is. Of a large one this is kept in the user's cache folder until the machine is started anew.

    Readers write nothing into an index, and a damage that came without a touch is found at the next start.
    """

    def __init__(self, seal: Seal, stamp: Sequence[int]) -> None:
        self._key = hashlib.sha256(json.dumps([seal.sha256, *stamp]).encode()).hexdigest()
        self._large = seal.size > _WORTH_REMEMBERING

    def has(self) -> bool:
        return self._key in _right or (self._large and _boot() != "" and _read(self._path) == _boot())

    def keep(self) -> None:
        _right.add(self._key)
        if self._large and _boot():
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                _clear(self._path.parent)
                replace_text(self._path, _boot())

    @property
    def _path(self) -> Path:
        return Path("~/.cache/abstract-rag/sealed").expanduser() / self._key[:32]


def _clear(notes: Path) -> None:
    """Remove the notes from before the machine was started: they say nothing any more."""
    for note in notes.iterdir():
        if _read(note) != _boot():
            remove(note)


def _boot() -> str:
    return _read(Path("/proc/sys/kernel/random/boot_id"))


def _read(path: Path) -> str:
    with suppress(OSError, ValueError):
        return path.read_text(encoding="ascii").strip()
    return ""
