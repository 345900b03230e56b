"""The command `rag` in a process of its own, with pipes or in a terminal."""

from __future__ import annotations

import os
import subprocess
import sys

RAG = [sys.executable, "-m", "rag"]


def process(*arguments: str, **more: str) -> subprocess.Popen[str]:
    """A command in a process of its own, all of its streams in pipes."""
    pipe = subprocess.PIPE
    return subprocess.Popen([*RAG, *arguments], env=os.environ | more, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")


def in_a_terminal(*arguments: str, columns: int = 60) -> str:
    """What a command prints where its standard output is a terminal of so many columns."""
    import pty

    main, terminal = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen([*RAG, *arguments], stdout=terminal, stderr=terminal, env=environment) as running:
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
