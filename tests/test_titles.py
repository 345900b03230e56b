"""Titles are told from the abstracts that follow them without a mark, in any field and in either case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus.titles import find_boundary

GLUED = [
    # title case
    ("Bread Prices in Northern Towns", "This paper studies the prices of bread in a hundred towns."),
    ("The Wage Effects of Minimum Hours Laws", "Laws that limit hours of work are common. We study what they do to wages."),
    ("Graphene Membranes for Water Desalination: A Review", "Membranes made of graphene (GO) let water pass but hold salt back."),
    ("Who Reads Contracts?", "Contracts are rarely read. We ask four hundred consumers why they sign them."),
    ("Do Courts Follow Polls? Evidence from Constitutional Review", "Despite much debate, we know little about what moves courts."),
    # sentence case
    ("Sleep and memory in older adults", "Memory is worse in old age than in youth. We asked whether sleep explains it."),
    (
        "Effects of zinc on wound healing in mice: a randomised trial",
        "BACKGROUND Zinc is widely used to treat wounds. METHODS We gave zinc to mice.",
    ),
    ("The tariff of 1930 and the trade of small countries", "Tariffs were raised in 1930. Using new data, we show what followed."),
    ("Vitamin D in pregnancy", "Low vitamin D (VitD) levels are frequent in pregnancy and have been linked to low birth weight."),
    # a full stop after the title
    ("Sleep and memory in older adults.", "Memory is worse in old age than in youth. We asked whether sleep explains it."),
]


@pytest.mark.parametrize(("title", "text"), GLUED)
def test_the_abstract_begins_where_its_first_sentence_does(title: str, text: str) -> None:
    offset, confidence = find_boundary(f"{title} {text}")
    assert f"{title} {text}"[:offset].rstrip() == title
    assert 0 < confidence <= 1


def test_a_clear_boundary_is_surer_than_one_between_two_noun_phrases() -> None:
    clear = find_boundary("Bread Prices in Northern Towns We study the prices of bread in a hundred towns.")
    unclear = find_boundary("Bread Prices in Northern Towns Wheat Prices in Towns of the North moved together for a hundred years.")
    assert clear[1] > 0.95 > unclear[1]


@pytest.mark.parametrize(
    ("body", "boundary"),
    [("", (0, 0.0)), ("Bread Prices in Northern Towns", (30, 0.9)), ("all of this is small, and it ends here.", (0, 0.0))],
)
def test_a_title_alone_has_no_abstract_and_a_sentence_alone_no_title(body: str, boundary: tuple[int, float]) -> None:
    assert find_boundary(body) == boundary


@given(st.text(max_size=300))
def test_any_text_has_a_boundary_within_it(body: str) -> None:
    offset, confidence = find_boundary(body)
    assert 0 <= offset <= len(body)
    assert 0 <= confidence <= 1


@pytest.mark.parametrize(("name", "least"), [("scifact", 0.95), ("cacm", 0.95)])
def test_glued_titles_of_other_fields_are_found_again(shared: Path, name: str, least: float) -> None:
    path = shared / "data" / "retrieval" / name / "corpus.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[::8]]
    pairs = [(" ".join(row["title"].split()).rstrip("."), " ".join(row["text"].split())) for row in rows]
    glued = [(title, f"{title} {text}") for title, text in pairs if title and text]
    found = sum(find_boundary(body)[0] == len(title) + 1 for title, body in glued)
    assert found / len(glued) >= least
