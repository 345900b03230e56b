"""That the faults of `benchmarks.mutants` fit the code as it stands: each changes one place, and its tests are there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.mutants import MUTANTS, check, is_asked


def test_there_are_thirty_mutants_which_fit_the_code() -> None:
    check(MUTANTS)  # exits with those that do not
    assert len({(one.file, one.text, one.replacement) for one in MUTANTS}) == 30
    assert all(one.text != one.replacement for one in MUTANTS)


def test_a_mutant_whose_text_or_tests_are_gone_is_named() -> None:
    with pytest.raises(SystemExit, match="does not have once: 'nowhere to be found'"):
        check([replace(MUTANTS[0], text="nowhere to be found")])
    with pytest.raises(SystemExit, match="There are no tests renamed"):
        check([replace(MUTANTS[0], tests=("renamed",))])


def test_mutants_are_chosen_by_number_or_file() -> None:
    one = replace(MUTANTS[0], file="rag/search/rerank.py")
    assert [is_asked(3, one, given) for given in ([], ["3"], ["rerank.py"], ["4"], ["filters.py"])] == [True, True, True, False, False]
