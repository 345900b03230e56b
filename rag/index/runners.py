"""Where texts are split and embedded: in this process, in others on this machine, or on a Ray cluster (the extra `ray`).

A runner gives batches to workers and what they make back as it comes; one writer, here, commits it. A worker that is killed is replaced
and its batch done again; when this process is killed, what was committed stays, and the next run goes on after it.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Protocol

from rag.embedding import load_embedder, use_one_thread
from rag.index.catalogue import FinishedText, PendingText
from rag.index.stage import Embedding, Stage, make_stage
from rag.model import RagError, Settings

Batch = Sequence[PendingText]

INSTALL = "pip install 'abstract-rag[ray]'"
_AHEAD = 2  # batches to a worker: one that it works on, one that waits for it
_PATIENCE = 10.0  # seconds in which a cluster must take a connection
_TRIES = 3  # of a batch whose worker was killed: a text may be what ends them


@dataclass(frozen=True, slots=True)
class StageRecipe:
    """All that is needed to make the stage where it runs: `space` is the embedding's name, `embedding` one that was given."""

    settings: Settings
    space: str
    embedding: Embedding | None = None

    def make(self) -> Stage:
        """Load the embedding, and make the stage."""
        embedding = self.embedding or load_embedder(self.settings, space=self.space)
        return make_stage(embedding, self.settings.passage_tokens)


class Runner(Protocol):
    """Somewhere that the stage runs."""

    def map(self, recipe: StageRecipe, batches: Iterator[Batch]) -> Iterator[list[FinishedText]]:
        """What the stage makes of each batch, in any order; of the batches no more are taken than can be worked on soon.

        Raises RagError where the workers cannot be had, or go on ending.
        """
        ...


class Here:
    """This process."""

    def map(self, recipe: StageRecipe, batches: Iterator[Batch]) -> Iterator[list[FinishedText]]:
        """One batch after the other."""
        return map(recipe.make(), batches)


class Processes:
    """Others on this machine. They import the main module, as `multiprocessing` has it: a script needs its `__main__` guard."""

    def __init__(self, count: int) -> None:
        if count < 1:
            raise RagError(f"{count} processes cannot embed anything. Give 1 or more.")
        self._count = count

    def map(self, recipe: StageRecipe, batches: Iterator[Batch]) -> Iterator[list[FinishedText]]:
        """In the order of the batches."""
        waiting: deque[tuple[Batch, Future[list[FinishedText]]]] = deque()
        tries = 0
        pool = self._begun(recipe)
        try:
            for batch in _with_end(batches):
                if batch is not None:
                    waiting.append((batch, pool.submit(_work, batch)))
                while waiting and (batch is None or len(waiting) > _AHEAD * self._count):
                    try:
                        yield waiting[0][1].result()
                        waiting.popleft()
                        tries = 0
                    except BrokenProcessPool as error:
                        tries += 1
                        if tries == _TRIES:
                            raise RagError(_ended(waiting[0][0])) from error
                        pool.shutdown(wait=False)
                        pool = self._begun(recipe)
                        waiting = deque((one, pool.submit(_work, one)) for one, _ in waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _begun(self, recipe: StageRecipe) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._count, mp_context=get_context("spawn"), initializer=_begin, initargs=(recipe,))


class RayCluster:
    """The processors of a Ray cluster; where "local" is given for its address, those of this machine, as a cluster of its own.

    The machines need this package, of this version, and the embedding's weights; no folder is shared.
    """

    def __init__(self, address: str, workers: int = 0) -> None:
        """`workers` are how many processors are used, all of them for 0."""
        self._address, self._workers = address, workers

    def map(self, recipe: StageRecipe, batches: Iterator[Batch]) -> Iterator[list[FinishedText]]:
        """In the order in which they are finished."""
        ray = _import_ray()
        with _cluster(ray, self._address):
            actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=_TRIES - 1)(_Worker)
            count = self._workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            workers, given = [actor.remote(recipe) for _ in range(count)], [0] * count
            under_way: dict[Any, tuple[int, Batch]] = {}
            for batch in _with_end(batches):
                if batch is not None:
                    least = min(range(count), key=given.__getitem__)  # the one with the fewest batches: another may be idle
                    given[least] += 1
                    under_way[workers[least].work.remote(batch)] = least, batch
                while under_way and (batch is None or min(given) == _AHEAD):
                    (done,), _ = ray.wait(list(under_way), num_returns=1)
                    place, texts = under_way.pop(done)
                    given[place] -= 1
                    try:
                        yield ray.get(done)
                    except ray.exceptions.RayActorError as error:
                        raise RagError(_ended(texts)) from error


class _Worker:
    """What runs on a machine of the cluster."""

    def __init__(self, recipe: StageRecipe) -> None:
        use_one_thread()
        self._stage = recipe.make()

    def work(self, batch: Batch) -> list[FinishedText]:
        return self._stage(batch)


_stage: list[Stage] = []  # of a process of a pool


def _begin(recipe: StageRecipe) -> None:
    use_one_thread()
    _stage[:] = [recipe.make()]


def _work(batch: Batch) -> list[FinishedText]:
    return _stage[0](batch)


def _with_end(batches: Iterator[Batch]) -> Iterator[Batch | None]:
    """The batches, then None."""
    yield from batches
    yield None


def _ended(batch: Batch) -> str:
    return (
        f"The processes that embed ended {_TRIES} times, the last time on {batch[0].abstract_id} or the {len(batch) - 1} after it. "
        "What was embedded is kept. Type: rag index (it goes on where this run stopped)"
    )


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise RagError(f"Ray is not installed. Type: {INSTALL}") from error
    return ray


def _reach(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()


@contextmanager
def _cluster(ray: Any, address: str) -> Iterator[None]:
    """A connection to a cluster, closed where it was opened here."""
    if ray.is_initialized():
        yield
        return
    try:
        _reach(address)
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address == "local" else None, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise RagError(f"The Ray cluster at {address!r} cannot be reached ({first}). Start one with: ray start --head") from error
    try:
        yield
    finally:
        with suppress(Exception):  # a cluster that is gone is left as well
            ray.shutdown()
