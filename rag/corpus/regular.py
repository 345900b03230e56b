"""Opening what is to be read: regular files only, looked at after they are open, so that no pipe or device is ever waited for."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rag.model import CorpusError

READABLE = "text listings, .jsonl, .json, .csv, .tsv, .bib, .ris"

# What is no table of rows is read whole and takes about five times its size in memory while it is: 500 MB are some 320,000 abstracts.
MAX_BYTES = 500_000_000

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_ADVICE = {
    errno.ENOENT: "It is gone, or a link to nothing: remove the link, or type rag index again",
    errno.ENOTDIR: "It is gone, or a link to nothing: remove the link, or type rag index again",
    errno.ELOOP: "It is a link that leads back to itself: remove it",
    errno.ENAMETOOLONG: "Its path is too long: move it to a folder nearer to the root",
    errno.EACCES: "Permit your user to read it, or take it out of the corpus",
    errno.EPERM: "Permit your user to read it, or take it out of the corpus",
}


@contextmanager
def open_regular(path: Path, most: int | None = MAX_BYTES) -> Iterator[tuple[BinaryIO, int]]:
    """A regular file, open for reading, and its size in bytes; a pipe or a device is closed again before anything is read.

    Raises CorpusError, a sentence without the file's name, where it is none, has more than `most` bytes (None: as many as it likes) or
    cannot be opened.
    """
    descriptor = _opened(path)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _refuse(status)
        check_size(status.st_size, most)
        yield file, status.st_size


def read_regular(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file as many as it had when it was opened; raises CorpusError as `open_regular` does."""
    with open_regular(path, most) as (file, size):
        return read_all(file, size)


def read_all(file: BinaryIO, size: int) -> bytes:
    """The first `size` bytes of an open file; raises CorpusError where the disk fails."""
    try:
        return file.read(size)
    except OSError as error:
        raise CorpusError(cannot_open(error)) from error


def cannot_open(error: OSError) -> str:
    """Why a file or folder cannot be opened, and what to do about it."""
    advice = _ADVICE.get(error.errno or 0, "")
    return f"cannot be opened: {error.strerror or error}" + (f". {advice}" if advice else "")


def is_folder(path: Path) -> bool:
    """True for a folder that can be seen; `Path.is_dir` raises for a path that is too long or may not be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """True for a regular file that can be seen."""
    try:
        return path.is_file()
    except OSError:
        return False


def _opened(path: Path) -> int:
    """A descriptor; where opening alone could wait or act (a device), the path is looked at before as well."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()
        _refuse(status)
        return os.open(path, _FLAGS)
    except OSError as error:
        raise CorpusError(cannot_open(error)) from error
    except ValueError as error:  # a NUL in the path
        raise CorpusError(f"cannot be opened: {error}") from error


def check_size(size: int, most: int | None = MAX_BYTES) -> None:
    """Raise CorpusError for more bytes than are read whole."""
    if most is not None and size > most:
        raise CorpusError(f"{size // 10**6:,} MB: at most {most // 10**6} MB are read; split it, e.g. with: split -l 100000")


def _refuse(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise CorpusError(f"not a file: what can be read is {READABLE}")
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a special file")
        raise CorpusError(f"{kind}, not a file: save what it holds in a file of its own, or take it out of the corpus")
