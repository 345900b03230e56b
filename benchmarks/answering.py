"""Processes that answer from one index, and a front that hands them questions: what `benchmarks.processes` measures.

A process opens the index with the settings that it is given, computes on one thread, and answers a line of JSON with another.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Condition
from typing import Any

from benchmarks.unchanged import digest
from rag.assistant import Assistant
from rag.embedding import use_one_thread
from rag.model.errors import RagError
from rag.model.settings import Settings

# One thread a process; each library has to be told in its own way.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
_TRIES = 3  # processes that a question may end before it is given up


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, with the turns before it."""

    id: str
    question: str
    history: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a process said: the digest of its answer, or the error, and its time of the processor since it began, in seconds."""

    digest: str
    error: str
    worked: float


class EndedError(Exception):
    """The process that was asked has ended."""


class Answerer:
    """A process that answers questions, one at a time."""

    def __init__(self, settings: Settings, *, killed_at: int = 0) -> None:
        """Start it. With `killed_at`, it is killed with SIGKILL in the middle of the answer to its question of that number."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.answering", *arguments_of(settings), str(killed_at)],
            env=surroundings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def wait(self) -> None:
        """Wait until it has opened the index; raises EndedError where it ends instead."""
        self._line()

    def ask(self, asked: Asked) -> Reply:
        """Its answer; raises EndedError where there is none to come."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(asdict(asked)) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise EndedError from error
        return Reply(**json.loads(self._line()))

    def close(self) -> None:
        """End it, once it has answered."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.endswith("\n"):  # nothing, or what came before it was killed
            raise EndedError
        return line


class Front:
    """Hands a question to a process that is free. One that has ended is left out, and its question asked of another. Share it."""

    def __init__(self, answerers: Sequence[Answerer]) -> None:
        self._free, self._changed = list(answerers), Condition()
        self.left = len(answerers)
        self.again = 0  # times that a question was taken from a process that had ended

    def ask(self, asked: Asked) -> Reply:
        """The answer of some process; raises RagError where none is left, or where the question has ended several."""
        for _ in range(_TRIES):
            answerer = self._taken()
            try:
                reply = answerer.ask(asked)
            except EndedError:
                self._given_back(None)
                continue
            self._given_back(answerer)
            return reply
        raise RagError(f"{_TRIES} processes ended that were asked {asked.question!r}.")

    def _taken(self) -> Answerer:
        with self._changed:
            self._changed.wait_for(lambda: self._free or not self.left)
            if not self.left:
                raise RagError("No process is left that answers.")
            return self._free.pop(0)

    def _given_back(self, answerer: Answerer | None) -> None:
        with self._changed:
            if answerer is None:
                self.left -= 1
                self.again += 1
            else:
                self._free.append(answerer)
            self._changed.notify_all()


@contextmanager
def answerers(settings: Settings, count: int, *, killed_at: int = 0) -> Iterator[list[Answerer]]:
    """So many processes that have opened the index; with `killed_at`, the first of them is killed in its question of that number."""
    with ExitStack() as stack:
        started = [Answerer(settings, killed_at=0 if number else killed_at) for number in range(count)]
        for one in started:
            stack.callback(one.close)
        for one in started:
            one.wait()
        yield started


def surroundings() -> dict[str, str]:
    """The environment of a process: no settings of ours, and one thread."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "OPENAI_"))} | ONE_THREAD


def arguments_of(settings: Settings) -> list[str]:
    """What a process is told on its command line, so that it makes the same settings."""
    return [str(settings.index_dir), os.pathsep.join(map(str, settings.corpus)), settings.embedding]


def settings_of(index: str, corpus: str, embedding: str) -> Settings:
    """The settings behind `arguments_of`."""
    return Settings(index_dir=Path(index), corpus=corpus, embedding=embedding, mode="extract", _env_file=None)


def main(index: str, corpus: str, embedding: str, killed_at: str) -> None:
    """What runs in a process: a line for each question, until there is none."""
    use_one_thread()
    with Assistant.open(settings_of(index, corpus, embedding)) as assistant:
        print("ready", flush=True)
        for number, line in enumerate(sys.stdin, start=1):
            asked = Asked(**json.loads(line))
            said = error = ""
            try:
                for event in assistant.stream(asked.question, list(asked.history)):
                    if number == int(killed_at):
                        os.kill(os.getpid(), signal.SIGKILL)
                    said = digest(event.answer) if event.answer else said
            except RagError as failed:
                error = str(failed)
            used = resource.getrusage(resource.RUSAGE_SELF)
            print(json.dumps(asdict(Reply(said, error, used.ru_utime + used.ru_stime))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
