"""Tables: any sensible columns, rows that are broken, and where each value stands."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus.dates import date_of
from rag.corpus.draft import Reading
from rag.corpus.reading import read_file, read_text
from rag.corpus.values import count_of, doi_of, links_of, names_of, split_names
from rag.model.errors import CorpusError
from rag.model.records import Abstract, FieldSpan
from tests.cost import at_most

SCIFACT = Path(__file__).parents[2] / "shared" / "data" / "retrieval" / "scifact" / "corpus.jsonl"


def slices(text: str, abstract: Abstract) -> dict[str, str]:
    """What the abstract's source and its fields point at in the file."""
    lines = text.split("\n")
    (source,) = abstract.sources
    found = {"text": "\n".join(lines[source.line - 1 :])[source.start : source.end]}
    for field in source.fields:
        found[field.name] = "\n".join(lines[field.line - 1 :])[field.start : field.end]
    return found


def titles_and_texts(reading: Reading) -> list[tuple[str | None, str]]:
    return [(abstract.title, abstract.text) for abstract in reading.abstracts]


def reasons(reading: Reading) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in reading.problems]


def test_a_beir_row_keeps_its_id_as_it_is() -> None:
    text = '{"_id": "4983", "title": "White matter", "text": "It grows."}\n'
    reading = read_text(text, name="corpus.jsonl")
    (abstract,) = reading.abstracts
    assert (abstract.external_ids, abstract.title, abstract.text) == (("4983",), "White matter", "It grows.")
    assert slices(text, abstract) == {"text": "It grows.", "title": "White matter", "external_ids": "4983"}
    assert (reading.shape, reading.columns, reading.problems) == ("jsonl", {"_id": "id", "title": "title", "text": "text"}, ())


@pytest.mark.skipif(not SCIFACT.exists(), reason="the SciFact collection is not beside the checkout")
def test_scifact_is_read_whole_at_2000_rows_a_second_or_more() -> None:
    with at_most(2.5):
        reading = read_file(SCIFACT, name="corpus.jsonl")
    assert (len(reading.abstracts), reading.problems) == (5183, ())
    assert reading.abstracts[0].external_ids == ("4983",)


def test_a_row_with_every_field_is_read_whole() -> None:
    row = {
        "Paper ID": 7,
        "DOI": "https://doi.org/10.1/x",
        "Title": "On Bees",
        "Abstract": "They dance.",
        "Authors": [{"name": "Ada B"}, {"given": "Cy", "family": "D"}],
        "published_at": "2024-06-03T10:00:00Z",
        "Journal": "Hives",
        "upvotes": "1,234",
        "num_comments": 5,
        "pdf_url": "https://a.org/b.pdf",
    }
    (abstract,) = read_text(json.dumps(row), name="bees.jsonl").abstracts
    assert {name: value for name, value in abstract.to_dict().items() if name not in ("id", "sources", "label")} == {
        "title": "On Bees",
        "text": "They dance.",
        "title_confidence": 1.0,
        "external_ids": ("7", "doi:10.1/x"),
        "date": "2024-06-03",
        "date_precision": "day",
        "date_inferred": False,
        "upvotes": 1234,
        "authors": 2,
        "author_names": ("Ada B", "Cy D"),
        "comments": 5,
        "urls": ("https://a.org/b.pdf",),
        "venue": "Hives",
    }


def test_fields_point_at_what_the_row_says_of_them() -> None:
    text = '{"upvotes": 5, "abstract": "Of 5 bees.", "authors": ["A B"], "date": "3 Jun 2024", "venue": "Hives"}'
    (abstract,) = read_text(text, name="a.jsonl").abstracts
    assert slices(text, abstract) == {
        "text": "Of 5 bees.",
        "upvotes": "5",
        "authors": '["A B"]',
        "date": "3 Jun 2024",
        "venue": "Hives",
    }


def test_a_value_is_not_taken_for_that_of_an_inner_object() -> None:
    text = '{"journal": {"name": "Hives", "title": "H", "upvotes": 3}, "title": "Bees", "upvotes": 5}'
    (abstract,) = read_text(text, name="a.jsonl").abstracts
    assert slices(text, abstract) == {
        "text": "Bees",
        "title": "Bees",
        "upvotes": "5",
        "venue": '{"name": "Hives", "title": "H", "upvotes": 3}',
    }
    assert abstract.venue == "Hives"


def test_a_text_that_json_escapes_is_located_by_its_whole_row() -> None:
    text = '\n{"text": "a \\"dance\\""}'
    (abstract,) = read_text(text, name="a.jsonl").abstracts
    assert (abstract.text, slices(text, abstract)["text"]) == ('a "dance"', '{"text": "a \\"dance\\""}')


def test_a_title_alone_is_an_abstract_of_its_title() -> None:
    (abstract,) = read_text('{"title": "Only a title", "abstract": null}', name="a.jsonl").abstracts
    assert (abstract.title, abstract.text) == ("Only a title", "Only a title")


def test_an_inverted_index_is_put_in_order() -> None:
    row = {"display_name": "Bees", "abstract_inverted_index": {"dance": [1, 3], "They": [0], "and": [2]}}
    (abstract,) = read_text(json.dumps(row), name="openalex.jsonl").abstracts
    assert (abstract.title, abstract.text) == ("Bees", "They dance and dance")


def test_cells_that_are_deep_or_long_are_read_in_little_time() -> None:
    deep = "[" * 400 + "]" * 400
    nested = '{"author":' * 400 + '"A"' + "}" * 400
    rows = [f'{{"title": "A", "urls": {deep}, "authors": [{nested}], "date": {deep}, "venue": {deep}, "upvotes": {deep}}}']
    rows += [
        json.dumps({"title": "A", field: "a" + filler * 1_000_000 + "b"})
        for field in ("authors", "urls", "date", "doi")
        for filler in " ,;"
    ]
    with at_most(5):
        reading = read_text("\n".join(rows), name="a.jsonl")
    assert titles_and_texts(reading) == [("A", "A")] * 13


def test_an_abstract_wins_over_a_full_text() -> None:
    (abstract,) = read_text('{"text": "Whole paper.", "abstract": "Short."}', name="a.jsonl").abstracts
    assert abstract.text == "Short."


def test_broken_lines_are_problems_and_the_rest_is_read() -> None:
    text = '{"title": "A"}\n{"title": "B"\n[1]\n\n{"id": 3}\n{"title": "C"}\n'
    reading = read_text(text, name="a.jsonl")
    assert titles_and_texts(reading) == [("A", "A"), ("C", "C")]
    assert reasons(reading) == [
        (2, "broken JSON: expecting ',' delimiter at character 14"),
        (3, "JSON, but not an object with a title or a text"),
        (5, "neither a title nor a text"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '[{"title": "A"}, {"title": "B"}]',
        '[\n  {"title": "A"},\n  {"title": "B"}\n]\n',
        '{"total": 2, "papers": [{"title": "A"}, {"title": "B"}], "next": null}',
        '{\n "title": "A"\n}\n{\n "title": "B"\n}\n',
    ],
    ids=["one line", "a row a line", "wrapped", "one after another"],
)
def test_json_is_read_however_it_is_laid_out(text: str) -> None:
    reading = read_text(text, name="papers")
    assert (reading.shape, titles_and_texts(reading), reading.problems) == ("json", [("A", "A"), ("B", "B")], ())
    assert [slices(text, abstract)["title"] for abstract in reading.abstracts] == ["A", "B"]


def test_a_broken_object_in_an_array_costs_only_itself() -> None:
    text = '[\n  {"title": "A"},\n  {"title": B},\n  {"title": "C"}\n]'
    reading = read_text(text, name="papers.json")
    assert titles_and_texts(reading) == [("A", "A"), ("C", "C")]
    assert reasons(reading) == [(3, "broken JSON: expecting value at character 13")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_read_with_any_delimiter(delimiter: str) -> None:
    text = delimiter.join(["Title", "Summary", "Year"]) + "\n" + delimiter.join(["Bees", "They dance.", "2024"]) + "\n"
    reading = read_text(text, name="bees.txt")
    (abstract,) = reading.abstracts
    assert (reading.shape, abstract.title, abstract.text, abstract.date) == (
        "tsv" if delimiter == "\t" else "csv",
        "Bees",
        "They dance.",
        "2024",
    )
    assert slices(text, abstract) == {"text": "They dance.", "title": "Bees", "date": "2024"}


def test_a_quoted_field_may_run_over_lines() -> None:
    text = 'title,abstract\n"A, B","First\nsecond ""line""."\nC,Third.\n'
    reading = read_text(text, name="a.csv")
    assert titles_and_texts(reading) == [("A, B", 'First\nsecond "line".'), ("C", "Third.")]
    assert [abstract.sources[0].line for abstract in reading.abstracts] == [2, 4]
    assert slices(text, reading.abstracts[0]) == {"text": '"A, B","First\nsecond ""line""."', "title": "A, B"}


def test_an_open_quotation_mark_costs_only_its_line() -> None:
    text = 'title,abstract\nA,"never closed\nB,Second.\nC,"Third."\n'
    reading = read_text(text, name="a.csv")
    assert titles_and_texts(reading) == [("B", "Second."), ("C", "Third.")]
    assert [line for line, _ in reasons(reading)] == [2]


def test_rows_that_do_not_fit_the_header_are_problems() -> None:
    reading = read_text("title,abstract\nA\nB,Text.,,\nC,Text.,more\n,\n\n", name="a.csv")
    assert titles_and_texts(reading) == [("B", "Text.")]
    assert reasons(reading) == [
        (2, "1 cell where the header has 2"),
        (4, "3 cells where the header has 2"),
        (5, "neither a title nor a text"),
    ]


def test_what_excel_and_zotero_write_is_read() -> None:
    excel = read_text("sep=;\r\nTitle;Abstract\r\nA;One.\r\n", name="a.csv")
    zotero = read_text(
        '"Key","Item Type","Publication Year","Author","Title","Publication Title","DOI","Abstract Note","Date"\n'
        '"X1","journalArticle","2020","Lovelace, Ada; Turing, A.","On Sums","Annals","10.1/z","We add.","2020-02"\n',
        name="z.csv",
    )
    (abstract,) = zotero.abstracts
    assert titles_and_texts(excel) == [("A", "One.")]
    assert (abstract.author_names, abstract.date, abstract.venue) == (("Lovelace, Ada", "Turing, A."), "2020-02", "Annals")
    assert (abstract.external_ids, abstract.text) == (("X1", "doi:10.1/z"), "We add.")


def test_a_given_mapping_wins_and_is_reported() -> None:
    reading = read_text("nome;resumo\nA;Texto.\n", name="a.csv", columns={"nome": "title", "resumo": "abstract"})
    assert (titles_and_texts(reading), reading.columns) == ([("A", "Texto.")], {"nome": "title", "resumo": "text"})


def test_a_column_that_is_not_there_is_a_problem_that_names_those_that_are() -> None:
    reading = read_text("title,abstract\nA,B.\n", name="a.csv", columns={"summary": "text"})
    assert titles_and_texts(reading) == [("A", "B.")]
    assert reasons(reading) == [(0, "There is no column 'summary'. The columns are: title, abstract.")]


def test_a_field_that_does_not_exist_is_an_error_that_names_those_that_do() -> None:
    with pytest.raises(CorpusError, match=r"Column 'a' cannot be read as 'nonsense'\. The fields are: title, text, id, doi"):
        read_text("title\n", name="a.csv", columns={"a": "nonsense"})


def test_a_table_without_a_text_says_which_columns_it_has() -> None:
    reading = read_text("name,price\nA,3\n", name="a.csv")
    assert reading.abstracts == ()
    (problem,) = reading.problems
    assert problem.reason.startswith("No column holds a title or an abstract. The columns are: name, price. Say which is which")


def test_a_column_of_another_kind_gives_a_few_problems_and_a_count() -> None:
    rows = "".join(f"T{number},{number} pages\n" for number in range(30))
    reading = read_text("title,comments\n" + rows, name="arxiv.csv")
    assert len(reading.abstracts) == 30
    assert reasons(reading)[0] == (2, "comments '0 pages' is no number: left out")
    assert reasons(reading)[-1] == (31, "no number: 20 more like this, the last in this line")
    assert len(reading.problems) == 11


def test_a_date_that_cannot_be_read_leaves_the_row() -> None:
    reading = read_text('{"title": "A", "date": "soon"}', name="a.jsonl")
    assert (titles_and_texts(reading), reasons(reading)) == ([("A", "A")], [(1, "date 'soon' is no date: left out")])


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024", ("2024", "year")),
        (2024, ("2024", "year")),
        ("2024-06", ("2024-06", "month")),
        ("2024-6-3", ("2024-06-03", "day")),
        ("2024-06-00", ("2024-06", "month")),
        ("2024-06-03 10:11:12", ("2024-06-03", "day")),
        ("20240603", ("2024-06-03", "day")),
        ("3 Jun 2024", ("2024-06-03", "day")),
        ("June 3rd, 2024", ("2024-06-03", "day")),
        ("Mon, 03 Jun 2024 10:00:00 GMT", ("2024-06-03", "day")),
        ("June 2024", ("2024-06", "month")),
        ("2024 Jun-Jul", ("2024-06", "month")),
        ("Spring 2024", ("2024", "year")),
        ("13/06/2024", ("2024-06-13", "day")),
        ("03/06/2024", ("2024", "year")),
        (1717372800, ("2024-06-03", "day")),
        (1717372800000, ("2024-06-03", "day")),
        ({"date-parts": [[2024, 6]]}, ("2024-06", "month")),
        ("2024-02-31", None),
        ("between 2023 and 2024", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_are_read_to_the_precision_they_have(written: Any, date: tuple[str, str] | None) -> None:
    assert date_of(written) == date


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("A. Bee; C. Dee", ["A. Bee", "C. Dee"]),
        ("Ann Bee, Cy Dee and Eve Eff", ["Ann Bee", "Cy Dee", "Eve Eff"]),
        ("Ann Bee, Cy Dee, and Eve Eff", ["Ann Bee", "Cy Dee", "Eve Eff"]),
        ("Bee, Ann and Dee, Cy", ["Bee, Ann", "Dee, Cy"]),
        ("Bee, A., Dee, C. D.", ["Bee, A.", "Dee, C. D."]),
        ("Lovelace, Ada", ["Lovelace, Ada"]),
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("", []),
    ],
)
def test_names_in_one_text_are_told_apart(written: str, names: list[str]) -> None:
    assert split_names(written) == names


def test_authors_cut_short_have_names_but_no_number() -> None:
    assert names_of("Ann Bee et al.") == (("Ann Bee",), False)
    (abstract,) = read_text('{"title": "A", "authors": "Ann Bee, et al."}', name="a.jsonl").abstracts
    assert (abstract.author_names, abstract.authors) == (("Ann Bee",), None)


def test_a_number_of_authors_is_a_number() -> None:
    (abstract,) = read_text("title,authors\nA,12\n", name="a.csv").abstracts
    assert (abstract.author_names, abstract.authors) == ((), 12)


def test_counts_dois_and_links_are_read_from_how_they_are_written() -> None:
    assert [count_of(value) for value in ("1,234", 12.0, "0", -1, "many", True, None)] == [1234, 12, 0, None, None, None, None]
    assert [doi_of(value) for value in ("10.1/x", "doi: 10.1/x", "https://doi.org/10.1/x", "none")] == ["doi:10.1/x"] * 3 + [None]
    assert links_of("https://a.org/1;https://b.org/2 and (http://c.org)") == ("https://a.org/1", "https://b.org/2", "http://c.org")


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00\ufeff"), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip()) and text.strip().casefold() not in {"-", "–", "n/a", "na", "nan", "none", "null", "unknown"}
)


@given(st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=5))
def test_rows_written_as_csv_are_read_back(rows: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("title", "abstract"), *rows])
    reading = read_text(written.getvalue(), name="a.csv")
    assert titles_and_texts(reading) == [(title.strip(), text.strip()) for title, text in rows]
    _assert_located(written.getvalue(), reading)


@given(st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=5), st.booleans())
def test_rows_written_as_json_lines_are_read_back(rows: list[tuple[str, str]], ascii_only: bool) -> None:
    written = "\n".join(json.dumps({"title": title, "text": text}, ensure_ascii=ascii_only) for title, text in rows)
    reading = read_text(written, name="a.jsonl")
    assert titles_and_texts(reading) == [(title.strip(), text.strip()) for title, text in rows]
    _assert_located(written, reading)


def _assert_located(text: str, reading: Reading) -> None:
    """A slice is the value, or the whole row where the value is not written as it is."""
    for abstract in reading.abstracts:
        found = slices(text, abstract)
        assert found["text"] == abstract.text or len(found["text"]) > len(abstract.text)
        assert found.get("title", abstract.title) == abstract.title


def test_a_field_span_names_the_line_where_the_row_begins() -> None:
    (abstract,) = read_text("title,abstract\n\nA,B.\n", name="a.csv").abstracts
    assert abstract.sources[0].fields == (FieldSpan("title", 3, 0, 1),)
