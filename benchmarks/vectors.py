"""Chroma or segments? `python -m benchmarks.vectors INDEX [--only segments]`.

Both stores are filled from the catalogue of an index of word vectors that is there, in a temporary folder, and asked for the 100 passages
nearest to SciFact's claims. Printed are the seconds that filling takes, the bytes that a passage takes on disk, the milliseconds of a
query (median, all at once in one thread), and the share of the exact best 100 that is found.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import mean, median

import numpy as np

from benchmarks.development import rows
from rag.embedding import Vectors, load_wordllama
from rag.index.catalogue import Catalogue
from rag.index.layout import Layout
from rag.index.snapshot import Snapshot
from rag.index.vectors import Place, Store, open_vectors, write_vectors
from rag.model import NO_FILTERS

_QUERIES = 200
_BEST = 100


def fill(store: Store, folder: Path, catalogue: Catalogue) -> float:
    """Write all vectors of a catalogue into a store; returns the seconds."""
    started = time.perf_counter()
    with closing(write_vectors(Place(store), folder, catalogue)) as writer:
        with catalogue.reading() as connection:
            texts = [row[0] for row in connection.execute("SELECT text FROM abstracts WHERE removed IS NULL ORDER BY text")]
        writer.add(texts)
        writer.finish()
    return time.perf_counter() - started


def everything(snapshot: Snapshot) -> tuple[list[str], Vectors]:
    """The ids and vectors of all passages."""
    ids = snapshot.passage_ids(NO_FILTERS)
    return ids, np.concatenate([snapshot.vectors(ids[start : start + 10_000]) for start in range(0, len(ids), 10_000)])


def ask(store: Store, folder: Path, snapshot: Snapshot, queries: Vectors, best: Sequence[set[str]]) -> tuple[float, float]:
    """The milliseconds of a query and the share of the best that is found."""
    with closing(open_vectors(Place(store), folder, snapshot)) as index:
        index.nearest(queries[0], _BEST, NO_FILTERS)
        taken, shares = [], []
        for query, wanted in zip(queries, best, strict=True):
            started = time.perf_counter()
            hits = index.nearest(query, _BEST, NO_FILTERS)
            taken.append(1000 * (time.perf_counter() - started))
            shares.append(len(wanted & {one for one, _ in hits}) / len(wanted))
    return median(taken), mean(shares)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path, help="an index folder")
    parser.add_argument("--only", choices=["chroma", "segments"], help="this store alone")
    arguments = parser.parse_args()
    stores: list[Store] = [arguments.only] if arguments.only else ["chroma", "segments"]
    layout = Layout(arguments.index)
    with closing(Catalogue(layout.catalogue)) as catalogue, tempfile.TemporaryDirectory() as name:
        snapshot = Snapshot(catalogue, int(layout.current_name() or 0))
        ids, vectors = everything(snapshot)
        queries = load_wordllama().embed([row["text"] for row in rows("retrieval/scifact/queries.jsonl")][:_QUERIES])
        best = [{ids[place] for place in np.argpartition(-(vectors @ one), _BEST)[:_BEST]} for one in queries]
        print(f"{len(ids):,} passages of {vectors.shape[1]} numbers; {os.cpu_count()} cores")
        del vectors
        for store in stores:
            seconds = fill(store, Path(name), catalogue)
            size = sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file()) / len(ids)
            milliseconds, share = ask(store, Path(name), snapshot, queries, best)
            print(f"{store}: filled in {seconds:.1f} s, {size:,.0f} bytes, query {milliseconds:.1f} ms, recall {share:.4f}", flush=True)
            for path in sorted(Path(name).rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
