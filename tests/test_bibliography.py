"""BibTeX and RIS: every field, where entries stand, and entries that are broken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus.bibliographies import split_outside, unbraced
from rag.corpus.draft import Reading
from rag.corpus.reading import read_text
from rag.model.records import Abstract, FieldSpan, Source

BIBTEX = """% exported
@string{hives = "Journal of Hives"}

@article{bee24,
  title = {{BEE}: A Model of {Bees}},
  author = {Ann Bee and {The Hive and Comb Group} and Dee, Cy},
  journal = hives # ", Series B",
  year = 2024, month = jun,
  doi = {10.1/Bee}, url = {\\url{https://a.org/x;y}},
  abstract = {They dance for 5\\% of
    the {day}.},
}
@inproceedings(wasp, title = "Wasps", booktitle = {Nests}, year = {1999})
"""

RIS = """Provider: somewhere

TY  - JOUR
ID  - bee24
TI  - Of Bees
AU  - Bee, Ann
AU  - Dee, Cy
PY  - 2024///
DA  - 2024/06/03/
JO  - Hives
DO  - 10.1/Bee
UR  - https://a.org/x;y
AB  - They dance.
ER  -

TY - CONF
T1 - Wasps
N2 - They build
 nests of paper.
Y1 - 1999/05//
ER -
"""


def fields(abstract: Abstract) -> dict[str, object]:
    """What an abstract states, without its id, label and sources."""
    stated = {name: value for name, value in abstract.to_dict().items() if value not in (None, (), False)}
    return {name: value for name, value in stated.items() if name not in ("id", "label", "sources", "title_confidence")}


def slices(text: str, abstract: Abstract) -> list[tuple[str, str]]:
    """What the abstract's source and its fields point at in the file."""
    (source,) = abstract.sources
    rest = "\n".join(text.split("\n")[source.line - 1 :])
    return [("text", rest[source.start : source.end]), *((span.name, rest[span.start : span.end]) for span in source.fields)]


def reasons(reading: Reading) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in reading.problems]


def test_bibtex_entries_are_read_whole() -> None:
    reading = read_text(BIBTEX, name="a.bib")
    bee, wasp = reading.abstracts
    assert fields(bee) == {
        "title": "{BEE}: A Model of {Bees}",
        "text": "They dance for 5\\% of\n    the {day}.",
        "external_ids": ("bee24", "doi:10.1/Bee"),
        "date": "2024-06",
        "date_precision": "month",
        "authors": 3,
        "author_names": ("Ann Bee", "The Hive and Comb Group", "Dee, Cy"),
        "urls": ("https://a.org/x;y",),
        "venue": "Journal of Hives, Series B",
    }
    assert fields(wasp) == {
        "title": "Wasps",
        "text": "Wasps",
        "external_ids": ("wasp",),
        "date": "1999",
        "date_precision": "year",
        "venue": "Nests",
    }
    assert (reading.shape, reading.problems, reading.columns["citation key"]) == ("bib", (), "id")


def test_bibtex_values_are_found_where_they_stand() -> None:
    bee, wasp = read_text(BIBTEX, name="a.bib").abstracts
    assert slices(BIBTEX, bee) == [
        ("text", "They dance for 5\\% of\n    the {day}."),
        ("title", "{BEE}: A Model of {Bees}"),
        ("date", "2024"),
        ("date", "jun"),
        ("authors", "Ann Bee and {The Hive and Comb Group} and Dee, Cy"),
        ("external_ids", "bee24"),
        ("external_ids", "10.1/Bee"),
        ("urls", "\\url{https://a.org/x;y}"),
    ]
    assert wasp.sources == (
        Source(
            "a.bib",
            13,
            30,
            35,
            (
                FieldSpan("title", 13, 30, 35),
                FieldSpan("date", 13, 67, 71),
                FieldSpan("external_ids", 13, 15, 19),
                FieldSpan("venue", 13, 51, 56),
            ),
        ),
    )


def test_broken_bibtex_entries_are_problems_and_the_rest_is_read() -> None:
    text = "@misc{a, title={A}}\n@misc{b, title={never closed\n@misc{a, title={C}} @misc{d, title={D}, title={E}}\n@misc{e}\n"
    reading = read_text(text, name="a.bib")
    assert [abstract.title for abstract in reading.abstracts] == ["A", "C", "D"]
    assert reasons(reading) == [
        (2, "broken BibTeX: Unexpected block start: `@misc`. Was still looking for field-value closing `}`"),
        (3, "the key 'a' is used twice: both entries are read"),
        (3, "title stated twice: the first is read"),
        (4, "neither a title nor a text"),
    ]


def test_bibtex_authors_cut_short_have_no_number() -> None:
    (abstract,) = read_text("@misc{a, title={A}, author={Ann Bee and others}}", name="a.bib").abstracts
    assert (abstract.author_names, abstract.authors) == (("Ann Bee",), None)


def test_reading_bibtex_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    read_text("@misc{b, title={never closed\n@misc{c, title={C}}", name="a.bib")
    assert capfd.readouterr() == ("", "")


def test_braces_go_only_where_they_enclose_the_whole() -> None:
    assert [unbraced(text) for text in ("{{A} b}", "{A} and {B}", "{{A}}", "A", "{", "")] == ["{A} b", "{A} and {B}", "A", "A", "{", ""]


@given(st.lists(st.text('ab {}"#'), max_size=5))
def test_what_is_cut_outside_braces_is_all_there(parts: list[str]) -> None:
    text = "#".join(parts)
    assert "#".join(split_outside(text, re.compile("#"))) == text


def test_ris_entries_are_read_whole() -> None:
    reading = read_text(RIS, name="a.ris")
    bee, wasp = reading.abstracts
    assert fields(bee) == {
        "title": "Of Bees",
        "text": "They dance.",
        "external_ids": ("bee24", "doi:10.1/Bee"),
        "date": "2024-06-03",
        "date_precision": "day",
        "authors": 2,
        "author_names": ("Bee, Ann", "Dee, Cy"),
        "urls": ("https://a.org/x;y",),
        "venue": "Hives",
    }
    assert fields(wasp) == {"title": "Wasps", "text": "They build nests of paper.", "date": "1999-05", "date_precision": "month"}
    assert reasons(reading) == [(1, "outside of any entry")]


def test_ris_values_are_found_where_they_stand() -> None:
    bee, wasp = read_text(RIS, name="a.ris").abstracts
    assert slices(RIS, bee) == [
        ("text", "They dance."),
        ("title", "Of Bees"),
        ("date", "2024/06/03"),
        ("authors", "Bee, Ann\nAU  - Dee, Cy"),
        ("external_ids", "bee24"),
        ("external_ids", "10.1/Bee"),
        ("urls", "https://a.org/x;y"),
        ("venue", "Hives"),
    ]
    assert wasp.sources[0].line == 16
    assert slices(RIS, wasp)[0][1].startswith("TY - CONF\nT1 - Wasps")


def test_ris_entries_without_an_end_or_a_title_are_problems() -> None:
    reading = read_text("TY  - JOUR\nTI  - A\nTY  - JOUR\nPY  - 2020\nER  - \nTY  - JOUR\nTI  - C\n", name="a.ris")
    assert [abstract.title for abstract in reading.abstracts] == ["A", "C"]
    assert reasons(reading) == [
        (1, "an entry without its end (ER): read up to the next"),
        (3, "neither a title nor a text"),
        (6, "an entry without its end (ER): read up to the end of the file"),
    ]


_WORDS = st.lists(st.text("abcdé", min_size=1, max_size=6), min_size=1, max_size=8).map(" ".join)


@given(st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=4))
def test_titles_and_abstracts_written_as_bibliographies_are_read_back(papers: list[tuple[str, str]]) -> None:
    bibtex = "".join(f"@misc{{key{n},\n title = {{{title}}},\n abstract = {{{text}}}\n}}\n" for n, (title, text) in enumerate(papers))
    ris = "".join(f"TY  - JOUR\nTI  - {title}\nAB  - {text}\nER  - \n\n" for title, text in papers)
    for text, name in ((bibtex, "a.bib"), (ris, "a.ris")):
        reading = read_text(text, name=name)
        assert [(abstract.title, abstract.text) for abstract in reading.abstracts] == papers
        assert [slices(text, abstract)[:2] for abstract in reading.abstracts] == [[("text", b), ("title", a)] for a, b in papers]
