"""Abstracts that a follow-up is about, put among those that retrieval found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.embedding.loading import load_embedder
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.model.filters import Filters, Range, meets_filters
from rag.model.settings import Settings
from rag.search.retrieve import BONUS, boost_context, find_candidates, merge_filters

QUESTION = "How are winning tickets found?"
LOTTERY, UZBERT = "bada8105fd79", "093627429f4d"


@pytest.fixture
def generation(index_dir: Path) -> Iterator[Generation]:
    with open_index(Settings(index_dir=index_dir)) as index, index.reading() as opened:
        yield opened


def test_a_carried_abstract_is_added_and_lifted_and_the_rest_stays_as_it_was(generation: Generation) -> None:
    found = find_candidates(generation, load_embedder(Settings(_env_file=None)), QUESTION, 5)
    assert UZBERT not in {one.abstract.id for one in found}
    scores = {one.abstract.id: one.hit.fused for one in found}
    after = {
        one.abstract.id: one.hit.fused
        for one in boost_context(generation, load_embedder(Settings(_env_file=None)), QUESTION, found, [LOTTERY, UZBERT], Filters())
    }
    assert set(after) == {*scores, UZBERT}
    assert after[UZBERT] < after[LOTTERY]
    assert after == {**scores, LOTTERY: scores[LOTTERY] + BONUS, UZBERT: after[UZBERT]}


def test_nothing_carried_changes_nothing(generation: Generation) -> None:
    found = find_candidates(generation, load_embedder(Settings(_env_file=None)), QUESTION, 5)
    assert boost_context(generation, load_embedder(Settings(_env_file=None)), QUESTION, found, [], Filters()) == found
    assert (
        boost_context(generation, load_embedder(Settings(_env_file=None)), QUESTION, found, ["000000000000", "no id"], Filters()) == found
    )


def test_what_a_filter_leaves_out_is_not_carried_in(generation: Generation) -> None:
    year = Filters((Range("year", 2020, 2020),))
    found = find_candidates(generation, load_embedder(Settings(_env_file=None)), QUESTION, 5, year)
    assert boost_context(generation, load_embedder(Settings(_env_file=None)), QUESTION, found, [UZBERT, LOTTERY], year) == found


def test_filters_in_memory_admit_what_the_catalogue_lists(generation: Generation) -> None:
    everything = list(generation.listing())
    source = everything[0].sources[0].file
    for filters in (
        Filters(),
        Filters((Range("year", 2023, None),)),
        Filters((Range("authors", None, 3), Range("year"))),
        Filters((Range("first_day", 20230601, None),), ("002_0b0d09165d2d35c4.txt",)),
        Filters((), (source,)),
    ):
        assert [one.id for one in everything if meets_filters(filters, one)] == [one.id for one in generation.listing(filters)]


def test_given_years_win_over_read_ones() -> None:
    read = Filters((Range("year", 2023, 2023),))
    assert merge_filters(None, read, None) == read
    assert merge_filters(None, read, (2020, 2021)) == Filters()
    assert merge_filters(Filters((Range("first_day", 20200101),), ("a",)), read, None) == Filters((Range("first_day", 20200101),), ("a",))
    assert merge_filters(Filters((Range("authors", 2, 2),)), read, None) == Filters((Range("authors", 2, 2), Range("year", 2023, 2023)))
