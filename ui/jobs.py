"""Work under way in this process: answers by turn, and the one change to the corpus; any page can follow it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from rag.index import IndexReport, Upload, add_uploads, remove_upload
from rag.model import Citation, Claim, Event, IndexBusyError, Job, Progress, RagError, Settings, Stage

# Running answers of this process, by turn: a reloaded page finds its answer again, any page can stop it.

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


def last_note(steps: tuple[Event, ...]) -> str:
    """What is being done for an answer under way, as it said last; "" before it says anything."""
    return next((step.note for step in reversed(steps) if step.note), "")


# The one running change to the corpus: a thread that goes on when its page is left, for any page to follow.

log = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds to wait for another process; a reader should not be kept longer
_SHARES: dict[Stage, tuple[float, float]] = {"read": (0.05, 0.1), "merge": (0.15, 0.05), "embed": (0.2, 0.75), "index": (0.95, 0.05)}
_WORDS: dict[Stage, str] = {"read": "Reading the files", "merge": "Merging works", "embed": "Embedding", "index": "Writing the index"}


@dataclass(frozen=True, slots=True)
class Change:
    """How a change stands. `ids` are the abstracts that it adds, as they were read; `removed` can be added again."""

    kind: str  # "add" or "remove"
    names: tuple[str, ...]
    ids: tuple[str, ...] = ()
    share: float = 0.0
    words: str = "Starting"
    done: bool = False
    report: IndexReport | None = None
    removed: Upload | None = None
    error: str = ""


@dataclass
class Indexing:
    """Safe to share between threads. `changes` counts those that were begun."""

    change: Change | None = None
    changes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def busy(self) -> bool:
        """True while a change is under way."""
        return self.change is not None and not self.change.done

    def add(self, settings: Settings, uploads: Sequence[Upload], ids: Sequence[str]) -> None:
        """Begin to index uploads; raises IndexBusyError while another change is under way."""

        def work(progress: Progress) -> Change:
            return Change("add", names, tuple(ids), report=add_uploads(_impatient(settings), uploads, progress=progress))

        names = tuple(one.name for one in uploads)
        self._begin(Change("add", names, tuple(ids)), work)

    def remove(self, settings: Settings, name: str) -> None:
        """Begin to remove an upload; raises IndexBusyError while another change is under way."""

        def work(progress: Progress) -> Change:
            return Change("remove", (name,), removed=remove_upload(_impatient(settings), name, progress=progress))

        self._begin(Change("remove", (name,)), work)

    def forget(self) -> None:
        """Forget a change that is done."""
        with self._lock:
            if not self.busy:
                self.change = None

    def wait(self, seconds: float) -> None:
        """Wait until the change is done, but no longer than this."""
        until = time.monotonic() + seconds
        while self.busy and time.monotonic() < until:
            time.sleep(0.02)

    def _begin(self, change: Change, work: Callable[[Progress], Change]) -> None:
        with self._lock:
            if self.busy:
                raise IndexBusyError("The corpus is being changed by another reader. Wait until that is done, and try again.")
            self.change, self.changes = change, self.changes + 1
        threading.Thread(target=self._run, args=(change, work), name="indexing", daemon=False).start()

    def _run(self, change: Change, work: Callable[[Progress], Change]) -> None:
        def progress(stage: Stage, done: int, total: int) -> None:
            first, width = _SHARES[stage]
            share = first + width * (done / total if total else 1.0)
            counted = f" {done:,} of {total:,}" if stage == "embed" else ""
            self.change = replace(change, share=max(share, self.change.share if self.change else 0.0), words=_WORDS[stage] + counted)

        ended = replace(change, error="Something went wrong; the log of rag ui says what. The corpus is as it was.")
        try:
            ended = work(progress)
        except IndexBusyError:
            ended = replace(change, error="Another program is writing to the index just now. Nothing was changed; try again in a moment.")
        except RagError as error:
            ended = replace(change, error=str(error))
        finally:
            if ended.error:
                log.warning("A change to the corpus failed: %s", ended.error)
            self.change = replace(ended, share=1.0, done=True)


def _impatient(settings: Settings) -> Settings:
    return settings.model_copy(update={"lock_timeout": min(settings.lock_timeout, _PATIENCE)})


@st.cache_resource
def indexing() -> Indexing:
    """The change of this process."""
    return Indexing()
