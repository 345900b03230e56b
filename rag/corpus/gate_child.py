"""The reading process: reads one file after the other for the gate, holding itself to what each may cost."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from rag.corpus.batches import Point
from rag.corpus.draft import Reading
from rag.corpus.gate_limits import Limits, memory_now, message_of, no_core_files, read_frame, write_frame
from rag.corpus.opening import Streamed, Whole, open_rows
from rag.corpus.packed import Digested
from rag.corpus.reading import read_bytes
from rag.corpus.regular import MAX_BYTES, open_regular
from rag.model import CorpusError, Problem, dumps

_BATCH = 1_000_000  # characters of answer after which a frame is sent
_ENTRIES = 500  # of a frame
_REQUEST = 64_000_000  # bytes of a request without its data: columns that a user named, a path
# What a large file leaves behind, in pieces that cannot be given back, would count against the next small one.
_WORN = 100_000_000  # bytes


def main() -> None:
    """Answer requests until the pipe is closed; one that took much memory is the last, and the gate starts a fresh process."""
    requests, replies = _pipes()
    no_core_files()
    try:
        limits = Limits.from_dict(message_of(read_frame(requests, _REQUEST)))
        while True:
            _serve(message_of(read_frame(requests, _REQUEST)), limits, requests, replies)
            if memory_now() > _WORN:
                return
    except (EOFError, OSError):
        return  # whoever asked has ended


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """What came as standard input and output; a library that reads or prints gets nothing of it."""
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return os.fdopen(requests, "rb"), os.fdopen(replies, "wb")


def _serve(request: Mapping[str, Any], limits: Limits, requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer one request in frames: what the file is, its abstracts, and the rest; or why it cannot be read."""
    worn = False
    try:
        for frame in _answer(request, limits, requests):
            write_frame(replies, frame)
        return
    except CorpusError as error:
        failed = str(error)
    except MemoryError:
        failed, worn = "memory", True
    except RecursionError:
        failed = "nested too deeply to be read: flatten it, or leave it out"
    except (EOFError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - a reader that fails on one file must not keep the others from being read
        failed = f"the reader failed on it ({type(error).__name__}: {str(error)[:200]}): leave it out, and report this as a fault"
    write_frame(replies, {"failed": failed, "worn": worn})
    if worn:
        raise EOFError


def _answer(request: Mapping[str, Any], limits: Limits, requests: IO[bytes]) -> Iterator[Mapping[str, Any] | bytes]:
    if "size" in request:
        limits.hold(request["size"])
        data = read_frame(requests, request["size"])
        yield from _whole(request, Whole(data, hashlib.sha256(data).hexdigest()))
        return
    with open_regular(Path(request["path"]), None) as (file, size):
        limits.hold(_held(size, limits))
        if request["known"] and Digested(file, size).whole_digest() == request["known"]:
            yield {"size": size, "sha256": request["known"]}
            yield {"same": True}
            return
        asked = {name: request[name] for name in ("name", "shape", "columns")}
        found = open_rows(file, size, limits.batch, **asked, point=_point(request["point"]))
        if isinstance(found, Whole):
            if not found.packing:  # what unpacks takes memory that no file has to answer for
                limits.hold(len(found.data))
            yield from _whole(request, found)
        else:
            yield from _batches(found, size, limits)


def _held(size: int, limits: Limits) -> int:
    """What opening a file, or a batch of it, may cost: as much as so many bytes."""
    return max(min(size, MAX_BYTES), limits.batch.bytes + limits.batch.line)


def _point(stored: Mapping[str, Any] | None) -> Point | None:
    """The point to begin at; None for the beginning, and for one that another version wrote."""
    try:
        return Point.from_dict(stored) if stored else None
    except (KeyError, TypeError, ValueError):
        return None


def _whole(request: Mapping[str, Any], found: Whole) -> Iterator[Mapping[str, Any] | bytes]:
    yield {"size": len(found.data), "sha256": found.sha256}
    reading = read_bytes(found.data, name=request["name"], shape=request["shape"], columns=request["columns"])
    failed = [Problem(request["name"], 0, found.failure)] if found.failure else []
    yield from _abstracts(reading)
    problems = json.loads(dumps((*failed, *reading.problems)))
    yield {"end": True, "shape": reading.shape, "columns": dict(reading.columns), "problems": problems}


def _batches(found: Streamed, size: int, limits: Limits) -> Iterator[Mapping[str, Any] | bytes]:
    """A batch is worked out before any of it is sent: while it is stored, the next one is worked out."""
    yield {"batches": found.reader.point.shape, "anew": found.anew}
    limits.hold(limits.batch.bytes + limits.batch.line)
    for part in found.reader.parts():
        for place in range(0, len(part.entries), _ENTRIES):
            yield "\n".join(one.line() for one in part.entries[place : place + _ENTRIES]).encode("utf-8", "surrogatepass")
        digest = found.end() if part.last else ""
        told = json.loads(dumps(found.reader.problems.all())) if part.last else []
        numbers = {"size": part.size, "done": found.done, "of": size, "sha256": digest}
        yield {"batch": numbers, "point": part.point.to_dict(), "columns": dict(part.columns), "problems": told}
        limits.hold(limits.batch.bytes + limits.batch.line)


def _abstracts(reading: Reading) -> Iterator[bytes]:
    """The abstracts as frames of about a megabyte, made as they are sent."""
    batch, length = [], 0
    for abstract in reading.abstracts:
        batch.append(dumps(abstract))
        length += len(batch[-1])
        if length > _BATCH:
            yield _frame(batch)
            batch, length = [], 0
    if batch:
        yield _frame(batch)


def _frame(batch: list[str]) -> bytes:
    return ('{"abstracts":[' + ",".join(batch) + "]}").encode("utf-8", "surrogatepass")
