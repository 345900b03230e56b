"""Hostile files: what a reader may be given."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.reliability import Fault

FAULTS: Sequence[Fault] = ()
