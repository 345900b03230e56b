"""Fit the classifier of operations on its examples, and tell how well it does on those that it was not fitted on.

python -m benchmarks.fit_operations [--write]
"""

from __future__ import annotations

import datetime
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.questions.conditions import candidate_parts
from rag.questions.operations import features
from rag.questions.query import OPERATIONS
from rag.questions.tokens import Tokens

DATA = Path(__file__).parents[1] / "rag" / "questions" / "data"
TODAY = datetime.date(2026, 11, 21)
Floats = NDArray[np.float32]
Example = tuple[str, frozenset[str]]
_FOLDS, _STEPS, _RATE = 3, 120, 0.1
_SMALLEST = 0.03  # weights below say nothing


def examples() -> list[tuple[str, str]]:
    """(operation, wording) of each example."""
    lines = (DATA / "operations.tsv").read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if line and not line.startswith("#")]


def read(rows: list[tuple[str, str]]) -> list[Example]:
    """Each example with its features."""
    found = []
    for operation, text in rows:
        tokens = Tokens(text)
        found.append((operation, features(tokens, candidate_parts(tokens, (), TODAY))))
    return found


def fit(rows: list[Example], penalty: float) -> tuple[list[str], Floats]:
    """The features that two examples have, and their weights: (features, operations). Full-batch gradient descent with Adam."""
    counts = Counter(feature for _, said in rows for feature in said)
    known = sorted(feature for feature, count in counts.items() if count > 1)
    place = {feature: index for index, feature in enumerate(known)}
    matrix = np.zeros((len(rows), len(known)), dtype=np.float32)
    for index, (_, said) in enumerate(rows):
        matrix[index, [place[one] for one in said if one in place]] = 1
    truth = np.eye(len(OPERATIONS), dtype=np.float32)[[OPERATIONS.index(one) for one, _ in rows]]  # type: ignore[arg-type]
    weights, first, second = (np.zeros((len(known), len(OPERATIONS)), dtype=np.float32) for _ in range(3))
    for step in range(1, _STEPS + 1):
        scores = matrix @ weights
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        slope = matrix.T @ (chances - truth) / len(rows) + penalty * weights
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        rate = _RATE if step < _STEPS // 2 else _RATE / 5
        weights -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return known, weights


def told(rows: list[Example], model: tuple[list[str], Floats]) -> list[str]:
    """The operation that a model gives each example."""
    place = {feature: index for index, feature in enumerate(model[0])}
    return [OPERATIONS[int(model[1][[place[one] for one in said if one in place]].sum(axis=0).argmax())] for _, said in rows]


def kept_aside(rows: list[Example]) -> tuple[list[Example], list[Example]]:
    """Two thirds of each kind to fit on and every third to keep aside."""
    seen: Counter[str] = Counter()
    fitted, aside = [], []
    for row in rows:
        (aside if seen[row[0]] % 3 == 2 else fitted).append(row)
        seen[row[0]] += 1
    return fitted, aside


def tell(name: str, rows: list[Example], said: list[str]) -> None:
    """Print how many are right, in all and by kind."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for (operation, _), one in zip(rows, said, strict=True):
        kinds[operation].append(operation == one)
    right = sum(map(sum, kinds.values()))
    print(f"{name}: {right}/{len(rows)} = {right / len(rows):.1%}")
    print("  " + ", ".join(f"{kind} {sum(found)}/{len(found)}" for kind, found in sorted(kinds.items())))


def main() -> None:
    """Cross-validate, choose the penalty on the fitted part, tell both figures, and write the weights of all examples."""
    rows = read(examples())
    fitted, aside = kept_aside(rows)
    best = (0.0, 0.0)
    for penalty in (0.0005, 0.002):
        said = [""] * len(fitted)
        for fold in range(_FOLDS):
            model = fit([row for index, row in enumerate(fitted) if index % _FOLDS != fold], penalty)
            for index, one in zip(range(fold, len(fitted), _FOLDS), told(fitted[fold::_FOLDS], model), strict=True):
                said[index] = one
        right = float(np.mean([one == row[0] for row, one in zip(fitted, said, strict=True)]))
        tell(f"cross-validated, penalty {penalty}", fitted, said)
        best = max(best, (right, penalty))
    tell(f"kept aside, penalty {best[1]}", aside, told(aside, fit(fitted, best[1])))
    if "--write" in sys.argv:
        known, weights = fit(rows, best[1])
        lines = [
            feature + "\t" + "\t".join(f"{value:.2f}".rstrip("0") if abs(value) >= _SMALLEST else "" for value in row)
            for feature, row in zip(known, weights, strict=True)
            if np.abs(row).max() >= _SMALLEST
        ]
        (DATA / "operation-weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"written: {len(lines)} features")


if __name__ == "__main__":
    main()
