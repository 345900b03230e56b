"""Files of every kind: what is found, how it is decoded, what cannot be read, and that nothing stops the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.corpus.draft import MAX_CHARACTERS, Reading
from rag.corpus.files import CorpusFile, find_files, find_skipped
from rag.corpus.reading import read_file, read_text, shape_names
from rag.model.errors import CorpusError
from rag.model.records import Problem
from tests.cost import at_most
from tests.processes import finished, python

PROSE = (
    "We present Hive, a method for counting bees in video. It needs no training data and runs on a phone. "
    "On three fields it counts 95 of 100 bees, ten more than the best of the methods before it."
)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_bytes(folder: Path, name: str, content: bytes) -> Reading:
    return read_file(write(folder / name, content), name=name)


def names(files: list[CorpusFile]) -> list[str]:
    return [file.name for file in files]


# Finding files


def test_files_are_named_below_the_folder_that_was_given(tmp_path: Path) -> None:
    inner = write(tmp_path / "corpus" / "b" / "inner.txt", "x")
    outer = write(tmp_path / "corpus" / "a.txt", "x")
    assert find_files([tmp_path / "corpus"]) == [CorpusFile(outer.resolve(), "a.txt"), CorpusFile(inner.resolve(), "b/inner.txt")]


def test_a_file_that_was_given_goes_by_its_own_name_and_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path / "corpus" / "README.md", "x")
    assert names(find_files([path, tmp_path / "corpus", path])) == ["README.md"]


def test_files_of_one_name_are_told_apart_by_the_folders_above_them(tmp_path: Path) -> None:
    for folder in ("one/x", "two/x", "three"):
        write(tmp_path / folder / "papers.txt", "x")
    given_folders = [tmp_path / "one" / "x", tmp_path / "two" / "x", tmp_path / "three"]
    assert names(find_files(given_folders)) == ["one/x/papers.txt", "three/papers.txt", "two/x/papers.txt"]


def test_notes_backups_and_hidden_files_are_skipped_and_reported(tmp_path: Path) -> None:
    for name in ("a.txt", "README.md", "sub/readme", "sub/LICENSE.txt", ".git/config", "a.txt~", "#b#", "readmes.txt", "c.bak"):
        write(tmp_path / name, "x")
    assert names(find_files([tmp_path])) == ["a.txt", "readmes.txt"]
    assert find_skipped([tmp_path]) == [
        Problem("#b#", 0, "skipped: an editor's backup"),
        Problem(".git/config", 0, "skipped: a hidden file"),
        Problem("README.md", 0, "skipped: a note about the corpus, no part of it"),
        Problem("a.txt~", 0, "skipped: an editor's backup"),
        Problem("c.bak", 0, "skipped: an editor's backup"),
        Problem("sub/LICENSE.txt", 0, "skipped: a note about the corpus, no part of it"),
        Problem("sub/readme", 0, "skipped: a note about the corpus, no part of it"),
    ]


def test_links_are_followed_but_not_round_in_circles(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "linked.txt", "x")
    write(tmp_path / "corpus" / "a.txt", "x")
    (tmp_path / "corpus" / "away").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "corpus" / "round").symlink_to(tmp_path / "corpus")
    (tmp_path / "corpus" / "nowhere.txt").symlink_to(tmp_path / "gone.txt")
    assert names(find_files([tmp_path / "corpus"])) == ["a.txt", "away/linked.txt"]
    assert find_skipped([tmp_path / "corpus"]) == [Problem("nowhere.txt", 0, "skipped: not a file, or a link to nothing")]


def test_a_pipe_in_the_corpus_does_not_hang_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert find_files([tmp_path]) == []


def test_a_pipe_that_is_given_itself_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(CorpusError, match="neither a file nor a folder"):
        find_files([tmp_path / "pipe.txt"])


def test_a_path_that_is_not_there_is_an_error_that_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        find_files([tmp_path / "corpus"])
    assert str(caught.value) == f"There is no {tmp_path / 'corpus'}. Set RAG_CORPUS or type: rag index FOLDER"


# Decoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_do_not_matter(tmp_path: Path, encoding: str, line_end: str) -> None:
    text = line_end.join(["title;abstract", "Größe;Über Maße.", ""])
    reading = read_bytes(tmp_path, "a.csv", text.encode(encoding))
    (abstract,) = reading.abstracts
    source = abstract.sources[0]
    assert (abstract.title, abstract.text, source.line, source.start, source.end) == ("Größe", "Über Maße.", 2, 6, 16)
    guessed = (Problem("a.csv", 0, "not UTF-8: read as Windows-1252"),) if encoding == "cp1252" else ()
    assert reading.problems == guessed


def test_a_bad_byte_in_utf8_spoils_only_itself(tmp_path: Path) -> None:
    reading = read_bytes(tmp_path, "a.csv", "title;abstract\nGrößen;Über".encode() + b"\xff.\n")
    assert [(abstract.title, abstract.text) for abstract in reading.abstracts] == [("Größen", "Über\ufffd.")]
    assert [problem.reason for problem in reading.problems] == ["damaged UTF-8: 1 places could not be read and show as \ufffd"]


# What cannot be read


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", "a PDF"),
        (b"PK\x03\x04....word/document.xml", "a Word file"),
        (b"PK\x03\x04....xl/workbook.xml", "an Excel file"),
        (b"\xd0\xcf\x11\xe0....", "an old Word or Excel file"),
        (b"\x89PNG\r\n", "an image"),
        (b"PAR1....", "a Parquet file"),
        (b"<!DOCTYPE html><html>", "a web page (HTML)"),
        (b"<?xml version='1.0'?><a/>", "an XML file"),
    ],
)
def test_other_formats_are_named_with_what_can_be_read(tmp_path: Path, content: bytes, kind: str) -> None:
    reading = read_bytes(tmp_path, "papers.txt", content)
    assert reading.abstracts == ()
    reason = f"{kind}, not text: what can be read is text listings, .jsonl, .json, .csv, .tsv, .bib, .ris"
    assert reading.problems == (Problem("papers.txt", 0, reason),)


def test_empty_binary_and_packed_files_are_problems(tmp_path: Path) -> None:
    found = {name: read_bytes(tmp_path, name, content) for name, content in _UNREADABLE.items()}
    assert {name: [problem.reason.split(":")[0] for problem in reading.problems] for name, reading in found.items()} == {
        "empty.txt": ["empty"],
        "blank.csv": ["empty"],
        "nul.txt": ["binary, not text"],
        "bytes.txt": ["binary, not text"],
        "papers.gz": ["a gzip archive, not text; unpack it first"],
    }
    assert all(reading.abstracts == () for reading in found.values())


_UNREADABLE = {
    "empty.txt": b"",
    "blank.csv": b" \n\n\t",
    "nul.txt": b"abc\0def",
    "bytes.txt": bytes(range(1, 256)),
    "papers.gz": b"\x1f\x8b....",
}


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    assert read_file(tmp_path, name="folder").problems[0].reason.startswith("not a file: what can be read is")
    with pytest.raises(CorpusError, match="There is no"):
        read_file(tmp_path / "gone.txt", name="gone.txt")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open every file")
def test_a_file_that_may_not_be_opened_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x")
    path.chmod(0)
    advice = "Permit your user to read it, or take it out of the corpus"
    assert read_file(path, name="a.txt").problems == (Problem("a.txt", 0, f"cannot be opened: Permission denied. {advice}"),)


def test_a_line_of_50_megabytes_is_one_problem_in_little_time(tmp_path: Path) -> None:
    long = "word " * 10_000_000
    with at_most(5):
        listing = read_bytes(tmp_path, "a.txt", f"Abstract: {PROSE}\n{long}\nAbstract: {PROSE[::-1]}\n".encode())
        table = read_bytes(tmp_path, "a.jsonl", (json.dumps({"title": "A", "text": long}) + '\n{"title": "B"}\n').encode())
    assert (2, f"a line of 50,000,000 characters: more than {MAX_CHARACTERS:,} are not read") in [
        (problem.line, problem.reason) for problem in listing.problems
    ]
    assert len(listing.abstracts) == 2
    assert [abstract.title for abstract in table.abstracts] == ["B"]
    assert [(problem.line, problem.reason) for problem in table.problems] == [
        (1, "49,999,999 characters: more than 200,000 are no abstract")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '[{"a":' * 300_000,
        '[{"title":}' * 100_000,
        "title,abstract\n" + 'x,"open\n' * 50_000,
        "title,abstract\n" + "," * 2_000_000,
        "," * 2_000_000,
        "@misc{a,title={A}}\n" + "@misc{b,\n" * 50_000,
        "TY  - JOUR\nAB  - a\n" + "b\n" * 500_000,
        "TY  - JOUR\n" * 20_000,
    ],
    ids=["brackets", "nested", "objects", "quotation marks", "cells", "columns", "braces", "one entry", "entries"],
)
def test_hostile_files_are_given_up_quickly(text: str) -> None:
    with at_most(5):
        read_text(text, name="hostile")


# Kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"title": "A"}\n{"title": "B"}', "jsonl"),
        ('[{"title": "A"}]', "json"),
        ("title,abstract\nA,B.\n", "csv"),
        ("title\tabstract\nA\tB.\n", "tsv"),
        ("% a comment\n\n@article{a, title={A}}\n", "bib"),
        ("TY  - JOUR\nTI  - A\nER  - \n", "ris"),
        (f"Abstract: {PROSE}\n", "author-page"),
        (PROSE, "paragraphs"),
    ],
)
def test_the_kind_is_told_by_the_content_whatever_the_name(text: str, kind: str) -> None:
    readings = [read_text(text, name=name) for name in ("papers", "papers.txt", "papers.csv", "papers.bib", "papers.json")]
    assert [(reading.shape, len(reading.abstracts) > 0) for reading in readings] == [(kind, True)] * 5


def test_the_extension_decides_where_the_content_does_not() -> None:
    assert read_text("abstract\nFirst.\nSecond.\n", name="a.csv").shape == "csv"
    assert read_text("no braces here", name="a.bib").problems == (Problem("a.bib", 0, "a bibliography without entries"),)


def test_a_shape_can_be_forced_and_an_unknown_one_is_an_error() -> None:
    assert read_text(PROSE, name="a.txt", shape="author-page").shape == "author-page"
    assert read_text("a;b\n", name="a.txt", shape="csv").shape == "csv"
    with pytest.raises(CorpusError) as caught:
        read_text(PROSE, name="a.txt", shape="novel")
    assert str(caught.value) == f"There is no shape 'novel'. The shapes are: {', '.join(shape_names())}."


def test_prose_is_read_by_paragraphs_with_the_titles_before_them() -> None:
    text = f"Some notes.\n\n  Counting Bees\n\n{PROSE[:60]}\n{PROSE[61:]}\n\n{PROSE[::-1]} {PROSE}\n\n3.5 4.5 5.5\n"
    reading = read_text(text, name="a.txt", shape="paragraphs")
    first, second = reading.abstracts
    assert (first.title, first.text) == ("Counting Bees", f"{PROSE[:60]}\n{PROSE[61:]}")
    assert (second.title, second.text) == (None, f"{PROSE[::-1]} {PROSE}")
    assert [(problem.line, problem.excerpt) for problem in reading.problems] == [(1, "Some notes."), (10, "3.5 4.5 5.5")]


def test_a_text_without_papers_says_what_can_be_given() -> None:
    (problem,) = read_text("hello world", name="a.txt").problems
    assert problem.reason.startswith("no papers found in this text: say what shape it has (")


def test_pasted_text_is_located_without_its_byte_order_mark() -> None:
    (abstract,) = read_text(f"\ufeff{PROSE}\r\n", name="pasted").abstracts
    assert (abstract.text, abstract.sources[0].start, abstract.sources[0].end) == (PROSE, 0, len(PROSE))


# Anything at all

# One after another they make tables, bibliographies and listings, whole and broken.
_TEXTS = (
    'title,abstract\n|{"title": "|"text": |"}|[|{|}\n|@article{k,\n|title = {|TY  - JOUR\n|AB  - |ER  - \n|"|\n|\r\n|,|;|\t|\\|é|🐝'
    f"|\\ud83d|Abstract: |- 3 authors · Jun 3 2024\n|{PROSE}|arXiv:2401.00001\n|1. |\x00|\x85|\u2028"
)
_PIECES = st.sampled_from([*_TEXTS.encode().split(b"|"), b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9"])
_FILES = st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=30).map(b"".join))


@given(_FILES, st.sampled_from(["a.txt", "a.jsonl", "a.json", "a.csv", "a.tsv", "a.bib", "a.ris", "a"]))
@example(b'{"title": "\\ud800"}', "a.jsonl")
@example(b"@article{a, title={x}, ", "a.bib")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_bytes_give_a_reading_whose_records_can_be_stored(tmp_path: Path, content: bytes, name: str) -> None:
    _assert_whole(read_bytes(tmp_path, name, content))


@given(st.lists(_PIECES, max_size=20).map(lambda pieces: b"".join(pieces).decode("utf-8", "replace")), st.sampled_from(shape_names()))
def test_any_text_can_be_read_as_any_shape(text: str, shape: str) -> None:
    _assert_whole(read_text(text, name="a", shape=shape))


def _assert_whole(reading: Reading) -> None:
    assert reading.abstracts or reading.problems
    for abstract in reading.abstracts:
        json.dumps(abstract.to_dict(), ensure_ascii=False).encode()
        assert abstract.text.strip()
        assert abstract.sources[0].line >= 1
        assert 0 <= abstract.sources[0].start < abstract.sources[0].end
    for problem in reading.problems:
        assert problem.reason
        f"{problem.reason}{problem.excerpt}".encode()


def test_reading_imports_neither_bibtexparser_nor_rispy() -> None:
    code = "import sys, rag.corpus; print([name for name in ('bibtexparser', 'rispy', 'numpy') if name in sys.modules])"
    assert finished(python(code)).stdout == "[]\n"
