"""The dense index: real Chroma in a folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from rag.embedding.wordllama import Vectors, unit_rows
from rag.index.chroma import ChromaIndex, ChromaWriter
from rag.model.errors import IndexDamagedError
from tests.processes import finished, output_of, python, started, threads


def random_vectors(count: int, dimensions: int = 32) -> Vectors:
    return unit_rows(np.random.default_rng(0).normal(size=(count, dimensions)).astype(np.float32))


def fill(folder: Path, vectors: Vectors) -> None:
    writer = ChromaWriter(folder, create=True)
    writer.upsert([f"{number:04d}:0" for number in range(len(vectors))], vectors)
    writer.finish()


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    return random_vectors(300)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, vectors: Vectors) -> Iterator[ChromaIndex]:
    folder = tmp_path_factory.mktemp("vectors") / "chroma"
    fill(folder, vectors)
    with closing(ChromaIndex(folder)) as opened:
        yield opened


def test_the_nearest_passages_come_first_with_their_cosines(index: ChromaIndex, vectors: Vectors) -> None:
    cosines = vectors @ vectors[7]
    expected = [f"{number:04d}:0" for number in np.argsort(-cosines)[:10]]
    hits = index.query(vectors[7], 10)
    assert [one for one, _ in hits] == expected
    assert [score for _, score in hits] == pytest.approx(np.sort(cosines)[::-1][:10].tolist(), abs=1e-5)
    assert len(index.query(vectors[7], 1000)) == 300


@pytest.mark.parametrize("wanted", [set(range(3, 300, 10)), set(range(1, 300, 2)), {7}, set(range(300)), set()])
def test_conditions_choose_before_the_nearest_are_taken(index: ChromaIndex, vectors: Vectors, wanted: set[int]) -> None:
    expected = [f"{number:04d}:0" for number in np.argsort(-(vectors @ vectors[0])) if number in wanted][:5]
    assert [one for one, _ in index.query(vectors[0], 5, [f"{number:04d}:0" for number in wanted])] == expected


def test_ties_are_broken_by_id(tmp_path: Path) -> None:
    same = random_vectors(1)[[0, 0, 0, 0]]
    writer = ChromaWriter(tmp_path / "chroma", create=True)
    writer.upsert(["c:0", "a:0", "d:0", "b:0"], same)
    writer.finish()
    with closing(ChromaIndex(tmp_path / "chroma")) as index:
        assert [one for one, _ in index.query(same[0], 4)] == ["a:0", "b:0", "c:0", "d:0"]


def test_passages_are_replaced_and_deleted_in_an_index_that_was_finished(tmp_path: Path) -> None:
    vectors = random_vectors(3)
    fill(tmp_path / "chroma", vectors[:2])
    writer = ChromaWriter(tmp_path / "chroma")
    writer.upsert(["0000:0"], vectors[2:])
    writer.delete(["0001:0", "unknown:0"])
    writer.finish()
    with closing(ChromaIndex(tmp_path / "chroma")) as index:
        assert index.count() == 1
        ((found, cosine),) = index.query(vectors[2], 5)
        assert (found, round(cosine, 5)) == ("0000:0", 1.0)


def test_more_passages_than_chroma_takes_at_once_are_stored(tmp_path: Path) -> None:
    fill(tmp_path / "chroma", random_vectors(5500, dimensions=4))
    with closing(ChromaIndex(tmp_path / "chroma")) as index:
        assert index.count() == 5500


@pytest.mark.parametrize("count", [0, 1, 2, 300, 1000, 1001])
def test_readers_in_several_processes_leave_the_files_of_the_graph_alone(tmp_path: Path, count: int) -> None:
    fill(tmp_path / "chroma", random_vectors(count))
    graph = sorted(path for path in (tmp_path / "chroma").rglob("*") if path.suffix in (".bin", ".pickle"))
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in graph]
    code = """
import sys, numpy, threading
from pathlib import Path
from rag.index.chroma import ChromaIndex
index = ChromaIndex(Path(sys.argv[1]))
found = []
threads = [threading.Thread(target=lambda: found.append(len(index.query(numpy.ones(32), 5)))) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
index.close()
print(*found)
"""
    with ExitStack() as stack:
        command = python(code, tmp_path / "chroma")
        readers = [stack.enter_context(started(command, stdout=subprocess.PIPE)) for _ in range(3 if count == 300 else 1)]
        assert {output_of(reader)[0] for reader in readers} == {" ".join([f"{min(count, 5)}"] * 4) + "\n"}
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in graph] == before


def test_a_vector_of_zeros_is_near_to_nothing(tmp_path: Path) -> None:
    vectors = np.concatenate([random_vectors(5), np.zeros((1, 32), dtype=np.float32)])
    fill(tmp_path / "chroma", vectors)
    with closing(ChromaIndex(tmp_path / "chroma")) as index:
        assert index.query(vectors[5], 5) == []
        assert [one for one, _ in index.query(vectors[2], 1)] == ["0002:0"]


def test_a_folder_without_vectors_is_reported_as_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match="rag index"):
        ChromaIndex(tmp_path / "nothing")


def test_opening_and_closing_leaves_no_file_open(tmp_path: Path) -> None:
    vectors = random_vectors(1200)
    fill(tmp_path / "chroma", vectors)

    def open_files() -> int:
        with closing(ChromaIndex(tmp_path / "chroma")) as index:
            assert index.query(vectors[1], 1)[0][0] == "0001:0"
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a path of the kernel

    counts = [open_files() for _ in range(40)]
    # One that is left open each time makes 20 more. Threads of the library, and of tests before this one, close theirs a moment later.
    assert median(counts[20:]) <= median(counts[:20]) + 5


def test_two_threads_may_open_the_same_folder(tmp_path: Path) -> None:
    vectors = random_vectors(50)
    fill(tmp_path / "chroma", vectors)
    found: list[str] = []

    def look() -> None:
        for number in range(10):
            with closing(ChromaIndex(tmp_path / "chroma")) as index:
                found.append(index.query(vectors[number], 1)[0][0])

    with threads(look, look, look):
        pass
    assert sorted(found) == sorted(f"{number:04d}:0" for number in range(10) for _ in range(3))


def run_with(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    code = """
import sys
from pathlib import Path
from rag.model.errors import SettingsError
from rag.index.chroma import ChromaWriter
try:
    index = ChromaWriter(Path(sys.argv[1]), create=True)
except SettingsError as error:
    sys.exit(str(error))
print(index._client._system.settings.allow_reset, index._client._system.settings.anonymized_telemetry)
"""
    surroundings = {**os.environ, **environment}
    return finished(python(code, tmp_path / "chroma"), check=False, env=surroundings)


def test_chroma_takes_no_setting_from_the_environment(tmp_path: Path) -> None:
    done = run_with(tmp_path, ALLOW_RESET="true", ANONYMIZED_TELEMETRY="true", IS_PERSISTENT="false", PERSIST_DIRECTORY="/nowhere")
    assert (done.stdout, done.returncode) == ("False False\n", 0)


def test_a_foreign_variable_that_breaks_chroma_is_named(tmp_path: Path) -> None:
    done = run_with(tmp_path, MIGRATIONS="bogus")
    assert done.returncode == 1
    assert "chromadb takes MIGRATIONS from the environment or .env and cannot use 'bogus'." in done.stderr
