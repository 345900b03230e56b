"""The distinct words of a word index, for those that have some letters inside: its own dictionaries would be gone through word by word,
once a segment.

A list is files of words, one a line. What is added becomes a file of its own, into which files not much larger are merged, so that there
are few of them and each word is written a few times in all; a word may stand in several.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from rag.model import IndexDamagedError

_FILES = "*.words"
_TIER = 4  # a file of fewer times as many bytes as what is added is merged with it
_MOST = 2_000  # words that are told; of more, the dictionaries are gone through as fast


class WordList:
    """The words in a folder's files, read when they are first asked for. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Look at a folder, which may have none."""
        self._folder = folder

    def having(self, letters: str, *, last: bool) -> list[str] | None:
        """The words that have some letters inside, or at their end where `last`, each once; None where there are very many.

        Raises IndexDamagedError where a file cannot be read.
        """
        wanted = f"{letters}\n" if last else letters
        found: dict[str, None] = {}
        place = self._lines.find(wanted)
        while place >= 0:
            end = self._lines.index("\n", place)
            found[self._lines[self._lines.rindex("\n", 0, place) + 1 : end]] = None
            if len(found) > _MOST:
                return None
            place = self._lines.find(wanted, end)
        return list(found)

    @cached_property
    def _lines(self) -> str:
        return "\n" + "".join(_read(path) for path in sorted(self._folder.glob(_FILES)))


def add_words(folder: Path, words: set[str]) -> None:
    """Have some words in a folder's list too; files that are there may be shared with other folders: they are removed, never changed."""
    if not words:
        return
    there = sorted(folder.glob(_FILES), key=lambda path: path.stat().st_size)
    number = max((int(path.stem) for path in there), default=0) + 1
    lines, merged = _lines_of(words), []
    for path in there:
        if path.stat().st_size >= _TIER * len(lines):
            break
        words = words.union(_read(path).split("\n")) - {""}
        lines = _lines_of(words)
        merged.append(path)
    with (folder / f"{number:08d}.words").open("xb") as file:
        file.write(lines)
    for path in merged:
        path.unlink()


def _lines_of(words: set[str]) -> bytes:
    return "".join(f"{word}\n" for word in sorted(words)).encode()


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, ValueError) as error:
        raise IndexDamagedError(f"{path} cannot be read ({error}). Type: rag index") from error
