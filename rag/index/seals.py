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
            if _digest_apart(path, seal.sha256) != seal.sha256:
                raise IndexDamagedError(_OTHER.format(path=path, repair=repair))
            memory.keep()
            return
        except IndexDamagedError:
            if _read_seal(beside) == seal:
                raise  # else a writer has begun in between


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a sealed file was: its length in bytes, and the SHA-256 of each of its pieces."""

    size: int
    digests: Sequence[bytes]


def known_pieces(beside: Path) -> Pieces | None:
    """The pieces of a SQLite file as its seal in `beside` has them; None where they are not kept."""
    with suppress(OSError, IndexDamagedError):
        seal, data = _read_seal(beside), _kept_pieces(beside).read_bytes()
        if seal is not None and seal.sha256 == _of_pieces([data]):
            return Pieces(seal.size, [data[at : at + _DIGEST] for at in range(0, len(data), _DIGEST)])
    return None


def seal_apart(path: Path, beside: Path, before: Pieces | None = None, changed: Iterable[int] = ()) -> None:
    """Write the seal of a SQLite file into the file `beside`; not done where the file cannot be read.

    With what it was `before`, only those pieces are read that are new or `changed`: at these places, in bytes.
    """
    size, piece = path.stat().st_size, _PIECES[_IN_PIECES]
    count = -(-size // piece)
    known = list(before.digests) if before is not None and before.size <= size else []
    again = {at // piece for at in changed} | set(range(max(0, len(known) - 1), count))  # the last one may have been a part of one
    fresh = _digests_apart(path, sorted(one for one in again if one < count), piece)
    if fresh is None:
        return
    digests = [fresh.get(place) or known[place] for place in range(count)]
    if count >= _MANY_PIECES:
        _kept_pieces(beside).write_bytes(b"".join(digests))
    seal = Seal(size, _of_pieces(digests))
    text = f"{seal.size} {seal.sha256}"
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


_DIGEST = 32  # bytes
# How a digest of the digests of pieces begins, and how many bytes a piece has. What is added to a large file changes pages all over it.
_PIECES = {"64k-": 2**16, "16M-": 2**24}
_IN_PIECES = "64k-"  # as pieces are written now
_MANY_PIECES = 1024  # that are worth keeping: fewer are read in a moment
# What the child does: threads read and digest runs of the pieces that it is told side by side, as far as there are cores.
_CHILD = """
import hashlib, json, os, sys
from concurrent.futures import ThreadPoolExecutor

path, size, pieces = json.load(sys.stdin)
runs, most = [], max(1, 2**24 // size)
for piece in pieces:
    if runs and runs[-1][0] + runs[-1][1] == piece and runs[-1][1] < most:
        runs[-1][1] += 1
    else:
        runs.append([piece, 1])

def digests(run):
    with open(path, "rb") as file:
        file.seek(run[0] * size)
        read = memoryview(file.read(run[1] * size))
    return b"".join(hashlib.sha256(read[at : at + size]).digest() for at in range(0, len(read), size))

with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
    sys.stdout.buffer.write(b"".join(threads.map(digests, runs)))
"""
_WHOLE = """
import hashlib, json, sys
with open(json.load(sys.stdin)[0], "rb") as file:
    sys.stdout.buffer.write(hashlib.file_digest(file, "sha256").digest())
"""  # as the first versions did


def _digest_apart(path: Path, like: str = _IN_PIECES) -> str:
    """The SHA-256 of a file, or of those of its pieces, as a digest `like` this one, read by a child; "" where it cannot be read."""
    prefix = next((one for one in _PIECES if like.startswith(one)), "")
    if not prefix:
        return _told(_WHOLE, path).hex()
    size = _PIECES[prefix]
    digests = _digests_apart(path, range(-(-path.stat().st_size // size)), size)
    return "" if digests is None else _of_pieces(digests.values(), prefix)


def _digests_apart(path: Path, pieces: Iterable[int], size: int) -> dict[int, bytes] | None:
    """The SHA-256 of each of some pieces of a file, in order, read by a child; None where they cannot be read."""
    wanted = list(pieces)
    told = _told(_CHILD, path, size, wanted)
    if len(told) != _DIGEST * len(wanted):
        return None
    return {place: told[at * _DIGEST : (at + 1) * _DIGEST] for at, place in enumerate(wanted)}


def _told(code: str, path: Path, *given: object) -> bytes:
    """What a child says of a file; nothing where it fails."""
    line, said = [sys.executable, "-I", "-S", "-c", code], json.dumps([str(path), *given]).encode()
    done = subprocess.run(line, input=said, capture_output=True, check=False)
    return done.stdout if not done.returncode else b""


def _of_pieces(digests: Iterable[bytes], prefix: str = _IN_PIECES) -> str:
    return prefix + hashlib.sha256(b"".join(digests)).hexdigest()


def _kept_pieces(beside: Path) -> Path:
    return beside.with_suffix(".pieces")


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
