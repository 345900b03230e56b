"""How well abstracts are ranked on public collections, by each embedding, and a peer: `python -m benchmarks.retrieval`.

nDCG@10 by ir_measures. What each part of the score brings is told by `benchmarks.fit_retrieval`.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median

import ir_measures

from benchmarks.development import DATA, rows, temporary_settings
from benchmarks.peer import MODES, fused
from rag.assistant import Assistant
from rag.embedding.loading import load_embedder
from rag.index.generations import open_index

LIMIT = 100
NDCG = ir_measures.nDCG @ 10

Search = Callable[[str], list[str]]  # from a query to the collection's own ids, best first

EMBEDDINGS = ("wordllama", "auto", "minilm")


def judgements(name: str) -> list[ir_measures.Qrel]:
    """The relevance judgements of a collection."""
    with (DATA / "retrieval" / name / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        return [ir_measures.Qrel(row["query-id"], row["corpus-id"], int(row["score"])) for row in csv.DictReader(file, delimiter="\t")]


def measure(search: Search, queries: Mapping[str, str], judged: list[ir_measures.Qrel]) -> tuple[float, float]:
    """nDCG@10 over all judged queries, one without a result counting 0, and the median milliseconds a query."""
    run: dict[str, dict[str, float]] = {}
    times = []
    for name, text in queries.items():
        begin = time.perf_counter()
        found = search(text)
        times.append(time.perf_counter() - begin)
        run[name] = {one: -float(rank) for rank, one in enumerate(dict.fromkeys(found))}
    return ir_measures.calc_aggregate([NDCG], judged, run)[NDCG], median(times) * 1000


def searches(collection: str) -> Iterator[tuple[str, Search]]:
    """Each way to search a collection, by name; it works until the next is asked for."""
    for embedding in EMBEDDINGS:
        with temporary_settings(DATA / "retrieval" / collection / "corpus.jsonl", embedding=embedding) as settings:
            with Assistant.open(settings) as assistant:
                yield embedding, lambda text: [one for hit in assistant.retrieve(text, LIMIT) for one in hit.external_ids][:LIMIT]
                ids = {one.id: one.external_ids for one in assistant.abstracts()}
            if embedding == "auto":
                continue  # its vectors are those of another
            with open_index(settings) as index, index.reading() as generation:
                for mode in MODES:
                    yield f"LlamaIndex, {mode}, {embedding}", _expanded(fused(generation, load_embedder(settings), mode, LIMIT), ids)


def _expanded(search: Search, ids: Mapping[str, tuple[str, ...]]) -> Search:
    """A search of passages as one of the collection's own ids."""
    return lambda text: [one for passage in search(text) for one in ids[passage.partition(":")[0]]][:LIMIT]


def main() -> None:
    """Print all figures."""
    print(f"{'nDCG@10':<36} {'n':>5} {'nDCG@10':>8} {'ms a query':>11}")
    for collection in ("scifact", "cacm"):
        queries = {row["_id"]: row["text"] for row in rows(f"retrieval/{collection}/queries.jsonl")}
        judged = judgements(collection)
        for name, search in searches(collection):
            quality, spent = measure(search, queries, judged)
            print(f"{collection + ': ' + name:<36} {len(queries):>5} {quality:>8.4f} {spent:>11.1f}", flush=True)


if __name__ == "__main__":
    main()
