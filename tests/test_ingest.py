"""Bringing the index up to date: what is read, merged, embedded, kept and taken out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.synthetic import write_corpus
from rag.embedding.wordllama import Vectors, load_wordllama
from rag.index.generations import open_index
from rag.index.ingest import IndexReport, bring_up_to_date, check_index, remove_source
from rag.index.sync import FileChanges, stale_files
from rag.model.errors import CorpusError, IndexMismatchError, IndexMissingError, NotFoundError
from rag.model.filters import NO_FILTERS, Filters, Range
from rag.model.records import Abstract
from rag.model.settings import Settings
from tests.processes import finished, python


@dataclass
class CountingEmbedder:
    """wordllama that remembers what it embedded, and fails when it is asked for more texts than `most`."""

    most: int = 10**9
    texts: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return load_wordllama().name

    @property
    def dimensions(self) -> int:
        return load_wordllama().dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(self.texts) + len(texts) > self.most:
            raise RuntimeError("enough")
        self.texts += texts
        return load_wordllama().embed(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    given = {"index_dir": tmp_path / "index", "corpus": tmp_path / "corpus", "embedding": "wordllama"}
    if request.param == "sqlite":
        return Settings(**given)
    database = request.getfixturevalue("database")
    return Settings(**given, database_url=database.url, database_schema=database.schema)


def write(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def paper(number: int, **others: Any) -> dict[str, Any]:
    return {"id": str(number), "title": f"Paper number {number}", "abstract": f"This is what paper {number} says. It is short.", **others}


def listed(settings: Settings, filters: Filters = NO_FILTERS) -> list[Abstract]:
    with open_index(settings) as index, index.reading() as generation:
        return list(generation.listing(filters))


def titles(settings: Settings) -> list[str]:
    return [one.title or "" for one in listed(settings)]


def counts(report: IndexReport) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.removed, report.abstracts, report.embedded


def test_a_corpus_is_indexed_and_can_be_searched(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1, year=2023), paper(2, year=2024))
    report = bring_up_to_date(settings)
    assert (report.files, counts(report), report.generation) == (FileChanges(read=1), (2, 0, 0, 2, 2), "00000001")
    with open_index(settings) as index, index.reading() as generation:
        first, second = generation.listing()
        assert (first.title, first.external_ids, first.year) == ("Paper number 1", ("1",), 2023)
        passage = f"{second.id}:0"
        (vector,) = generation.vectors([passage])
        assert np.allclose(vector, load_wordllama().embed(["Paper number 2\n" + second.text])[0])
        assert generation.search_dense(vector, 1)[0][0] == passage
        assert generation.search_lexical("paper 2", 5)[0][0] == passage
        only = Filters((Range("year", 2023, 2023),))
        assert [one for one, _ in generation.search_dense(vector, 5, only)] == [f"{first.id}:0"]
        assert [one for one, _ in generation.search_lexical("paper", 5, only)] == [f"{first.id}:0"]
        assert [one.end - one.start for one in generation.sentences([first.id])[first.id]] == [26, 12]
        assert generation.passages([passage])[passage].end == len(second.text)


def test_a_second_run_on_an_unchanged_corpus_does_nothing(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", *(paper(number) for number in range(20)))
    bring_up_to_date(settings)
    embedder = CountingEmbedder()
    report = bring_up_to_date(settings, embedding=embedder)
    assert (report.files, counts(report), embedder.texts) == (FileChanges(unchanged=1), (0, 0, 0, 20, 0), [])
    assert report.generation == "00000001"


def test_an_unchanged_corpus_needs_neither_llama_index_nor_chroma(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1))
    bring_up_to_date(settings)
    server = "" if settings.database_url is None else settings.database_url.get_secret_value()
    place = {"index_dir": str(settings.index_dir), "database_url": server, "database_schema": settings.database_schema}
    code = f"""
import sys
from pathlib import Path
from rag.model.settings import Settings
from rag.index.ingest import bring_up_to_date
bring_up_to_date(Settings(corpus=Path({str(folder)!r}), embedding="wordllama", **{place!r}))
print([name for name in ("llama_index", "chromadb", "openai", "tokenizers") if name in sys.modules])
"""
    done = finished(python(code))
    assert done.stdout == "[]\n"


def test_only_what_is_new_is_embedded(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1), paper(2))
    bring_up_to_date(settings)
    write(folder / "a.jsonl", paper(1), paper(3, abstract="Another text."), paper(4))
    write(folder / "b.jsonl", paper(5))
    embedder = CountingEmbedder()
    report = bring_up_to_date(settings, embedding=embedder)
    assert (report.files, counts(report)) == (FileChanges(read=1, changed=1), (3, 0, 1, 4, 3))
    assert [text.partition("\n")[0] for text in embedder.texts] == ["Paper number 3", "Paper number 4", "Paper number 5"]
    assert titles(settings) == [f"Paper number {number}" for number in (1, 3, 4, 5)]


def test_changed_fields_are_seen_without_embedding(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1, year=2020), paper(2, year=2020))
    bring_up_to_date(settings)
    write(folder / "a.jsonl", paper(1, year=2021), paper(2, year=2020))
    embedder = CountingEmbedder()
    report = bring_up_to_date(settings, embedding=embedder)
    assert (counts(report), embedder.texts) == ((0, 1, 0, 2, 0), [])
    with open_index(settings) as index, index.reading() as generation:
        later = Filters((Range("year", 2021),))
        vector = generation.vectors([f"{one.id}:0" for one in generation.listing(later)])[0]
        assert len(generation.search_dense(vector, 5, later)) == len(generation.search_lexical("paper", 5, later)) == 1


def test_a_file_that_vanishes_from_the_corpus_is_taken_out(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1))
    write(folder / "b.jsonl", paper(2))
    bring_up_to_date(settings)
    (folder / "b.jsonl").unlink()
    report = bring_up_to_date(settings)
    assert (report.files, counts(report)) == (FileChanges(removed=1, unchanged=1), (0, 0, 1, 1, 0))
    assert titles(settings) == ["Paper number 1"]


def test_a_file_that_moves_is_not_embedded_again(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1))
    bring_up_to_date(settings)
    (before,) = listed(settings)
    (folder / "below").mkdir()
    (folder / "a.jsonl").rename(folder / "below" / "b.jsonl")
    embedder = CountingEmbedder()
    bring_up_to_date(settings, embedding=embedder)
    (after,) = listed(settings)
    assert (after.id, after.sources[0].file, embedder.texts) == (before.id, "below/b.jsonl", [])


def test_a_touched_file_is_unchanged(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1))
    bring_up_to_date(settings)
    os.utime(folder / "a.jsonl", (1, 1))
    assert stale_files(settings) == ["a.jsonl"]
    report = bring_up_to_date(settings)
    assert (report.files, report.generation, stale_files(settings)) == (FileChanges(unchanged=1), "00000001", [])


def test_a_file_of_a_year_that_no_column_holds_is_read_once(settings: Settings, folder: Path) -> None:
    path = folder / "list.jsonl"
    write_corpus(path, 2, seed=1)
    os.utime(path, (16_000_000_000, 16_000_000_000))  # in 2477, where the file system can say so
    assert bring_up_to_date(settings).abstracts == 2
    assert stale_files(settings) == []
    assert bring_up_to_date(settings).files.unchanged == 1


def test_a_corpus_folder_that_is_not_there_is_an_error_and_removes_nothing(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1))
    bring_up_to_date(settings)
    shutil.rmtree(folder)
    with pytest.raises(CorpusError, match="There is no"):
        bring_up_to_date(settings)
    folder.mkdir()
    with pytest.raises(CorpusError, match="No file to read"):
        bring_up_to_date(settings)
    assert titles(settings) == ["Paper number 1"]


def test_added_files_stay_until_they_are_removed(settings: Settings, folder: Path, tmp_path: Path) -> None:
    write(folder / "a.jsonl", paper(1))
    write(tmp_path / "more.jsonl", paper(2))
    bring_up_to_date(settings)
    assert counts(bring_up_to_date(settings, [tmp_path / "more.jsonl"], add=True)) == (1, 0, 0, 2, 1)
    assert counts(bring_up_to_date(settings)) == (0, 0, 0, 2, 0)
    write(tmp_path / "more.jsonl", paper(2), paper(3))
    assert counts(bring_up_to_date(settings)) == (1, 0, 0, 3, 1)
    (tmp_path / "more.jsonl").unlink()
    assert counts(bring_up_to_date(settings)) == (0, 0, 0, 3, 0)
    assert counts(remove_source(settings, "more.jsonl")) == (0, 0, 2, 1, 0)
    assert titles(settings) == ["Paper number 1"]
    with pytest.raises(NotFoundError, match=r"No source is called 'more\.jsonl'\. The sources are: a\.jsonl"):
        remove_source(settings, "more.jsonl")


def test_forced_columns_are_remembered(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("heading,prose\nA title,Its text.\n")
    bring_up_to_date(settings, [path], add=True, shape="csv", columns={"heading": "title", "prose": "text"})
    assert [(one.title, one.text) for one in listed(settings)] == [("A title", "Its text.")]
    path.write_text("heading,prose\nA title,Its other text.\n")
    bring_up_to_date(settings, [path], add=True)
    assert [(one.title, one.text) for one in listed(settings)] == [("A title", "Its other text.")]


def test_the_same_work_in_two_files_is_one_abstract_with_both_sources(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1, upvotes=3))
    write(folder / "b.jsonl", paper(1, upvotes=5, url="https://example.org/1"))
    report = bring_up_to_date(settings)
    (one,) = listed(settings)
    assert (report.abstracts, one.upvotes, [source.file for source in one.sources]) == (1, 5, ["a.jsonl", "b.jsonl"])
    assert len(listed(settings, Filters(sources=("b.jsonl",)))) == 1
    (folder / "a.jsonl").unlink()
    assert counts(bring_up_to_date(settings)) == (0, 1, 0, 1, 0)
    (left,) = listed(settings)
    assert (left.id, [source.file for source in left.sources]) == (one.id, ["b.jsonl"])


def test_what_a_failed_run_embedded_is_not_embedded_again(settings: Settings, folder: Path) -> None:
    write_corpus(folder / "a.jsonl", 1000, seed=1)
    stopped = CountingEmbedder(most=600)
    with pytest.raises(RuntimeError, match="enough"):
        bring_up_to_date(settings, embedding=stopped)
    with pytest.raises(IndexMissingError):
        open_index(settings)
    resumed = CountingEmbedder()
    report = bring_up_to_date(settings, embedding=resumed)
    assert (report.new, report.abstracts, report.files) == (1000, 1000, FileChanges(unchanged=1))
    assert (len(stopped.texts), len(resumed.texts), len({*stopped.texts, *resumed.texts})) == (512, 488, 1000)
    check_index(settings)


def test_other_settings_are_refused_until_the_index_is_rebuilt(settings: Settings, folder: Path) -> None:
    text = " ".join(f"This is sentence number {number} of a longer text." for number in range(60))
    write(folder / "a.jsonl", paper(1, abstract=text))
    before = bring_up_to_date(settings)
    other = settings.model_copy(update={"passage_tokens": 64})
    with pytest.raises(IndexMismatchError, match=rf"passage_tokens {settings.passage_tokens} \(now 64\).*rag index --rebuild"):
        bring_up_to_date(other)
    with pytest.raises(IndexMismatchError, match="rag index --rebuild"):
        open_index(other)
    assert titles(settings) == ["Paper number 1"]
    after = bring_up_to_date(other, rebuild=True)
    assert after.passages > before.passages
    assert titles(other) == ["Paper number 1"]
    with pytest.raises(IndexMismatchError):
        open_index(settings)


def test_a_rebuild_embeds_nothing_again(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", paper(1), paper(2))
    bring_up_to_date(settings)
    embedder = CountingEmbedder()
    report = bring_up_to_date(settings, rebuild=True, embedding=embedder)
    assert (report.generation, counts(report), embedder.texts) == ("00000002", (0, 0, 0, 2, 0), [])
    assert len(titles(settings)) == 2


def test_any_embedding_of_llama_index_can_be_given(settings: Settings, folder: Path) -> None:
    from llama_index.core.embeddings import MockEmbedding

    write(folder / "a.jsonl", paper(1), paper(2))
    embedding = MockEmbedding(embed_dim=7)
    assert counts(bring_up_to_date(settings, embedding=embedding)) == (2, 0, 0, 2, 2)
    with open_index(settings, embedding) as index, index.reading() as generation:
        assert generation.manifest.recipe.dimensions == 7
    with pytest.raises(IndexMismatchError, match="embedding 'MockEmbedding"):
        bring_up_to_date(settings)
    with pytest.raises(IndexMismatchError, match="embedding 'MockEmbedding"):
        open_index(settings)


def test_progress_is_told_from_beginning_to_end(settings: Settings, folder: Path) -> None:
    write_corpus(folder / "a.jsonl", 300, seed=1)
    told: list[tuple[str, int, int]] = []
    bring_up_to_date(settings, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert told == [
        ("read", 0, 1),
        ("read", 1, 1),
        ("merge", 0, 300),
        ("merge", 300, 300),
        ("embed", 0, 300),
        ("embed", 256, 300),
        ("embed", 300, 300),
        ("index", 0, 1),
        ("index", 1, 1),
    ]


def test_problems_are_reported_and_the_rest_is_read(settings: Settings, folder: Path) -> None:
    (folder / "broken.jsonl").write_text(json.dumps(paper(1)) + "\nnot json\n")
    (folder / "empty.txt").write_text("")
    report = bring_up_to_date(settings)
    assert report.abstracts == 1
    assert sorted({problem.file for problem in report.problems}) == ["broken.jsonl", "empty.txt"]


def test_stale_files_are_those_that_changed_since(settings: Settings, folder: Path) -> None:
    with pytest.raises(IndexMissingError):
        stale_files(settings)
    write(folder / "a.jsonl", paper(1))
    write(folder / "b.jsonl", paper(2))
    bring_up_to_date(settings)
    assert stale_files(settings) == []
    write(folder / "a.jsonl", paper(1), paper(3))
    (folder / "b.jsonl").unlink()
    write(folder / "c.jsonl", paper(4))
    assert stale_files(settings) == ["a.jsonl", "b.jsonl", "c.jsonl"]


def test_an_abstract_of_a_title_alone_is_indexed(settings: Settings, folder: Path) -> None:
    write(folder / "a.jsonl", {"title": "Nothing but a title about zebras"})
    bring_up_to_date(settings)
    with open_index(settings) as index, index.reading() as generation:
        (one,) = generation.listing()
        assert generation.search_lexical("zebra", 1)[0][0] == f"{one.id}:0"
        assert generation.search_dense(load_wordllama().embed(["zebras"])[0], 1)[0][0] == f"{one.id}:0"
