"""The one way in which files of a corpus are read: in a process beside this one, which may not cost more than a file of its size does.

What breaks a limit is one problem of one file, and the next file is read by a fresh process. A large file of rows comes in batches.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from rag.corpus.draft import Problems, Reading
from rag.corpus.entries import Entry
from rag.corpus.gate_limits import Limits, message_of
from rag.corpus.gate_process import Ended, ReadingProcess, too_much
from rag.corpus.packed import Digested
from rag.corpus.reading import check_asked, unreadable
from rag.corpus.regular import open_regular
from rag.model import Abstract, CorpusError, Problem

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: the SHA-256 of the bytes that were read, "" where none were, and what they say, None where they are known."""

    sha256: str
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some entries of a large file, in its order, and `point`, from where reading goes on after them.

    `first` is how many entries the file gave before these. Where `anew`, the file is read from its beginning although a point was
    given: it has changed before that. `done` of `size` bytes are read. The last batch has the file's digest; "" where it could not be
    read to its end by a fault that is not the file's. Only the last one has `problems`.
    """

    entries: tuple[Entry, ...]
    first: int
    point: Mapping[str, Any]
    shape: str
    anew: bool = False
    done: int = 0
    size: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    last: bool = False
    sha256: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Answer:
    """What has been answered so far about one file, or one batch of it: `taken` bytes, where what is allowed goes by `size`."""

    size: int = 0
    taken: int = 0
    sha256: str = ""
    abstracts: list[Abstract] = field(default_factory=list)
    shape: str = ""  # of a file that comes in batches
    anew: bool = False
    entries: list[Entry] = field(default_factory=list)


Parts: TypeAlias = Generator[Taken | Batch, None, None]


class Gate:
    """Reads files one after the other in a process of its own, started with the first of them. For one thread at a time.

    No content of a file raises anything: what cannot be read, or costs more than `limits`, is a problem of the reading. `command` is what
    is started; it answers as `rag.corpus.gate_child` does.
    """

    def __init__(self, limits: Limits = _LIMITS, command: tuple[str, ...] = ()) -> None:
        self._limits, self._process = limits, ReadingProcess(limits, command)

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def parts(
        self,
        path: Path,
        *,
        name: str,
        shape: str | None = None,
        columns: Mapping[str, str] | None = None,
        known: str = "",
        point: Mapping[str, Any] | None = None,
    ) -> Parts:
        """What a file says, called `name` in its sources: one `Taken`, or of a large file of rows batches, to a last one.

        Nothing but its digest where that is `known`. Batches begin at `point`, where an earlier reading stopped. Raises CorpusError only
        for a shape or a field that does not exist.
        """
        check_asked(shape, columns)
        asked = {"path": str(path), "name": name, "shape": shape, "columns": dict(columns) if columns else None, "known": known}
        return self._parts({**asked, "point": dict(point) if point else None}, None)

    def read(self, path: Path, *, name: str, shape: str | None = None, columns: Mapping[str, str] | None = None, known: str = "") -> Taken:
        """As `parts`, all of it at once."""
        abstracts: list[Abstract] = []
        for part in self.parts(path, name=name, shape=shape, columns=columns, known=known):
            if isinstance(part, Taken):
                return part
            abstracts += (one.abstract() for one in part.entries)
            if part.last:
                return Taken(part.sha256, Reading(name, part.shape, tuple(abstracts), part.problems, part.columns))
        raise AssertionError("parts end with a Taken or a last batch")

    def read_upload(self, data: bytes, *, name: str, shape: str | None = None) -> Reading:
        """What some bytes say; raises CorpusError only for a shape that does not exist."""
        check_asked(shape)
        request = {"size": len(data), "name": name, "shape": shape, "columns": None, "known": ""}
        (taken,) = self._parts(request, data)
        return taken.reading or unreadable(name, "empty") if isinstance(taken, Taken) else unreadable(name, "too large")

    @property
    def process(self) -> int | None:
        """The number of the reading process; None where none runs."""
        return self._process.number

    def close(self) -> None:
        """End the reading process."""
        self._process.close()

    def _parts(self, request: Mapping[str, Any], data: bytes | None) -> Parts:
        """Ask, and once more from where it stopped where the process was ended by somebody else."""
        tries = 2
        while True:
            answer = _Answer(len(data or b""))
            try:
                for part in self._asked(request, data, answer):
                    if isinstance(part, Batch):
                        request, tries = {**request, "point": part.point, "known": ""}, 2
                    yield part
                return
            except Ended as ended:
                self.close()
                tries -= 1
                if not (tries and ended.again):
                    yield _broken_off(request, answer, ended)
                    return
            except BaseException:
                self.close()  # what it answers now would be taken for the next file's
                raise

    def _asked(self, request: Mapping[str, Any], data: bytes | None, answer: _Answer) -> Parts:
        with self._process.waited_for(answer.size):
            self._process.ask(request, data)
        while True:
            with self._process.waited_for(answer.size):
                frame = self._process.frame(self._limits.answer_of(answer.size) - answer.taken)
                answer.taken += len(frame)
                part = self._part(request["name"], frame, answer)
            if part is not None:
                yield part
            if isinstance(part, Taken) or (part is not None and part.last):
                return

    def _part(self, name: str, frame: bytes, answer: _Answer) -> Taken | Batch | None:
        """What a frame completes; None where more frames belong to it."""
        if not frame.startswith(b"{"):
            answer.entries += map(Entry.from_line, frame.decode("utf-8", "surrogatepass").split("\n"))
            return None
        message = message_of(frame)
        if "failed" in message:
            return self._failed(name, message, answer)
        if "batches" in message:
            answer.shape, answer.anew = str(message["batches"]), bool(message["anew"])
            answer.size = self._limits.batch.bytes + self._limits.batch.line
        elif "sha256" in message:
            answer.size, answer.sha256 = int(message["size"]), str(message["sha256"])
        elif "abstracts" in message:
            answer.abstracts += map(Abstract.from_dict, message["abstracts"])
        elif "batch" in message:
            return _batch(name, message, answer)
        elif "same" in message:
            return Taken(answer.sha256, None)
        else:
            problems = _problems(message)
            return Taken(answer.sha256, Reading(name, message["shape"], tuple(answer.abstracts), problems, message["columns"]))
        return None

    def _failed(self, name: str, message: Mapping[str, Any], answer: _Answer) -> Taken:
        reason = str(message["failed"])
        if message["worn"]:
            reason = too_much("more memory", f"{self._limits.memory_of(answer.size) // 10**6:,} MB")
        if answer.shape:
            raise Ended(reason)
        return Taken(answer.sha256, unreadable(name, reason))


def _batch(name: str, message: Mapping[str, Any], answer: _Answer) -> Batch:
    entries, numbers, point = tuple(answer.entries), message["batch"], dict(message["point"])
    batch = Batch(
        entries,
        int(point["entries"]) - len(entries),
        point,
        answer.shape,
        anew=answer.anew,
        done=int(numbers["done"]),
        size=int(numbers["of"]),
        columns=message["columns"],
        last=bool(numbers["sha256"]),
        sha256=str(numbers["sha256"]),
        problems=_problems(message),
    )
    answer.entries, answer.taken, answer.anew = [], 0, False
    return batch


def _problems(message: Mapping[str, Any]) -> tuple[Problem, ...]:
    return tuple(Problem(**problem) for problem in message["problems"])


def _broken_off(request: Mapping[str, Any], answer: _Answer, ended: Ended) -> Taken | Batch:
    """What is said of a file whose reading ended before its end; of one that came in batches, what was read of it stands."""
    name, point = request["name"], request.get("point")
    if not answer.shape or not point:
        # A digest stands for bytes that need not be read again: not where the next run may have more luck.
        digest = answer.sha256 or (_digest(request) if answer.shape else "")
        return Taken("" if ended.again else digest, unreadable(name, ended.reason))
    reason = f"{ended.reason}; what stands behind line {point['lines']:,} is not read"
    problems = (Problem(name, 0, reason), *Problems.restored(name, point["problems"]).all())
    digest = "" if ended.again else _digest(request)
    return Batch((), int(point["entries"]), point, answer.shape, last=True, sha256=digest, problems=problems)


def _digest(request: Mapping[str, Any]) -> str:
    """The SHA-256 of the file that was asked for; "" where it cannot be read."""
    try:
        with open_regular(Path(request["path"]), None) as (file, size):
            return Digested(file, size).whole_digest()
    except CorpusError:
        return ""
