"""The reading process: reads one file after the other for the gate, holding itself to what each may cost."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from rag.corpus.draft import Reading
from rag.corpus.gate_limits import Limits, memory_now, message_of, no_core_files, read_frame, write_frame
from rag.corpus.reading import read_bytes
from rag.corpus.regular import MAX_BYTES, open_regular, read_all
from rag.model import CorpusError, dumps

_BATCH = 1_000_000  # characters of answer after which a frame is sent
_REQUEST = 64_000_000  # bytes of a request without its data: columns that a user named, a path
# What a large file leaves behind, in pieces that cannot be given back, would count against the next small one.
_WORN = 100_000_000  # bytes


def main() -> None:
    """Answer requests until the pipe is closed; one that took much memory is the last, and the gate starts a fresh process."""
    requests, replies = _pipes()
    no_core_files()
    try:
        limits = Limits(**message_of(read_frame(requests, _REQUEST)))
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
    data = _data(request, limits, requests)
    digest = hashlib.sha256(data).hexdigest()
    yield {"size": len(data), "sha256": digest}
    if digest == request["known"]:
        yield {"same": True}
        return
    reading = read_bytes(data, name=request["name"], shape=request["shape"], columns=request["columns"])
    del data
    yield from _abstracts(reading)
    yield {"end": True, "shape": reading.shape, "columns": dict(reading.columns), "problems": json.loads(dumps(reading.problems))}


def _data(request: Mapping[str, Any], limits: Limits, requests: IO[bytes]) -> bytes:
    if "size" in request:
        limits.hold(request["size"])
        return read_frame(requests, request["size"])
    with open_regular(Path(request["path"]), MAX_BYTES) as (file, size):
        limits.hold(size)
        return read_all(file, size)


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
