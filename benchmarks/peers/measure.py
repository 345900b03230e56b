"""One system, measured in a process of its own: `python -m benchmarks.peers.measure JOB FIGURES`, two JSON files.

The process may be one of another interpreter than that of `python -m benchmarks.peers`, which starts it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from statistics import mean, median

import numpy as np

from rag.embedding import Vectors, load_wordllama

BATCH = 256  # texts that are embedded together
NEAREST = 10  # rows of which the share that a dense search finds is told
DEPTH = 100  # abstracts of a ranking that is judged
WARM = 5  # queries before those that are timed
_LOOK_EVERY = 0.1  # seconds between two looks at the memory
_SAME = 1e-6  # cosine: rows that come so near to the last of the nearest are as good as it


@dataclass(frozen=True, slots=True)
class Paper:
    """An abstract as the peers get it: title and text as one."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is to do: which system, which corpus (JSON Lines), and which queries by id. The first `timed` ones are timed."""

    system: str
    corpus: str
    folder: str
    queries: Mapping[str, str]
    timed: int


@dataclass(frozen=True, slots=True)
class Built:
    """A system that has taken the corpus in.

    `search` is its best search: from a query and a limit to the ids of abstracts. `dense` is its dense search alone, to ids of what it has
    vectors of: of abstracts, or of those that `rows` gives with their vectors. `note` says what is particular about it.
    """

    search: Callable[[str, int], list[str]]
    dense: Callable[[str, int], list[str]]
    note: str = ""
    rows: Callable[[], tuple[list[str], Vectors]] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: `seconds` and `cpu` (seconds of the processor) of taking in, `memory` and `disk` in bytes, milliseconds a query by
    the clock and of the processor, `dense` milliseconds and `recall` of its dense search alone, its `run` (abstract ids by query, best
    first). `failed` says why there are none."""

    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    disk: int = 0
    query: float = 0.0
    query_cpu: float = 0.0
    dense: float = 0.0
    recall: float = 0.0
    note: str = ""
    versions: tuple[str, ...] = ()
    run: Mapping[str, Sequence[str]] = field(default_factory=dict)
    failed: str = ""


class Given:
    """What a system is given: the papers, an empty folder for what it keeps, the embedding, and a watch for its work.

    What is entered in `held` stays open for as long as it is asked.
    """

    def __init__(self, corpus: Path, folder: Path) -> None:
        self.corpus, self.folder = corpus, folder
        self.seconds = self.cpu = 0.0
        self.held = ExitStack()
        self._embedder = load_wordllama()

    def papers(self) -> Iterator[Paper]:
        """The corpus, read as it is taken in."""
        with self.corpus.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield Paper(row["_id"], f"{row['title']}\n{row['text']}".strip())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The static vectors of texts, of length 1. Shape (n, 256)."""
        return self._embedder.embed(texts)

    def asked(self, query: str) -> list[float]:
        """The vector of a query, as most clients want it."""
        return list(map(float, self.embed([query])[0]))

    def embedded(self, size: int = BATCH) -> Iterator[tuple[list[Paper], Vectors]]:
        """All papers with their vectors, `size` at a time; they are embedded by `BATCH`."""
        papers = self.papers()
        while batch := list(islice(papers, size)):
            texts = [one.text for one in batch]
            yield batch, np.concatenate([self.embed(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])

    @contextmanager
    def measured(self) -> Iterator[None]:
        """The block takes the corpus in; importing libraries stands before it."""
        started, before = time.perf_counter(), processor_seconds()
        yield
        self.seconds, self.cpu = time.perf_counter() - started, processor_seconds() - before


def processor_seconds() -> float:
    """What this process, all its threads, and its finished children have taken of the processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Memory(threading.Thread):
    """Bytes of memory that this process and those that it has started had together at most: looked at ten times a second.

    `ru_maxrss` knows this process alone, and on Linux begins with what the process had that started it. Where there is no /proc it is all
    that there is.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._peak, self._over = 0, threading.Event()

    def run(self) -> None:
        """Look until it is enough."""
        while not self._over.wait(_LOOK_EVERY):
            self._peak = max(self._peak, resident(os.getpid()))

    def enough(self) -> int:
        """The bytes until now, what this process had between two looks included; it looks no more."""
        self._over.set()
        self.join()
        status = Path("/proc/self/status")
        if status.exists():
            own = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
            return max(self._peak, own)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident(process: int) -> int:
    """Bytes of memory of a process and of those that it has started; 0 for one that is over, and where there is no /proc."""
    place = Path(f"/proc/{process}")
    try:
        own = int((place / "statm").read_text().split()[1]) * resource.getpagesize()
        started = [int(one) for task in (place / "task").iterdir() for one in (task / "children").read_text().split()]
    except OSError:
        return 0
    return own + sum(map(resident, started))


def disk_bytes(folder: Path) -> int:
    """Bytes of the files below a folder, each counted once however many names it has."""
    files = [path.stat() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum({(one.st_dev, one.st_ino): one.st_size for one in files}.values())


def recall(found: Sequence[str], query: Vectors, ids: Mapping[str, int], vectors: Vectors, limit: int = NEAREST) -> float:
    """The share of the exact best `limit` rows that was found; a row that is as near as the last of them counts as one of them.

    `query` has shape (dimensions,), `vectors` shape (n, dimensions); `ids` has the row of each id.
    """
    cosines = vectors @ query
    limit = min(limit, len(cosines))
    least = np.partition(cosines, -limit)[-limit] - _SAME
    right = [one for one in dict.fromkeys(found[:limit]) if one in ids and cosines[ids[one]] >= least]
    return len(right) / limit


def dense_figures(built: Built, given: Given, queries: Sequence[str]) -> tuple[float, float]:
    """The mean recall of a system's dense search against the exact one over the same rows, and its median milliseconds."""
    found, taken = [], []
    for query in queries:
        started = time.perf_counter()
        found.append(built.dense(query, NEAREST))
        taken.append(1000 * (time.perf_counter() - started))
    if built.rows is not None:
        names, vectors = built.rows()
    else:
        parts = [([one.id for one in batch], rows) for batch, rows in given.embedded()]
        names, vectors = [name for part, _ in parts for name in part], np.concatenate([rows for _, rows in parts])
    ids = {name: place for place, name in enumerate(names)}
    shares = [recall(hits, given.embed([query])[0], ids, vectors) for hits, query in zip(found, queries, strict=True)]
    return median(taken), mean(shares)


def query_times(built: Built, queries: Sequence[str], warm: Sequence[str]) -> tuple[float, float]:
    """The milliseconds of a query that gives ten abstracts: the median by the clock, and the mean of the processor."""
    for query in warm:
        built.search(query, 10)
    taken, before = [], processor_seconds()
    for query in queries:
        started = time.perf_counter()
        built.search(query, 10)
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken), 1000 * (processor_seconds() - before) / len(queries)


def measure(job: Job, build: Callable[[Given], Built], packages: Sequence[str]) -> Figures:
    """Let a system take the corpus in and answer. What it takes of memory is read before anything is judged."""
    given, watch = Given(Path(job.corpus), Path(job.folder)), Memory()
    watch.start()
    try:
        built = build(given)
    except ModuleNotFoundError as error:
        return Figures(failed=f"not installed ({error.name}): pip install {' '.join(packages)}")
    queries = list(job.queries.values())
    times = query_times(built, queries[: job.timed], queries[-WARM:])
    memory, disk = watch.enough(), disk_bytes(given.folder)
    run = {name: list(dict.fromkeys(built.search(text, DEPTH)))[:DEPTH] for name, text in job.queries.items()}
    dense = dense_figures(built, given, queries[: job.timed])
    versions = tuple(f"{name} {version(name)}" for name in packages)
    given.held.close()
    return Figures(given.seconds, given.cpu, memory, disk, *times, *dense, built.note, versions, run)


def main() -> None:
    """Measure what the job says and write the figures."""
    from benchmarks.peers.systems import SYSTEMS

    job = Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    system = SYSTEMS[job.system]
    figures = measure(job, system.build, system.packages)
    Path(sys.argv[2]).write_text(json.dumps(asdict(figures)), encoding="utf-8")


if __name__ == "__main__":
    main()
