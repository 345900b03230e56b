"""Files that are read in batches, as the catalogue knows them: gone on with where a run stopped, and published whole only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.corpus import Limits
from rag.corpus.reading import read_file
from rag.index import bring_up_to_date, open_index, remove_source
from rag.index.catalogue import Catalogue
from rag.index.sync import SyncRequest, assemble, sync
from rag.model import Progress, Settings, Stage, silent
from tests.large_files import LIMITS, rows, written


class StopError(Exception):
    """Ends a run in the middle of a file, as Ctrl-C does."""


def stopping(after: int) -> Progress:
    """A progress that ends the run after so many steps."""
    left = iter(range(after))

    def note(stage: Stage, done: int, total: int) -> None:
        if next(left, None) is None:
            raise StopError

    return note


def request_of(folder: Path) -> SyncRequest:
    return SyncRequest.below([folder], add=False, shape=None, columns=None)


def contents(catalogue: Catalogue) -> dict[str, list[tuple[object, ...]]]:
    """All rows that an undisturbed run and one that was gone on with must have alike."""
    with catalogue.reading() as connection:
        queries = {
            "files": "SELECT name, sha256, size, shape, columns, problems FROM files ORDER BY name",
            "works": "SELECT id, dirty FROM works ORDER BY id",
            "readings": "SELECT f.name, r.position, r.id, w.id, r.record FROM readings r JOIN works w ON w.number = r.work "
            "JOIN files f ON f.number = r.file ORDER BY 1, 2",
            "abstracts": "SELECT id, body, record FROM abstracts WHERE removed IS NULL ORDER BY id",
            "left": "SELECT file FROM streams UNION ALL SELECT reading FROM arrivals",
        }
        return {name: [tuple(row) for row in connection.execute(query)] for name, query in queries.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    written(tmp_path / "corpus" / "a.jsonl", rows(100))
    return tmp_path / "corpus"


@pytest.fixture
def catalogues(tmp_path: Path) -> Iterator[tuple[Catalogue, Catalogue]]:
    with closing(Catalogue(tmp_path / "one.db", create=True)) as one, closing(Catalogue(tmp_path / "two.db", create=True)) as two:
        yield one, two


def undisturbed(catalogue: Catalogue, folder: Path, limits: Limits = LIMITS) -> dict[str, list[tuple[object, ...]]]:
    sync(catalogue, request_of(folder), silent, limits)
    assemble(catalogue, 1, "rule", silent)
    return contents(catalogue)


@pytest.mark.parametrize("steps", [1, 2, 8, 14])
def test_a_run_that_was_stopped_is_gone_on_with(folder: Path, catalogues: tuple[Catalogue, Catalogue], steps: int) -> None:
    one, two = catalogues
    with pytest.raises(StopError):
        sync(one, request_of(folder), stopping(steps), LIMITS)
    read: list[int] = []
    files = sync(one, request_of(folder), lambda _, done, __: read.append(done), LIMITS)
    assemble(one, 1, "rule", silent)
    assert (files.read, files.changed) == (1, 0)
    assert len(read) == 2 + 15 - steps  # the rest, and no batch twice
    assert contents(one) == undisturbed(two, folder)
    assert contents(one)["left"] == []


def test_batches_and_a_whole_reading_end_alike(folder: Path, catalogues: tuple[Catalogue, Catalogue]) -> None:
    one, two = catalogues
    assert undisturbed(one, folder) == undisturbed(two, folder, Limits())


def test_a_changed_file_says_what_it_said_until_it_was_read_to_its_end(folder: Path, catalogues: tuple[Catalogue, Catalogue]) -> None:
    one, _ = catalogues
    before = undisturbed(one, folder)
    lines = rows(100)
    lines[50] = json.dumps({"title": "Paper 1 50", "abstract": "On 50 kinds of bees."})
    written(folder / "a.jsonl", [json.dumps({"title": "First"}), *lines, json.dumps({"title": "Last"})])
    with pytest.raises(StopError):
        sync(one, request_of(folder), stopping(10), LIMITS)
    assemble(one, 2, "rule", silent)
    assert contents(one)["abstracts"] == before["abstracts"]
    after = undisturbed(one, folder)
    titles = [json.loads(str(row[4]))["title"] for row in after["readings"]]
    assert (titles[0], titles[-1]) == ("First", "Last")
    kept = {row[3] for row in before["readings"] if row[2] in {line[2] for line in after["readings"]}}
    assert kept <= {row[3] for row in after["readings"]}  # works that both speak of have their ids
    assert after["left"] == []


def test_a_file_that_changes_while_it_is_half_read_is_read_anew(folder: Path, catalogues: tuple[Catalogue, Catalogue]) -> None:
    one, two = catalogues
    with pytest.raises(StopError):
        sync(one, request_of(folder), stopping(8), LIMITS)
    written(folder / "a.jsonl", rows(100, seed=2))
    assert undisturbed(one, folder) == undisturbed(two, folder)


def test_a_file_that_grows_while_it_is_half_read_is_gone_on_with(folder: Path, catalogues: tuple[Catalogue, Catalogue]) -> None:
    one, two = catalogues
    with pytest.raises(StopError):
        sync(one, request_of(folder), stopping(8), LIMITS)
    written(folder / "a.jsonl", [*rows(100), *rows(30, seed=3)])
    assert undisturbed(one, folder) == undisturbed(two, folder)


def test_a_half_read_file_that_is_taken_away_leaves_nothing(folder: Path, catalogues: tuple[Catalogue, Catalogue]) -> None:
    one, two = catalogues
    written(folder / "b.jsonl", rows(3, seed=9))
    with pytest.raises(StopError):
        sync(one, request_of(folder), stopping(8), LIMITS)
    (folder / "a.jsonl").unlink()
    assert undisturbed(one, folder) == undisturbed(two, folder)


def test_no_generation_shows_half_a_file(folder: Path, tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path / "index", corpus=folder, embedding="wordllama", _env_file=None)
    (folder / "a.jsonl").rename(tmp_path / "large.jsonl")
    written(folder / "small.jsonl", rows(3, seed=4))
    written(folder / "other.jsonl", rows(2, seed=5))
    bring_up_to_date(settings)
    (tmp_path / "large.jsonl").rename(folder / "a.jsonl")
    with closing(Catalogue(settings.index_dir / "catalogue.db")) as catalogue, pytest.raises(StopError):
        sync(catalogue, request_of(folder), stopping(8), LIMITS)
    (folder / "other.jsonl").unlink()
    assert remove_source(settings, "other.jsonl").abstracts == 3
    assert listed(settings) == {f"Paper 4 {number}" for number in range(3)}
    report = bring_up_to_date(settings)
    assert report.files.read == 1
    assert listed(settings) == {one.title for one in read_file(folder / "a.jsonl", name="a").abstracts} | {f"Paper 4 {n}" for n in range(3)}
    assert report.new == report.abstracts - 3


def listed(settings: Settings) -> set[str | None]:
    with open_index(settings) as index, index.reading() as generation:
        return {one.title for one in generation.listing()}
