"""How often a corrected interval holds the truth: `python -m benchmarks.correction [--runs 1000]`.

Runs of so many questions and claims are simulated, whose truth is known, and a judge of known errors, which is measured on labelled claims
as a real one is. Printed: the share of the 95 % intervals that hold the truth, their mean width, and the same of the raw score.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from eval.statistics import Rates, corrected_share, interval
from eval.statistics.bootstrap import RATIO


@dataclass(frozen=True)
class World:
    """`truth` is the share of judged claims that hold; `labelled` are the right and the wrong claims that the judge is measured on."""

    questions: int
    claims: int
    truth: float
    sensitivity: float
    specificity: float
    labelled: tuple[int, int]
    verbatim: float = 0.0


WORLDS = (
    World(100, 3, 0.707, 0.85, 0.85, (100, 136)),
    World(300, 3, 0.707, 0.85, 0.85, (60, 60)),
    World(100, 3, 0.95, 0.85, 0.85, (100, 136), 0.3),
    World(60, 2, 0.99, 0.9, 0.8, (50, 50)),
    World(200, 3, 0.1, 0.85, 0.85, (100, 100)),
    World(300, 3, 0.0, 0.9, 0.9, (100, 200)),
    World(300, 3, 1.0, 0.9, 0.9, (100, 200)),
    World(39, 2, 0.97, 0.97, 0.85, (100, 200)),
    World(30, 1, 0.7, 0.8, 0.7, (100, 136)),
)


def simulated(world: World, runs: int, seed: int = 1) -> tuple[float, float, float]:
    """(coverage of the corrected interval, its mean width, coverage of the raw one) over so many runs."""
    chance = np.random.default_rng(seed)
    held = raw = 0
    widths = []
    for one in range(runs):
        parts = _run(world, chance)
        accepted, caught = (int(chance.binomial(n, p)) for n, p in zip(world.labelled, (world.sensitivity, world.specificity), strict=True))
        found = corrected_share(parts, Rates(accepted, world.labelled[0], caught, world.labelled[1]), seed=one)
        truth = world.truth * (1 - world.verbatim) + world.verbatim
        low, high, _ = interval(np.column_stack([parts[:, 0] + parts[:, 1], np.ones(len(parts))]), RATIO, share=True, seed=one)
        raw += low is not None and high is not None and low <= truth <= high
        if found.low is not None and found.high is not None:
            held += found.low <= truth <= found.high
            widths.append(found.high - found.low)
    return held / runs, float(np.mean(widths)), raw / runs


def _run(world: World, chance: np.random.Generator) -> np.ndarray:
    """The parts of each question; questions differ in how well they are answered, except where all or nothing holds."""
    size = (world.questions, world.claims)
    each = chance.beta(4 * world.truth, 4 * (1 - world.truth), (world.questions, 1)) if 0 < world.truth < 1 else world.truth
    right, certain = chance.random(size) < each, chance.random(size) < world.verbatim
    accepted = np.where(right, chance.random(size) < world.sensitivity, chance.random(size) > world.specificity)
    return np.column_stack([certain.mean(axis=1), (accepted & ~certain).mean(axis=1), (~certain).mean(axis=1)])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000)
    runs = parser.parse_args().runs
    heads = {"questions": 9, "claims": 6, "truth": 6, "sens.": 6, "spec.": 6, "verbatim": 8, "covered": 8, "width": 6, "raw covers": 10}
    print(" ".join(f"{head:>{width}}" for head, width in heads.items()))
    for one in WORLDS:
        covered, width, raw = simulated(one, runs)
        print(
            f"{one.questions:9} {one.claims:6} {one.truth:6.3f} {one.sensitivity:6.2f} {one.specificity:6.2f} {one.verbatim:8.2f} "
            f"{covered:8.3f} {width:6.3f} {raw:10.3f}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
