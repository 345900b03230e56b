"""Processes and threads that tests start: each one is ended on every way out of the test, with all that it has started itself.

A child that goes round in a loop bounds the loop by itself as well: where the process of the tests is killed, nobody is left to
end it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

# Both end tests that hang, and measure nothing: seconds for one thing that takes a few at most, and for a whole process or thread.
PATIENCE, LIFETIME = 240.0, 1200.0
_FAREWELL = 10.0  # seconds from being asked to end to being killed

RAG = [sys.executable, "-m", "rag"]

Command = Sequence[object]


def python(code: str, *arguments: object) -> list[str]:
    """The command line that runs code in another process of this Python."""
    return [sys.executable, "-c", code, *map(str, arguments)]


@contextmanager
def started(command: Command, *, limit: float | None = LIFETIME, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process at work, in a group of its own; its streams are text. At the end of the block the whole group is ended.

    After `limit` seconds it is killed, so that no test waits for ever for its next line or its end.
    """
    line = list(map(str, command))
    with subprocess.Popen(line, start_new_session=True, text=True, encoding="utf-8", **options) as process:
        watch = threading.Timer(limit or 0.0, process.kill)
        watch.daemon = True
        try:
            if limit is not None:
                watch.start()
            yield process
        finally:
            watch.cancel()
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ask a process and those it has started to end, kill what is still there after that, and wait."""
    if process.returncode is not None:  # it was waited for: its number may be another's by now
        return
    os.killpg(process.pid, signal.SIGTERM)
    ends = time.monotonic() + _FAREWELL
    while time.monotonic() < ends and not _is_over(process):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_over(process: subprocess.Popen[str]) -> bool:
    """True if it has ended; its number, which is that of its group, stays taken until it is waited for."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def output_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process has written to its standard output and error once it has ended; its standard input is closed."""
    return process.communicate()


def finished(command: Command, *, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """A process that has run to its end; with `check`, one that failed fails the test with what it wrote."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(command, **pipes | options) as process:
        output, errors = output_of(process)
    if check and process.returncode:
        raise AssertionError(f"{command[0]} ended with status {process.returncode}:\n{output}{errors}")
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def next_line(stream: IO[str] | None) -> str:
    """The next line of a pipe, without its end."""
    assert stream is not None
    return stream.readline().rstrip("\n")


def wait_until(true: Callable[[], object], *, of: subprocess.Popen[str] | None = None) -> None:
    """Wait until something is true; fails where that takes for ever, or the process ends that it is expected `of`."""
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, f"not so within {PATIENCE:.0f} seconds"
        assert of is None or of.poll() is None or true(), "the process has ended before"
        time.sleep(0.005)


def process(*arguments: str, **more: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """The command `rag` in a process of its own, all of its streams in pipes."""
    pipe = subprocess.PIPE
    return started([*RAG, *arguments], env=os.environ | more, stdin=pipe, stdout=pipe, stderr=pipe)


def in_a_terminal(*arguments: str, columns: int = 60) -> str:
    """What the command `rag` prints where its standard output is a terminal of so many columns."""
    import pty

    main, terminal = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    with started([*RAG, *arguments], stdout=terminal, stderr=terminal, env=environment) as running:
        os.close(terminal)
        written = b""
        while running.poll() is None or written[-1:] != b"":
            try:
                piece = os.read(main, 4096)
            except OSError:  # the other side has closed
                break
            written += piece
    os.close(main)
    return written.decode("utf-8").replace("\r\n", "\n")


@contextmanager
def threads(*works: Callable[[], object]) -> Iterator[None]:
    """Runs each work in a thread of its own beside the block, and waits for all of them; what one raises is raised here.

    A work that goes on until it is told to stop must be told within the block, on every way out of it. Threads that hang do not
    keep the process of the tests from ending.
    """
    raised: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a failed assertion too belongs to the test
            raised.append(error)

    running = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for one in running:
        one.start()
    try:
        yield
    finally:
        ends = time.monotonic() + LIFETIME
        for one in running:
            one.join(max(0.0, ends - time.monotonic()))
    assert not any(one.is_alive() for one in running), f"a thread goes on after {LIFETIME:.0f} seconds"
    if raised:
        raise raised[0]
