"""Fit the weights of `rag.evidence.sentence_scores` and say how often they find the sentence: `python -m benchmarks.fit_evidence`.

A conditional logit over the sentences of an abstract, with a ridge: the sentences in which a question's evidence stands, held against
the others. A third of the questions of every set stays shut: nothing is fitted to it, and with `--shut` its figures are printed, once,
at the end. All other figures are of abstracts that the weights were not fitted to, in six folds. With `--ablate` each feature is left
out in turn. With `--write` the weights are written where the program reads them. Besides questions about this corpus there are
Check-COVID's claims with their sentences, to which nothing is fitted.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.development import references, rows, temporary_settings
from rag.assistant import Assistant
from rag.collection import read_scope
from rag.embedding import LongText, read_long
from rag.evidence.sentence_scores import sentence_features
from rag.index.generations import open_index
from rag.model.filters import Filters
from rag.questions import Question, one_line, read_query, read_question, resolve_follow_up

WEIGHTS = Path(__file__).parent.parent / "rag" / "evidence" / "sentence_weights.json"
ROOT = Path(__file__).parent.parent
FOLDS, RIDGE, SHUT = 6, 10.0, 3  # ridge on features scaled to a spread of 1; every third question is shut
_STEPS = 15

Array = NDArray[np.float64]
Weights = dict[str, float]


@dataclass(frozen=True, eq=False)
class Asked:
    """A question of a set, with the turns before it and (reference, regular expression) of each piece of evidence."""

    part: str
    question: str
    history: Sequence[Mapping[str, Any]]
    evidence: Sequence[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Example:
    """A question and an abstract that has its evidence: in which sentences, and the features of each.

    `share` is one over the abstracts with evidence of the question.
    """

    part: str
    abstract: str
    shut: bool
    gold: NDArray[np.bool_]
    share: float
    table: Array


def questions() -> Iterator[Asked]:
    """All questions that have evidence."""
    for row in rows("questions_dev.jsonl"):
        yield Asked("dev", row["question"], row.get("history") or [], _quotes(row["evidence"]))
    for row in rows("own_words_dev.jsonl"):
        history: list[Mapping[str, Any]] = []
        for turn in row.get("turns", [row]):
            if turn["key"]:
                yield Asked(f"own: {row['kind']}", turn["question"], tuple(history), [(turn["gold"][0], re.escape(turn["sentence"]))])
            if "turns" in row:
                history += [{"role": "user", "content": turn["question"]}, {"role": "assistant", "content": turn["answer"]}]
    for name in ("questions", "refusals"):
        for row in _read(ROOT / "eval" / "data" / f"{name}.jsonl"):
            if row.get("answerable", True):
                yield Asked(f"shipped {name}", row["question"], row.get("history") or [], _quotes(row["evidence"]))
    for name in ("yesno", "premises"):
        for row in _read(ROOT / "tests" / "data" / f"{name}.jsonl"):
            if row.get("quote"):
                yield Asked(name, row["question"], [], [(row["ref"], re.escape(row["quote"]))])


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _quotes(evidence: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(one["ref"], re.escape(one["quote"])) for one in evidence]


def examples() -> tuple[list[str], list[Example]]:
    """The names of the features, and all questions, once for each abstract where some sentences have the evidence and some not."""
    found: list[Example] = []
    names: list[str] = []

    def add(part: str, asked: Question, long: LongText, title: str | None, abstract: str, gold: Sequence[bool], share: float) -> None:
        if any(gold) and not all(gold):
            features = sentence_features(asked, long, title)
            names[:] = list(features)
            table = np.column_stack(list(features.values())).astype(float)
            shut = zlib.crc32(asked.text.encode()) % SHUT == 0
            found.append(Example(part, abstract, shut, np.array(gold), share, table))

    with temporary_settings() as settings, Assistant.open(settings) as assistant, open_index(settings) as index:
        ids = references(assistant)
        for one in questions():
            read = resolve_follow_up(one.question, one.history)
            with index.reading() as generation:
                query = read_query(one_line(read.text), sources=tuple(generation.sources()))
                scope = read_scope(generation, query, read.filters or Filters())
                stored = generation.sentence_vectors([ids[ref] for ref, _ in one.evidence])
            for abstract in sorted({ids[ref] for ref, _ in one.evidence}) if not query.computed else ():
                paper = assistant.abstract(abstract)
                matches = (re.search(key, paper.text) for ref, key in one.evidence if ids[ref] == abstract)
                places = [match.span() for match in matches if match]
                long = replace(read_long([paper.text])[0], encoded=stored.get(abstract))
                gold = [any(start < last and first < end for first, last in places) for start, end in long.spans]
                add(one.part, scope.sought, long, paper.title, abstract, gold, 1 / len({ids[ref] for ref, _ in one.evidence}))
    for claim, text, quotes in covid():
        (long,) = read_long([text])
        said = [long.sentence(at)[:60] for at in range(len(long.spans))]
        add("Check-COVID", read_question(claim), long, None, text[:80], [any(one in quote for quote in quotes) for one in said], 1.0)
    return names, found


def covid() -> Iterator[tuple[str, str, list[str]]]:
    """Claims about other abstracts, with the sentences that bear them out or refute them."""
    quotes: dict[str, list[str]] = {}
    for row in rows("support/check_covid_sent_dev.jsonl"):
        if row["label_raw"] != "NOTENOUGHINFO":
            quotes.setdefault(row["claim"], []).append(row["doc"])
    for row in rows("support/check_covid_abs_dev.jsonl"):
        if row["claim"] in quotes and row["label_raw"] != "NOTENOUGHINFO":
            yield row["claim"], row["doc"], quotes[row["claim"]]


def fit(of: Sequence[Example], columns: Sequence[int], ridge: float = RIDGE) -> Array:
    """The weights of these features that make the sentences with evidence most probable together, by Newton's method, given a ridge."""
    tables = [one.table[:, columns] for one in of]
    spread = np.concatenate([table - table.mean(axis=0) for table in tables]).std(axis=0)
    spread[spread == 0] = 1
    weights: Array = np.zeros(len(columns))
    for _ in range(_STEPS):
        gradient, curvature = -2 * ridge * weights, 2 * ridge * np.eye(len(columns))
        for table, one in zip(tables, of, strict=True):
            scaled = table / spread
            chances = _softmax(scaled @ weights)
            right = chances * one.gold / max(1e-12, float(chances[one.gold].sum()))
            mean = chances @ scaled
            gradient += one.share * ((right - chances) @ scaled)
            curvature += one.share * ((scaled * chances[:, None]).T @ scaled - np.outer(mean, mean))
        weights += np.linalg.solve(curvature, gradient)
    return np.asarray(weights / spread)


def held_out(of: Sequence[Example], columns: Sequence[int]) -> list[bool]:
    """Whether the best sentence of each has the evidence, by weights that were fitted without its abstract and without Check-COVID."""
    folds = [zlib.crc32(f"{one.abstract} of".encode()) % FOLDS for one in of]
    fitted = [
        fit([one for one, other in zip(of, folds, strict=True) if other != fold and one.part != "Check-COVID"], columns)
        for fold in range(FOLDS)
    ]
    return [bool(one.gold[int((one.table[:, columns] @ fitted[fold]).argmax())]) for one, fold in zip(of, folds, strict=True)]


def _softmax(values: Array) -> Array:
    raised = np.exp(values - values.max())
    return np.asarray(raised / raised.sum())


def by_part(of: Sequence[Example], right: Sequence[bool]) -> dict[str, tuple[int, int]]:
    """How many are right, and how many there are, of each set, and of all that are about this corpus."""
    found: dict[str, tuple[int, int]] = {}
    for one, so in zip(of, right, strict=True):
        for part in (one.part, *(["all but Check-COVID"] if one.part != "Check-COVID" else [])):
            count, size = found.get(part, (0, 0))
            found[part] = count + so, size + 1
    return found


def report(title: str, figures: Mapping[str, tuple[int, int]]) -> None:
    """Print the share that is right of each set."""
    print(f"{title:<26}" + "  ".join(f"{part} {count}/{size} {count / size:.0%}" for part, (count, size) in figures.items()))


def main() -> None:
    """Print the figures, and write the weights where that is asked for."""
    names, found = examples()
    every = range(len(names))
    opened, shut = [one for one in found if not one.shut], [one for one in found if one.shut]
    report("cross-validated", by_part(opened, held_out(opened, every)))
    if "--ablate" in sys.argv:
        for at, name in enumerate(names):
            report(f"without {name}", by_part(opened, held_out(opened, [one for one in every if one != at])))
    fitted = fit([one for one in opened if one.part != "Check-COVID"], every)
    if "--shut" in sys.argv:
        report("shut", by_part(shut, [bool(one.gold[int((one.table @ fitted).argmax())]) for one in shut]))
    if "--write" in sys.argv:
        written = {name: round(float(weight), 2) for name, weight in zip(names, fitted, strict=True)}
        WEIGHTS.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
