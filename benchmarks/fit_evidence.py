"""Fit the weights of `rag.evidence.sentence_scores` and say how often they find the sentence: `python -m benchmarks.fit_evidence`.

A conditional logit over the sentences of an abstract, with a ridge: of each sentence that a question's evidence stands in, held
against those that it does not stand in. Fitted to the development questions and to the development half of the shipped ones. A
question with evidence in several abstracts counts as one.
Every figure is of abstracts that the weights were not fitted to: eight folds of abstracts, three times; then the other half of the
shipped questions, whose abstracts may have been met. Beside them the rules that the weights took the place of
(`benchmarks/evidence_rules.py`). Prints the table to paste.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.development import references, rows, temporary_settings
from benchmarks.evidence_rules import rule_scores
from eval.questions import DATA, load_questions
from rag.assistant import Assistant
from rag.collection.compute import read_scope
from rag.embedding.similarity import LongText, read_long
from rag.evidence.sentence_scores import sentence_features
from rag.index.generations import open_index
from rag.model.filters import Filters
from rag.questions.followups import resolve_follow_up
from rag.questions.question import Question

FOLDS, ROUNDS = 8, 3
RIDGE = 4.0  # on signs scaled to a spread of 1
_STEPS = 15
_WORDS = 60, 110  # of an answer from the abstract alone, as many as half of one and all of one have

Array = NDArray[np.float64]
Weights = dict[str, float]


@dataclass(frozen=True, eq=False)
class Example:
    """A question and an abstract that has its evidence: in which sentences, the signs and the rules' score of each.

    `share` is one over the abstracts with evidence of the question.
    """

    question: Question
    part: str
    abstract: str
    long: LongText
    gold: NDArray[np.bool_]
    share: float
    signs: dict[str, Any]
    rules: Array


def questions() -> Iterator[tuple[str, str, Any, list[tuple[str, str]]]]:
    """Part, question, history and (reference, quote) of all that have evidence."""
    for row in rows("questions_dev.jsonl"):
        yield "shared", row["question"], row.get("history") or [], [(one["ref"], one["quote"]) for one in row["evidence"]]
    for name in ("questions.jsonl", "refusals.jsonl"):
        for one in load_questions(DATA / name):
            if one.answerable:
                yield one.split, one.question, list(one.history), [(quote.ref, quote.quote) for quote in one.evidence]


def examples() -> Iterator[Example]:
    """All questions that are answered from abstracts, once for each abstract where some sentences have the evidence and some not."""
    with temporary_settings() as settings, Assistant.open(settings) as assistant, open_index(settings) as index:
        ids = references(assistant)
        for part, question, history, evidence in questions():
            read = resolve_follow_up(question, history)
            with index.reading() as generation:
                asked = read_scope(generation, read.text, read.filters or Filters())
            if asked.wanted is not None:
                continue
            for abstract in sorted({ids[ref] for ref, _ in evidence}):
                one = assistant.abstract(abstract)
                (long,) = read_long([one.text])
                places = [(one.text.index(quote), len(quote)) for ref, quote in evidence if ids[ref] == abstract]
                gold = np.array([any(start < place + size and place < end for place, size in places) for start, end in long.spans])
                if gold.any() and not gold.all():
                    signs = sentence_features(asked.sought, long, one.title)
                    share = 1 / len({ids[ref] for ref, _ in evidence})
                    rules = rule_scores(asked.sought, long).astype(float)
                    yield Example(asked.sought, part, abstract, long, gold, share, signs, rules)


def fit(of: Sequence[Example], ridge: float = RIDGE) -> Weights:
    """The weights that make the sentences with evidence most probable among those without, by Newton's method, given a ridge."""
    names = list(of[0].signs)
    blocks = [_table(one, names) for one in of]
    spread = np.concatenate([block - block.mean(axis=0) for block in blocks]).std(axis=0)
    spread[spread == 0] = 1
    trials = [
        (np.concatenate((block[place : place + 1], block[~one.gold])) / spread, one.share / one.gold.sum())
        for block, one in zip(blocks, of, strict=True)
        for place in np.flatnonzero(one.gold)
    ]
    weights: Array = np.zeros(len(names))
    for _ in range(_STEPS):
        gradient, curvature = -2 * ridge * weights, 2 * ridge * np.eye(len(names))
        for block, share in trials:
            chances = _softmax(block @ weights)
            mean = chances @ block
            gradient += share * (block[0] - mean)
            curvature += share * ((block * chances[:, None]).T @ block - np.outer(mean, mean))
        weights += np.linalg.solve(curvature, gradient)
    return {name: float(weight) for name, weight in zip(names, weights / spread, strict=True)}


def scores(weights: Weights, one: Example) -> Array:
    """The weighed signs of each sentence. Shape (sentences,)."""
    return _table(one, list(weights)) @ np.array(list(weights.values()))


def held_out(of: Sequence[Example], seed: int) -> list[Array]:
    """The scores of each example by weights that were fitted without its abstract."""
    places = np.random.default_rng(seed).permutation(2**16)
    folds = [places[zlib.crc32(one.abstract.encode()) % 2**16] % FOLDS for one in of]
    fitted = [fit([one for one, other in zip(of, folds, strict=True) if other != fold]) for fold in range(FOLDS)]
    return [scores(fitted[fold], one) for one, fold in zip(of, folds, strict=True)]


def figures(of: Sequence[Example], found: Sequence[Array]) -> Array:
    """How often a sentence with evidence is the best, among the best two and three, and in answers of so many words. Shape (5,)."""
    held = []
    for one, score in zip(of, found, strict=True):
        order = np.argsort(-score, kind="stable")
        lengths = np.array([len(one.long.sentence(index).split()) for index in range(len(order))])
        held.append(
            [*(one.gold[order[:most]].any() for most in (1, 2, 3)), *(one.gold[_fitting(order, lengths, most)].any() for most in _WORDS)]
        )
    return np.asarray(np.mean(held, axis=0))


def _fitting(order: NDArray[np.intp], lengths: NDArray[np.int_], most: int) -> list[int]:
    """The first sentences in this order that fit into so many words."""
    taken: list[int] = []
    for index in order.tolist():
        if lengths[[*taken, index]].sum() <= most:
            taken.append(index)
    return taken


def _table(one: Example, names: Sequence[str]) -> Array:
    return np.column_stack([one.signs[name] for name in names]).astype(float)


def _softmax(values: Array) -> Array:
    raised = np.exp(values - values.max())
    return np.asarray(raised / raised.sum())


def report(name: str, of: Sequence[Example], rounds: Sequence[Sequence[Array]]) -> None:
    """Print the rules' figures and the mean of those of some rounds of learned scores, in all and without surveys."""
    for title, kept in ((name, range(len(of))), ("  surveys aside", [i for i, one in enumerate(of) if one.question.kind != "survey"])):
        chosen = [of[index] for index in kept]
        print(f"{title} ({len(chosen)})")
        for how, value in (
            ("rules", figures(chosen, [one.rules for one in chosen])),
            ("learned", np.mean([figures(chosen, [found[index] for index in kept]) for found in rounds], axis=0)),
        ):
            print(f"    {how:<8}" + "".join(f"{share:8.3f}" for share in value))


def main() -> None:
    """Print the figures and the weights."""
    found = list(examples())
    fitted, other = [one for one in found if one.part != "test"], [one for one in found if one.part == "test"]
    print(f"{'a sentence with evidence is':<12}: best, in best 2, in best 3, in {_WORDS[0]} words, in {_WORDS[1]} words")
    rounds = [held_out(fitted, seed) for seed in range(ROUNDS)]
    report("cross-validated", fitted, rounds)
    for part in ("shared", "dev"):
        kept = [index for index, one in enumerate(fitted) if one.part == part]
        report(f"of these, {part}", [fitted[index] for index in kept], [[scored[index] for index in kept] for scored in rounds])
    weights = fit(fitted)
    report("the other half", other, [[scores(weights, one) for one in other]])
    print("WEIGHTS = {")
    for name, weight in weights.items():
        print(f'    "{name}": {weight:.2f},')
    print("}")


if __name__ == "__main__":
    main()
