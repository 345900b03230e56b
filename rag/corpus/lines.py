"""The lines of a large file as bytes, some at a time, counted and digested so that reading can be gone on with behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import BinaryIO

from rag.corpus.gate_limits import Batches


class Lines:
    """The lines of a file, taken a batch at a time; what was `kept` of them is counted and digested."""

    def __init__(self, file: BinaryIO, batches: Batches) -> None:
        self._file, self._batches = file, batches
        self._digest, self.bytes, self._digested = hashlib.sha256(), 0, 0
        self._waiting: list[bytes] = []
        self.long: dict[int, int] = {}  # bytes of the lines that are too long, by their place in what was taken
        self.ended = False

    @property
    def digest(self) -> str:
        """The SHA-256 of all lines that were kept."""
        return self._digest.hexdigest()

    def skip(self, size: int, digest: str) -> bool:
        """Go `size` bytes ahead; False where these are not those of a digest."""
        while self.bytes < size and (data := self._file.read(min(size - self.bytes, self._batches.bytes))):
            self._count(data)
        return self.bytes == size and self.digest == digest

    def take(self) -> list[bytes]:
        """The next lines, as many as a batch has; one that is too long is there as an empty line. All of them are to be kept."""
        self._digested = 0
        lines, size = self._begun()
        while not self.ended and size < self._batches.bytes and len(lines) < self._batches.records:
            line = self._next()
            if self._is_long(line):
                self.long[len(lines)] = self._pass_over(lines, line)
                line, self._digested = b"\n", len(lines) + 1
            lines += [line] if line else []
            size += len(line)
        return lines

    def take_table(self) -> tuple[list[bytes], int]:
        """The next lines, and how many of them a batch has; those after these are there for a row that runs over several lines.

        What is not kept comes again. At a line that is too long the file ends: which rows it belongs to cannot be told.
        """
        self._digested = 0
        lines, size = self._begun()
        least = 2 * self._batches.ahead
        while not self.ended and size < max(self._batches.bytes, least) and (len(lines) < self._batches.records or size < least):
            line = self._next()
            if self._is_long(line):
                self.long[len(lines)], self.ended = len(line), True
                break
            lines += [line] if line else []
            size += len(line)
        return lines, len(lines) if self.ended else self._before_end(lines)

    def keep(self, number: int) -> None:
        """Have done with the first lines that were taken."""
        self._count(b"".join(self._waiting[self._digested : number]))
        self._waiting = self._waiting[number:]

    def _begun(self) -> tuple[list[bytes], int]:
        """The lines that were taken before and not kept, to which others come, and their bytes."""
        self.long = {}
        return self._waiting, sum(map(len, self._waiting))

    def _next(self) -> bytes:
        line = self._file.readline(self._batches.line)
        self.ended = not line
        return line

    def _is_long(self, line: bytes) -> bool:
        return len(line) >= self._batches.line and not line.endswith(b"\n")

    def _before_end(self, lines: Sequence[bytes]) -> int:
        """How many lines stand before the last of them that are looked at only."""
        number, size = len(lines), 0
        while number > 1 and size < self._batches.ahead:
            number -= 1
            size += len(lines[number])
        return number

    def _pass_over(self, lines: Sequence[bytes], piece: bytes) -> int:
        """Read to the end of a line that is too long, keeping nothing of it; its length."""
        self._count(b"".join(lines[self._digested :]))
        size = 0
        while piece:
            self._count(piece)
            size += len(piece)
            piece = b"" if piece.endswith(b"\n") else self._file.readline(self._batches.line)
        return size

    def _count(self, data: bytes) -> None:
        self._digest.update(data)
        self.bytes += len(data)
