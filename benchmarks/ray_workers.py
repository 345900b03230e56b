"""What do two workers of a Ray cluster bring? `python -m benchmarks.ray_workers [--abstracts 1024] [--runs 3] [--json FILE]`.

The stage that splits and embeds (`rag.index.stage`, with the encoder) over real abstracts: the shipped listings and, where the development
data lie, SciFact's. A cluster of this machine is started once; then one worker and two take turns, each on one thread, with batches as
`rag index --ray` hands them out. The clock of a run begins when every worker has loaded the encoder and given a first text back, and ends
with the last text of the last batch; what came before it, and the start of the cluster, are told apart. The medians of the runs count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.development import DATA, rows, temporary_assistant
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


def texts(count: int) -> list[PendingText]:
    """So many real abstracts."""
    with temporary_assistant() as assistant:
        found = [(one.id, one.title, one.text) for one in assistant.abstracts()]
    if (DATA / "retrieval" / "scifact").is_dir():
        found += [(row["_id"], row["title"], row["text"]) for row in rows("retrieval/scifact/corpus.jsonl")]
    return [PendingText(number, *one) for number, one in enumerate(found[:count], start=1)]


def run(workers: int, every: Sequence[PendingText], size: int) -> Run:
    """Have some workers of the cluster that is there do all texts."""
    seen: set[int] = set()
    first = [PendingText(-number, "first", None, "The first text loads the encoder.") for number in range(1, _FIRST * workers + 1)]
    ready = 0.0

    def handed() -> Iterator[Batch]:
        """A text for each worker, until all have given one back; then the texts that are measured."""
        nonlocal ready
        yield from ([one] for one in first)
        # The runner hands the first texts out in turn, one to each worker.
        while not seen >= {one.number for one in first[:workers]}:
            yield [PendingText(0, "more", None, "One waits for the others.")]
        ready = time.perf_counter()
        yield from (every[start : start + size] for start in range(0, len(every), size))

    begun = time.perf_counter()
    sentences = 0
    recipe = StageRecipe(Settings(_env_file=None), MiniLM.name)
    for finished in RayCluster("local", workers).map(recipe, handed()):
        seen.update(one.number for one in finished)
        sentences += sum(len(one.sentences) for one in finished if one.number > 0)
    return Run(workers, ready - begun, time.perf_counter() - ready, sentences)


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abstracts", type=int, default=ABSTRACTS)
    parser.add_argument("--batch", type=int, default=BATCH, help="texts of a batch")
    parser.add_argument("--runs", type=int, default=RUNS, help="of each number of workers, of which the median counts")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    every = texts(arguments.abstracts)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    begun = time.perf_counter()
    ray.init(address="local", num_cpus=max(WORKERS), include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    print(f"{len(every)} abstracts; the cluster started in {time.perf_counter() - begun:.1f} s", flush=True)
    runs = [run(workers, every, arguments.batch) for _ in range(arguments.runs) for workers in WORKERS]
    ray.shutdown()
    alone = statistics.median(one.stage for one in runs if one.workers == 1)
    for workers in WORKERS:
        mine = [one for one in runs if one.workers == workers]
        stage, ready = (statistics.median(getattr(one, name) for one in mine) for name in ("stage", "ready"))
        each = ", ".join(f"{one.stage:.1f}" for one in mine)
        rate = len(every) / stage
        print(f"{workers} workers: {stage:.1f} s ({each}), {rate:.1f} abstracts a second, {alone / stage:.2f}x; ready after {ready:.1f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(one) for one in runs], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
