"""Fit `rag/evidence/answerability.py` and say how well it tells what can be answered: `python -m benchmarks.fit_answerability`.

Two logistic regressions with a ridge, on its features: whether an abstract is on the topic is fitted to questions of
absent topics against all others; whether it has the detail, to questions of absent details against those that are answered. Fitted to
the development questions, to the development half of the shipped ones, and to claims and queries of other fields (SciFact, CACM), which
the corpus has nothing about. False premises stay out: they have a check of their own.
Every figure is of questions that the weights were not fitted to: eight folds, four times; then the other half of the shipped
questions. Prints the tables to paste.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.development import area, rows, temporary_settings
from eval.questions import DATA, load_questions
from rag.collection.compute import read_scope
from rag.embedding.loading import load_embedder
from rag.evidence.answerability import Features, Model, detail_features, topic_features
from rag.evidence.extract import order_candidates
from rag.index.generations import open_index
from rag.model.settings import Settings
from rag.questions.followups import resolve_follow_up
from rag.search.retrieve import boost_context, find_candidates

FOLDS, ROUNDS = 8, 4
RIDGE = 3.0  # on features scaled to a spread of 1
_STEPS = 25
_CONSIDERED = 20  # abstracts, as many as the assistant looks at
_LONGEST = 300  # characters of a query of another field
_REFUSED = (0.2, 0.3, 0.4, 0.45, 0.5)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A question with its features: whether it can be answered, and the set or half of one that it is from.

    `lacks` is what is not there: "topic", "detail", or nothing.
    """

    question: str
    kind: str
    part: str
    lacks: str
    topic: Features
    detail: Features


def questions() -> Iterator[tuple[str, Any, str, str, str]]:
    """Question, history, kind, part and what is lacking, of all but false premises."""
    for row in rows("questions_dev.jsonl"):
        lacks = "" if row["kind"] != "unanswerable" else "detail" if row.get("near") else "topic"
        if row["kind"] != "unanswerable" or not row["answer"].startswith("False premise"):
            yield row["question"], row.get("history") or [], row["kind"], "shared", lacks
    for name in ("questions.jsonl", "refusals.jsonl"):
        for one in load_questions(DATA / name):
            if one.kind != "false_premise":
                lacks = "" if one.answerable else "topic" if one.kind == "absent_topic" else "detail"
                yield one.question, list(one.history), one.kind, one.split or "dev", lacks
    for name, step in (("scifact", 10), ("cacm", 1)):
        for row in rows(f"retrieval/{name}/queries.jsonl")[::step]:
            yield row["text"][:_LONGEST], [], name, "elsewhere", "topic"


def examples(settings: Settings) -> Iterator[Example]:
    """All questions that are answered from abstracts, not counted by code."""
    embedder = load_embedder(settings)
    with open_index(settings) as index, index.reading() as generation:
        for question, history, kind, part, lacks in questions():
            read = resolve_follow_up(question, history)
            asked = read_scope(generation, read.text, read.filters)
            if asked.wanted is None:
                near = find_candidates(generation, embedder, asked.sought.text, _CONSIDERED, asked.filters)
                near = order_candidates(
                    asked.sought, boost_context(generation, embedder, asked.sought.text, near, read.cited, asked.filters)
                )
                if near and asked.sought.short.stems:
                    yield Example(question, kind, part, lacks, topic_features(asked.sought, near), detail_features(asked.sought, near))


def fit(features: Sequence[Features], right: Sequence[bool], ridge: float = RIDGE) -> Model:
    """Logistic regression by Newton's method; a sign that is not there is taken to have its mean."""
    names = sorted({name for one in features for name in one})
    known = np.array([[one.get(name, np.nan) for name in names] for one in features])
    means = np.nanmean(known, axis=0)
    inputs = np.where(np.isnan(known), 0.0, known - means)
    spread = inputs.std(axis=0)
    inputs = np.column_stack([inputs / spread, np.ones(len(features))])
    wanted = np.array(right, dtype=float)
    ridges = np.append(np.full(len(names), ridge), 0.0)
    weights: Array = np.zeros(len(names) + 1)
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-(inputs @ weights)))
        curvature = (inputs * (chances * (1 - chances))[:, None]).T @ inputs + np.diag(ridges)
        weights += np.linalg.solve(curvature, inputs.T @ (wanted - chances) - ridges * weights)
    table = {name: (float(mean), float(weight)) for name, mean, weight in zip(names, means, weights[:-1] / spread, strict=True)}
    return Model(float(weights[-1]), table)


def both(fitted: Sequence[Example], without: str = "") -> tuple[Model, Model]:
    """The two models; `without` leaves a sign out."""
    detailed = [one for one in fitted if one.lacks != "topic"]
    topic = fit([_less(one.topic, without) for one in fitted], [one.lacks != "topic" for one in fitted])
    return topic, fit([_less(one.detail, without) for one in detailed], [one.lacks != "detail" for one in detailed])


def chances(models: tuple[Model, Model], of: Sequence[Example]) -> Array:
    """The chance of each question to be answerable. Shape (examples,)."""
    return np.array([models[0].chance(one.topic) * models[1].chance(one.detail) for one in of])


def held_out(fitted: Sequence[Example], without: str = "") -> Array:
    """The chance of each question by models that were fitted without it, the mean of all rounds. Shape (examples,)."""
    total = np.zeros(len(fitted))
    for seed in range(ROUNDS):
        places = np.random.default_rng(seed).permutation(2**16)
        folds = [places[zlib.crc32(one.question.encode()) % 2**16] % FOLDS for one in fitted]
        for fold in range(FOLDS):
            inside = [one for one, other in zip(fitted, folds, strict=True) if other != fold]
            outside = [index for index, other in enumerate(folds) if other == fold]
            total[outside] += chances(both(inside, without), [fitted[index] for index in outside])
    return total / ROUNDS


def _less(features: Features, without: str) -> Features:
    return {name: value for name, value in features.items() if name != without}


def separation(of: Sequence[Example], found: Array, kept: Callable[[Example], bool] = lambda one: True) -> float:
    """AUC: how often an answerable question has a higher chance than one of those kept that are not."""
    pairs = list(zip(of, found, strict=True))
    return area([c for one, c in pairs if not one.lacks], [c for one, c in pairs if one.lacks and kept(one)])


def report(name: str, of: Sequence[Example], found: Array) -> None:
    """Print AUC, the Brier score, and what is refused at some thresholds."""
    lacking = np.array([bool(one.lacks) for one in of])
    brier = float(np.mean((found - ~lacking) ** 2))
    print(f"{name}: {(~lacking).sum()} answerable, {lacking.sum()} not: AUC {separation(of, found):.3f}, Brier {brier:.3f}")
    for lacks in sorted({one.lacks for one in of} - {""}):
        print(f"  against those that lack the {lacks}: AUC {separation(of, found, lambda one, lacks=lacks: one.lacks == lacks):.3f}")
    for threshold in _REFUSED:
        said = found < threshold
        counts = {lacks: sum(one.lacks == lacks and bool(no) for one, no in zip(of, said, strict=True)) for lacks in ("topic", "detail")}
        rightly = " and ".join(f"{count} of {sum(one.lacks == lacks for one in of)} {lacks}" for lacks, count in counts.items())
        print(f"  below {threshold}: refused {rightly} rightly, {(said & ~lacking).sum()} of {(~lacking).sum()} wrongly")


def main() -> None:
    """Print the figures and the weights."""
    with temporary_settings() as settings:
        found = list(examples(settings))
    fitted = [one for one in found if one.part != "test"]
    other = [one for one in found if one.part == "test"]
    guessed = held_out(fitted)
    own = [one.part != "elsewhere" for one in fitted]
    chosen: dict[str, Callable[[Example], bool]] = {
        "cross-validated": lambda one: one.part != "elsewhere",
        "of these, the shared ones": lambda one: one.part == "shared",
        "of these, the shipped ones": lambda one: one.part == "dev",
        "questions of other fields": lambda one: one.part == "elsewhere" or not one.lacks,
    }
    for title, holds in chosen.items():
        kept = [index for index, one in enumerate(fitted) if holds(one)]
        report(title, [fitted[index] for index in kept], guessed[kept])
    of = [one for one, mine in zip(fitted, own, strict=True) if mine]
    for name in sorted({name for one in fitted for name in (*one.topic, *one.detail)}):
        print(f"  without {name:<12} {separation(of, held_out(fitted, name)[own]) - separation(of, guessed[own]):+.3f}")
    models = both(fitted)
    report("the other half", other, chances(models, other))
    for title, model in zip(("TOPIC", "DETAIL"), models, strict=True):
        print(f"{title} = Model(\n    {model.constant:.3f},\n    {{")
        for name, (mean, weight) in model.weights.items():
            print(f'        "{name}": ({mean:.3f}, {weight:.2f}),')
        print("    },\n)")


if __name__ == "__main__":
    main()
