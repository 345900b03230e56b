"""The lexical index: real tantivy in a folder."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.index.lexical import LexicalDocument, LexicalIndex, LexicalWriter
from rag.model.errors import IndexDamagedError
from rag.model.filters import Filters, NumberField, Range
from tests.processes import threads

PAPERS: tuple[tuple[str, str, str, dict[NumberField, int], tuple[str, ...]], ...] = (
    ("a:0", "Recognising speech", "We recognise speech with self-supervised models.", {"year": 2020, "upvotes": 5}, ("one.txt",)),
    ("b:0", "", "Speech, speech and more speech is translated.", {"year": 2021}, ("one.txt", "two.txt")),
    ("c:0", "Images", "Convolutions are applied to images.", {"year": 2022, "upvotes": 50}, ("two.txt",)),
    ("d:0", "Recognised speech", "Nothing in this text says what its title does.", {}, ("two.txt",)),
)


def document(
    passage_id: str, title: str, text: str, fields: dict[NumberField, int] | None = None, sources: tuple[str, ...] = ()
) -> LexicalDocument:
    return LexicalDocument(passage_id, passage_id.partition(":")[0], title, text, fields or {}, sources)


def write(folder: Path, *documents: LexicalDocument, remove: tuple[str, ...] = ()) -> None:
    writer = LexicalWriter(folder, create=not folder.exists())
    writer.remove(remove)
    writer.add(documents)
    writer.commit()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("lexical") / "tantivy"
    write(folder, *(document(*paper) for paper in PAPERS))
    return LexicalIndex(folder)


def ids(hits: list[tuple[str, float]]) -> list[str]:
    return [one for one, _ in hits]


def test_words_are_matched_by_their_stems_in_text_and_title(index: LexicalIndex) -> None:
    assert set(ids(index.query("of all SPEECHES", 10))) == {"a:0", "b:0", "d:0"}
    assert set(ids(index.query("recognising", 10))) == {"a:0", "d:0"}
    assert ids(index.query("convolution", 10)) == ["c:0"]


def test_a_word_in_the_title_alone_counts_less_than_one_in_the_text(index: LexicalIndex) -> None:
    scores = dict(index.query("speech", 10))
    assert scores["b:0"] > scores["a:0"] > scores["d:0"] > 0


def test_stop_words_find_nothing(index: LexicalIndex) -> None:
    assert index.query("the of and to in", 10) == []
    assert index.query("", 10) == []
    assert index.query("speech", 0) == []


@pytest.mark.parametrize(
    "question", ['"speech"', "speech AND", "text:speech", "speech~2 ^^ (", "-speech +", "speech*", "/speech/", "[speech TO"]
)
def test_signs_of_a_query_language_are_harmless(index: LexicalIndex, question: str) -> None:
    assert set(ids(index.query(question, 10))) >= {"a:0", "b:0", "d:0"}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(question=st.text(max_size=200))
def test_any_text_is_a_question(index: LexicalIndex, question: str) -> None:
    found = index.query(question, 10)
    assert index.scores(question, ids(found)) == dict(found)


def test_scores_of_given_passages_are_those_of_the_query(index: LexicalIndex) -> None:
    found = dict(index.query("speech recognition with images", 10))
    assert index.scores("speech recognition with images", ["c:0", "b:0", "unknown:0"]) == {
        "c:0": found["c:0"],
        "b:0": found["b:0"],
        "unknown:0": 0.0,
    }
    assert index.scores("zebra", ["a:0"]) == {"a:0": 0.0}
    assert index.scores("speech", []) == {}


def test_filters_do_not_change_scores(index: LexicalIndex) -> None:
    everything = dict(index.query("speech images", 10))

    def found(*ranges: Range, sources: tuple[str, ...] = ()) -> dict[str, float]:
        return dict(index.query("speech images", 10, Filters(ranges, sources)))

    assert found(Range("year", 2021, 2022)) == {one: everything[one] for one in ("b:0", "c:0")}
    assert found(Range("upvotes", low=6)) == {"c:0": everything["c:0"]}
    assert set(found(Range("upvotes"))) == {"a:0", "c:0"}
    assert set(found(sources=("one.txt",))) == {"a:0", "b:0"}
    assert set(found(Range("year", high=2021), sources=("two.txt", "unknown"))) == {"b:0"}
    assert found(Range("comments", 0, 9)) == {}


def test_ties_are_broken_by_id(tmp_path: Path) -> None:
    write(tmp_path / "tantivy", *(document(f"{name}:0", "", "the same words") for name in "dbca"))
    assert ids(LexicalIndex(tmp_path / "tantivy").query("words", 4)) == ["a:0", "b:0", "c:0", "d:0"]


def test_passages_are_removed_and_replaced_in_one_commit(tmp_path: Path) -> None:
    folder = tmp_path / "tantivy"
    write(folder, document("a:0", "", "old words"), document("b:0", "", "other words"))
    write(folder, document("a:0", "", "new words"), remove=("a:0", "b:0", "unknown:0"))
    index = LexicalIndex(folder)
    assert (index.count(), ids(index.query("words", 5)), index.query("old other", 5)) == (1, ["a:0"], [])


def test_nothing_is_stored_before_the_commit(tmp_path: Path) -> None:
    write(tmp_path / "tantivy", document("a:0", "", "words"))
    with closing(LexicalWriter(tmp_path / "tantivy")) as writer:
        writer.add([document("b:0", "", "words")])
    assert LexicalIndex(tmp_path / "tantivy").count() == 1


def test_a_folder_without_an_index_is_reported_as_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match="rag index"):
        LexicalIndex(tmp_path)


def test_threads_search_at_the_same_time(index: LexicalIndex) -> None:
    expected, wrong = index.query("speech images", 10), []

    def search() -> None:
        for _ in range(200):
            if index.query("speech images", 10) != expected:
                wrong.append(1)

    with threads(search, search, search, search):
        pass
    assert wrong == []


def test_opening_and_closing_leaves_no_file_open(tmp_path: Path) -> None:
    write(tmp_path / "tantivy", document("a:0", "", "words"))

    def open_files() -> int:
        with closing(LexicalIndex(tmp_path / "tantivy")) as index:
            assert ids(index.query("words", 1)) == ["a:0"]
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a path of the kernel

    counts = [open_files() for _ in range(40)]
    assert max(counts[20:]) <= max(counts[:20]) + 2  # closed by threads of the library's own, some a moment later
