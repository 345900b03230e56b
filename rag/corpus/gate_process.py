"""The reading process as the gate sees it: started, asked, waited for no longer than is sensible, and ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

from rag.corpus.gate_limits import Limits, Overlong, read_frame, write_frame

_MAY_END = 2.0  # seconds in which a process that was told to end, or has closed its pipe, is waited for
# Signals by which another program or a person ends a process: not the file's fault, so it is read once more.
_FROM_OUTSIDE = frozenset(getattr(signal, name, None) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"))


class Ended(Exception):  # noqa: N818 - an outcome, told as a problem of the file
    """The reading process ended before it had answered: why, and whether another try may go better."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


class ReadingProcess:
    """A process that is started with the first request, and anew where it has ended. `size` is that of the file it is at, in bytes."""

    def __init__(self, limits: Limits, command: tuple[str, ...]) -> None:
        self._limits, self._command = limits, command or _command()
        self._child: subprocess.Popen[bytes] | None = None
        self._late = False

    @property
    def number(self) -> int | None:
        """The number of the process; None where none runs."""
        child = self._child
        return None if child is None or child.poll() is not None else child.pid

    def close(self) -> None:
        """End it."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def ask(self, request: Mapping[str, Any], data: bytes | None) -> None:
        """Send a request; raises OSError where nobody reads it."""
        if self._child is None or self._child.poll() is not None:  # one that took much memory ends by itself
            self.close()
            self._child = self._started()
        assert self._child.stdin is not None
        write_frame(self._child.stdin, request)
        if data is not None:
            write_frame(self._child.stdin, data)

    def frame(self, most: int) -> bytes:
        """The next frame of the answer; raises EOFError, OSError or Overlong."""
        assert self._child is not None
        assert self._child.stdout is not None
        return read_frame(self._child.stdout, most)

    @contextmanager
    def waited_for(self, size: int) -> Iterator[None]:
        """While this runs, a process that neither works nor ends is ended; what becomes of it is raised as `Ended`."""
        timer = threading.Timer(self._limits.patience_of(size), self._give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise Ended(f"the reading process gave no answer ({type(error).__name__}): leave it out, and report this as a fault") from error
        except (OSError, EOFError) as error:
            raise self._ended(size) from error
        except Overlong as error:
            raise Ended(too_much("a longer answer", f"{self._limits.answer_of(size) // 10**6:,} MB")) from error
        finally:
            timer.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        self._late = False
        try:
            child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise Ended(f"the reading process cannot be started ({error}): try again with rag index", again=True) from error
        assert child.stdin is not None
        with suppress(OSError):  # it has ended: told when it is asked
            write_frame(child.stdin, asdict(self._limits))
        return child

    def _give_up(self) -> None:
        """End the reading process where it neither works nor ends."""
        self._late = True
        child = self._child
        if child is not None:
            child.kill()

    def _ended(self, size: int) -> Ended:
        """Why the reading process has closed its pipes."""
        assert self._child is not None
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(_MAY_END)
        status = self._child.returncode
        if self._late:
            return Ended("the reading process neither worked nor ended: try again with rag index", again=True)
        if status is not None and status == -getattr(signal, "SIGXCPU", 0):
            return Ended(too_much("more time", f"{self._limits.seconds_of(size):,.0f} seconds of the processor"))
        if status is not None and -status in _FROM_OUTSIDE:
            return Ended(f"the reading process was ended from outside (signal {-status}): try again with rag index", again=True)
        how = "closed its pipe" if status is None else f"signal {-status}" if status < 0 else f"status {status}"
        return Ended(f"the reading process ended on it ({how}): leave it out, and report this as a fault", again=status in (0, 1))


def _command() -> tuple[str, ...]:
    """What runs the reading process with the packages that this process has."""
    return sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; from rag.corpus.gate_child import main; main()"


def too_much(what: str, limit: str) -> str:
    """What is told of a file that breaks a limit."""
    return f"it takes {what} to be read than a file of its size needs (limit: {limit}): split it, or leave it out"
