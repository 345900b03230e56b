"""Fit `rag/search/data/topic_weights.json` and say how well topics are judged: `python -m benchmarks.fit_topics`.

With `ablation` it prints the figures without each feature, with `write` it stores the weights.

A logistic regression with a ridge over the features of a topic and an abstract (`rag.search.topic_features`). The topics are those of the
development data in each of their wordings, as a reader of questions should give them (`benchmarks/data/topic_phrases.tsv`); marginal
abstracts are left out. Every figure is of topics that the weights were not fitted to.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.development import rows, temporary_settings
from benchmarks.topics import f1
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date
from rag.questions.query import Topic
from rag.search.relevance import Weights, about, combined, corpus_of
from rag.search.topic_features import NAMES, topic_features

PHRASES = Path(__file__).parent / "data" / "topic_phrases.tsv"
OWN = PHRASES.with_name("own_topics.tsv")
WEIGHTS = Path(__file__).parents[1] / "rag" / "search" / "data" / "topic_weights.json"
FOLDS, ROUNDS = 9, 2
RIDGE = 300.0  # on features scaled to a spread of 1
_STEPS = 15

Array = NDArray[np.float64]


KINDS: dict[str, Callable[[Example], bool]] = {
    "development topics": lambda one: one.id.startswith("d"),
    "own topics": lambda one: one.id.startswith("o") and bool(one.core),
    "own topics of which there is none": lambda one: one.id.startswith("o") and not one.core,
}


@dataclass(frozen=True, eq=False)
class Example:
    """A wording of a topic with the features of its phrases, and which abstracts are core and which marginal."""

    id: str
    topic: Topic
    features: Mapping[str, NDArray[np.float32]]
    core: frozenset[int]
    marginal: frozenset[int]


def read_phrases(text: str) -> Topic:
    """A topic as the file has it: "Chinese | Mandarin & data - speech"."""
    wanted, *none = f" {text}".split(" - ")
    groups = tuple(tuple(one.strip() for one in group.split(" | ")) for group in wanted.split(" & ") if group.strip())
    return Topic(groups, tuple(one.strip() for part in none for one in part.split(" | ")))


def topics() -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """Id, wordings, core and marginal references: of the development topics, then of this repository's own over the same abstracts."""
    phrases = dict(line.split("\t", 1) for line in PHRASES.read_text(encoding="utf-8").splitlines())
    for row in rows("topics_dev.jsonl"):
        yield row["id"], phrases[row["id"]].split("\t"), row["core"], row["marginal"]
    for number, line in enumerate(OWN.read_text(encoding="utf-8").splitlines(), start=1):
        *wordings, core, marginal = line.split("\t")
        yield f"o{number:02d}", wordings, core.split(), marginal.split()


def examples(generation: Generation) -> list[Example]:
    """All wordings of all topics."""
    corpus = corpus_of(generation)
    of = corpus.candidates(generation, [])
    assert of is not None
    place = {f"{source.file[:3]}:{source.line}": at for at, one in enumerate(of.abstracts) for source in one.sources}
    found = []
    for name, wordings, core, marginal in topics():
        for topic in map(read_phrases, wordings):
            said = [one for group in (*topic.every, topic.none) for one in group]
            features = {one: topic_features(one, of, corpus.vocabulary) for one in said}
            found.append(Example(name, topic, features, frozenset(place[ref] for ref in core), frozenset(place[ref] for ref in marginal)))
    return found


def fit(of: Sequence[Example], names: Sequence[str] = NAMES, ridge: float = RIDGE) -> Weights:
    """Logistic regression by Newton's method, on wordings of one phrase; without the features that are not named."""
    inputs, wanted = [], []
    for one in of:
        if len(one.features) == 1:
            (features,) = one.features.values()
            kept = [at for at in range(len(features)) if at not in one.marginal]
            inputs.append(features[kept])
            wanted.append([(at in one.core) != bool(one.topic.none) for at in kept])
    every, right = np.concatenate(inputs).astype(float), np.concatenate(wanted).astype(float)
    used = [NAMES.index(name) for name in names]
    means, spread = every[:, used].mean(axis=0), every[:, used].std(axis=0)
    scaled = np.column_stack([(every[:, used] - means) / spread, np.ones(len(every))])
    weights: Array = np.zeros(len(used) + 1)
    ridges = np.append(np.full(len(used), ridge), 1e-6)
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-(scaled @ weights)))
        curvature = (scaled * (chances * (1 - chances))[:, None]).T @ scaled + np.diag(ridges)
        step = np.linalg.solve(curvature, scaled.T @ (right - chances) - ridges * weights)
        weights += step
        if np.abs(step).max() < 1e-3:
            break
    plain = weights[:-1] / spread
    return Weights(float(weights[-1] - means @ plain), dict(zip(names, map(float, plain), strict=True)))


@dataclass(frozen=True)
class Figures:
    """How well topics are judged: list F1, the share of counts within bounds, of false "0", and the best F1 that any cut gives."""

    f1: float
    count: float
    none: float
    best: float

    def __str__(self) -> str:
        return f"F1 {self.f1:.1%}, count {self.count:.1%}, false 0 {self.none:.1%}, F1 of the best cut {self.best:.1%}"


def _judge(one: Example, weights: Weights) -> tuple[float, bool, bool, float]:
    chances = {phrase: weights.probabilities(features) for phrase, features in one.features.items()}
    found = about(one.topic, chances)
    order = np.argsort(-combined(one.topic, chances), kind="stable").tolist()
    best = max(_f1(order[:size], one) for size in range(len(order) + 1))
    right = len(one.core) <= len(found) <= len(one.core | one.marginal)
    return _f1(found, one), right, not found and bool(one.core), best


def _f1(found: Collection[int], one: Example) -> float:
    return f1([str(at) for at in found], [str(at) for at in one.core], [str(at) for at in one.marginal])


def cross_validated(
    of: Sequence[Example],
    names: Sequence[str] = NAMES,
    ridge: float = RIDGE,
    rounds: int = ROUNDS,
    holds: Callable[[Example], bool] = lambda one: True,
) -> Figures:
    """The figures of topics that were left out of fitting, of those that `holds` is true of."""
    results = []
    for seed in range(rounds):
        for fold in range(FOLDS):
            outside = [one for one in of if zlib.crc32(f"{seed}{one.id}".encode()) % FOLDS == fold]
            inside = [one for one in of if zlib.crc32(f"{seed}{one.id}".encode()) % FOLDS != fold]
            weights = fit(inside, names, ridge)
            results += [_judge(one, weights) for one in outside if holds(one)]
    return Figures(*(float(one) for one in np.mean(np.array(results, dtype=float), axis=0)))


def ablation(of: Sequence[Example]) -> Iterator[tuple[str, Figures]]:
    """The figures without each feature."""
    for name in NAMES:
        yield name, cross_validated(of, [one for one in NAMES if one != name], rounds=1)


def main() -> None:
    """Print the figures for the encoder's vectors, then for wordllama's; with `write` store the weights for both."""
    stored = {}
    for name, embedding in (("encoder", "minilm"), ("wordllama", "wordllama")):
        with temporary_settings() as settings:
            chosen = settings.model_copy(update={"embedding": embedding, "index_dir": settings.index_dir.with_name(name)})
            bring_up_to_date(chosen)
            with open_index(chosen) as index, index.reading() as generation:
                found = examples(generation)
        for kind, holds in KINDS.items():
            print(f"{name}, {kind}: {cross_validated(found, holds=holds)}")
        if "ablation" in sys.argv[1:]:
            for feature, figures in ablation(found):
                print(f"  without {feature:<14} {figures}")
        weights = fit(found)
        rounded = {feature: round(value, 3) for feature, value in weights.of.items()}
        stored[name] = {"constant": round(weights.constant, 3), "weights": rounded}
    if "write" in sys.argv[1:]:
        WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
