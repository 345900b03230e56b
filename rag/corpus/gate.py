"""The one way in which files of a corpus are read: in a process beside this one, which may not cost more than a file of its size does.

What breaks a limit is one problem of one file, and the next file is read by a fresh process.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from rag.corpus.draft import Reading
from rag.corpus.gate_limits import Limits, Overlong, message_of, read_frame, write_frame
from rag.corpus.reading import check_asked, unreadable
from rag.model import Abstract, Problem

_LIMITS = Limits()
_MAY_END = 2.0  # seconds in which a process that was told to end, or has closed its pipe, is waited for
# Signals by which another program or a person ends a process: not the file's fault, so it is read once more.
_FROM_OUTSIDE = frozenset(getattr(signal, name, None) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"))


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: the SHA-256 of the bytes that were read, "" where none were, and what they say, None where they are known."""

    sha256: str
    reading: Reading | None


class _Ended(Exception):  # noqa: N818 - an outcome, told as a problem of the file
    """The reading process ended before it had answered: why, and whether another try may go better."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


@dataclass(slots=True)
class _Answer:
    """What has been answered so far about one file."""

    size: int = 0
    sha256: str = ""
    abstracts: list[Abstract] = field(default_factory=list)


class Gate:
    """Reads files one after the other in a process of its own, started with the first of them. For one thread at a time.

    No content of a file raises anything: what cannot be read, or costs more than `limits`, is a problem of the reading. `command` is what
    is started; it answers as `rag.corpus.gate_child` does.
    """

    def __init__(self, limits: Limits = _LIMITS, command: tuple[str, ...] = ()) -> None:
        self._limits, self._command = limits, command or _reading_process()
        self._child: subprocess.Popen[bytes] | None = None
        self._late = False

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def read(self, path: Path, *, name: str, shape: str | None = None, columns: Mapping[str, str] | None = None, known: str = "") -> Taken:
        """What a file says, called `name` in its sources; nothing but its digest where that is `known`.

        Raises CorpusError only for a shape or a field that does not exist.
        """
        check_asked(shape, columns)
        request = {"path": str(path), "name": name, "shape": shape, "columns": dict(columns) if columns else None, "known": known}
        return self._read(request, None)

    def read_upload(self, data: bytes, *, name: str, shape: str | None = None) -> Reading:
        """What some bytes say; raises CorpusError only for a shape that does not exist."""
        check_asked(shape)
        request = {"size": len(data), "name": name, "shape": shape, "columns": None, "known": ""}
        return self._read(request, data).reading or unreadable(name, "empty")

    @property
    def process(self) -> int | None:
        """The number of the reading process; None where none runs."""
        child = self._child
        return None if child is None or child.poll() is not None else child.pid

    def close(self) -> None:
        """End the reading process."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _read(self, request: Mapping[str, Any], data: bytes | None) -> Taken:
        """Ask, and ask once more where the process was ended by somebody else."""
        for last in (False, True):
            answer = _Answer(len(data or b""))
            try:
                return self._asked(request, data, answer)
            except _Ended as ended:
                self.close()
                if last or not ended.again:
                    # A digest stands for bytes that need not be read again: not where the next run may have more luck.
                    return Taken("" if ended.again else answer.sha256, unreadable(request["name"], ended.reason))
            except BaseException:
                self.close()  # what it answers now would be taken for the next file's
                raise
        raise AssertionError("there are two tries")

    def _asked(self, request: Mapping[str, Any], data: bytes | None, answer: _Answer) -> Taken:
        watch = self._watch(answer.size)
        try:
            self._send(request, data)
            for message in self._messages(answer):
                if "sha256" in message:
                    answer.size, answer.sha256 = int(message["size"]), str(message["sha256"])
                    watch.cancel()
                    watch = self._watch(answer.size)
                elif "abstracts" in message:
                    answer.abstracts += map(Abstract.from_dict, message["abstracts"])
                else:
                    return self._taken(request["name"], message, answer)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _Ended(
                f"the reading process gave no answer ({type(error).__name__}): leave it out, and report this as a fault"
            ) from error
        except (OSError, EOFError) as error:
            raise self._ended(answer.size) from error
        except Overlong as error:
            raise _Ended(_too_much("a longer answer", f"{self._limits.answer_of(answer.size) // 10**6:,} MB")) from error
        finally:
            watch.cancel()
        raise AssertionError("messages end with an answer or an exception")

    def _taken(self, name: str, message: Mapping[str, Any], answer: _Answer) -> Taken:
        if "same" in message:
            return Taken(answer.sha256, None)
        if "failed" in message:
            reason = str(message["failed"])
            if message["worn"]:
                reason = _too_much("more memory", f"{self._limits.memory_of(answer.size) // 10**6:,} MB")
            return Taken(answer.sha256, unreadable(name, reason))
        problems = tuple(Problem(**problem) for problem in message["problems"])
        return Taken(answer.sha256, Reading(name, message["shape"], tuple(answer.abstracts), problems, message["columns"]))

    def _messages(self, answer: _Answer) -> Iterator[dict[str, Any]]:
        assert self._child is not None
        assert self._child.stdout is not None
        read = 0
        while True:
            frame = read_frame(self._child.stdout, self._limits.answer_of(answer.size) - read)
            read += len(frame)
            yield message_of(frame)

    def _send(self, request: Mapping[str, Any], data: bytes | None) -> None:
        if self._child is None or self._child.poll() is not None:  # one that took much memory ends by itself
            self.close()
            self._child = self._started()
        assert self._child.stdin is not None
        write_frame(self._child.stdin, request)
        if data is not None:
            write_frame(self._child.stdin, data)

    def _started(self) -> subprocess.Popen[bytes]:
        self._late = False
        try:
            child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise _Ended(f"the reading process cannot be started ({error}): try again with rag index", again=True) from error
        assert child.stdin is not None
        with suppress(OSError):  # it has ended: told when it is asked
            write_frame(child.stdin, asdict(self._limits))
        return child

    def _watch(self, size: int) -> threading.Timer:
        """Ends the reading process where it neither works nor ends."""
        timer = threading.Timer(self._limits.patience_of(size), self._give_up)
        timer.daemon = True
        timer.start()
        return timer

    def _give_up(self) -> None:
        self._late = True
        child = self._child
        if child is not None:
            child.kill()

    def _ended(self, size: int) -> _Ended:
        """Why the reading process has closed its pipes."""
        assert self._child is not None
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(_MAY_END)
        status = self._child.returncode
        if self._late:
            return _Ended("the reading process neither worked nor ended: try again with rag index", again=True)
        if status is not None and status == -getattr(signal, "SIGXCPU", 0):
            return _Ended(_too_much("more time", f"{self._limits.seconds_of(size):,.0f} seconds of the processor"))
        if status is not None and -status in _FROM_OUTSIDE:
            return _Ended(f"the reading process was ended from outside (signal {-status}): try again with rag index", again=True)
        how = "closed its pipe" if status is None else f"signal {-status}" if status < 0 else f"status {status}"
        return _Ended(f"the reading process ended on it ({how}): leave it out, and report this as a fault", again=status in (0, 1))


def _reading_process() -> tuple[str, ...]:
    """A command that runs the reading process with the packages that this process has."""
    return sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; from rag.corpus.gate_child import main; main()"


def _too_much(what: str, limit: str) -> str:
    return f"it takes {what} to be read than a file of its size needs (limit: {limit}): split it, or leave it out"
