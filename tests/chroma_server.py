"""A real Chroma server for tests: the command `chroma run` of the installed package, on a free port of the loopback, in a folder."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

import pytest

from tests.processes import end, wait_until


class ChromaServer:
    """A server that can be killed and started again at the same address, with what it had stored."""

    def __init__(self, folder: Path) -> None:
        """Choose a port; nothing runs before `start`."""
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._running: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it answers."""
        with (self._folder.parent / f"{self._folder.name}.log").open("ab") as log:
            line = [command(), "run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
            self._running = subprocess.Popen(line, stdout=log, stderr=log, cwd=self._folder.parent, start_new_session=True, text=True)
        if wait:
            wait_until(self._answers, of=self._running)

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        assert self._running is not None
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        """End it, if it runs."""
        if self._running is not None:
            end(self._running)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def command() -> str:
    """The server's command; the test is skipped where it is not installed with Chroma."""
    beside = Path(sys.executable).with_name("chroma")
    found = str(beside) if beside.exists() else shutil.which("chroma")
    if found is None:
        pytest.skip("the command chroma, which comes with chromadb, is not on this machine")
    return found
