"""Abstracts for other programs: read back by the libraries that read such files, and nothing in them that no source states."""

from __future__ import annotations

import csv
import io
import json

import bibtexparser
import pytest

from rag.export.formats import STREAMS, bibtex, csl_json, csv_table, json_lines, json_text, paper_record
from rag.model.records import Abstract, Source

FULL = Abstract(
    id="6140b94eda05",
    title="GPT & Friends: 100\\% of {it}",
    text="We reach $5_{2}$ points. Qu\\'ebec ~ 3 \\ 4.",
    label="GPT & Friends: 100% of it",
    external_ids=("4983", "doi:10.1000/x_1", "arxiv:2401.00001"),
    date="2024-06-03",
    date_precision="day",
    author_names=("Ada Lovelace", "Team {X}"),
    authors=2,
    upvotes=7,
    comments=0,
    urls=("https://example.org/code",),
    venue="ACL",
    sources=(Source("a.bib", 3, 0, 40),),
)
BARE = Abstract(id="97a3129bb087", title=None, text="=1+1 is two.", label="“=1+1 is two.”", sources=(Source("b.txt", 1, 9, 21),))
INFERRED = Abstract(
    id="8606151cb36c",
    title="T",
    text="x",
    label="T",
    date="2025-05",
    date_precision="month",
    date_inferred=True,
    sources=(Source("c", 2, 0, 1),),
)


def test_the_json_form_has_these_keys_and_verbatim_text() -> None:
    (line,) = json_lines([FULL]).splitlines()
    read = json.loads(line)
    assert list(read) == [
        "id", "external_ids", "title", "text", "upvotes", "authors", "date", "date_inferred", "comments", "urls", "sources",
    ]  # fmt: skip
    assert (read["text"], read["authors"], read["comments"]) == (FULL.text, 2, 0)
    assert (read["sources"][0]["file"], read["sources"][0]["line"]) == ("a.bib", 3)


def test_json_stays_one_line_and_steers_no_terminal() -> None:
    text = "Zoë\x9b\u2028\x1b[31m\n"
    written = json_text(text)
    assert written == '"Zoë\\u009b\\u2028\\u001b[31m\\n"'
    assert json.loads(written) == text


def test_bibtex_is_read_back_as_it_was_stated() -> None:
    library = bibtexparser.parse_string(bibtex([FULL, BARE, INFERRED]))
    assert library.failed_blocks == []
    full, bare, inferred = ({field.key: field.value for field in entry.fields} for entry in library.entries)
    assert [entry.key for entry in library.entries] == [FULL.id, BARE.id, INFERRED.id]
    assert {name: full[name] for name in ("author", "year", "month", "doi", "eprint", "howpublished", "note")} == {
        "author": "{Ada Lovelace} and {Team X}",
        "year": "2024",
        "month": "6",
        "doi": "10.1000/x_1",
        "eprint": "2401.00001",
        "howpublished": "ACL",
        "note": "a.bib:3",
    }
    assert full["title"] == "{GPT \\& Friends: 100\\% of it}"
    assert set(bare) == {"abstract", "note"}
    assert inferred["note"] == "c:2; year inferred"


def test_csl_json_states_what_the_sources_state() -> None:
    full, bare, inferred = json.loads(csl_json([FULL, BARE, INFERRED]))
    assert full["issued"] == {"date-parts": [[2024, 6, 3]]}
    assert full["author"] == [{"literal": "Ada Lovelace"}, {"literal": "Team X"}]
    assert full["DOI"] == "10.1000/x_1"
    assert bare == {"id": BARE.id, "type": "document", "abstract": "=1+1 is two.", "note": "b.txt:1"}
    assert inferred["issued"] == {"date-parts": [[2025, 5]], "circa": True}


def test_csv_has_a_row_an_abstract_and_no_formulas() -> None:
    full, bare = csv.DictReader(io.StringIO(csv_table([FULL, BARE])))
    assert list(full) == list(paper_record(FULL))
    assert (full["external_ids"], full["upvotes"], full["sources"]) == ("4983; doi:10.1000/x_1; arxiv:2401.00001", "7", "a.bib:3")
    assert (bare["title"], bare["text"], bare["upvotes"]) == ("", "'=1+1 is two.", "")


def test_csv_has_nothing_that_a_terminal_obeys_or_that_nobody_sees() -> None:
    odd = Abstract(id="1", title="A\x1b[31m\x07 B\u202ec\U000e0041", text="x\x9by", label="T")
    (row,) = csv.DictReader(io.StringIO(csv_table([odd])))
    assert (row["title"], row["text"]) == ("A[31m Bc", "xy")


@pytest.mark.parametrize("identifier", ["doi:10.1/x}, evil = {y", "doi:", "doi:a b"])
def test_an_external_id_that_is_none_is_left_out(identifier: str) -> None:
    odd = Abstract(id="1", title="T", text="x", label="T", external_ids=(identifier,))
    assert "doi" not in bibtex([odd])
    assert "DOI" not in csl_json([odd])


@pytest.mark.parametrize("form", sorted(STREAMS))
def test_an_abstract_is_written_before_the_next_is_read(form: str) -> None:
    read = iter([FULL, BARE, INFERRED])
    parts = STREAMS[form](read)
    assert "6140b94eda05" in next(parts)
    assert next(read) is BARE


@pytest.mark.parametrize("abstracts", [[], [FULL], [FULL, BARE, INFERRED]])
def test_csl_json_is_one_array_as_it_is_written_at_once(abstracts: list[Abstract]) -> None:
    written = csl_json(abstracts)
    assert written == json_text(json.loads(written), indent=2) + "\n"
