"""What each flag of the support check is worth: `python -m benchmarks.flags`.

A flag is what one mechanism of `rag.support.check` finds. For each set of labelled claims: its catches (unsupported claims that carry
it), its false alarms (supported claims that carry it), and what becomes of accuracy, balanced accuracy and F1 of the verdict "supported"
where it is switched off and all else stays. One claim may carry several flags, so that many a catch is no loss.

The rule: a flag stays where balanced accuracy gets worse without it on at least two of the sets that decide, and on none of them better
by more than noise; else it goes. The sets are `claims_dev`, `claims_fluent_dev`, AttributionBench, CHECK-COVID (whole abstracts and
sentences as one), and half B of the claims that are shipped (`eval/data/claims.jsonl`), which was held out while rules were written;
half A, which they were written with in view, decides nothing. Noise is 1.96 standard errors of the difference, claims on one text or
question being taken together. As two flags may each hide the other's worth, one goes at a time, the one without which balanced accuracy
is best over all sets, and the rest is measured anew.

Of `REQUIRED`, numbers and names that are not in the text and numbers with another unit, the rule decides nothing: code vetoes by them
where a model judges (`rag.answers.verify`).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

from benchmarks import damage
from benchmarks.development import DATA, temporary_assistant
from benchmarks.support import Judged, fluent, outside, own
from rag.support.check import MECHANISMS, weigh

DECIDING = ("claims_dev", "claims_fluent_dev", "attributionbench", "check_covid", "shipped claims, half B")
REQUIRED = ("number: absent", "number: unit", "name: absent")
_NOISE = 1.96  # standard errors
_LEAST = 2  # sets that must get worse without a flag

Sets = Mapping[str, Sequence[Judged]]
Off = frozenset[str]


@dataclass(frozen=True)
class Verdicts:
    """How many supported and unsupported claims read "supported"."""

    right: int
    supported: int
    wrong: int
    unsupported: int

    @property
    def accuracy(self) -> float:
        """The share of right verdicts."""
        return (self.right + self.unsupported - self.wrong) / (self.supported + self.unsupported)

    @property
    def balanced(self) -> float:
        """The mean of the shares of right verdicts of both kinds of claims."""
        return (self.right / self.supported + 1 - self.wrong / self.unsupported) / 2

    @property
    def f1(self) -> float:
        """F1 of "supported"."""
        return 2 * self.right / (self.right + self.wrong + self.supported)


def verdicts(claims: Sequence[Judged], off: Off = frozenset()) -> Verdicts:
    """The verdicts with some flags switched off."""
    passed = [one.supported for one in claims if one.passes(off)]
    supported = sum(one.supported for one in claims)
    return Verdicts(sum(passed), supported, len(passed) - sum(passed), len(claims) - supported)


@dataclass(frozen=True)
class Effect:
    """One flag on one set: what switching it off does, others being off already."""

    claims: Sequence[Judged]
    flag: str
    off: Off = frozenset()

    @property
    def catches(self) -> int:
        """Unsupported claims that carry the flag."""
        return sum(self.flag in one.weighed.flags for one in self.claims if not one.supported)

    @property
    def alarms(self) -> int:
        """Supported claims that carry it."""
        return sum(self.flag in one.weighed.flags for one in self.claims if one.supported)

    @cached_property
    def both(self) -> tuple[Verdicts, Verdicts]:
        """The verdicts with the flag and without it."""
        return verdicts(self.claims, self.off), verdicts(self.claims, self.off | {self.flag})

    @property
    def change(self) -> float:
        """Of balanced accuracy: below 0 where it is worse without the flag."""
        before, after = self.both
        return after.balanced - before.balanced

    @cached_property
    def noise(self) -> float:
        """1.96 standard errors of the change, claims of one group being taken together."""
        before, _ = self.both
        groups: dict[str, float] = defaultdict(float)
        for place, one in enumerate(self.claims):
            if self.flag in one.weighed.flags and one.passes(self.off | {self.flag}) and not one.passes(self.off):
                groups[one.group or str(place)] += 0.5 / before.supported if one.supported else -0.5 / before.unsupported
        return _NOISE * sqrt(sum(share * share for share in groups.values()))


def pays(sets: Sets, flag: str, off: Off = frozenset()) -> bool:
    """The rule by which a flag stays."""
    effects = [Effect(sets[name], flag, off) for name in DECIDING]
    return sum(one.change < 0 for one in effects) >= _LEAST and not any(one.change > one.noise for one in effects)


def dropped(sets: Sets) -> list[str]:
    """The flags that go, in order."""
    gone: list[str] = []
    while True:
        off = frozenset(gone)
        failing = [name for name in MECHANISMS if name not in off and name not in REQUIRED and not pays(sets, name, off)]
        if not failing:
            return gone
        gone.append(max(failing, key=lambda name: sum(Effect(sets[one], name, off).change for one in DECIDING)))


def labelled() -> dict[str, list[Judged]]:
    """All sets, each claim checked once."""
    with temporary_assistant() as assistant:
        shipped = damage.shipped(list(assistant.abstracts()))
        found = {"claims_dev": own(assistant), "claims_fluent_dev": fluent(assistant)}
    found["attributionbench"] = outside("attributionbench_dev")
    found["check_covid"] = outside("check_covid_abs_dev") + outside("check_covid_sent_dev")
    for half in "AB":
        group = [one for one in shipped if one.half == half]
        found[f"shipped claims, half {half}"] = [
            Judged(one.supported, weigh(one.claim, one.abstract.text), one.kind, one.abstract.id) for one in group
        ]
    return found


def table(claims: Sequence[Judged], off: Off = frozenset()) -> list[str]:
    """One line a flag that is on and that some claim carries."""
    lines = [f"  {'without':<32} {'catches':>8} {'alarms':>8} {'accuracy':>9} {'balanced':>9} {'noise':>7} {'F1':>8}"]
    for name in MECHANISMS:
        one = Effect(claims, name, off)
        if name not in off and one.catches + one.alarms:
            before, after = one.both
            lines.append(
                f"  {name:<32} {one.catches:>8} {one.alarms:>8} {after.accuracy - before.accuracy:>+9.4f} {one.change:>+9.4f} "
                f"{one.noise:>7.4f} {after.f1 - before.f1:>+8.4f}"
            )
    return lines


def line(title: str, found: Verdicts) -> str:
    """The figures of the verdict "supported"."""
    return (
        f"  {title:<32} accuracy {found.accuracy:.3f}, balanced {found.balanced:.3f}, F1 {found.f1:.3f}; "
        f"read supported {found.right} of {found.supported} supported, {found.wrong} of {found.unsupported} others"
    )


def main() -> None:
    """Print the effects of all flags, set by set, and which of them go."""
    if not DATA.is_dir():
        sys.exit("The labelled claims are not here: they are expected in a folder named shared beside the repository.")
    sets = labelled()
    gone = dropped(sets)
    for name, claims in sets.items():
        print(f"\n{name}, {len(claims)} claims")
        print("\n".join(table(claims)))
        print(line("all flags", verdicts(claims)))
        print(line("the flags that stay", verdicts(claims, frozenset(gone))))
        print(line("no flag", verdicts(claims, frozenset(MECHANISMS))))
    print(f"\nstay: {', '.join(name for name in MECHANISMS if name not in gone)}")
    print(f"go, in this order: {', '.join(gone) or 'none'}")


if __name__ == "__main__":
    main()
