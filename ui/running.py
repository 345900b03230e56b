"""The answers under way in this process, by turn: a reloaded page finds its answer again, any page can stop it."""

from __future__ import annotations

import threading
from collections import OrderedDict

from rag.answers import Citation, Claim
from rag.events import Event
from rag.jobs import Job

_KEPT = 200  # finished jobs, until a page has drawn them from the store


class Running:
    """Jobs by the ids of their turns. Safe to share between threads."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, turn: str, job: Job) -> None:
        """Keep a job that has begun; finished ones are forgotten, the oldest first."""
        with self._lock:
            self._jobs[turn] = job
            done = [name for name, one in self._jobs.items() if one.done]
            for name in done[: max(0, len(done) - _KEPT)]:
                del self._jobs[name]

    def get(self, turn: str) -> Job | None:
        """The job of a turn, None where it did not begin in this process."""
        with self._lock:
            return self._jobs.get(turn)

    def stop(self, turn: str) -> None:
        """Ask a turn's job to end, if there is one."""
        job = self.get(turn)
        if job is not None:
            job.stop()


def claims_told(steps: tuple[Event, ...]) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """The claims that an answer under way has told so far, in their order, and what they cite."""
    claims: list[Claim] = []
    cited: dict[int, Citation] = {}
    for step in steps:
        if step.claim is not None:
            claims.insert(step.position, step.claim)
            cited |= {one.number: one for one in step.citations}
    return tuple(claims), tuple(cited[number] for number in sorted(cited))
