"""What do two workers of a Ray cluster bring? `python -m benchmarks.ray_workers [--abstracts 1024] [--runs 3] [--json FILE]`.

The stage that splits and embeds (`rag.index.stage`, with the encoder) over real abstracts: the shipped listings and, where the development
data lie, SciFact's. A cluster of this machine is started once; then one worker and two take turns, each on one thread, with batches as
`rag index --ray` hands them out. The clock of a run begins when every worker has loaded the encoder and given a first text back, and ends
with the last text of the last batch; what came before it, and the start of the cluster, are told apart. The medians of the runs count.
Ray gives its workers a low priority, which is taken from them here, lest other work counts more than it would beside `rag index`. With
`--quiet 0.1` a run waits for moments in which others have at most a tenth of the processors, and is taken again where they had more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.development import DATA, rows, temporary_assistant
from benchmarks.quiet import Machine, time_of_family, undisturbed, wait_for
from rag.embedding import MiniLM
from rag.index.catalogue import PendingText
from rag.index.runners import Batch, RayCluster, StageRecipe
from rag.model.settings import Settings

ABSTRACTS, BATCH, RUNS = 1024, 256, 3  # a batch is as large as those of `rag index`
WORKERS = (1, 2)
_FIRST = 2  # texts that each worker is given first, one by one: as many as the runner hands out ahead


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds until all workers were ready, and of the stage from there on; sentences that came back."""

    workers: int
    ready: float
    stage: float
    sentences: int
    others: float  # the share of the processors that went to other work


def texts(count: int) -> list[PendingText]:
    """So many real abstracts."""
    with temporary_assistant() as assistant:
        found = [(one.id, one.title, one.text) for one in assistant.abstracts()]
    if (DATA / "retrieval" / "scifact").is_dir():
        found += [(row["_id"], row["title"], row["text"]) for row in rows("retrieval/scifact/corpus.jsonl")]
    return [PendingText(number, *one) for number, one in enumerate(found[:count], start=1)]


def run(workers: int, every: Sequence[PendingText], size: int, quiet: float) -> Run:
    """Have some workers of the cluster that is there do all texts."""
    seen: set[int] = set()
    first = [PendingText(-number, "first", None, "The first text loads the encoder.") for number in range(1, _FIRST * workers + 1)]
    ready = waited = ours = 0.0
    machine = Machine.now()

    def handed() -> Iterator[Batch]:
        """A text for each worker, until all have given one back; then the texts that are measured."""
        nonlocal ready, waited, ours, machine
        yield from ([one] for one in first)
        # The runner hands the first texts out in turn, one to each worker.
        while not seen >= {one.number for one in first[:workers]}:
            yield [PendingText(0, "more", None, "One waits for the others.")]
        waited = time.perf_counter()
        wait_for(quiet)
        ours, machine = time_of_family(), Machine.now()
        ready = time.perf_counter()
        yield from (every[start : start + size] for start in range(0, len(every), size))

    begun = done = time.perf_counter()
    sentences, took, ended = 0, 0.0, machine
    recipe = StageRecipe(Settings(_env_file=None), MiniLM.name)
    for finished in RayCluster("local", workers).map(recipe, handed()):
        done = time.perf_counter()
        seen.update(one.number for one in finished)
        sentences += sum(len(one.sentences) for one in finished if one.number > 0)
        took, ended = time_of_family() - ours, Machine.now()  # while the workers still run
    return Run(workers, waited - begun, done - ready, sentences, ended.others(machine, took))


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abstracts", type=int, default=ABSTRACTS)
    parser.add_argument("--batch", type=int, default=BATCH, help="texts of a batch")
    parser.add_argument("--runs", type=int, default=RUNS, help="of each number of workers, of which the median counts")
    parser.add_argument("--quiet", type=float, default=1.0, metavar="SHARE", help="most that other work may have of the processors")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    every = texts(arguments.abstracts)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    begun = time.perf_counter()
    even = {"worker_niceness": 0}
    ray.init(
        address="local", num_cpus=max(WORKERS), include_dashboard=False, log_to_driver=False, logging_level="ERROR", _system_config=even
    )
    print(f"{len(every)} abstracts; the cluster started in {time.perf_counter() - begun:.1f} s", flush=True)
    work = partial(run, every=every, size=arguments.batch, quiet=arguments.quiet)
    runs = [undisturbed(partial(work, workers), arguments.quiet) for _ in range(arguments.runs) for workers in WORKERS]
    ray.shutdown()
    alone = statistics.median(one.stage for one in runs if one.workers == 1)
    for workers in WORKERS:
        mine = [one for one in runs if one.workers == workers]
        stage, ready = (statistics.median(getattr(one, name) for one in mine) for name in ("stage", "ready"))
        each = ", ".join(f"{one.stage:.1f} with others at {one.others:.0%}" for one in mine)
        rate = len(every) / stage
        print(f"{workers} workers: {stage:.1f} s ({each}), {rate:.1f} abstracts a second, {alone / stage:.2f}x; ready after {ready:.1f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(one) for one in runs], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
