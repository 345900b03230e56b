"""Which files a corpus consists of, and what each is called wherever the corpus stands."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CorpusError
from rag.records import Problem

_SKIPPED = {
    re.compile(r"\."): "a hidden file",
    re.compile(r"(README|LICEN[CS]E|COPYING)(?![a-z])", re.IGNORECASE): "a note about the corpus, no part of it",
    re.compile(r".*(~|\.bak|\.swp|\.swo|\.orig|\.tmp)$|#.*#$", re.IGNORECASE): "an editor's backup",
    re.compile(r"(Thumbs\.db|desktop\.ini)$", re.IGNORECASE): "a file of the system",
}


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file of the corpus. `name` is its path below the given folder, with forward slashes, unique in the corpus."""

    path: Path
    name: str


def find_files(paths: Sequence[Path]) -> list[CorpusFile]:
    """The files below the given folders, and the given files, each once, sorted by name.

    Hidden files, backups and files named README or LICENSE are skipped (`find_skipped` lists them) unless they are
    given themselves. Where two files would have the same name, the names of the folders above them are put before it
    until they differ. Raises CorpusError where a path is not there.
    """
    names: dict[Path, str] = {}
    given = frozenset(paths)
    for path, name in _walk_all(paths):
        if not _reason_to_skip(path, name, given):
            names.setdefault(path.resolve(), name)
    return sorted((CorpusFile(path, name) for path, name in _unique(names).items()), key=lambda file: (file.name, file.path))


def find_skipped(paths: Sequence[Path]) -> list[Problem]:
    """The files below the given folders that `find_files` leaves out, each with the reason."""
    given = frozenset(paths)
    found = {path: (name, _reason_to_skip(path, name, given)) for path, name in _walk_all(paths)}
    return sorted((Problem(name, 0, f"skipped: {reason}") for name, reason in found.values() if reason), key=lambda problem: problem.file)


def _walk_all(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        check_there(path)
        yield from _walk(path, "", frozenset()) if path.is_dir() else [(path, _text(path.resolve().name))]


def check_there(path: Path) -> None:
    """Raise CorpusError, which says what to type, where there is no such file or folder or it may not be seen."""
    try:
        there = path.exists()
    except OSError as error:
        raise CorpusError(f"{path} cannot be opened: {error.strerror}") from error
    if not there:
        raise CorpusError(f"There is no {path}. Set RAG_CORPUS or type: rag index FOLDER")


def _walk(folder: Path, prefix: str, above: frozenset[Path]) -> Iterator[tuple[Path, str]]:
    """Every file below a folder with its name; links are followed, but not round in circles."""
    above |= {folder.resolve()}
    if not os.access(folder, os.R_OK | os.X_OK):
        yield folder, prefix.rstrip("/") or _text(folder.name)
        return
    for path in sorted(folder.iterdir()):
        name = prefix + _text(path.name)
        if not path.is_dir():
            yield path, name
        elif path.resolve() not in above:
            yield from _walk(path, f"{name}/", above)


def _reason_to_skip(path: Path, name: str, given: frozenset[Path]) -> str:
    if path.is_dir():
        return "a folder that may not be opened"
    if path in given:
        return ""
    if not path.is_file():
        return "not a file, or a link to nothing"
    for part in name.split("/"):
        for pattern, reason in _SKIPPED.items():
            if pattern.match(part):
                return reason
    return ""


def _text(name: str) -> str:
    """A file's name as text that can be stored, also where it is not valid in the system's encoding."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _unique(names: dict[Path, str]) -> dict[Path, str]:
    depth = 0
    longest = max((len(path.parts) for path in names), default=0)
    unique = dict(names)
    while depth < longest and (twice := {name for name, count in Counter(unique.values()).items() if count > 1}):
        depth += 1
        for path, name in unique.items():
            if name in twice:
                unique[path] = _longer(path, names[path], depth)
    return unique


def _longer(path: Path, name: str, depth: int) -> str:
    """The name with `depth` folders before it, as they stand in the resolved path above it."""
    above = path.parts[1 : max(1, len(path.parts) - len(name.split("/")))]
    return "/".join((*map(_text, above[-depth:]), name))
