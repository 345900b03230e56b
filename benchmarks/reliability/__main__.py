"""Every fault of the list, tried: one table of what was tried, how often, and what was survived.

    python -m benchmarks.reliability [--area files] [--tries 5]

Exit status 1 where anything was not survived.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from benchmarks.reliability import Fault

AREAS = ("files", "seals", "index", "disk", "kills", "door", "page", "systems", "metrics", "reports")


def all_faults(area: str | None = None) -> Iterator[Fault]:
    """The faults of one area or of all."""
    for name in AREAS:
        if area in (None, name):
            yield from import_module(f"benchmarks.reliability.{name}").FAULTS


def failures(fault: Fault, tries: int) -> list[str]:
    """What was seen in the tries that were not survived."""
    found = []
    for seed in range(tries):
        with tempfile.TemporaryDirectory() as folder:
            try:
                wrong = fault.attempt(Path(folder), seed)
            except Exception:  # noqa: BLE001 - whatever it is, it was not survived
                wrong = traceback.format_exc().strip().replace("\n", " | ")[-600:]
        if wrong:
            found.append(f"seed {seed}: {wrong}")
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--area", choices=AREAS)
    parser.add_argument("--tries", type=int, help="at most so many of each")
    arguments = parser.parse_args()
    lost = tried = skipped = 0
    print(f"{'area':10} {'fault':84} {'tries':>6} {'survived':>9}")
    for fault in all_faults(arguments.area):
        missing = fault.needs()
        if missing:
            skipped += 1
            print(f"{fault.area:10} {fault.name:84} {'-':>6} {missing}")
            continue
        tries = min(fault.tries, arguments.tries or fault.tries)
        wrong = failures(fault, tries)
        lost, tried = lost + bool(wrong), tried + 1
        print(f"{fault.area:10} {fault.name:84} {tries:6} {tries - len(wrong):9}", flush=True)
        for one in wrong[:5]:
            print(f"    {one}")
    print(f"{tried} faults tried, {tried - lost} survived in every try, {lost} not, {skipped} not tried here")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
