"""What is asked of the catalogue is looked up in its indexes: no question reads all texts, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any, get_args

import pytest

from benchmarks.growth import Measured, growths, table, wordings
from rag.index.catalogue import count_changes, count_new, count_pending, count_titles_alone, finished_texts, pending_texts, removed_passages
from rag.index.database import Connection
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.kept import known_arrivals, known_names, known_sources, known_themes
from rag.index.paging import Order, read_page
from rag.index.snapshot import Snapshot
from rag.model.filters import NO_FILTERS, Filters, NumberField, Range, Scan, meets_filters, stated_numbers
from rag.model.records import Abstract
from rag.model.settings import Settings
from ui.holdings import read_listing

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


LOOKED_UP: dict[str, Callable[[Snapshot], Any]] = {
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
    "first ten": lambda one: list(islice(one.listing(), 10)),
    "first ten of a year": lambda one: list(islice(one.listing(Filters((YEAR,))), 10)),
    "of a file by their ids": lambda one: next(one.of_file("002_0b0d09165d2d35c4.txt")),
    "by upvotes": lambda one: one.numbers(("upvotes",)),
    "by date": lambda one: one.numbers(("first_day", "last_day"), Filters((YEAR,))),
    "per year": lambda one: one.tally("year"),
    "per month": lambda one: one.tally("month", Filters((YEAR,))),
    "per day": lambda one: one.tally("first_day"),
    "that came in": lambda one: one.arrived("2020"),
    "that an id begins": lambda one: one.ids_beginning("0"),
    "passages": lambda one: one.count_passages(),
}


@pytest.mark.parametrize("name", LOOKED_UP)
def test_what_is_counted_or_listed_is_looked_up(generation: Generation, name: str) -> None:
    snapshot = Snapshot(generation.catalogue, generation.edition)
    found = plans(generation, lambda: LOOKED_UP[name](snapshot))
    assert found != []
    assert [one for one in found if reads_rows(one)] == []


@pytest.mark.parametrize("name", LOOKED_UP)
def test_the_word_index_says_what_the_catalogue_says(generation: Generation, name: str) -> None:
    assert LOOKED_UP[name](generation) == LOOKED_UP[name](Snapshot(generation.catalogue, generation.edition))


COUNTED = {
    "a number": Filters((YEAR, Range("upvotes", 5))),
    "other numbers": Filters((Range("year", 2021, 2023, outside=True), Range("upvotes", high=5))),
    "no number": Filters((Range("year", 2023, 2021),)),
    "one of several years": Filters(scans=(Scan("year", ("2021", "2024")), Scan("authors", ("3", "4", "x"), negated=True))),
    "other years": Filters(scans=(Scan("year", ("2021", "2024"), negated=True),)),
    "what is missing": Filters(scans=(Scan("missing", ("date", "upvotes")), Scan("none", ("comments",)))),
    "what is not missing": Filters(scans=(Scan("missing", ("date",), negated=True), Scan("none", ("comments", "upvotes"), negated=True))),
    "a file": Filters((YEAR,), ("002_0b0d09165d2d35c4.txt",), (Scan("source", ("002_0b0d09165d2d35c4.txt",)),)),
    "no file": Filters(scans=(Scan("source", ("002_0b0d09165d2d35c4.txt",), negated=True),)),
    "a word": SPEECH,
    "a word and a year": Filters((YEAR,), scans=SPEECH.scans),
    "no word": Filters((YEAR,), scans=(Scan("word", ("speech",), negated=True),)),
    "two words": Filters(scans=(Scan("word", ("speech recognition",)), Scan("part", ("trans",), "anywhere"))),
    "a title without a word": Filters(scans=(Scan("word", ("speech",), "title", negated=True),)),
    "a month": Filters(scans=(Scan("month", ("3", "6")), *SPEECH.scans)),
    "inferred": Filters(scans=(Scan("inferred", negated=True),)),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("few", [0, 1000])
def test_conditions_count_and_list_what_meets_them(generation: Generation, name: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.generation._FEW", few)
    filters = COUNTED[name]
    wanted = [one for one in generation.listing() if meets_filters(filters, one)]
    assert list(generation.listing(filters)) == wanted
    assert (generation.count(filters), generation.ids(filters)) == (len(wanted), tuple(one.id for one in wanted))
    for field in get_args(NumberField):
        assert generation.tally(field, filters) == counted(stated[field] for one in wanted if field in (stated := stated_numbers(one)))


def counted(values: Iterable[int]) -> dict[int, int]:
    return dict(sorted(Counter(values).items()))


FROM_WORDS: dict[str, Callable[[Generation], Any]] = {
    "that mention": lambda one: one.count(SPEECH),
    "that may contain": lambda one: one.count(containing="Portuguese"),
    "first that mention": lambda one: next(one.listing(SPEECH)),
    "first of many that mention": lambda one: next(one.listing(Filters(scans=(Scan("word", ("the",)),)))),
    "per year": lambda one: one.tally("year", SPEECH),
}


@pytest.mark.parametrize("name", FROM_WORDS)
def test_what_the_word_index_tells_is_not_looked_for_in_the_texts(
    generation: Generation, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.generation._FEW", 50)
    assert [one for one in plans(generation, lambda: FROM_WORDS[name](generation)) if reads_rows(one)] == []


def test_places_are_read_in_their_order_without_putting_all_in_order(generation: Generation) -> None:
    rows = [number for part in generation.places() for number, _ in part]
    assert [one.id for one in generation.of_numbers(rows)] == [one.id for one in generation.listing()]
    assert plans(generation, lambda: next(generation.places()))[0].startswith("SEARCH a USING COVERING INDEX abstracts_place")


def test_the_first_of_a_listing_are_read_without_putting_all_in_order(generation: Generation) -> None:
    assert plans(generation, lambda: next(iter(generation.listing())))[0] == "SCAN a USING COVERING INDEX abstracts_place"


RUN: dict[str, Callable[[Connection], Any]] = {
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


STORED: dict[str, Callable[[Generation], Any]] = {
    "names": lambda one: known_names(one).nearest("kslotery"),
    "themes": known_themes,
    "files": known_sources,
    "arrivals": known_arrivals,
    "what came": lambda one: list(one.came_since(one.edition)),
    "what went": lambda one: list(one.gone_since(one.edition)),
    "the first": lambda one: one.first_rows(10),
}


@pytest.mark.parametrize("name", STORED)
def test_what_depends_on_no_question_is_read_by_key(generation: Generation, name: str) -> None:
    assert [one for one in plans(generation, lambda: STORED[name](generation)) if reads_rows(one)] == []


ORDERS: dict[Order, Callable[[Abstract], tuple[Any, str]]] = {
    "newest": lambda one: (-int((one.date or "0").replace("-", "").ljust(8, "0")), one.id),
    "oldest": lambda one: (one.date or "9999", one.id),
    "upvotes": lambda one: (-(one.upvotes if one.upvotes is not None else -1), one.id),
    "authors": lambda one: (-(one.authors if one.authors is not None else -1), one.id),
}
TITLED = Filters(scans=(Scan("missing", ("title",), negated=True),))


@pytest.mark.parametrize("filters", [NO_FILTERS, Filters((YEAR,)), TITLED])
@pytest.mark.parametrize("order", get_args(Order))
def test_pages_are_parts_of_the_whole_list_in_its_order(generation: Generation, order: Order, filters: Filters) -> None:
    every = [one for one in generation.listing() if meets_filters(filters, one)]
    wanted = sorted(every, key=ORDERS[order]) if order in ORDERS else every
    pages = [read_page(generation, filters, order, first, 40) for first in range(0, len(wanted), 40)]
    assert [one.id for page in pages for one in page] == [one.id for one in wanted]
    assert read_page(generation, filters, order, len(wanted), 40) == ()


@pytest.mark.parametrize("order", get_args(Order))
def test_a_page_is_found_in_an_index_that_has_its_order(generation: Generation, order: Order) -> None:
    first, *rest = plans(generation, lambda: read_page(generation, NO_FILTERS, order, 50, 25))
    assert first.startswith(("SCAN a USING INDEX", "SCAN a USING COVERING INDEX"))
    assert "USE TEMP B-TREE FOR ORDER BY" not in rest


def test_what_is_listed_is_counted_without_reading_it(generation: Generation) -> None:
    held = read_listing(generation, TITLED)
    every = [one for one in generation.listing() if one.title]
    assert (held.number, dict(held.years)) == (len(every), counted(one.year for one in every if one.year is not None))
    assert held.stated == {"first_day", "upvotes", "authors"}
    assert [one for one in plans(generation, lambda: read_listing(generation, TITLED)) if reads_rows(one)] == []
