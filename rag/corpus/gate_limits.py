"""What the reading of one file may cost, and the frames in which the reading process is asked and answers."""

from __future__ import annotations

import json
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

if sys.platform != "win32":
    import resource

_LENGTH = struct.Struct(">I")
_BASE = 1_000_000


@dataclass(frozen=True, slots=True)
class Batches:
    """How a large file of records is read: `records` or `bytes` at a time, whichever is less; one of up to `whole` bytes at once.

    A batch is what a kill can cost, and what memory is needed for.
    """

    records: int = 10_000
    bytes: int = 16 * _BASE
    whole: int = 16 * _BASE
    line: int = 16 * _BASE  # the longest that is read
    ahead: int = _BASE  # bytes that are looked at beyond a batch of a table, whose rows may run over several lines


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading a file may cost: a part that every file has, and one that grows with its size.

    Honest files take 4 to 13 times their size of memory (45 times where nothing but titles is in them), 0.2 to 2.5 seconds a MB and 2 to
    30 times their size of answer. Processor time is counted, not time on the clock, so that a busy machine fails no file; `patience`
    (seconds on the clock) is for a reading process that neither works nor ends. Of a file that is read in batches, each batch may cost
    as much as a file of its size.
    """

    memory: int = 300 * _BASE  # bytes, the interpreter included
    memory_per_byte: int = 30
    seconds: float = 3.0  # on the processor
    seconds_per_megabyte: float = 10.0
    answer: int = 64 * _BASE  # bytes
    answer_per_byte: int = 40
    patience: float = 900.0
    patience_per_second: float = 20.0  # of the processor: as if twenty others were at work beside it
    batch: Batches = field(default_factory=Batches)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Limits:
        """The limits from their `asdict`."""
        return cls(**{**data, "batch": Batches(**data["batch"])})

    def memory_of(self, size: int) -> int:
        """The bytes of memory for a file of `size` bytes."""
        return self.memory + self.memory_per_byte * size

    def seconds_of(self, size: int) -> float:
        """The seconds on the processor."""
        return self.seconds + self.seconds_per_megabyte * size / _BASE

    def answer_of(self, size: int) -> int:
        """The bytes of an answer."""
        return self.answer + self.answer_per_byte * size

    def patience_of(self, size: int) -> float:
        """The seconds on the clock."""
        return self.patience + self.patience_per_second * self.seconds_of(size)

    def hold(self, size: int) -> None:
        """Hold this process to what a file of `size` bytes may cost from now on; what it has used before does not count."""
        if sys.platform != "win32":  # which has no such limits
            # Counted in whole seconds by the system: the file gets the second that has begun as well.
            _lower(resource.RLIMIT_CPU, int(time.process_time() + self.seconds_of(size)) + 1)
            _lower(resource.RLIMIT_DATA, self.memory_of(size))


def _lower(kind: int, value: int) -> None:
    """Set a limit that can be raised again for the next file; one that the system set lower stays."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(kind)
        with suppress(OSError, ValueError):  # a sandbox that forbids it has limits of its own
            resource.setrlimit(kind, (value if most == resource.RLIM_INFINITY else min(value, most), most))


def no_core_files() -> None:
    """A process that is ended for what it costs leaves no copy of its memory on the disk."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def memory_now() -> int:
    """The bytes that the limit of memory counts now; 0 where the system does not say."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as file:
            return next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:")), 0)
    except OSError:
        return 0


# Frames: the length of what follows in four bytes, then JSON in UTF-8 (with half characters, which a hostile file name may have).


class Overlong(Exception):  # noqa: N818 - it is told to the user as what it is, not as an error of ours
    """An answer is longer than it may be."""


def write_frame(stream: IO[bytes], message: Mapping[str, Any] | bytes) -> None:
    """Write a message; raises OSError where nobody reads."""
    data = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: IO[bytes], most: int) -> bytes:
    """The next frame's content; raises EOFError at the end of the stream, Overlong for one of more than `most` bytes."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > most:
        raise Overlong(length)
    return _exactly(stream, length)


def message_of(frame: bytes) -> dict[str, Any]:
    """The JSON object in a frame; raises ValueError where it is none."""
    message = json.loads(frame.decode("utf-8", "surrogatepass"))
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return message


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
