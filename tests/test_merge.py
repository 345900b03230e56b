"""The same work met twice becomes one; works that only look alike stay apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus.draft import make_abstract
from rag.corpus.merge import combine_records, merge_works, same_work, text_key, title_key
from rag.corpus.reading import read_file
from rag.model.records import Abstract
from tests.cost import at_most

SHARED = Path(__file__).parents[2] / "shared" / "data" / "retrieval"

TITLE = "Counting Bees in Video Without Labels"
TEXT = (
    "We present Hive, a method for counting bees in video. It needs no training data and runs on a phone at thirty "
    "frames a second. On three fields it counts 95 of 100 bees, ten more than the best of the methods before it."
)
OTHER = (
    "This letter comments on a recent proposal to track insects by radio. We find that the antennas are too heavy for "
    "honey bees, and that the weights reported leave out the battery, so that flights were shorter than they should be."
)


def record(title: str | None = TITLE, text: str | None = None, *, file: str = "a.txt", line: int = 1, **values: Any) -> Abstract:
    text = TEXT if text is None else text
    return make_abstract(
        file=file, line=line, start=0, end=len(text), text=text, title=title, title_confidence=1.0 if title else 0.0, **values
    )


@pytest.mark.parametrize(
    "title",
    [
        "counting bees in video: without labels.",
        "{Counting} Bees in \\textbf{Video} Without Labels",
        "Counting <i>Bees</i> in Video Without&nbsp;Labels",
        "Counting Bées in\nVideo  Without Labels",
    ],
)
def test_titles_are_one_however_they_are_printed(title: str) -> None:
    assert title_key(title) == title_key(TITLE) == "countingbeesinvideowithoutlabels"


def test_texts_are_one_in_any_case_and_punctuation() -> None:
    assert text_key(TEXT) == text_key(TEXT.upper().replace(" ", "\n ").replace(",", " --"))
    assert text_key(TEXT) != text_key(TEXT.replace("95", "96"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (record(), record("COUNTING BEES IN VIDEO WITHOUT LABELS.")),
        (record(), record(text=TEXT.replace("thirty frames", "30 frames"))),
        (record(), record(text=TEXT[: len(TEXT) * 3 // 4] + "…")),
        (record(), record(None)),
        (record(), record(text=TITLE)),
        (record(None, f"{TITLE} {TEXT}"), record()),
    ],
    ids=["case", "copy-edited", "cut short", "untitled", "no abstract", "title not told from text"],
)
def test_one_work_is_recognised(a: Abstract, b: Abstract) -> None:
    assert same_work(a, b)
    assert same_work(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (record(), record(text=OTHER)),
        (record(), record("Tracking Bees in Video Without Labels")),
        (record(), record(None, OTHER)),
        (record("Editorial"), record("Editorial", "Editorial")),
        (record(date="2024", date_precision="year"), record(text=TITLE, date="1999", date_precision="year")),
        (record("Editorial", TEXT), record("Editorial", TEXT[:40])),
    ],
    ids=["new text", "other title", "other", "generic title alone", "decades apart", "short beginning"],
)
def test_works_that_look_alike_stay_apart(a: Abstract, b: Abstract) -> None:
    assert not same_work(a, b)
    assert not same_work(b, a)


def test_combining_keeps_the_first_text_and_unites_the_rest() -> None:
    first = record(None, file="a.txt", upvotes=3, urls=("https://a.org",), date="2024-05-01", date_precision="day", date_inferred=True)
    second = record(
        file="b.bib", line=7, external_ids=("bee24",), date="2024-06", date_precision="month", author_names=("Ann Bee",), authors=1
    )
    third = record(file="c.jsonl", external_ids=("9", "bee24"), date="2024", date_precision="year", upvotes=5, comments=0, venue="Hives")
    assert combine_records(first, second, third) == replace(
        first,
        title=TITLE,
        label=TITLE,
        title_confidence=1.0,
        external_ids=("bee24", "9"),
        date="2024-06",
        date_precision="month",
        date_inferred=False,
        upvotes=5,
        authors=1,
        author_names=("Ann Bee",),
        comments=0,
        venue="Hives",
        sources=(*first.sources, *second.sources, *third.sources),
    )


def test_combining_one_record_changes_nothing() -> None:
    assert combine_records(record()) == record()


def test_merging_keeps_the_order_and_the_whole_text() -> None:
    bare, other, whole = record(text=TITLE, file="a.bib"), record("Letter", OTHER), record(file="b.txt")
    short = record(text=TEXT[: len(TEXT) * 3 // 4] + "…", file="c.txt")
    merged = merge_works([bare, other, short, whole])
    assert merged == (combine_records(whole, bare, short), other)


def test_records_of_one_id_keep_all_their_ids() -> None:
    (merged,) = merge_works([record("Glossary", "Glossary", external_ids=(str(number),)) for number in (4, 7, 10)])
    assert merged.external_ids == ("4", "7", "10")


def test_a_title_alone_that_two_works_have_is_of_neither() -> None:
    assert len(merge_works([record(), record(text=OTHER), record(text=TITLE)])) == 3


def test_an_untitled_copy_does_not_join_two_titles() -> None:
    merged = merge_works([record(None), record(), record("Another Title Altogether for It")])
    assert [abstract.title for abstract in merged] == [TITLE, "Another Title Altogether for It"]


def test_the_same_source_is_named_once() -> None:
    (merged,) = merge_works([record(), record()])
    assert merged == record()


@pytest.mark.parametrize("titles", [1, 20_000], ids=["one title", "a title each"])
def test_time_grows_with_the_number_of_records(titles: int) -> None:
    records = [record(f"Title {number % titles}", f"{number} {OTHER[number % 90 :]} {number}") for number in range(20_000)]
    with at_most(8):
        merged = merge_works(records)
    assert len(merged) <= 20_000


def test_scifact_is_merged_in_a_second() -> None:
    path = SHARED / "scifact" / "corpus.jsonl"
    if not path.exists():
        pytest.skip("the SciFact collection is not beside the checkout")
    abstracts = read_file(path, name="corpus.jsonl").abstracts
    with at_most(2):
        merged = merge_works(abstracts)
    assert merged == abstracts


_RECORDS = st.lists(
    st.builds(
        record, st.sampled_from([None, TITLE, "Editorial", TITLE.upper()]), st.sampled_from([TEXT, OTHER, TITLE, TEXT[:-3], "Editorial"])
    ),
    max_size=12,
)


@given(_RECORDS)
def test_merging_loses_no_source_and_repeats_no_id(records: list[Abstract]) -> None:
    records = [replace(abstract, sources=(replace(abstract.sources[0], line=line),)) for line, abstract in enumerate(records, 1)]
    merged = merge_works(records)
    assert sorted(source.line for abstract in merged for source in abstract.sources) == list(range(1, len(records) + 1))
    assert len({abstract.id for abstract in merged}) == len(merged)
    assert {abstract.text for abstract in merged} <= {abstract.text for abstract in records}
    assert merge_works(records) == merged


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(a: str, b: str) -> None:
    first, second = record(a or None, b), record(b or None, a)
    assert same_work(first, first)
    assert same_work(first, second) == same_work(second, first)
