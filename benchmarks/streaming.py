"""How long one large file of JSON Lines takes to be read and stored, and in how much memory.

    python -m benchmarks.streaming --abstracts 100000 [--gzip] [--runs 1]

The abstracts are put together from real sentences by chance. Each run is a process of its own with an empty catalogue: seconds of
reading and storing, of putting works together, and of a second look after the file's time has changed; peak memory in MB of the
process that stores and of the process that reads.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.growth import real_sentences
from benchmarks.synthetic import write_recombined
from rag.index.catalogue import Catalogue
from rag.index.sync import SyncRequest, assemble, sync
from rag.model.events import silent


def child(index: Path, corpus: Path) -> None:
    """What runs in a process of its own: read and store, put together, look again; prints the figures."""
    request = SyncRequest.below([corpus], add=False, shape=None, columns=None)
    with closing(Catalogue(index / "catalogue.db", create=True)) as catalogue:
        started = time.perf_counter()
        sync(catalogue, request, silent)
        stored = time.perf_counter()
        assemble(catalogue, 1, "none", silent)
        together = time.perf_counter()
        os.utime(corpus)
        sync(catalogue, request, silent)
        again = time.perf_counter()
        with catalogue.reading() as connection:
            (abstracts,) = connection.execute("SELECT count(*) FROM abstracts WHERE removed IS NULL").fetchone()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    worked = [one.ru_utime + one.ru_stime for one in used]
    peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    figures = {"abstracts": abstracts, "stored": stored - started, "together": together - stored, "again": again - together}
    figures |= {"worked": worked[0], "worked_reading": worked[1]}
    print(json.dumps(figures | {"memory": peaks[0], "memory_reading": peaks[1]}))


def _written(folder: Path, abstracts: int, packed: bool) -> Path:
    corpus = folder / "corpus.jsonl"
    write_recombined(corpus, abstracts, real_sentences(), seed=1)
    if not packed:
        return corpus
    target = folder / "corpus.jsonl.gz"
    with corpus.open("rb") as plain, gzip.open(target, "wb", compresslevel=6) as out:
        shutil.copyfileobj(plain, out)
    return target


def main() -> None:
    """Measure, and print a line a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abstracts", type=int, default=100_000)
    parser.add_argument("--gzip", action="store_true", help="pack the file")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    with tempfile.TemporaryDirectory() as name:
        corpus = _written(Path(name), arguments.abstracts, arguments.gzip)
        for run in range(arguments.runs):
            command = [sys.executable, "-m", "benchmarks.streaming", "--child", str(Path(name) / f"index{run}"), str(corpus)]
            one = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"{one['abstracts']:,} abstracts, {corpus.stat().st_size / 1e6:,.0f} MB: read and stored in {one['stored']:.1f} s, "
                f"put together in {one['together']:.1f} s, looked at again in {one['again']:.1f} s; "
                f"{one['memory']} MB and {one['worked']:.1f} s of the processor, in the reading process {one['memory_reading']} MB and "
                f"{one['worked_reading']:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
