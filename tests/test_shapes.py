"""Numbered lists and labelled blocks: papers as reading lists and arXiv's mails have them."""

from __future__ import annotations

from rag.corpus.shapes import detect
from tests.listings import check, field, read

NUMBERED = """Reading list
1. Bread Prices in Northern Towns. This paper studies the prices of bread in a hundred towns over a hundred years.\
 We find that they moved together, whatever wars there were and whoever won them.
2. **Do Small Farms Grow Better Wheat?** We sow two kinds of wheat on forty farms, some of them large.\
 Small farms did better in dry years only, as their owners water by hand.

Page 1"""

BELOW = """[1] Sleep and memory in older adults
Jane Doe, John A. Roe
We tested the memory of eighty adults before and after sleep. Memory improved after sleep in all of them,
and most in those who slept longest. No effect of age was found in any of the tests.

[2] Walking lowers blood pressure
Abstract: Two hundred adults walked daily for a year. Blood pressure fell by eight points. It did not in those who sat still."""

MAIL = r"""Submissions to: Botany
------------------------------------------------------------
\\
arXiv:2401.00001
Date: Mon, 1 Jan 2024 00:00:01 GMT   (123kb)

Title: On the Growth of Small Trees in
  Dry Soils
Authors: A. Smith (1), B. Jones (2) and C. Doe (1) ((1) Here, (2) There)
Comments: 12 pages
DOI: 10.1000/xyz
\\
  We measure how trees grow. They grow slowly
when the soil is dry.
\\ ( https://arxiv.org/abs/2401.00001 ,  123kb)
"""


def test_a_numbered_list_has_title_and_abstract_on_one_line() -> None:
    reading = read(NUMBERED)
    assert [abstract.title for abstract in reading.abstracts] == ["Bread Prices in Northern Towns", "Do Small Farms Grow Better Wheat?"]
    assert [abstract.text[:10] for abstract in reading.abstracts] == ["This paper", "We sow two"]
    assert [problem.line for problem in reading.problems] == [1, 5]
    check(reading, NUMBERED.split("\n"))


def test_a_numbered_list_may_have_the_abstract_on_the_lines_below_and_names_between() -> None:
    reading = read(BELOW)
    first, second = reading.abstracts
    assert (first.title, first.author_names) == ("Sleep and memory in older adults", ("Jane Doe", "John A. Roe"))
    assert first.text.endswith("in any of the tests.")
    assert (first.sources[0].line, first.text.count("\n")) == (3, 1)
    assert second.text.startswith("Two hundred adults")
    check(reading, BELOW.split("\n"))


def test_the_place_of_an_abstract_below_its_label_is_its_own_line() -> None:
    text = "Small trees grow slowly in dry soil, and nobody knows why they do."
    (source,) = read(f"1. Small Trees\nABSTRACT:\n{text}", "numbered").abstracts[0].sources
    assert (source.line, source.start, source.end) == (3, 0, len(text))


def test_a_numbered_list_of_chapters_is_none_of_papers() -> None:
    assert detect(["1. Of trees", "2. Of seeds", "3. Of bread"]) is None


def test_a_mail_of_arxiv_has_its_fields_and_an_abstract_of_several_lines() -> None:
    reading, lines = read(MAIL), MAIL.split("\n")
    (paper,) = reading.abstracts
    assert paper.label == "On the Growth of Small Trees in Dry Soils"
    assert paper.text == "We measure how trees grow. They grow slowly\nwhen the soil is dry."
    assert (paper.date, paper.authors, paper.author_names) == ("2024-01-01", 3, ("A. Smith", "B. Jones", "C. Doe"))
    assert paper.external_ids == ("arXiv:2401.00001", "doi:10.1000/xyz")
    assert paper.urls == ("https://arxiv.org/abs/2401.00001",)
    assert [field(reading, lines, name) for name in ("date", "title")] == ["1 Jan 2024", "On the Growth of Small Trees in\n  Dry Soils"]
    assert [problem.line for problem in reading.problems] == [1]
    check(reading, lines)


def test_blocks_with_labels_need_no_other_mark() -> None:
    text = """Title: How Trees Grow
Year: 2021
Abstract: They grow slowly
and at night.

Title: How Seeds Sleep
Abstract:
They sleep long."""
    reading = read(text)
    assert [(abstract.title, abstract.text, abstract.year) for abstract in reading.abstracts] == [
        ("How Trees Grow", "They grow slowly\nand at night.", 2021),
        ("How Seeds Sleep", "They sleep long.", None),
    ]
    check(reading, text.split("\n"))
