"""Measuring on a machine that others use: how much they work meanwhile, and waiting for moments in which they work little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

_TRIES = 5  # of what other work disturbed
_LOOK, _PATIENCE = 0.5, 30.0  # seconds: to see whether other work goes on, and to wait for its end


class Disturbed(Protocol):
    """Something measured, with the share of the processors that other work had meanwhile."""

    @property
    def others(self) -> float:
        """From 0 to 1."""
        ...


Measured = TypeVar("Measured", bound=Disturbed)


def undisturbed(measure: Callable[[], Measured], quiet: float) -> Measured:
    """What was measured while other work had at most some share of the processors; the least disturbed, where no attempt was such."""
    tried: list[Measured] = []
    while not tried or (tried[-1].others > quiet and len(tried) < _TRIES):
        tried.append(measure())
    return min(tried, key=lambda one: max(one.others, quiet))


def wait_for(quiet: float) -> None:
    """Wait until this machine works with at most a share of its processors, or for as long as that is waited for."""
    ends, share = time.monotonic() + _PATIENCE, 1.0
    while share > quiet and time.monotonic() < ends:
        before = Machine.now()
        time.sleep(_LOOK)
        share = Machine.now().others(before, 0.0)


@dataclass(frozen=True, slots=True)
class Machine:
    """Seconds that the processors of this machine have worked, and that they were there, together; zeros where that is not told."""

    worked: float
    there: float

    @classmethod
    def now(cls) -> Machine:
        """Up to this moment."""
        with suppress(OSError, ValueError):
            first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0].split()
            times = [int(one) / os.sysconf("SC_CLK_TCK") for one in first[1:9]]
            return cls(sum(times) - times[3] - times[4], sum(times))  # all but idle and waiting for the disk
        return cls(0.0, 0.0)

    def others(self, before: Machine, ours: float) -> float:
        """The share of the processors that went to other work than our seconds since a moment before."""
        return max(0.0, self.worked - before.worked - ours) / max(self.there - before.there, 0.01)


def time_of_family() -> float:
    """Seconds of the processor that this process and all that it has started, directly or not, have taken and that still run."""
    parents, times = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
            times[int(path.parent.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    family = {os.getpid()}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(times.get(one, 0.0) for one in family)
