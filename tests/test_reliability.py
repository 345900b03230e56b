"""Faults of the index, its disk and its processes: a sample of what `make torture` tries, and the damage matrix on some files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.reliability import Fault
from benchmarks.reliability.__main__ import all_faults, failures
from benchmarks.reliability.seals import KINDS, copied, damaged, files_of

SAMPLED = [fault for area in ("index", "disk", "kills") for fault in all_faults(area) if fault.sampled]
FILES = 2


@pytest.mark.parametrize("fault", SAMPLED, ids=lambda fault: f"{fault.area}: {fault.name}")
def test_a_fault_is_survived(fault: Fault) -> None:
    missing = fault.needs()
    if missing:
        pytest.skip(missing)
    assert failures(fault, fault.sampled) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_told_and_made_again(kind: str, tmp_path: Path) -> None:
    whole = copied(tmp_path)
    files = random.Random(kind).sample(files_of(whole / "index"), FILES)
    assert [wrong for name in files if (wrong := damaged(kind, name, tmp_path, seed=1, whole=whole))] == []


def test_every_fault_has_a_name_of_its_own() -> None:
    names = [fault.name for fault in all_faults()]
    assert len(names) == len(set(names)) >= 100
