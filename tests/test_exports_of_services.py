"""Tables that services give away are read as they come: arXiv's metadata and OpenAlex's works, with whatever else stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rag.corpus.reading import read_text
from rag.corpus.values import text_of
from rag.model import Abstract

ARXIV: dict[str, Any] = {
    "id": "0704.0001",
    "submitter": "Ada Lovelace",
    "authors": "A. Lovelace, C. Bal\\'azs and the ENGINE Collaboration",
    "title": "Sums of powers by an engine\n  of brass",
    "comments": "37 pages, 15 figures",
    "journal-ref": "Phys.Rev.D76:013009,2007",
    "doi": "10.1103/PhysRevD.76.013009",
    "report-no": "ANL-HEP-PR-07-12",
    "categories": "hep-ph math.CO",
    "license": None,
    "abstract": "  An engine sums powers. Its cards\nare punched.\n",
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [["Lovelace", "A.", ""], ["Balázs", "C.", "Jr."], ["ENGINE Collaboration", "", ""]],
}
OPENALEX: dict[str, Any] = {
    "id": "https://openalex.org/W2741809807",
    "doi": "https://doi.org/10.7717/peerj.4375",
    "title": None,
    "display_name": "The state of open access",
    "publication_year": 2018,
    "publication_date": "2018-02-13",
    "ids": {"openalex": "https://openalex.org/W2741809807", "mag": "2741809807"},
    "primary_location": {"landing_page_url": "https://peerj.com/articles/4375", "source": {"id": "S1", "display_name": "PeerJ"}},
    "authorships": [
        {"author_position": "first", "author": {"id": "A1", "display_name": "Heather Piwowar"}, "institutions": [{"display_name": "X"}]},
        {"author_position": "last", "author": {"id": "A2", "display_name": "Jason Priem"}},
    ],
    "cited_by_count": 1181,
    "concepts": [{"display_name": "Citation"}],
    "abstract_inverted_index": {"Access": [0], "grows": [1, 3], "and": [2], ".": [4]},
    "updated_date": "2024-01-01",
}


def paper(row: dict[str, Any], name: str = "a.jsonl") -> Abstract:
    (abstract,) = read_text(json.dumps(row), name=name).abstracts
    return abstract


def test_a_row_of_arxiv_is_read_as_it_comes() -> None:
    reading = read_text(json.dumps(ARXIV) + "\n" + json.dumps({**ARXIV, "id": "math/9901001", "abstract": "Other."}), name="snapshot.json")
    first, second = reading.abstracts
    assert reading.problems == ()  # "37 pages" is no number of comments
    assert (first.title, first.label) == (ARXIV["title"], "Sums of powers by an engine of brass")
    assert first.text == "An engine sums powers. Its cards\nare punched."
    assert (first.date, first.date_precision) == ("2007-04-02", "day")  # of the first version
    assert first.author_names == ("A. Lovelace", "C. Balázs Jr.", "ENGINE Collaboration")
    assert first.external_ids == ("0704.0001", "doi:10.1103/PhysRevD.76.013009")
    assert (first.urls, second.urls) == (("https://arxiv.org/abs/0704.0001",), ("https://arxiv.org/abs/math/9901001",))
    assert (first.venue, first.comments) == ("Phys.Rev.D76:013009,2007", None)


def test_a_row_of_arxiv_without_versions_has_the_date_of_its_update() -> None:
    assert paper({**ARXIV, "versions": []}).date == "2008-11-26"


def test_a_work_of_openalex_is_read_as_it_comes() -> None:
    found = paper(OPENALEX)
    assert (found.title, found.text) == ("The state of open access", "Access grows and grows .")
    assert (found.date, found.author_names, found.authors) == ("2018-02-13", ("Heather Piwowar", "Jason Priem"), 2)
    assert found.external_ids == ("https://openalex.org/W2741809807", "doi:10.7717/peerj.4375")
    assert (found.urls, found.venue) == (("https://peerj.com/articles/4375",), "PeerJ")


def test_a_user_s_columns_win_over_those_of_a_service() -> None:
    (found,) = read_text(json.dumps(ARXIV), name="a.jsonl", columns={"update_date": "date", "categories": "venue"}).abstracts
    assert (found.date, found.venue) == ("2008-11-26", "hep-ph math.CO")


def test_comments_of_other_tables_are_counts_as_before() -> None:
    assert paper({"title": "Bees", "comments": 12, "date": "2024"}).comments == 12


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"a": [1], "b": [0]}, "b a"),
        ({"a": [0], "b": [0, 2]}, "a b"),  # of two words at one place the first
        ({"a": [-1, 3], "b": [True, 1.5, "2", None, [0]], "c": [9**99]}, "a c"),
        ({"a": [0, 0, 0]}, "a"),
        ({"a": 1}, ""),
        ({}, ""),
    ],
)
def test_words_at_hostile_places_are_left_out(index: dict[str, Any], text: str) -> None:
    assert text_of(index) == text


def test_a_long_word_at_many_places_does_not_fill_the_memory() -> None:
    assert len(text_of({"w" * 100_000: list(range(1_000_000))})) < 1_000_000
