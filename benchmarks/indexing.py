"""How fast and in how much memory a corpus is indexed, each run in a process of its own with nothing loaded before.

    python -m benchmarks.indexing --runs 3
    python -m benchmarks.indexing --synthetic 200000 --runs 1

Prints medians. "cold" is the whole life of the process, imports included; "again" a second run on the unchanged corpus,
without its imports; "one more" the run after one abstract was added.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.synthetic import abstract, write_corpus
from rag.index.ingest import bring_up_to_date
from rag.model.settings import Settings

_REPOSITORY = Path(__file__).parents[1]
_LISTINGS = _REPOSITORY / "data" / "corpus"
_SCIFACT = _REPOSITORY.parent / "shared" / "data" / "retrieval" / "scifact" / "corpus.jsonl"


@dataclass(frozen=True)
class Run:
    """One cold run: times in seconds, peak memory in MB (of the process, and of the largest process it started)."""

    abstracts: int
    passages: int
    cold: float
    again: float
    one_more: float
    memory: float
    memory_beside: float


def measure(corpus: Path) -> Run:
    """Index a corpus in a new process, then a second and a third time after nothing and one abstract was added."""
    with tempfile.TemporaryDirectory() as name:
        index, more = Path(name) / "index", Path(name) / "more.jsonl"
        started = time.perf_counter()
        first = _child(index, corpus)
        cold = time.perf_counter() - started
        again = _child(index, corpus)
        more.write_text(json.dumps(abstract(1)) + "\n", encoding="utf-8")
        added = _child(index, more, "--add")
    return Run(
        int(first["abstracts"]), int(first["passages"]), cold, again["seconds"], added["seconds"], first["memory"], first["memory_beside"]
    )


def _child(index: Path, corpus: Path, *more: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.indexing", "--child", str(index), str(corpus), *more]
    data: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return data


def child(index: Path, corpus: Path, add: bool) -> None:
    """What runs in the new process: index, and print what that took."""
    settings = Settings(index_dir=index, corpus=corpus, _env_file=None)
    report = bring_up_to_date(settings, [corpus], add=add)
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    numbers = {"abstracts": report.abstracts, "passages": report.passages, "seconds": report.seconds}
    print(json.dumps(numbers | {"memory": peaks[0], "memory_beside": peaks[1]}))


def summary(name: str, runs: list[Run]) -> str:
    """One line of medians."""

    def median(of: Callable[[Run], float]) -> float:
        return statistics.median(of(run) for run in runs)

    first = runs[0]
    return (
        f"{name}: {first.abstracts:,} abstracts, {first.passages:,} passages, n = {len(runs)}: cold {median(lambda run: run.cold):.2f} s "
        f"({first.abstracts / median(lambda run: run.cold):,.0f} abstracts/s), again {median(lambda run: run.again):.3f} s, "
        f"one more {median(lambda run: run.one_more):.2f} s, {median(lambda run: run.memory):.0f} MB "
        f"and {median(lambda run: run.memory_beside):.0f} MB beside"
    )


def main() -> None:
    """Measure what there is to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each corpus")
    parser.add_argument("--synthetic", type=int, default=0, metavar="N", help="measure N made-up abstracts instead")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--add", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        index, corpus = arguments.child
        child(index, corpus, arguments.add)
        return
    with tempfile.TemporaryDirectory() as name:
        corpora = {"the four listings": _LISTINGS, "SciFact": _SCIFACT}
        if arguments.synthetic:
            corpora = {"made up": Path(name) / "corpus.jsonl"}
            write_corpus(corpora["made up"], arguments.synthetic, seed=1, sentences=12)
        for title, corpus in corpora.items():
            if corpus.exists():
                print(summary(title, [measure(corpus) for _ in range(arguments.runs)]), flush=True)
            else:
                print(f"{title}: not here, not measured")


if __name__ == "__main__":
    main()
