"""What is asked of the catalogue is looked up in its indexes: no question reads all texts, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from benchmarks.growth import Measured, growths, table, wordings
from rag.index.catalogue import count_changes, count_new, count_pending, count_titles_alone, finished_texts, pending_texts, removed_passages
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.snapshot import Snapshot
from rag.model.filters import NO_FILTERS, Filters, NumberField, Range, Scan, stated_numbers
from rag.model.settings import Settings

YEAR, DAYS = Range("year", 2021, 2023), Range("first_day", 20210101, 20231231)
SPEECH = Filters(scans=(Scan("word", ("speech",)),))


@pytest.fixture(scope="module")
def generation(index_dir: Path) -> Iterator[Generation]:
    with open_index(Settings(index_dir=index_dir)) as index, index.reading() as opened:
        yield opened


def plans(generation: Generation, work: Callable[[], object]) -> list[str]:
    """How SQLite goes about each statement that some work needs: "SEARCH a USING COVERING INDEX ..."."""
    seen: list[str] = []
    with generation.catalogue._borrowed() as connection:
        connection.set_trace_callback(seen.append)
    work()
    with generation.catalogue._borrowed() as connection:
        connection.set_trace_callback(None)
        return [row[3] for one in seen if one.startswith("SELECT") for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]


def reads_rows(plan: str) -> bool:
    """True for a step that goes through all rows of a table of abstracts, texts or passages, and not through one of its indexes alone."""
    table_of_texts = plan.split()[1] in ("a", "t", "p", "abstracts", "texts", "passages")
    return plan.startswith("SCAN ") and table_of_texts and "INDEX" not in plan


LOOKED_UP: dict[str, Callable[[Generation], Any]] = {
    "all": lambda one: one.count(),
    "of a year": lambda one: one.count(Filters((YEAR,))),
    "with a year": lambda one: one.count(Filters((Range("year"),))),
    "outside of years": lambda one: one.count(Filters((Range("year", 2021, 2023, outside=True),))),
    "of a time": lambda one: one.count(Filters((DAYS, Range("last_day", 20210101, 20231231)))),
    "with upvotes": lambda one: one.count(Filters((Range("upvotes", 5),))),
    "without a date": lambda one: one.count(Filters(scans=(Scan("missing", ("date",)),))),
    "without a title": lambda one: one.count(Filters(scans=(Scan("missing", ("title",)),))),
    "with an inferred date": lambda one: one.count(Filters(scans=(Scan("inferred"),))),
    "of a file": lambda one: one.count(Filters(sources=("002_0b0d09165d2d35c4.txt",))),
    "that mention": lambda one: one.count(Filters(scans=(Scan("word", ("Portuguese",)),))),
    "that may contain": lambda one: one.count(containing="Portuguese"),
    "first ten": lambda one: list(islice(one.listing(), 10)),
    "first ten of a year": lambda one: list(islice(one.listing(Filters((YEAR,))), 10)),
    "of a file by their ids": lambda one: next(one.of_file("002_0b0d09165d2d35c4.txt")),
    "by upvotes": lambda one: one.numbers(("upvotes",)),
    "by date": lambda one: one.numbers(("first_day", "last_day"), Filters((YEAR,))),
    "per year": lambda one: one.tally("year"),
    "per month": lambda one: one.tally("month", Filters((YEAR,))),
    "per day": lambda one: one.tally("first_day"),
    "that came in": lambda one: one.arrived("2020"),
    "passages": lambda one: one.count_passages(),
}


@pytest.mark.parametrize("name", LOOKED_UP)
def test_what_is_counted_or_listed_is_looked_up(generation: Generation, name: str) -> None:
    found = plans(generation, lambda: LOOKED_UP[name](generation))
    assert found != []
    assert [one for one in found if reads_rows(one)] == []


def test_the_first_of_a_listing_are_read_without_putting_all_in_order(generation: Generation) -> None:
    assert plans(generation, lambda: next(iter(generation.listing())))[0] == "SCAN a USING COVERING INDEX abstracts_place"


RUN: dict[str, Callable[[sqlite3.Connection], Any]] = {
    "pending": count_pending,
    "next pending": lambda connection: pending_texts(connection, 5),
    "titles alone": count_titles_alone,
    "changes": lambda connection: count_changes(connection, 1),
    "new": lambda connection: count_new(connection, 1),
    "gone": lambda connection: removed_passages(connection, 1),
    "finished": lambda connection: finished_texts(connection, 1),
}


@pytest.mark.parametrize("name", RUN)
def test_what_a_run_of_the_writer_asks_is_looked_up(generation: Generation, name: str) -> None:
    def work() -> None:
        with generation.catalogue.reading() as connection:
            RUN[name](connection)

    assert [one for one in plans(generation, work) if reads_rows(one)] == []


def test_what_is_asked_of_an_edition_again_is_remembered(generation: Generation) -> None:
    first = [generation.sources(), generation.years(), generation.arrivals()]
    assert plans(generation, lambda: [generation.sources(), generation.years(), generation.arrivals()]) == []
    assert first == [Snapshot.sources(generation), Snapshot.years(generation), Snapshot.arrivals(generation)]


def test_numbers_are_those_that_abstracts_state_in_the_order_of_the_files(generation: Generation) -> None:
    asked: tuple[tuple[NumberField, ...], ...] = ("upvotes",), ("first_day", "last_day"), ("year",)
    for fields, filters in product(asked, (NO_FILTERS, Filters((YEAR,)), SPEECH)):
        stated = {one.id: stated_numbers(one) for one in generation.listing(filters)}
        wanted = [(one, tuple(known[name] for name in fields)) for one, known in stated.items() if known.keys() >= set(fields)]
        assert generation.numbers(fields, filters) == wanted


def test_growth_is_how_much_longer_the_largest_takes_than_the_one_before() -> None:
    small, large = (Measured(size, {"one": 4.0, "two": time, "three": 0.1}, {}) for size, time in ((10, 10.0), (20, 30.0)))
    assert growths([small, large]) == {"one": 1.0, "two": 3.0, "three": 1.0}
    assert [line.split() for line in table([small, large])] == [
        ["CPU", "ms", "10", "20", "growth"],
        ["one", "4.0", "4.0", "1.0x"],
        ["two", "10.0", "30.0", "3.0x", "*"],
        ["three", "0.1", "0.1", "1.0x"],
    ]
    assert growths([small]) == {}
    assert (wordings("greeting"), wordings("mention, none")[0]) == (["Hello"], "Which papers mention zyzzyva-0?")
