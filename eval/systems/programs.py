"""A system that is a program: the question on its standard input, the answer on its standard output."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from eval.systems.replies import Messages, Reply, SystemFailedError, read_reply
from rag.model import SettingsError

MOST_BYTES = 16_000_000  # of an answer
_TOLD = 300  # characters of what a program says of its failure


class ProgramSystem:
    """Starts a program for each question. It is given the question as a line of text, or as JSON with `question` and `history`; it prints
    a text, or a JSON object with an answer and perhaps contexts. One that takes too long, fails or prints too much is an error; it is ended
    with all that it started."""

    def __init__(self, command: str, *, given: Literal["text", "json"] = "text", seconds: float = 120.0) -> None:
        """Raises SettingsError for a command that is none."""
        try:
            self._arguments = shlex.split(command, posix=os.name != "nt")
        except ValueError as error:
            raise SettingsError(f"--command {command!r} cannot be read: {error}.") from error
        if not self._arguments:
            raise SettingsError("--command is empty. Give a program with its arguments.")
        self._given, self._seconds = given, seconds
        # A command line may hold paths and keys: the manifest has the program's name and what tells its arguments from others.
        self.name = f"{Path(self._arguments[0]).name} ({hashlib.sha256(command.encode()).hexdigest()[:8]})"
        self.takes_history = given == "json"

    def ask(self, question: str, history: Messages) -> Reply:
        """Start the program and read what it prints; raises SystemFailedError where it fails."""
        text = json.dumps({"question": question, "history": list(history)}, ensure_ascii=False) if self._given == "json" else question
        status, said, failed = self._finished(text + "\n")
        if status != 0:
            last = " ".join(failed.strip().rpartition("\n")[2].split())[-_TOLD:]
            raise SystemFailedError(f"The program ended with status {status}{f': {last}' if last else ''}.")
        return read_reply(_printed(said))

    def close(self) -> None:
        """Nothing is left of a program that has ended."""

    def _finished(self, text: str) -> tuple[int, str, str]:
        try:
            process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=os.name != "nt",
            )
        except (OSError, ValueError) as error:
            raise SystemFailedError(f"The program cannot be started: {error}") from error
        too_much = threading.Event()
        streams = [_Stream(one, process, too_much) for one in (process.stdout, process.stderr)]
        writer = threading.Thread(target=_write, args=(process.stdin, text.encode("utf-8", "replace")), daemon=True)
        writer.start()
        try:
            status = process.wait(self._seconds)
        except subprocess.TimeoutExpired:
            raise SystemFailedError(f"The program did not answer within {self._seconds:g} seconds (--timeout).") from None
        finally:
            _end(process)
            for stream in streams:
                stream.join()
        if too_much.is_set():
            raise SystemFailedError(f"The program printed more than {MOST_BYTES:,} bytes.")
        out, failed = (stream.text for stream in streams)
        return status, out, failed


class _Stream:
    """What a program prints, read as it comes, at most so many bytes."""

    def __init__(self, stream: IO[bytes] | None, process: subprocess.Popen[bytes], too_much: threading.Event) -> None:
        assert stream is not None
        self._stream, self._process, self._too_much = stream, process, too_much
        self._data = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            while piece := self._stream.read1(65_536):  # type: ignore[attr-defined]
                if len(self._data) + len(piece) > MOST_BYTES:
                    self._too_much.set()
                    _end(self._process)
                    return
                self._data += piece

    def join(self) -> None:
        self._thread.join(5)  # a child that left its group may hold the pipe open

    @property
    def text(self) -> str:
        return bytes(self._data).decode("utf-8", "replace")


def _write(stream: IO[bytes] | None, data: bytes) -> None:
    try:
        assert stream is not None
        with stream:
            stream.write(data)
    except OSError:
        return  # it does not read its input, which it may


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # where nobody of it is left
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _printed(said: str) -> object:
    """A JSON object or text as it is; anything else, and lines before the object, as the text that it is."""
    if not said.strip():
        raise SystemFailedError("The program printed nothing.")
    try:
        data = json.loads(said)
    except (ValueError, RecursionError):
        return said.strip()
    return data if isinstance(data, dict | str) else said.strip()
