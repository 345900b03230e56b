"""Fit `rag/evidence/answerability.py` and say how well it tells what can be answered: `python -m benchmarks.fit_answerability`.

Two logistic regressions with a ridge, on its features: whether an abstract is on the topic is fitted to questions of
absent topics against all others; whether it has the detail, to questions of absent details against those that are answered. Fitted to
all development sets and the shipped questions, in which each set counts the same, and to claims and queries of other fields (SciFact,
CACM), which the corpus has nothing about. False premises stay out: they have a check of their own.
Every figure is of questions that the weights were not fitted to: eight folds, four times, questions of one abstract in one fold; and of
a third of each set that was kept shut (`--shut` prints it). `--write` stores the weights of all in `rag/evidence/data`.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.development import area, rows, temporary_settings
from eval.questions import DATA, load_questions
from rag.collection.compute import read_scope
from rag.embedding.loading import load_embedder
from rag.evidence.answerability import Answerability, Features, detail_features, topic_features
from rag.evidence.details import introduces_named, with_written_names
from rag.evidence.extract import order_candidates
from rag.index.generations import open_index
from rag.model.logistic import LogisticModel
from rag.model.settings import Settings
from rag.questions.followups import resolve_follow_up
from rag.questions.question import one_line
from rag.questions.reader import read_query
from rag.search.retrieve import boost_context, find_candidates

FOLDS, ROUNDS = 8, 4
RIDGE = 3.0  # on features scaled to a spread of 1
_STEPS = 25
_CONSIDERED = 20  # abstracts, as many as the assistant looks at
_LONGEST = 300  # characters of a query of another field
REFUSED, DOUBTED = 0.03, 0.18  # shares of the answerable questions; those that name an abstract that is here are not refused
_MOST_COUNTED = 3.0  # times that a question of a small set counts
STORED = Path(__file__).parents[1] / "rag" / "evidence" / "data" / "answerability.json"

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A question with its features: whether it can be answered, the set that it is from, and the abstracts that it is asked of.

    `lacks` is what is not there: "topic", "detail", or nothing. `here` says that it names the abstract that comes nearest.
    """

    question: str
    kind: str
    part: str
    lacks: str
    group: str
    topic: Features
    detail: Features
    here: bool

    @property
    def shut(self) -> bool:
        """True for the third of each set that nothing is chosen on."""
        return zlib.crc32(self.question.encode()) % 3 == 0


OWN_WORDS = {"unreported": "detail", "absent": "topic", "false_premise": None, "chain": None}
SETS = ("own words", "refusals", "questions", "shared")


def questions() -> Iterator[tuple[str, Any, str, str, str, str]]:
    """Question, history, kind, set, what is lacking, and an abstract that it is asked of, of all but false premises."""
    for row in rows("questions_dev.jsonl"):
        lacks = "" if row["kind"] != "unanswerable" else "detail" if row.get("near") else "topic"
        if row["kind"] != "unanswerable" or not row["answer"].startswith("False premise"):
            yield row["question"], row.get("history") or [], row["kind"], "shared", lacks, _first(row["gold"], row.get("near"))
    for row in rows("own_words_dev.jsonl"):
        lack = OWN_WORDS.get(row["kind"], "")
        if lack is not None:
            yield row["question"], [], row["kind"], "own words", lack, _first(row["gold"])
    for name in ("questions", "refusals"):
        for one in load_questions(DATA / f"{name}.jsonl"):
            if one.kind != "false_premise":
                lacks = "" if one.answerable else "topic" if one.kind == "absent_topic" else "detail"
                yield one.question, list(one.history), one.kind, name, lacks, _first(one.gold, one.near)
    for name, step in (("scifact", 20), ("cacm", 2)):
        for row in rows(f"retrieval/{name}/queries.jsonl")[::step]:
            yield row["text"][:_LONGEST], [], name, "elsewhere", "topic", ""


def _first(*groups: Sequence[str] | None) -> str:
    """The first reference of the first group that has any; listings are named by their first three characters."""
    return next((f"{group[0][:3]}:{group[0].rpartition(':')[2]}" for group in groups if group), "")


def examples(settings: Settings) -> Iterator[Example]:
    """All questions that are answered from abstracts, not counted by code."""
    embedder = load_embedder(settings)
    with open_index(settings) as index, index.reading() as generation:
        for question, history, kind, part, lacks, group in questions():
            read = resolve_follow_up(question, history)
            asked = read_scope(generation, read_query(one_line(read.text), sources=tuple(generation.sources())), read.filters)
            if not asked.query.computed:
                near = find_candidates(generation, embedder, asked.sought.text, _CONSIDERED, asked.filters)
                near = boost_context(generation, embedder, asked.sought.text, near, read.cited, asked.filters)
                sought = with_written_names(asked.sought, near)
                near = order_candidates(sought, near)
                if near and sought.short.stems:
                    features = topic_features(sought, near), detail_features(sought, near)
                    yield Example(question, kind, part, lacks, group, *features, introduces_named(sought, near[0].abstract))


def fit(features: Sequence[Features], right: Sequence[bool], counts: Array, ridge: float = RIDGE) -> LogisticModel:
    """Logistic regression by Newton's method; a sign that is not there is taken to have its mean. `counts` weigh the questions."""
    names = sorted({name for one in features for name in one})
    known = np.array([[one.get(name, np.nan) for name in names] for one in features])
    means = np.nanmean(known, axis=0)
    inputs = np.where(np.isnan(known), 0.0, known - means)
    spread = inputs.std(axis=0) + 1e-9
    inputs = np.column_stack([inputs / spread, np.ones(len(features))])
    wanted = np.array(right, dtype=float)
    ridges = np.append(np.full(len(names), ridge), 0.0)
    weights: Array = np.zeros(len(names) + 1)
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-(inputs @ weights)))
        curvature = (inputs * (counts * chances * (1 - chances))[:, None]).T @ inputs + np.diag(ridges + 1e-9)
        weights += np.linalg.solve(curvature, inputs.T @ (counts * (wanted - chances)) - ridges * weights)
    table = {name: (float(mean), float(weight)) for name, mean, weight in zip(names, means, weights[:-1] / spread, strict=True)}
    return LogisticModel(float(weights[-1]), table)


def even(of: Sequence[Example]) -> Array:
    """What each question counts, so that each set counts about the same. Shape (examples,)."""
    sizes = Counter(one.part for one in of)
    return np.array([min(_MOST_COUNTED, len(of) / len(sizes) / sizes[one.part]) for one in of])


def both(fitted: Sequence[Example], without: str = "") -> tuple[LogisticModel, LogisticModel]:
    """The two models; `without` leaves a sign out."""
    detailed = [one for one in fitted if one.lacks != "topic"]
    topic = fit([_less(one.topic, without) for one in fitted], [one.lacks != "topic" for one in fitted], even(fitted))
    return topic, fit([_less(one.detail, without) for one in detailed], [one.lacks != "detail" for one in detailed], even(detailed))


def chances(models: tuple[LogisticModel, LogisticModel], of: Sequence[Example]) -> Array:
    """The chance of each question to be answerable. Shape (examples,)."""
    return np.array([Answerability(models[0].chance(one.topic), models[1].chance(one.detail)).chance for one in of])


def held_out(fitted: Sequence[Example], without: str = "") -> Array:
    """The chance of each question by models that were fitted without it and its abstract, the mean of all rounds. Shape (examples,)."""
    total = np.zeros(len(fitted))
    for seed in range(ROUNDS):
        places = np.random.default_rng(seed).permutation(2**16)
        folds = [places[zlib.crc32((one.group or one.question).encode()) % 2**16] % FOLDS for one in fitted]
        for fold in range(FOLDS):
            inside = [one for one, other in zip(fitted, folds, strict=True) if other != fold]
            outside = [index for index, other in enumerate(folds) if other == fold]
            total[outside] += chances(both(inside, without), [fitted[index] for index in outside])
    return total / ROUNDS


def _less(features: Features, without: str) -> Features:
    return {name: value for name, value in features.items() if name != without}


def separation(of: Sequence[Example], found: Array, lacks: str) -> float:
    """AUC: how often an answerable question has a higher chance than one that lacks this; not-a-number without either."""
    right = [chance for one, chance in zip(of, found, strict=True) if not one.lacks]
    wrong = [chance for one, chance in zip(of, found, strict=True) if one.lacks == lacks]
    return area(right, wrong) if right and wrong else float("nan")


def thresholds(of: Sequence[Example], found: Array) -> tuple[float, float]:
    """The chances below which a share of the answerable questions lies: REFUSED of those that name no abstract, DOUBTED of all."""
    counted = even(of)
    answerable = [(chance, count, one.here) for one, chance, count in zip(of, found, counted, strict=True) if not one.lacks]
    return _below([(c, w if not here else 0.0) for c, w, here in answerable], REFUSED), _below([(c, w) for c, w, _ in answerable], DOUBTED)


def _below(weighed: Sequence[tuple[float, float]], share: float) -> float:
    ordered = sorted(weighed)
    total = np.cumsum([weight for _, weight in ordered]) / sum(weight for _, weight in ordered)
    return float(ordered[int(np.searchsorted(total, share))][0])


def report(title: str, of: Sequence[Example], found: Array, refused: float, doubted: float) -> None:
    """Print for each set the AUC against what lacks the detail and the topic, and how its questions end."""
    print(f"{title}; refused below {refused:.3f}, in doubt below {doubted:.3f}")
    for part in SETS:
        some = [(one, chance) for one, chance in zip(of, found, strict=True) if one.part == part]
        members, values = [one for one, _ in some], np.array([chance for _, chance in some])
        areas = " ".join(f"{lacks} {separation(members, values, lacks):.2f}" for lacks in ("detail", "topic"))
        ends = "; ".join(_ends(name, [pair for pair in some if holds(pair[0])], refused, doubted) for name, holds in _GROUPS.items())
        print(f"  {part:<10} AUC {areas}; {ends}")


_GROUPS: dict[str, Callable[[Example], bool]] = {
    "answerable": lambda one: not one.lacks,
    "own words": lambda one: one.kind == "own_words",
    "detail": lambda one: one.lacks == "detail",
    "topic": lambda one: one.lacks == "topic",
}


def _ends(name: str, some: Sequence[tuple[Example, float]], refused: float, doubted: float) -> str:
    said = Counter("refused" if c < refused and not one.here else "nearest" if c < doubted else "answered" for one, c in some)
    return f"{name} {said['answered']}/{said['nearest']}/{said['refused']}"


def ablation(fitted: Sequence[Example], guessed: Array) -> None:
    """Print for each feature what leaving it out does to the AUC of each set, against what lacks the detail and the topic."""
    for place in ("topic", "detail"):
        for name in sorted({name for one in fitted for name in getattr(one, place)}):
            without = held_out(fitted, name)
            changes = []
            for part in SETS:
                kept = [index for index, one in enumerate(fitted) if one.part == part]
                some = [fitted[index] for index in kept]
                changes.append(separation(some, without[kept], place) - separation(some, guessed[kept], place))
            print(f"  without {name:<14} ({place})" + "".join(f"{change:+8.3f}" for change in changes))


def store(models: tuple[LogisticModel, LogisticModel]) -> None:
    """Write the weights where the package reads them."""
    data = {
        name: {
            "constant": round(one.constant, 3),
            "weights": {key: [round(mean, 3), round(weight, 3)] for key, (mean, weight) in one.weights.items()},
        }
        for name, one in zip(("topic", "detail"), models, strict=True)
    }
    STORED.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Print the figures, the thresholds and the ablation; with `--shut` those of the shut third, with `--write` store the weights."""
    with temporary_settings() as settings:
        found = list(examples(settings))
    fitted = [one for one in found if not one.shut]
    guessed = held_out(fitted)
    refused, doubted = thresholds(fitted, guessed)
    report("cross-validated, answered/nearest/refused", fitted, guessed, refused, doubted)
    if "--shut" in sys.argv:
        other = [one for one in found if one.shut]
        report("the shut third", other, chances(both(fitted), other), refused, doubted)
    if "--ablation" in sys.argv:
        ablation(fitted, guessed)
    if "--write" in sys.argv:
        store(both(found))
        print("all:", *(f"{one:.3f}" for one in thresholds(found, held_out(found))))


if __name__ == "__main__":
    main()
