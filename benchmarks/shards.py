"""What would several machines cost, and what would be lost? `python -m benchmarks.shards [--abstracts 20000] [--only measured|simulated]`.

*Measured*: abstracts are dealt out to shards, each with a word index of its own; the best 100 of each, by its own BM25, are merged. Told
are the share of the best 100 of one index over all that is found so, and nDCG@10 of the SciFact claims: merged by the shards' own scores,
and by BM25 with the statistics of the whole corpus, which the shards are asked for first (documents, mean length, and in how many
documents each term is).

*Simulated*: machines, memory, disk, hours and dollars for 10 and 100 million abstracts, and what a question waits for, drawn from the
costs of one machine (`COSTS`, see docs/scale.md for how they were measured): a question waits for the slowest of its shards.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from statistics import mean

import ir_measures
import numpy as np

from benchmarks.development import rows
from benchmarks.growth import real_sentences
from benchmarks.retrieval import NDCG, judgements
from benchmarks.synthetic import write_recombined
from rag.index.lexical import LexicalDocument, LexicalIndex, LexicalWriter

_BEST = 100
_SHARDS = (1, 2, 4, 8, 16)
_K1, _B = 1.2, 0.75  # tantivy's


@dataclass(frozen=True, slots=True)
class Costs:
    """What one machine with two cores needs for each million of abstracts, and what a question takes there, in milliseconds."""

    disk: float  # GB
    memory: float  # GB, with the files that a question touches
    index_hours: float
    search: float  # ms of the first search, per million
    rest: float  # ms of a question besides: reading it, re-ranking, composing; of the coordinator
    spread: float = 0.35  # standard deviation of the logarithm of a shard's time under load
    network: float = 1.0  # ms there and back, within one data centre
    dollars: float = 0.10  # an hour of a machine with 2 cores and 8 GB
    gigabyte: float = 0.08  # dollars a month for a gigabyte of disk


COSTS = Costs(disk=7.3, memory=1.5, index_hours=0.5, search=110.0, rest=60.0)


def documents(count: int) -> list[tuple[str, str, str]]:
    """The (id, title, text) of SciFact's abstracts, with recombined ones up to a count."""
    real = [(row["_id"], row["title"], row["text"]) for row in rows("retrieval/scifact/corpus.jsonl")]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "more.jsonl"
        write_recombined(path, max(0, count - len(real)), real_sentences(), seed=4)
        made = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return real + [(f"recombined-{number}", row["title"], row["abstract"]) for number, row in enumerate(made)]


class Shards:
    """Word indexes over parts of a corpus, in a folder each."""

    def __init__(self, folder: Path, every: Sequence[tuple[str, str, str]], count: int, stack: ExitStack) -> None:
        self._texts = {one: f"{title}\n{text}" for one, title, text in every}
        parts: list[list[tuple[str, str, str]]] = [[] for _ in range(count)]
        for document in every:
            parts[int.from_bytes(blake2b(document[0].encode(), digest_size=4).digest()) % count].append(document)
        self.indexes = []
        for number, part in enumerate(parts):
            writer = LexicalWriter(folder / str(number), create=True)
            writer.add(LexicalDocument(one, one, title, text, {}, ()) for one, title, text in part)
            writer.commit()
            self.indexes.append(stack.enter_context(closing(LexicalIndex(folder / str(number)))))
        lengths = [len(self.indexes[0].terms(text)) for text in self._texts.values()]
        self._mean_length, self._count = mean(lengths), len(lengths)
        self._having = Counter(term for text in self._texts.values() for term in set(self.indexes[0].terms(text)))

    def best(self, query: str) -> list[str]:
        """The best, by the shards' own scores."""
        found = [hit for index in self.indexes for hit in index.query(query, _BEST)]
        return [one for one, _ in sorted(found, key=lambda hit: (-hit[1], hit[0]))[:_BEST]]

    def best_by_all(self, query: str) -> list[str]:
        """The best of the same candidates, by BM25 with the statistics of the whole corpus."""
        found = [one for index in self.indexes for one, _ in index.query(query, _BEST)]
        terms = self.indexes[0].terms(query)
        return sorted(found, key=lambda one: (-self._score(terms, one), one))[:_BEST]

    def _score(self, terms: Sequence[str], one: str) -> float:
        counts = Counter(self.indexes[0].terms(self._texts[one]))
        long = _K1 * (1 - _B + _B * counts.total() / self._mean_length)
        return sum(self._weight(term) * counts[term] * (_K1 + 1) / (counts[term] + long) for term in terms if counts[term])

    def _weight(self, term: str) -> float:
        having = self._having[term]
        return math.log(1 + (self._count - having + 0.5) / (having + 0.5))


def measured(abstracts: int) -> None:
    """Print what merging loses."""
    every = documents(abstracts)
    claims = {row["_id"]: row["text"] for row in rows("retrieval/scifact/queries.jsonl")}
    judged = judgements("scifact")
    asked = {one.query_id for one in judged}
    queries = {name: text for name, text in claims.items() if name in asked}
    print(f"{len(every):,} abstracts, {len(queries)} claims: share of the best {_BEST} of one index; nDCG@10")
    whole: Mapping[str, list[str]] = {}
    for count in _SHARDS:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            shards = Shards(Path(name), every, count, stack)
            own = {query: shards.best(text) for query, text in queries.items()}
            by_all = {query: shards.best_by_all(text) for query, text in queries.items()}
            whole = whole or own
            shares = [mean(len(set(whole[one]) & set(run[one])) / max(1, len(whole[one])) for one in queries) for run in (own, by_all)]
            quality = [ir_measures.calc_aggregate([NDCG], judged, _ranked(run))[NDCG] for run in (own, by_all)]
            print(
                f"{count:>3} shards: own scores {shares[0]:.3f}, {quality[0]:.3f}; corpus-wide {shares[1]:.3f}, {quality[1]:.3f}",
                flush=True,
            )


def _ranked(run: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    return {query: {one: -float(rank) for rank, one in enumerate(found)} for query, found in run.items()}


def simulated(costs: Costs, questions: int = 20_000) -> None:
    """Print what several machines cost and what a question waits for."""
    source = np.random.default_rng(0)
    print("abstracts  a shard  machines  disk GB  memory GB  index hours  p50 ms  p99 ms  asked twice, p99 ms  dollars a month")
    for total in (1, 10, 100):
        for each in (1, 2, 5):
            if each > total:
                continue
            shards = total // each
            times = costs.search * each * np.exp(costs.spread * source.standard_normal((questions, shards, 2)))
            plain = costs.rest + costs.network + times[:, :, 0].max(axis=1)
            hedged = costs.rest + costs.network + times.min(axis=2).max(axis=1)  # each shard is asked twice, the first answer counts
            month = shards * 730 * costs.dollars + total * costs.disk * costs.gigabyte
            size = f"{total:>7} M {each:>7} M {shards:>9} {total * costs.disk:>8.0f} {each * costs.memory:>10.1f}"
            waits = f"{np.median(plain):>7.0f} {np.quantile(plain, 0.99):>7.0f} {np.quantile(hedged, 0.99):>20.0f}"
            print(f"{size} {each * costs.index_hours:>12.1f} {waits} {month:>16,.0f}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abstracts", type=int, default=20_000, help="of the measured corpus")
    parser.add_argument("--only", choices=("measured", "simulated"), help="this table alone")
    arguments = parser.parse_args()
    if arguments.only != "simulated":
        measured(arguments.abstracts)
    if arguments.only != "measured":
        simulated(COSTS)


if __name__ == "__main__":
    main()
