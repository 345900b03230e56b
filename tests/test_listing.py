"""Listings are read by their shape: every paper with the place of each field, every other line with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus.shapes import SHAPES, detect
from tests.listings import check, field, read, text_at

AUTHOR_PAGE = """Institute of Botany, Utrecht
Abstract:Small trees grow slowly in dry soil. We measured forty of them over ten years.
Abstract: Seeds of grasses sleep for years. We woke them with smoke.
Via"""

FEED = """Get trending papers in your email inbox!
SubscribeHow Small Trees Grow in Dry Soil
Small trees grow slowly in dry soil. We measured forty of them over ten years and found that they grow at night.
Smoke Wakes Seeds: A Field Study
Seeds of grasses sleep for years. We woke them with smoke, and compared them with seeds that were woken with rain."""

SEARCH = """- How Small Trees Grow in Dry Soil This paper measures forty trees over ten years. They grow at night. 2 authors · Dec 17, 2024
55 Smoke wakes seeds of grasses Seeds of grasses sleep for years. In this study, we woke them with smoke. 30 authors · Jun 22, 2023 6
1 Bread Prices in Northern Towns We study the prices of bread in a hundred towns. 1 authors · May 29
Load more"""


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (AUTHOR_PAGE, "author-page"),
        (FEED, "feed"),
        (SEARCH, "search-results"),
        ("", None),
        ("Dear all,\nthe meeting is at nine.\nBest,\nAda", None),
        ("def read(path):\n    return open(path).read()", None),
    ],
)
def test_a_shape_is_told_by_the_content_of_a_file(text: str, shape: str | None) -> None:
    assert detect(text.split("\n")) == shape


def test_an_author_page_has_abstracts_without_titles_and_says_what_other_lines_seem_to_be() -> None:
    reading = read(AUTHOR_PAGE)
    assert [abstract.text.split(".")[0] for abstract in reading.abstracts] == [
        "Small trees grow slowly in dry soil",
        "Seeds of grasses sleep for years",
    ]
    assert [abstract.title for abstract in reading.abstracts] == [None, None]
    assert [(problem.line, problem.reason) for problem in reading.problems] == [
        (1, "affiliation or other stray line"),
        (4, "not a paper: no 'Abstract:' and no date"),
    ]
    check(reading, AUTHOR_PAGE.split("\n"))


def test_an_author_page_may_have_a_title_above_each_abstract() -> None:
    text = "How Trees Grow\nAbstract: They grow slowly.\nHow Seeds Sleep\nAbstract: They sleep long."
    assert [abstract.title for abstract in read(text).abstracts] == ["How Trees Grow", "How Seeds Sleep"]


def test_a_mark_without_an_abstract_is_a_problem() -> None:
    reading = read("Abstract:\nAbstract: They sleep long.", "author-page")
    assert [(problem.line, problem.reason) for problem in reading.problems] == [(1, "no text after 'Abstract:'")]


def test_a_feed_has_titles_above_abstracts_below_page_chrome() -> None:
    reading, lines = read(FEED), FEED.split("\n")
    assert [abstract.title for abstract in reading.abstracts] == ["How Small Trees Grow in Dry Soil", "Smoke Wakes Seeds: A Field Study"]
    assert reading.abstracts[0].sources[0].line == 3
    assert field(reading, lines, "title") == "How Small Trees Grow in Dry Soil"  # without the button that is glued to it
    assert [(problem.line, problem.reason) for problem in reading.problems] == [(1, "page chrome")]
    check(reading, lines)


def test_titles_that_sound_like_buttons_stay_titles() -> None:
    title = "ShareGPT and Neural Architecture Search: Privacy in E-Mail"
    assert read(FEED + f"\n{title}\n{FEED.split(chr(10))[-1]}").abstracts[2].title == title


def test_a_text_of_a_feed_without_a_title_is_read_and_reported() -> None:
    reading = read(FEED + "\n" + "We also found that trees talk, " * 8)
    assert reading.abstracts[2].title is None
    assert reading.problems[-1].reason == "read as an abstract without a title: no title stands above it"


def test_a_feed_may_state_authors_between_and_their_number_and_a_date_below() -> None:
    title, text = FEED.split("\n")[1:3]
    reading = read(f"{title}\nAda Bee, Carl von Dee\n{text}\n· 12 authors · May 3, 2024 2")
    (paper,) = reading.abstracts
    assert (paper.author_names, paper.authors, paper.date, paper.comments) == (("Ada Bee", "Carl von Dee"), 12, "2024-05-03", 2)
    assert reading.problems == ()


def test_search_results_have_upvotes_authors_dates_and_comments_and_the_place_of_each() -> None:
    reading, lines = read(SEARCH), SEARCH.split("\n")
    second = reading.abstracts[1]
    assert (second.title, second.upvotes, second.authors, second.date, second.comments) == (
        "Smoke wakes seeds of grasses",
        55,
        30,
        "2023-06-22",
        6,
    )
    assert [field(reading, lines, name, 1) for name in ("upvotes", "authors", "date", "comments")] == [
        "55",
        "30 authors",
        "Jun 22, 2023",
        "6",
    ]
    assert reading.abstracts[0].upvotes is None
    assert reading.abstracts[0].comments is None
    assert [(problem.line, problem.reason) for problem in reading.problems] == [(4, "page chrome")]
    check(reading, lines)


def test_a_date_without_a_year_is_in_the_year_after_the_latest_one_stated() -> None:
    third = read(SEARCH).abstracts[2]
    assert (third.date, third.date_precision, third.date_inferred) == ("2025-05-29", "day", True)


def test_a_date_without_a_year_stays_open_where_the_file_states_none() -> None:
    reading = read("- How Trees Grow We measure trees. 2 authors · May 3")
    assert reading.abstracts[0].date is None
    assert reading.problems[0].reason == "its date states no year, nor does any other line"


@pytest.mark.parametrize(
    ("written", "date", "precision", "comments"),
    [
        ("May 8, 2018", "2018-05-08", "day", None),
        ("8 May 2018 3", "2018-05-08", "day", 3),
        ("2018-05-08", "2018-05-08", "day", None),
        ("May 2018", "2018-05", "month", None),
        ("Sept. 2018 12", "2018-09", "month", 12),
        ("2018", "2018", "year", None),
        ("Feb 31, 2018", "2018-02", "month", None),
    ],
)
def test_dates_are_read_as_far_as_they_are_stated(written: str, date: str, precision: str, comments: int | None) -> None:
    abstract = read(f"1.2k How Trees Grow We measure trees. 1 author · {written}").abstracts[0]
    assert (abstract.date, abstract.date_precision, abstract.comments, abstract.upvotes) == (date, precision, comments, 1200)


def test_a_result_that_is_a_title_alone_is_its_own_text() -> None:
    abstract = read("3 How Trees Grow 1 authors · May 8, 2018").abstracts[0]
    assert abstract.title == abstract.text == "How Trees Grow"


def test_a_listing_without_upvotes_keeps_numbers_that_begin_titles() -> None:
    text = "30 Years of Trees We measure trees. 1 authors · 2018\nHow Seeds Sleep We wake seeds. 2 authors · 2019"
    first = read(text).abstracts[0]
    assert (first.title, first.upvotes) == ("30 Years of Trees", None)


_WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=12)
_PIECE = st.sampled_from(
    [
        "Abstract:",
        "Title:",
        "Authors: A. Bee, C. Dee",
        "\\\\",
        "arXiv:2401.00001",
        "1.",
        "[2]",
        "- ",
        "55",
        "3 authors · May 8, 2018 2",
        "We grow.",
        "----",
    ]
)
_LINE = st.lists(st.one_of(_WORD, _PIECE, st.just("Small trees grow slowly in dry soil, and nobody knows why. " * 3)), max_size=6).map(
    " ".join
)


@pytest.mark.parametrize("shape", SHAPES)
@given(lines=st.lists(_LINE, max_size=12))
def test_any_lines_are_read_and_every_one_is_explained(shape: str, lines: list[str]) -> None:
    assert 0 <= SHAPES[shape].fit(lines) <= 1
    check(SHAPES[shape].read("any.txt", lines), lines)


def test_all_abstracts_of_the_corpus_are_read(corpus: Path) -> None:
    counts = []
    for path in sorted(corpus.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").split("\n")
        shape = detect(lines)
        assert shape is not None
        reading = SHAPES[shape].read(path.name, lines)
        check(reading, lines)
        counts.append((shape, len(reading.abstracts), len(reading.problems)))
    assert counts == [("author-page", 10, 1), ("author-page", 10, 0), ("search-results", 120, 0), ("feed", 19, 2)]


def test_metadata_and_titles_of_the_development_lines_are_right(shared: Path, corpus: Path) -> None:
    path = shared / "data" / "titles_dev.jsonl"
    lines = next(corpus.glob("002*")).read_text(encoding="utf-8").split("\n")
    read_at = {abstract.sources[0].line: abstract for abstract in SHAPES["search-results"].read("002", lines).abstracts}
    exact = 0
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        found = read_at[int(row["ref"].split(":")[1])]
        stated = (row["upvotes"], row["authors"], row["date"], row["year_inferred"], row["comments"])
        assert (found.upvotes, found.authors, found.date, found.date_inferred, found.comments) == stated, row["ref"]
        assert text_at(lines, found.sources[0]).startswith(row["abstract_starts"]) == (found.title == row["title"])
        exact += found.title == row["title"]
    assert exact >= 39
