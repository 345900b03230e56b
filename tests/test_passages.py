"""Passages: whole sentences, a budget, one sentence of overlap, nothing left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model.records import Passage, Sentence
from rag.text.sentences import passages
from tests.processes import finished, python

COUNTS = st.lists(st.integers(min_value=0, max_value=60), max_size=40)
BUDGETS = st.integers(min_value=1, max_value=100)


def row(counts: Sequence[int]) -> list[Sentence]:
    """Sentences of ten characters each, one space apart."""
    return [Sentence("a", index, index * 11, index * 11 + 10) for index in range(len(counts))]


def ranges(counts: Sequence[int], budget: int) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in passages("a", row(counts), counts, budget)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([3], [(0, 0)]),
        ([3, 3, 4], [(0, 2)]),
        ([4, 4, 4, 4], [(0, 1), (1, 2), (2, 3)]),
        ([3, 3, 3, 3, 3, 3], [(0, 2), (2, 4), (4, 5)]),
        ([6, 6, 6], [(0, 0), (1, 1), (2, 2)]),
        ([50, 3, 3], [(0, 0), (1, 2)]),
        ([3, 3, 50], [(0, 1), (2, 2)]),
        ([5, 5, 6, 2], [(0, 1), (2, 3)]),
        ([10, 10], [(0, 0), (1, 1)]),
    ],
)
def test_sentences_are_packed_up_to_ten_tokens(counts: list[int], expected: list[tuple[int, int]]) -> None:
    assert ranges(counts, 10) == expected


def test_a_passage_is_a_slice_with_a_stable_id() -> None:
    found = passages("a", row([4, 4, 4]), [4, 4, 4], 10)
    assert found == (Passage("a", 0, 21, 0, 1), Passage("a", 11, 32, 1, 2))
    assert [one.id for one in found] == ["a:0", "a:11"]


@given(COUNTS, BUDGETS)
def test_every_sentence_is_in_a_passage_and_ids_are_unique(counts: list[int], budget: int) -> None:
    found = passages("a", row(counts), counts, budget)
    assert {index for one in found for index in range(one.first, one.last + 1)} == set(range(len(counts)))
    assert len({one.id for one in found}) == len(found)


@given(COUNTS, BUDGETS)
def test_budget_is_kept_by_all_but_single_sentences(counts: list[int], budget: int) -> None:
    for first, last in ranges(counts, budget):
        assert first == last or sum(counts[first : last + 1]) <= budget


@given(COUNTS, BUDGETS)
def test_each_passage_goes_further_and_overlaps_by_one_sentence_at_most(counts: list[int], budget: int) -> None:
    found = ranges(counts, budget)
    for (first, last), (following, end) in pairwise(found):
        assert first < following
        assert last < end
        assert following in (last, last + 1)


@given(COUNTS, BUDGETS)
def test_overlap_is_left_out_only_where_it_would_not_fit(counts: list[int], budget: int) -> None:
    found = ranges(counts, budget)
    for (first, last), (following, _) in pairwise(found):
        assert (following == last) == (last > first and counts[last] + counts[last + 1] <= budget)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="1 sentences but 2 token counts"):
        passages("a", row([1]), [1, 2], 10)
    with pytest.raises(ValueError, match="0 tokens"):
        passages("a", row([1]), [1], 0)


def test_passages_come_without_llama_index() -> None:
    program = "import sys, rag.text.sentences; sys.exit('llama_index' in sys.modules)"
    assert finished(python(program)).returncode == 0
