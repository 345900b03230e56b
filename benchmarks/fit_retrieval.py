"""Fits the weights of retrieval and says what each part brings: `python -m benchmarks.fit_retrieval` (indexes SciFact: minutes).

The weights maximise the mean of nDCG@10 over all collections, each counting the same, by coordinate ascent over a few values. Printed
are: plain search (BM25 and the passage's cosine); the weights in use; weights fitted on the other folds of each collection's queries;
weights fitted on the other collections alone; and the weights in use without each part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.development import DATA, references, rows, temporary_settings
from benchmarks.retrieval import judgements
from rag.assistant import Assistant
from rag.embedding import load_embedder
from rag.index.generations import open_index
from rag.search.retrieve import CANDIDATES, ENCODER, NOTHING, Parts, find_candidates

FOLDS = 5
VALUES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
NAMES = [one.name for one in fields(Parts)]
KINDS = ("own_words", "named", "why_how", "yesno", "fact", "multi")  # of the development questions that have an answer


@dataclass(frozen=True, eq=False)
class Judged:
    """A query's candidates: their parts, shape (candidates, parts), their gains, and the gains of all that is relevant, best first."""

    parts: NDArray[np.float64]
    gains: NDArray[np.float64]
    ideal: float

    def ndcg(self, weights: NDArray[np.float64]) -> float:
        """nDCG@10 of the candidates in the order of their weighted parts."""
        order = np.argsort(-(self.parts @ weights), kind="stable")[:10]
        return _gain(self.gains[order]) / self.ideal


def _gain(gains: Sequence[float] | NDArray[np.float64]) -> float:
    return float(sum(gain / np.log2(place + 2) for place, gain in enumerate(gains[:10])))


def questions(assistant: Assistant) -> Iterator[tuple[str, Mapping[str, int]]]:
    """The development questions with the ids of the abstracts that answer them."""
    ids = references(assistant)
    for name in ("own_words_dev.jsonl", "questions_dev.jsonl"):
        for row in rows(name):
            if row["kind"] in KINDS and row.get("gold"):
                yield row["question"], {ids[one]: 1 for one in row["gold"]}


def queries(collection: str) -> Callable[[Assistant], Iterator[tuple[str, Mapping[str, int]]]]:
    """The queries of a public collection with the ids that its relevant abstracts have here."""

    def read(assistant: Assistant) -> Iterator[tuple[str, Mapping[str, int]]]:
        ids = {external: one.id for one in assistant.abstracts() for external in one.external_ids}
        relevant: dict[str, dict[str, int]] = {}
        for one in judgements(collection):
            if one.relevance > 0 and one.doc_id in ids:
                relevant.setdefault(one.query_id, {})[ids[one.doc_id]] = one.relevance
        for row in rows(f"retrieval/{collection}/queries.jsonl"):
            if row["_id"] in relevant:
                yield row["text"], relevant[row["_id"]]

    return read


def collect(name: str) -> list[Judged]:
    """All queries of a collection, with the parts of their candidates as the product computes them."""
    folder = {} if name == "questions" else {"corpus": DATA / "retrieval" / name / "corpus.jsonl"}
    read = questions if name == "questions" else queries(name)
    found = []
    with temporary_settings(**folder, embedding="minilm") as settings, Assistant.open(settings) as assistant:
        embedder = load_embedder(settings)
        with open_index(settings) as index, index.reading() as generation:
            for text, relevant in read(assistant):
                near = find_candidates(generation, embedder, text, CANDIDATES)
                gains = np.array([relevant.get(one.abstract.id, 0) for one in near], dtype=np.float64)
                parts = np.array([astuple(one.parts) for one in near], dtype=np.float64).reshape(len(near), len(NAMES))
                found.append(Judged(parts, gains, _gain(sorted(relevant.values(), reverse=True))))
    return found


def fit(collections: Sequence[Sequence[Judged]]) -> NDArray[np.float64]:
    """The weights that do best on average over collections."""

    def quality(weights: NDArray[np.float64]) -> float:
        return float(np.mean([np.mean([one.ndcg(weights) for one in some]) for some in collections]))

    best = np.array(astuple(ENCODER))
    reached = quality(best)
    while True:
        before = reached
        for place in range(len(best)):
            for value in VALUES:
                tried = best.copy()
                tried[place] = value
                if tried.any() and (now := quality(tried)) > reached + 1e-6:
                    best, reached = tried, now
        if reached - before < 1e-4:
            return best


def cross_validated(collections: Mapping[str, Sequence[Judged]]) -> dict[str, float]:
    """The mean of each collection's nDCG@10, each query scored by weights that were fitted without its fold."""
    scores: dict[str, list[float]] = {name: [] for name in collections}
    for fold in range(FOLDS):
        weights = fit([[one for place, one in enumerate(some) if place % FOLDS != fold] for some in collections.values()])
        for name, some in collections.items():
            scores[name] += [one.ndcg(weights) for place, one in enumerate(some) if place % FOLDS == fold]
    return {name: float(np.mean(found)) for name, found in scores.items()}


def main() -> None:
    """Print all figures."""
    collections = {name: collect(name) for name in ("questions", "cacm", "scifact")}
    print(f"{'':<34}" + "".join(f"{name:>12}" for name in collections))

    def show(name: str, found: Mapping[str, float]) -> None:
        print(f"{name:<34}" + "".join(f"{found[one]:>12.4f}" for one in collections), flush=True)

    def with_weights(weights: NDArray[np.float64]) -> dict[str, float]:
        return {name: float(np.mean([one.ndcg(weights) for one in some])) for name, some in collections.items()}

    show("plain: BM25 and cosine", with_weights(np.array(astuple(replace(NOTHING, lexical=ENCODER.lexical, dense=ENCODER.dense)))))
    show("as used", with_weights(np.array(astuple(ENCODER))))
    show("fitted on the other folds", cross_validated(collections))
    others = {name: fit([some for other, some in collections.items() if other != name]) for name in collections}
    show("fitted on the other collections", {name: with_weights(weights)[name] for name, weights in others.items()})
    for name in NAMES:
        show(f"as used, without {name}", with_weights(np.array(astuple(replace(ENCODER, **{name: 0.0})))))
    print("fitted on all:", dict(zip(NAMES, fit(list(collections.values())).tolist(), strict=True)))


if __name__ == "__main__":
    main()
