"""Conditions on papers, read from questions: each where its phrase attaches to papers, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.corpus.draft import make_abstract
from rag.embedding.loading import load_embedder
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.model.filters import Filters, Range, Scan, meets_filters, meets_scan, mention_pattern
from rag.model.records import Abstract
from rag.model.settings import Settings
from rag.questions.reader import read_query
from rag.questions.verbalize import conditions_of
from rag.search.retrieve import find_candidates

FILES = ("000_57ab59455ad833cd.txt", "001_2f003e4033519983.txt", "002_0b0d09165d2d35c4.txt", "003_f187c530ca84a649.txt")


def read(text: str) -> list[str]:
    """The conditions of a question as they are echoed."""
    return sorted(one.short for one in conditions_of(read_query(text, sources=FILES).filters))


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("Which papers are from 2024?", ["year = 2024"]),
        ("list all papers of 2018", ["year = 2018"]),
        ("What came out in 2021?", ["year = 2021"]),
        ("how many are from 2020?", ["year = 2020"]),
        ("fewest authors among the 2020 papers?", ["year = 2020"]),
        ("In 2024, how many papers were posted?", ["year = 2024"]),
        ("papers since 2024", ["year = 2024.."]),
        ("papers from 2022 on", ["year = 2022.."]),
        ("papers from 2022 or later", ["year = 2022.."]),
        ("papers published after 2023", ["year = 2024.."]),
        ("How many papers were posted before 2020?", ["year = ..2019"]),
        ("papers up to 2019", ["year = ..2019"]),
        ("papers no later than 2019", ["year = ..2019"]),
        ("papers posted between 2019 and 2021, both included", ["year = 2019..2021"]),
        ("papers from 2019 to 2021", ["year = 2019..2021"]),
        ("papers from 2019-2021", ["year = 2019..2021"]),
        ("papers from 2022 or 2023", ["year = 2022..2023"]),
        ("papers from 2018 or 2021", ["year = 2018 or 2021"]),
        ("papers of the 2010s", ["year = 2010..2019"]),
        ("papers from June 2024", ["date = 2024-06"]),
        ("papers posted on 26 Oct 2025", ["date = 2025-10-26"]),
        ("papers posted Oct 26, 2025", ["date = 2025-10-26"]),
        ("papers from 2024-06", ["date = 2024-06"]),
        ("papers posted after June 2024", ["date = 2024-07-01.."]),
        ("Which papers were published between March and June 2023?", ["date = 2023-03-01..2023-06-30"]),
        ("papers from the first half of 2024", ["date = 2024-01-01..2024-06-30"]),
        ("How many papers date from 2022?", ["year = 2022"]),
        ("papers that bear the year 2021", ["year = 2021"]),
        ("papers put up in the first three months of 2023", ["date = 2023-01-01..2023-03-31"]),
        ("papers published from June to August", ["month = June, July or August"]),
        ("The most recent paper from before 2020?", ["year = ..2019"]),
        ("What do you have from 2018?", ["year = 2018"]),
        ("papers from Q3 2024", ["date = 2024-07-01..2024-09-30"]),
        ("What came out in December, in any year?", ["month = December"]),
        ("papers from June or July", ["month = June or July"]),
        ("papers from June or July 2024", ["month = June or July", "year = 2024"]),
    ],
)
def test_dates_of_papers_are_read(text: str, conditions: list[str]) -> None:
    assert read(text) == conditions


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("papers with exactly two authors", ["authors = 2"]),
        ("papers by five authors", ["authors = 5"]),
        ("papers written by a single author", ["authors = 1"]),
        ("single-author papers", ["authors = 1"]),
        ("two-author papers", ["authors = 2"]),
        ("Which papers are by just one person?", ["authors = 1"]),
        ("papers with more than twenty authors", ["authors = 21.."]),
        ("papers with at most 3 authors", ["authors = ..3"]),
        ("papers with fewer than 3 authors", ["authors = ..2"]),
        ("papers with between 3 and 5 authors", ["authors = 3..5"]),
        ("papers with 3 to 5 authors", ["authors = 3..5"]),
        ("Papers with at least 20 upvotes please", ["upvotes = 20.."]),
        ("papers with 20 upvotes or more", ["upvotes = 20.."]),
        ("papers with 20 or more upvotes", ["upvotes = 20.."]),
        ("Which papers have more upvotes than 30?", ["upvotes = 31.."]),
        ("which ones got five or more comments?", ["comments = 5.."]),
        ("papers without comments", ["comments none"]),
        ("papers that have no upvotes", ["upvotes none"]),
        ("papers that show an upvote number at all", ["upvotes = stated"]),
        ("papers with comments", ["comments = stated"]),
        ("papers that have upvotes but no comments", ["comments none", "upvotes = stated"]),
        ("untitled abstracts", ["title not stated"]),
        ("How many abstracts come without a title?", ["title not stated"]),
        ("abstracts with no title", ["title not stated"]),
        ("abstracts that lack a title", ["title not stated"]),
        ("papers without a date", ["date not stated"]),
        ("Which papers have inferred dates?", ["date inferred"]),
        ("papers in file 003", [f"source = {FILES[3]}"]),
        ("How many abstracts does file 001 contain?", [f"source = {FILES[1]}"]),
        ("abstracts in the first file", [f"source = {FILES[0]}"]),
        ("papers with neither upvotes nor comments", ["comments none", "upvotes none"]),
        ("papers with a dash instead of upvotes", ["upvotes none"]),
        ("papers that lack an upvote number", ["upvotes none"]),
        ("paper with most authors in 2023?", ["year = 2023"]),
        ("most upvoted of 2023?", ["year = 2023"]),
        ("how many papers were upvoted at all?", ["upvotes = stated"]),
        ("how many papers have been commented on?", ["comments = stated"]),
        ("papers with zero upvotes", ["upvotes none"]),
        ("abstracts from 000_57ab59455ad833cd.txt", [f"source = {FILES[0]}"]),
    ],
)
def test_counts_titles_and_files_are_read(text: str, conditions: list[str]) -> None:
    assert read(text) == conditions


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("abstracts that mention wav2vec 2.0", ['text mentions "wav2vec 2.0", as a word']),
        ("Which abstracts mention Spanish or French?", ['text mentions "Spanish" or "French", as a word']),
        ("abstracts that mention both HuBERT and BERT", ['text mentions "BERT", as a word', 'text mentions "HuBERT", as a word']),
        ("papers mentioning LLaMA but not GPT", ['text does not mention "GPT", as a word', 'text mentions "LLaMA", as a word']),
        ("How many abstracts contain the word 'prosody'?", ['text mentions "prosody", as a word']),
        ("abstracts with the phrase “catastrophic forgetting”", ['text mentions "catastrophic forgetting", as a word']),
        ("In how many abstracts does Portuguese occur?", ['text mentions "Portuguese", as a word']),
        ("In how many papers is LibriSpeech mentioned?", ['text mentions "LibriSpeech", as a word']),
        ("abstracts that contain the string vec", ['text mentions "vec", as a word or a part of one']),
        ("abstracts that mention BERT, also as a part of a longer name", ['text mentions "BERT", as a word or a part of one']),
        ("Which papers have Speech in the title?", ['title mentions "Speech", as a word']),
        ("papers whose title contains survey", ['title mentions "survey", as a word']),
        ("In how many titles does 'speech' appear?", ['title mentions "speech", as a word']),
        ("In how many abstracts do we find the word catastrophic?", ['text mentions "catastrophic", as a word']),
        ("abstracts that mention LLaMA (any version)", ['text mentions "LLaMA", as a word or a part of one']),
        (
            "How many abstracts mention LibriSpeech as well as Switchboard?",
            ['text mentions "LibriSpeech", as a word', 'text mentions "Switchboard", as a word'],
        ),
        ("How many titles contain a colon?", ['title mentions ":", in any place']),
        ("papers that mention BERT in title or abstract", ['title or text mentions "BERT", as a word']),
        ("abstracts mentioning GPT-4 from 2024", ['text mentions "GPT-4", as a word', "year = 2024"]),
        ('abstracts that mention "papers from 2023"', ['text mentions "papers from 2023", as a word']),
    ],
)
def test_literal_mentions_are_read_with_how_literal_they_are(text: str, conditions: list[str]) -> None:
    assert read(text) == conditions


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("papers not from 2024", ["year not 2024"]),
        ("Which papers were not posted in 2023 or 2024?", ["year not 2023..2024"]),
        ("papers not posted since 2020", ["year = ..2019"]),
        ("papers not from June 2024", ["date = 2024-06-01..2024-06-30"]),
        ("papers not posted in December", ["month not December"]),
        ("papers that do not have two authors", ["authors not 2"]),
        ("abstracts that do not mention BERT", ['text does not mention "BERT", as a word']),
        ("abstracts that don't contain the word model", ['text does not mention "model", as a word']),
        ("abstracts that mention neither BERT nor GPT", ['text does not mention "BERT" or "GPT", as a word']),
    ],
)
def test_negative_conditions_are_read(text: str, conditions: list[str]) -> None:
    found = read(text)
    if "June" in text:  # other days of a month: a range turned round
        assert read_query(text).filters.ranges == (Range("first_day", 20240601, 20240630, outside=True),)
    else:
        assert found == conditions


@pytest.mark.parametrize(
    "text",
    [
        "Which model improved most since 1979?",
        "What happened in 1918?",
        "papers about the 1918 flu",
        "Which papers use data collected in 2019?",
        "Which papers use corpora from 2018?",
        "Which abstracts discuss events since 1979?",
        "Which paper compares 10 languages?",
        "Which papers train on 960 hours?",
        "Which papers evaluate on the 2012 i2b2 data?",
        "which studies followed patients from 1990 to 2000?",
        "Is there a paper that trains on news from 2007?",
        "How many articles were scraped in 2020 for the corpus?",
        "Which works pretrain on tweets posted in 2020?",
        "What did the study of 2,000 papers find?",
        "How many hours of speech from 2015 were used?",
        "Which papers mention that forgetting is a problem?",
        "which abstracts name a concrete dataset?",
        "Which papers contain experiments on Librispeech?",
        "What do the papers mention about limitations?",
        "studies in 2001 showed that vitamin D helps",
        "Papers published before 2010 overestimate effects",
        "The number of articles on vitamin D published since 1995 has doubled",
    ],
)
def test_years_and_numbers_of_content_stay_content(text: str) -> None:
    assert read_query(text, sources=FILES).filters == Filters()


def test_no_claim_of_scifact_gets_a_condition(shared: Path) -> None:
    lines = (shared / "data" / "retrieval" / "scifact" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    claims = [json.loads(line)["text"] for line in lines]
    assert len(claims) > 800
    assert [claim for claim in claims if read_query(claim, sources=FILES).filters] == []


def test_a_papers_year_may_follow_its_topic_and_data_may_not_lend_one() -> None:
    assert read("papers on speech recognition from 2023") == ["year = 2023"]
    assert read("Which papers on speech were posted in 2023?") == ["year = 2023"]
    assert read("Which papers use elections of 2016?") == []


def test_what_is_left_of_a_question_is_what_is_sought() -> None:
    assert read_query("What do papers from 2023 say about forgetting?").sought == "What do papers say about forgetting?"


# what the conditions mean


def paper(text: str = "We use wav2vec2 and BERT.", title: str | None = None) -> Abstract:
    return make_abstract(file="a.txt", line=1, start=0, end=9, text=text, title=title)


@pytest.mark.parametrize(
    ("scan", "holds"),
    [
        (Scan("word", ("bert",)), True),
        (Scan("word", ("wav2vec",)), False),
        (Scan("part", ("wav2vec",)), True),
        (Scan("word", ("bert",), "title"), False),
        (Scan("word", ("bert",), "title", negated=True), False),  # no title: nothing is known of its words
        (Scan("word", ("gpt", "bert")), True),
        (Scan("word", ("gpt",), negated=True), True),
        (Scan("missing", ("title",)), True),
        (Scan("missing", ("date",), negated=True), False),
        (Scan("month", ("6",)), False),
        (Scan("month", ("6",), negated=True), False),  # no date: in no month, and not outside of any
        (Scan("none", ("upvotes",)), True),
        (Scan("source", ("a.txt",)), True),
        (Scan("source", ("a.txt",), negated=True), False),
        (Scan("inferred"), False),
    ],
)
def test_a_scanned_condition_is_met_by_what_is_stated(scan: Scan, holds: bool) -> None:
    assert meets_scan(scan, paper()) is holds


def test_white_space_of_any_kind_stands_for_a_space() -> None:
    assert mention_pattern("catastrophic forgetting", part=False).search("Catastrophic\n forgetting is bad")
    assert not mention_pattern("forgetting", part=False).search("unforgettingly")


def test_the_other_numbers_are_those_that_are_stated() -> None:
    assert [Range("authors", 2, 2, outside=True).admits(number) for number in (None, 1, 2, 3)] == [False, True, False, True]


CONDITIONS = (
    Filters((Range("year", 2023, 2023, outside=True),)),
    Filters((Range("authors", 2, 4, outside=True), Range("year", 2020))),
    Filters(scans=(Scan("month", ("12", "1")),)),
    Filters(scans=(Scan("month", ("12",), negated=True),)),
    Filters(scans=(Scan("year", ("2018", "2021")),)),
    Filters(scans=(Scan("missing", ("title",)),)),
    Filters(scans=(Scan("missing", ("date",), negated=True), Scan("none", ("upvotes",)))),
    Filters(scans=(Scan("inferred"),)),
    Filters(scans=(Scan("inferred", negated=True),)),
    Filters(scans=(Scan("source", (FILES[3],)),)),
    Filters(scans=(Scan("source", (FILES[2],), negated=True),)),
    Filters(scans=(Scan("word", ("BERT",)),)),
    Filters(scans=(Scan("part", ("vec",), "anywhere"), Scan("word", ("speech",), negated=True))),
)


@pytest.fixture(scope="module")
def generation(index_dir: Path) -> Iterator[Generation]:
    with open_index(Settings(index_dir=index_dir)) as index, index.reading() as opened:
        yield opened


@pytest.mark.parametrize("filters", CONDITIONS)
def test_catalogue_and_both_indexes_apply_conditions_alike(generation: Generation, filters: Filters) -> None:
    wanted = {one.id for one in generation.listing() if meets_filters(filters, one)}
    assert 0 < len(wanted) < 159
    assert {one.id for one in generation.listing(filters)} == wanted
    assert generation.count(filters) == len(wanted)
    vector = load_embedder(Settings()).embed(["language models of speech"])[0]
    assert {one.partition(":")[0] for one, _ in generation.search_dense(vector, 400, filters)} == wanted
    words = "speech language model learning training data the pre recognition video task multi"
    assert {one.partition(":")[0] for one, _ in generation.search_lexical(words, 400, filters)} <= wanted


def test_retrieval_finds_nothing_outside_of_the_conditions(generation: Generation) -> None:
    filters = Filters(scans=(Scan("word", ("Portuguese",)),))
    found = find_candidates(generation, load_embedder(Settings()), "language models", 20, filters)
    assert {one.abstract.id for one in found} == set(generation.matching(filters))
    assert len(found) == 3
