"""Which parts of a SQLite file were changed, read from its write-ahead log (https://www.sqlite.org/fileformat2.html#walformat)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_HEADER, _FRAME_HEADER = 32, 24  # bytes
_PAGE_SIZE = slice(8, 12)  # of the header, big-endian


class ChangedPages:
    """The pages that were written to a file since its log was empty.

    SQLite changes the file by taking in its log, and begins the log again once all is taken in. Its header is another one then, so as
    long as it is the same, the log holds every page that was changed, whatever of it was taken in already.
    """

    def __init__(self, database: Path) -> None:
        """Begin, with a log that is empty."""
        self._path = database.with_name(database.name + "-wal")
        self._header = b""

    def note(self) -> None:
        """Remember which log it is; after the first commit."""
        self._header = self._header or self._read_header()

    def offsets(self) -> list[int] | None:
        """Where the changed pages begin in the file, in bytes; None where that is not known. Nobody may be writing."""
        header = self._read_header()
        if len(header) < _HEADER or header != self._header:
            return None
        page = int.from_bytes(header[_PAGE_SIZE], "big")
        frames = (self._path.stat().st_size - _HEADER) // (_FRAME_HEADER + page)
        if not frames:
            return []
        rows = np.memmap(self._path, dtype=np.uint8, mode="r", offset=_HEADER, shape=(frames, _FRAME_HEADER + page))
        numbers = np.unique(np.ascontiguousarray(rows[:, :4]).view(">u4"))  # the first is 1; frames of an earlier log do no harm
        return [(int(number) - 1) * page for number in numbers if number]

    def _read_header(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                return file.read(_HEADER)
        except OSError:
            return b""
