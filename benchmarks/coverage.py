"""What intervals cover: for each kind of figure, how often its 95 % interval holds the truth, at many n, and how wide it is.

    python -m benchmarks.coverage [--tries 400] [--kind rate]

Beside each stands the interval that it replaced: the percentile bootstrap, with Wilson's where all resamples agree. "none" is the share
of samples for which no interval is given, because n is too small; what is covered is of the rest. The last table is of runs compared:
how often the difference that is called detectable is shown after Holm's correction, which should be four times in five.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, nan
from statistics import NormalDist

import numpy as np

from eval.metrics import METRICS
from eval.runs.comparison import detectable, holm
from eval.runs.paired import Paired, sign_flips
from eval.statistics import AREA, F1, MEAN_F1, RATIO, Array, Statistic, interval, middle, quantile, resampled, wilson

Random = np.random.Generator
SIZES = (5, 12, 20, 37, 80, 200, 400)
MANY = 200_000  # questions from which a truth is computed that has no formula


@dataclass(frozen=True)
class Figure:
    """A figure over questions: how the parts of so many are drawn, and what its value is in truth."""

    name: str
    draw: Callable[[Random, int], Array]
    statistic: Statistic = RATIO
    truth: float = nan
    share: bool = True
    count: bool = False

    @property
    def value(self) -> float:
        """What an interval should hold."""
        if self.truth == self.truth:
            return self.truth
        return self.statistic.of(self.draw(np.random.default_rng(7), MANY)) or 0.0


def mean(values: Array) -> Array:
    """The parts of a mean."""
    return np.stack([values, np.ones(len(values))], axis=1)


def shares(share: float) -> Callable[[Random, int], Array]:
    """Shares of one to five claims, which are alike within an answer."""
    a, b = share * (1 / 0.3 - 1), (1 - share) * (1 / 0.3 - 1)

    def draw(random: Random, n: int) -> Array:
        claims = random.integers(1, 6, n)
        return mean(random.binomial(claims, random.beta(a, b, n)) / claims)

    return draw


def rate(share: float) -> Callable[[Random, int], Array]:
    """Yes or no."""
    return lambda random, n: mean((random.random(n) < share).astype(float))


def ranks(random: Random, n: int) -> Array:
    """nDCG of questions with one gold abstract."""
    return mean(random.choice([1, 0.63, 0.5, 0.43, 0.39, 0.3, 0], n, p=[0.62, 0.12, 0.06, 0.04, 0.03, 0.03, 0.1]))


def declined(random: Random, n: int) -> Array:
    """(tp, fp, fn) of refusing, of which a third is due, then of answering; one in eight is wrong."""
    due, wrong = random.random(n) < 1 / 3, random.random(n) < 1 / 8
    said = due ^ wrong
    parts = np.stack([said & due, said & ~due, due & ~said, ~said & ~due, ~said & due, ~due & said], axis=1)
    return parts.astype(float)


def chances(random: Random, n: int) -> Array:
    """(chance, risk, 1) of the risk-coverage curve."""
    chance = random.random(n)
    return np.stack([chance, random.random(n) > 0.3 + 0.7 * chance, np.ones(n)], axis=1).astype(float)


FIGURES = (
    *(Figure(f"rate of {share:.0%}", rate(share), truth=share) for share in (0.05, 0.5, 0.9, 0.95, 0.99)),
    *(Figure(f"shares, mean {share:.0%}", shares(share), truth=share) for share in (0.75, 0.9, 0.97)),
    Figure("nDCG@10", ranks),
    Figure("counts, mean 0.1", lambda random, n: mean(random.poisson(0.1, n).astype(float)), truth=0.1, share=False, count=True),
    Figure("counts, overspread", lambda random, n: mean(random.negative_binomial(0.3, 0.5, n).astype(float)), share=False, count=True),
    Figure("cost, log-normal", lambda random, n: mean(random.lognormal(0, 0.7, n)), truth=exp(0.245), share=False),
    Figure("refusal precision", lambda random, n: declined(random, n)[:, :2] @ np.array([[1, 1], [0, 1]])),
    Figure("refusal F1", lambda random, n: declined(random, n)[:, :3], F1),
    Figure("mean of both F1", declined, MEAN_F1),
    Figure("median latency", lambda random, n: mean(random.lognormal(0, 0.7, n)), quantile(0.5), truth=1.0, share=False),
    Figure(
        "p95 latency",
        lambda random, n: mean(random.lognormal(0, 0.7, n)),
        quantile(0.95),
        truth=exp(0.7 * NormalDist().inv_cdf(0.95)),
        share=False,
    ),
    Figure("risk-coverage area", chances, AREA),
)


def replaced(parts: Array, statistic: Statistic, *, share: bool) -> tuple[float, float] | None:
    """The interval as it was: percentiles of resamples, Wilson's where all agree."""
    value = statistic.of(parts)
    if value is None:
        return None
    found = middle(statistic.values(resampled(len(parts), 0), parts))
    if share and (found is None or found[0] == found[1]):
        counted = statistic.counted(parts)
        return wilson(value * counted, counted) if counted > 1 else None
    return found


@dataclass
class Tally:
    """How often an interval held the truth, and its width."""

    given: int = 0
    held: int = 0
    width: float = 0.0

    def add(self, bounds: tuple[float | None, float | None] | None, truth: float) -> None:
        """Count one interval; without bounds none was given."""
        if bounds is None or bounds[0] is None or bounds[1] is None:
            return
        self.given += 1
        self.held += bounds[0] - 1e-9 <= truth <= bounds[1] + 1e-9
        self.width += bounds[1] - bounds[0]

    @property
    def coverage(self) -> float:
        """The share of the intervals given that hold the truth."""
        return self.held / self.given if self.given else nan


def simulated(figure: Figure, n: int, tries: int, *, seed: int = 0, old: bool = True) -> tuple[Tally, Tally]:
    """What the interval that is given covers, and what the one that it replaced covers, at one n."""
    random = np.random.default_rng([seed, n])
    truth, now, before = figure.value, Tally(), Tally()
    for _ in range(tries):
        parts = figure.draw(random, n)
        now.add(interval(parts, figure.statistic, share=figure.share, count=figure.count, seed=0)[:2], truth)
        if old:
            before.add(replaced(parts, figure.statistic, share=figure.share), truth)
    return now, before


# Differences between two runs.


@dataclass(frozen=True)
class Change:
    """Two runs over the same questions: the parts of both, and the difference of the metric in truth."""

    name: str
    metric: str
    draw: Callable[[Random, int], tuple[Array, Array]]
    truth: float = nan

    @property
    def value(self) -> float:
        """The difference that an interval should hold."""
        if self.truth == self.truth:
            return self.truth
        of = METRICS[self.metric].statistic.of
        a, b = self.draw(np.random.default_rng(7), MANY)
        return (of(b) or 0.0) - (of(a) or 0.0)


def rates_of(rise: float, fall: float) -> Callable[[Random, int], tuple[Array, Array]]:
    """Nine of ten right in A; in B so many of the wrong ones are mended, and of the right ones broken."""

    def draw(random: Random, n: int) -> tuple[Array, Array]:
        a, chance = random.random(n) < 0.9, random.random(n)
        return mean(a.astype(float)), mean(np.where(a, chance >= fall, chance < rise).astype(float))

    return draw


def both(one: Callable[[Random, int], Array], alike: float) -> Callable[[Random, int], tuple[Array, Array]]:
    """Two draws, of which B takes over this share of A's questions."""

    def draw(random: Random, n: int) -> tuple[Array, Array]:
        a, b = one(random, n), one(random, n)
        return a, np.where((random.random(n) < alike)[:, np.newaxis], a, b)

    return draw


CHANGES = (
    Change("rates, 5 % fall, 30 % rise", "must_contain", rates_of(0.3, 0.05), truth=0.1 * 0.3 - 0.9 * 0.05),
    Change("rates, 1 % fall", "must_contain", rates_of(0.0, 0.01), truth=-0.009),
    Change("shares, 4 of 5 alike", "faithfulness_cited", both(shares(0.9), 0.8), truth=0.0),
    Change("refusal F1, half alike", "refusal_f1", both(lambda random, n: declined(random, n)[:, :3], 0.5), truth=0.0),
    Change("both F1, half alike", "grounded_refusal_f1", both(declined, 0.5), truth=0.0),
    Change("cost", "cost", both(lambda random, n: mean(random.lognormal(0, 0.7, n)), 0.0), truth=0.0),
    Change("median latency", "latency_median", both(lambda random, n: mean(random.lognormal(0, 0.7, n)), 0.0), truth=0.0),
    Change("p95 latency", "latency_p95", both(lambda random, n: mean(random.lognormal(0, 0.7, n)), 0.0), truth=0.0),
)


def simulated_change(change: Change, n: int, tries: int, *, seed: int = 0, old: bool = True) -> tuple[Tally, Tally]:
    """What the intervals of a difference cover, now and before."""
    random = np.random.default_rng([seed, n])
    truth, now, before = change.value, Tally(), Tally()
    measure = METRICS[change.metric]
    for _ in range(tries):
        a, b = change.draw(random, n)
        now.add(Paired(measure, np.arange(n), a, b).interval, truth)
        if old:
            weights = resampled(n, 0)
            before.add(middle(measure.statistic.values(weights, b) - measure.statistic.values(weights, a)), truth)
    return now, before


def power(n: int, metrics: int, tries: int, *, seed: int = 0) -> tuple[float, float]:
    """How often a difference of the detectable size is shown among so many metrics compared, of which the others do not differ:
    before and after Holm's correction."""
    random = np.random.default_rng([seed, n, metrics])
    error = 0.35 / n**0.5
    size = detectable(error, n, metrics)
    assert size is not None
    shown = [0, 0]
    for _ in range(tries):
        places = np.arange(n)
        paired = []
        for place in range(metrics):
            a = random.uniform(0.3, 0.5, n)
            b = a + random.normal(size if place == 0 else 0.0, 0.35, n)
            paired.append(Paired(METRICS["must_contain"], places, mean(a), mean(b)))
        found = {str(place): p or 1.0 for place, p in enumerate(sign_flips(paired, n, seed=0))}
        shown[0] += found["0"] < 0.05
        shown[1] += holm(found)["0"] < 0.05
    return shown[0] / tries, shown[1] / tries


# The tables.


def line(name: str, n: int, truth: float, now: Tally, before: Tally, tries: int) -> str:
    """One line of a table of coverage."""
    none = 1 - now.given / tries
    said = "" if not none else f"{none:.0%}"
    covers = "" if not now.given else f"{now.coverage:6.1%} {now.width / now.given:7.3f}"
    old = "" if not before.given else f"{before.coverage:6.1%} {before.width / before.given:7.3f}"
    return f"{name:26} {n:4} {truth:8.3f} | {covers:14} | {said:>5} | {old}"


def tables(tries: int, kind: str) -> Iterator[str]:
    """All lines."""
    yield f"{'figure':26} {'n':>4} {'truth':>8} | {'covers   width':14} | {'none':>5} | {'before   width'}"
    for figure in (one for one in FIGURES if kind in one.name):
        for n in SIZES:
            yield line(figure.name, n, figure.value, *simulated(figure, n, tries), tries)
    yield "\nDifferences between two runs"
    for change in (one for one in CHANGES if kind in one.name):
        for n in SIZES:
            yield line(change.name, n, change.value, *simulated_change(change, n, tries), tries)
    yield "\nHow often the detectable difference is shown: metrics compared, n, before and after Holm's correction"
    for metrics in (1, 10, 40) if not kind else ():
        for n in (37, 80, 343):
            plain, corrected = power(n, metrics, max(20, tries // 2))
            yield f"{metrics:4} {n:4} {plain:6.1%} {corrected:6.1%}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=400)
    parser.add_argument("--kind", default="", help="only figures whose name holds this")
    arguments = parser.parse_args()
    for one in tables(arguments.tries, arguments.kind):
        print(one, flush=True)


if __name__ == "__main__":
    main()
