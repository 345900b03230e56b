"""How a file is to be read: whole, as its bytes, or in batches, as the lines of a table; packed or not."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from rag.corpus.batches import STREAMED, BatchReader, Point
from rag.corpus.files import decode, is_wide
from rag.corpus.gate_limits import Batches
from rag.corpus.lines import Lines
from rag.corpus.packed import Digested, Unpacked, packing_of
from rag.corpus.parquet import MARK, PARQUET, ParquetRows
from rag.corpus.reading import LISTING, detect_kind, extension_kind
from rag.corpus.regular import READABLE, check_size
from rag.model import CorpusError

_SAMPLE = 1_000_000  # bytes by which it is told what a large file is


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that is read whole: what it unpacks to, the SHA-256 of its own bytes, and why it ends before its end ("" if it does not)."""

    data: bytes
    sha256: str
    packing: str = ""
    failure: str = ""


class Streamed:
    """A large file of rows. `anew` is False where it is gone on with at the point that was given."""

    def __init__(self, opened: _Opened, reader: BatchReader, *, anew: bool) -> None:
        self._opened, self.reader, self.anew = opened, reader, anew

    @property
    def done(self) -> int:
        """Bytes of the file that were read."""
        source = self._opened.rows
        read, size = self._opened.digested.read_bytes, self._opened.size
        return read if source is None else min(size * source.bytes // max(source.total, 1), size)

    def end(self) -> str:
        """The SHA-256 of the file's bytes; notes what broke it off."""
        if failure := self._opened.failure:
            self.reader.problems.add(0, failure)
        return self._opened.digested.whole_digest()


class _Opened:
    """An open file from its beginning: its bytes as they are counted, and as they are read."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        file.seek(0)
        beginning = file.read(4)
        self.packing, self.is_parquet = packing_of(beginning), beginning == MARK
        file.seek(0)
        self.file, self.size = file, size
        self.rows: ParquetRows | None = None
        self.digested = Digested(file, size)
        self._unpacked = Unpacked(self.digested, self.packing, size) if self.packing else None
        self.bytes = io.BufferedReader(self._unpacked or self.digested, _SAMPLE)

    @property
    def failure(self) -> str:
        """Why a packed file ends before its end."""
        return self._unpacked.failure if self._unpacked else ""


def open_rows(
    file: BinaryIO, size: int, batches: Batches, *, name: str, shape: str | None, columns: Mapping[str, str] | None, point: Point | None
) -> Whole | Streamed:
    """How an open file of `size` bytes is to be read; from `point` where the bytes before that are as they were.

    Raises CorpusError, a sentence without the file's name, for one that is too large to be read whole and is no table of rows, or is
    packed and neither.
    """
    opened = _Opened(file, size)
    if opened.is_parquet:
        return _parquet(opened, batches, name=name, columns=columns, point=point)
    sample = opened.bytes.read(batches.whole + 1)
    if len(sample) <= batches.whole:
        return Whole(sample, opened.digested.whole_digest(), opened.packing, opened.failure)
    sample += opened.bytes.read(_SAMPLE)
    found = _shape(sample[: sample.rfind(b"\n") + 1], opened.packing, name=name, shape=shape, columns=columns)
    if found not in STREAMED:
        if opened.packing:
            raise CorpusError(f"a {opened.packing} archive, and no table of rows in it: unpack it first; what can be read is {READABLE}")
        check_size(size)
        return _whole(_Opened(file, size))
    return _streamed(lambda: _Opened(file, size), batches, name=name, shape=found, columns=columns, point=point)


def _parquet(opened: _Opened, batches: Batches, *, name: str, columns: Mapping[str, str] | None, point: Point | None) -> Streamed:
    """A Parquet file, whose bytes are all needed to read any: it is gone on with where all are as they were."""
    digest = opened.digested.whole_digest()
    opened.file.seek(0)
    anew = point is None or point.shape != PARQUET or point.digest != digest
    if anew or point is None:
        point = Point(PARQUET)
    opened.rows = ParquetRows(opened.file, batches, digest, columns, point.bytes)
    return Streamed(opened, BatchReader(opened.rows, name, point, columns), anew=anew)


def _whole(opened: _Opened) -> Whole:
    data = opened.bytes.read()
    return Whole(data, opened.digested.whole_digest())


def _shape(sample: bytes, packing: str, *, name: str, shape: str | None, columns: Mapping[str, str] | None) -> str:
    """The shape of a file by its first lines; "" where they are no text that can be read in batches."""
    if not sample or is_wide(sample):
        return ""
    try:
        text, _ = decode(sample)
    except CorpusError as error:
        if packing:
            raise CorpusError(f"a {packing} archive, and in it: {error}") from error
        return ""  # told when it is read whole, as a small one is
    found = shape or detect_kind(text, name, columns or {})
    return extension_kind(name) or found if found == LISTING else found


def _streamed(
    begin: Callable[[], _Opened],
    batches: Batches,
    *,
    name: str,
    shape: str,
    columns: Mapping[str, str] | None,
    point: Point | None,
) -> Streamed:
    opened = begin()
    lines = Lines(opened.bytes, batches)
    anew = point is None or point.shape != shape or not lines.skip(point.bytes, point.digest)
    if anew or point is None:
        opened = begin()
        lines, point = Lines(opened.bytes, batches), Point(shape)
    return Streamed(opened, BatchReader(lines, name, point, columns), anew=anew)
