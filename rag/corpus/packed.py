"""Files that are packed with gzip or zstd: a stream of bytes that takes the memory of a block, however much a file unpacks to."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from rag.corpus.regular import cannot_open
from rag.model import CorpusError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SUFFIXES = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_MARKS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}

# Metadata unpack to 3 to 15 times their size; a bomb to a thousand times and more.
MOST_TIMES = 100
_ALWAYS = 16_000_000  # bytes that any packed file may unpack to
_BLOCK = 1_000_000
_STEP = 64_000  # bytes that are unpacked at a time: so many before a broken place may be lost with it


def packing_of(beginning: bytes) -> str:
    """ "gzip" or "zstd" by the first bytes of a file; "" for one that is not packed so."""
    return next((name for mark, name in _MARKS.items() if beginning.startswith(mark)), "")


def plain_name(name: str) -> str:
    """The name that a file has when it is unpacked: "works.jsonl" for "works.jsonl.gz"."""
    suffix = PurePosixPath(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in _SUFFIXES else name


class Digested(io.RawIOBase):
    """The first `size` bytes of a file, counted and digested as they are read; raises CorpusError where the disk fails."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left, self._digest = file, size, hashlib.sha256()
        self.read_bytes = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """The next bytes; 0 at the end."""
        view = memoryview(buffer).cast("B")
        try:
            data = self._file.read(min(len(view), self._left))
        except OSError as error:
            raise CorpusError(cannot_open(error)) from error
        view[: len(data)] = data
        self._digest.update(data)
        self._left -= len(data)
        self.read_bytes += len(data)
        return len(data)

    def whole_digest(self) -> str:
        """The SHA-256 of all bytes, after reading those that nobody has asked for."""
        while self.read(_BLOCK):
            pass
        return self._digest.hexdigest()


class Unpacked(io.RawIOBase):
    """What a packed file unpacks to. Where it is broken or a bomb, it ends there, and `failure` says why ("" otherwise)."""

    def __init__(self, packed: Digested, packing: str, size: int) -> None:
        self._source = _unpacker(packed, packing)
        self._packing, self._left = packing, _ALWAYS + MOST_TIMES * size
        self.failure = ""

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """The next bytes; 0 at the end."""
        view = memoryview(buffer).cast("B")
        data = b"" if self.failure else self._next(len(view))
        view[: len(data)] = data
        return len(data)

    def _next(self, most: int) -> bytes:
        try:
            data = bytes(self._source.read(min(most, _STEP)))
        except (OSError, EOFError, zlib.error, ValueError, MemoryError) as error:  # spoilt data may ask for any amount of memory
            self.failure = f"broken {self._packing} data ({str(error)[:100]}): what stands behind it is not read; fetch the file again"
            return b""
        self._left -= len(data)
        if self._left < 0:
            self.failure = f"it unpacks to more than {MOST_TIMES} times its size: the rest is not read; unpack it first"
            return b""
        return data


def _unpacker(packed: Digested, packing: str) -> IO[bytes]:
    if packing == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=io.BufferedReader(packed, _BLOCK), mode="rb"))
    source: IO[bytes] = arrow().CompressedInputStream(packed, "zstd")
    return source


def arrow() -> Any:
    """The module pyarrow, which takes 50 MB of memory: imported only where a file needs it."""
    os.putenv("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others reserve a gigabyte, which a limit of memory counts
    import pyarrow

    return pyarrow
