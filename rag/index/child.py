"""Python in a process of its own, with the packages that this one has: work that would keep this one's interpreter locked."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress

from rag.model import SELDOM, RagError, one_threaded

MANY = 1000  # texts from which on a process of its own pays


class Child:
    """A process that is sent lines of JSON and answers with lines. What it is sent ends when this process does."""

    def __init__(self, code: str) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child, see `close`
        self._process = subprocess.Popen(
            python(f"import gc; gc.set_threshold(*{SELDOM}); {code}"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            env=one_threaded(),
        )

    def send(self, message: dict[str, object]) -> None:
        """Send a line; raises RagError where the process has ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            self._process.wait()
            raise self._failure() from error

    def answer(self) -> str:
        """The next line that it says; raises RagError where it ends without one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            self._process.wait()
            raise self._failure()
        return line.decode()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._errors.close()

    def _failure(self) -> RagError:
        self._errors.seek(0)
        return _failure(self._errors.read(), self._process.returncode)


def run_python(code: str, *arguments: str) -> None:
    """Run `code` in another process, with `arguments` in `sys.argv`, and wait for it; raises RagError where it fails."""
    done = subprocess.run([*python(code), *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise _failure(done.stderr, done.returncode)


def python(code: str) -> list[str]:
    """A command that runs `code` with the packages that this process has."""
    return [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"]


def _failure(errors: bytes, status: int) -> RagError:
    lines = errors.decode(errors="replace").strip().splitlines()
    return RagError(f"The indexes cannot be written: {lines[-1] if lines else f'status {status}'}")
