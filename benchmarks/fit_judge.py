"""Fit the local judge and say how often it is right: `python -m benchmarks.fit_judge`.

Boosted trees over `eval.judges.features`, fitted to labelled claims of four collections, to reference answers, to true claims made false
by rule, and to reworded and altered sentences of SciFact and CACM. All figures are of claims whose text the trees were not fitted to, in
four folds. A third of the claims about the corpus stays shut: nothing is fitted to it, and `--shut` prints its figures, once, at the end.
What `benchmarks.damage` plants is never fitted to. `--ablate` leaves out each group of features in turn, `--used` shuffles each feature.
`--write` writes the weights where the judge reads them. `--table FILE` keeps the features from one run to the next.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.boosting import Setting, fit_trees, probabilities
from benchmarks.development import area
from benchmarks.judge_data import OWN, SUPPORT, Example, abstracts, altered, outside, own, planted, spoilt
from eval.judges.features import weigh
from eval.judges.reading import Reader
from eval.judges.trees import NEAR, RATIO, UNSAID, Trees
from rag.embedding import load_encoder

WEIGHTS = Path(__file__).parent.parent / "eval" / "judges" / "weights.json"
SETTING = Setting(trees=150, depth=4, rate=0.1, ridge=5.0, least=15.0)
FOLDS = 4
DOCUMENTS = {"scifact": 280, "cacm": 140}
PLANTED = 60  # of each kind
# How much an example of a collection counts: claims about this corpus are few, and people's labels of the large collections are noisy.
# The shipped claims count nothing: what is measured on them, and stored for the correction of scores, is of claims never seen.
COUNTS = {
    "claims": 0.0, "claims_dev": 4.0, "claims_fluent_dev": 3.0, "answers": 2.0, "attributionbench_dev": 0.6, "check_covid_abs_dev": 0.7,
    "check_covid_sent_dev": 0.5, "scifact": 1.0, "cacm": 1.0, "planted": 0.0,
}  # fmt: skip
GROUPS = {
    "coverage": ("near", "lowest", "around", "new", "newest", "figures"),
    "places": ("role", "turned", "sentences", "same_order", "moved", "turned_runs", "short_turned", "far_runs"),
    "whole": ("whole", "all"),
    "runs": ("kept", "pieces", "longest", "inner", "tail_out", "lead_out"),
    "put in": ("put_in", "worst_in", "strange", "names_in", "figures_in", "tail_in"),
    "kinds": ("flips", *(f"{kind}_in" for kind in ("denial", "weak", "strong", "cause")), "denial_added", "strong_added", "cause_added",
              "less_added", "denial_less", "limited_less", "strong_less", "limited_dropped"),
}  # fmt: skip

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Table:
    """Examples with their features, a row each."""

    examples: Sequence[Example]
    names: tuple[str, ...]
    rows: Array

    @property
    def labels(self) -> Array:
        """1 where supported."""
        return np.array([one.supported for one in self.examples], dtype=float)

    @property
    def folds(self) -> NDArray[np.int64]:
        """By the text."""
        return np.array([zlib.crc32(one.group.encode()) % FOLDS for one in self.examples])

    @property
    def shut(self) -> Mask:
        """Those that nothing is fitted to."""
        return np.array([one.shut for one in self.examples], dtype=np.bool_)

    @property
    def near(self) -> Mask:
        """Claims that are nearly a sentence of their source."""
        return np.asarray(self.rows[:, self.names.index(RATIO)] >= NEAR)

    def where(self, told: Callable[[Example], bool]) -> Mask:
        """Which examples something is true of."""
        return np.array([told(one) for one in self.examples], dtype=np.bool_)


def examples() -> Iterator[Example]:
    """All of them, always in one order."""
    corpus = abstracts()
    about = list(own(corpus))
    yield from about
    yield from spoilt(about, 2)
    for name in SUPPORT:
        found = list(outside(name))
        yield from found
        yield from spoilt(found, 1)
    for name, number in DOCUMENTS.items():
        yield from altered(name, number)
    yield from planted(corpus, PLANTED)


def table(path: Path | None) -> Table:
    """The features of all examples; those of `path` where it has them."""
    found = list(examples())
    if path is not None and path.is_file():
        kept = np.load(path)
        if len(kept["rows"]) == len(kept["at"]) and int(kept["of"]) == len(found):
            return Table([found[at] for at in kept["at"]], tuple(kept["names"].tolist()), kept["rows"])
    encoder = load_encoder()
    assert encoder is not None, "the encoder's weights are not installed"
    reader, weighed = Reader(encoder), []
    for at, one in enumerate(found):
        weighed.append(weigh(reader, one.claim, one.parts))
        if at % 1000 == 0:
            print(f"{at} of {len(found)}", file=sys.stderr, flush=True)
    had = [index for index, features in enumerate(weighed) if features is not None]
    names = tuple(next(features for features in weighed if features is not None))
    rows = np.array([[features[name] for name in names] for features in weighed if features is not None])
    if path is not None:
        np.savez(path, rows=rows, at=np.array(had), names=np.array(names), of=len(found))
    return Table([found[index] for index in had], names, rows)


def weights(of: Table) -> Array:
    """How much each example counts: in each collection as much for the supported as for the others, rare alterations more than common."""
    found = np.array([COUNTS[one.of] for one in of.examples])
    for name in COUNTS:
        for supported in (True, False):
            group = of.where(lambda one, name=name, supported=supported: one.of == name and one.supported == supported)  # type: ignore[misc]
            if name in DOCUMENTS:
                kinds = [one.kind for one in of.examples]
                found[group] *= [sum(np.array(kinds)[group] == kinds[at]) ** -0.5 for at in np.flatnonzero(group)]
            if group.any() and found[group].sum() > 0:
                found[group] *= COUNTS[name] * _least(of, name) / found[group].sum()
    return found


@lru_cache
def _least(of: Table, name: str) -> int:
    """How many supported examples a collection has."""
    return sum(one.of == name and one.supported for one in of.examples)


def held_out(of: Table, columns: Sequence[int], counts: Array) -> Array:
    """The probability of each example by trees that were fitted without its text and without what is shut."""
    found = np.zeros(len(of.examples))
    for fold in range(FOLDS):
        open_ = (of.folds != fold) & ~of.shut & (counts > 0)
        names = [of.names[at] for at in columns]
        trees = fit_trees(names, of.rows[open_][:, columns], of.labels[open_], counts[open_], SETTING)
        found[of.folds == fold] = probabilities(trees, of.rows[of.folds == fold][:, columns])
    return found


def cuts(of: Table, chances: Array, counts: Array) -> tuple[float, float]:
    """The probabilities that tell most apart: of claims in the source's words all that was fitted to, of others what people wrote, each
    collection as much as another."""
    written = of.where(lambda one: one.of in (*OWN, *SUPPORT) and not one.altered)
    even = np.array(
        [counts[at] / COUNTS[one.of] / _least(of, one.of) if written[at] and counts[at] else 0.0 for at, one in enumerate(of.examples)]
    )
    found = []
    for side, weight in ((of.near, counts), (~of.near, even)):
        open_ = side & ~of.shut & (weight > 0)
        steps = np.arange(0.25, 0.75, 0.01)
        found.append(float(steps[int(np.argmax([_balanced(of.labels[open_], chances[open_], weight[open_], cut) for cut in steps]))]))
    return round(found[0], 2), round(found[1], 2)


def _balanced(labels: Array, chances: Array, counts: Array, cut: float) -> float:
    yes, no = labels == 1, labels == 0
    accepted = counts[yes] @ (chances[yes] >= cut) / counts[yes].sum()
    caught = counts[no] @ (chances[no] < cut) / counts[no].sum()
    return float(accepted + caught) / 2


def report(of: Table, chances: Array, at: tuple[float, float], which: Mask) -> None:
    """Print for each set how many supported claims are accepted, how many others are caught, and the area under the curve."""
    accepted = (chances >= np.where(of.near, at[0], at[1])) & (of.rows[:, of.names.index(UNSAID)] == 0)
    for name in (*OWN, *SUPPORT, *DOCUMENTS, "planted"):
        for spoilt_too in (False, True):
            group = which & of.where(lambda one, name=name, again=spoilt_too: one.of == name and one.altered == again)  # type: ignore[misc]
            yes, no = group & (of.labels == 1), group & (of.labels == 0)
            if not group.any():
                continue
            line = f"  {name + (', made false' if spoilt_too else ''):<34}{group.sum():>6}"
            line += f"  accepted {accepted[yes].mean():.3f}" if yes.any() else " " * 16
            line += f"  caught {(~accepted[no]).mean():.3f}" if no.any() else ""
            if yes.any() and no.any():
                line += f"  balanced {(accepted[yes].mean() + (~accepted[no]).mean()) / 2:.3f}"
                line += f"  AUC {area(chances[yes].tolist(), chances[no].tolist()):.3f}"
            print(line)
    for kind in sorted({one.kind for one in of.examples if one.of == "planted"}):
        group = which & of.where(lambda one, kind=kind: one.of == "planted" and one.kind == kind)  # type: ignore[misc]
        right = accepted[group] == (of.labels[group] == 1)
        if not group.any():
            continue
        print(f"    planted, {kind:<40}{right.sum():>4} of {group.sum():>4} right", flush=True)


def areas(of: Table, chances: Array) -> dict[str, float]:
    """The area under the curve of each collection, of what is open, with what was made false."""
    found = {}
    for name in (*OWN, *SUPPORT, *DOCUMENTS, "planted"):
        group = ~of.shut & of.where(lambda one, name=name: one.of == name)  # type: ignore[misc]
        found[name] = area(chances[group & (of.labels == 1)].tolist(), chances[group & (of.labels == 0)].tolist())
    return found


def ablate(of: Table, counts: Array, whole: Array) -> None:
    """Print what each group of features is worth: how much smaller the areas are without it, in thousandths."""
    before = areas(of, whole)
    print("all", {name: round(value, 3) for name, value in before.items()})
    for group, left_out in GROUPS.items():
        columns = [at for at, name in enumerate(of.names) if name not in (*left_out, UNSAID)]
        after = areas(of, held_out(of, columns, counts))
        print(f"without {group:<10}", {name: round(1000 * (after[name] - before[name])) for name in before}, flush=True)


def used(of: Table, counts: Array) -> None:
    """Print what each feature is worth: how much smaller the areas are where its values are shuffled among the claims held out."""
    folds = []
    for fold in range(FOLDS):
        open_ = (of.folds != fold) & ~of.shut & (counts > 0)
        folds.append(fit_trees(of.names, of.rows[open_], of.labels[open_], counts[open_], SETTING))
    before = areas(of, _by_folds(of, folds, of.rows))
    random = np.random.default_rng(0)
    for at, name in enumerate(of.names):
        rows = of.rows.copy()
        for fold in range(FOLDS):
            held = np.flatnonzero(of.folds == fold)
            rows[held, at] = rows[random.permutation(held), at]
        after = areas(of, _by_folds(of, folds, rows))
        pays = sum(before[one] - after[one] > 0.001 for one in before)
        print(f"{pays} {name:<16}", {one: round(1000 * (after[one] - before[one])) for one in before}, flush=True)


def _by_folds(of: Table, folds: Sequence[Trees], rows: Array) -> Array:
    found = np.zeros(len(rows))
    for fold, trees in enumerate(folds):
        found[of.folds == fold] = probabilities(trees, rows[of.folds == fold])
    return found


def main() -> None:
    """Print the figures, and write the weights where that is asked for."""
    path = Path(sys.argv[sys.argv.index("--table") + 1]) if "--table" in sys.argv else None
    of = table(path)
    counts = weights(of)
    every = [at for at, name in enumerate(of.names) if name != UNSAID]
    if "--used" in sys.argv:
        used(Table(of.examples, tuple(of.names[column] for column in every), of.rows[:, every]), counts)
        return
    chances = held_out(of, every, counts)
    at = cuts(of, chances, counts)
    print(f"held out, cuts {at}")
    report(of, chances, at, ~of.shut)
    if "--ablate" in sys.argv:
        ablate(of, counts, chances)
    open_ = ~of.shut & (counts > 0)
    names = [of.names[column] for column in every]
    fitted = fit_trees(names, of.rows[open_][:, every], of.labels[open_], counts[open_], SETTING)
    fitted = Trees(fitted.names, fitted.first, fitted.splits, fitted.leaves, at)
    if "--shut" in sys.argv:
        print("shut, by trees that were fitted to no claim of them")
        report(of, chances, at, of.shut)
    if "--write" in sys.argv:
        WEIGHTS.write_text(json.dumps(fitted.to_dict(), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
