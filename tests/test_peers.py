"""The peers' benchmark measures what it says: recall against exact search, figures from a process of its own, a peer that is not there."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from subprocess import PIPE

import ir_measures
import numpy as np
import pytest

from benchmarks.peers.__main__ import HEAD, Claims, cells, judge, measured
from benchmarks.peers.measure import Built, Figures, Given, Job, dense_figures, disk_bytes, measure, recall, resident
from rag.embedding import Vectors
from tests.processes import next_line, python, started

PAPERS = {"a": "Whales sing at night.", "b": "Bees dance for nectar.", "c": "Proteins fold in milliseconds."}
QUERIES = {"1": "singing whales", "2": "dancing bees"}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    corpus = tmp_path / "corpus.jsonl"
    rows = [{"_id": name, "title": f"On {text.split()[0].lower()}", "text": text} for name, text in PAPERS.items()]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "kept").mkdir()
    return Job("ours", str(corpus), str(tmp_path / "kept"), QUERIES, 2)


def vectors(*cosines: float) -> Vectors:
    """Rows with these cosines to (1, 0)."""
    return np.array([[one, (1 - one * one) ** 0.5] for one in cosines], dtype=np.float32)


NORTH = np.array([1, 0], dtype=np.float32)
IDS = {"a": 0, "b": 1, "c": 2, "d": 3}


def test_recall_is_the_share_of_the_exact_nearest_rows() -> None:
    rows = vectors(0.9, 0.8, 0.7, 0.1)
    assert recall(["b", "a"], NORTH, IDS, rows, 2) == 1.0
    assert recall(["a", "d"], NORTH, IDS, rows, 2) == 0.5
    assert recall(["d", "elsewhere"], NORTH, IDS, rows, 2) == 0.0


def test_recall_counts_a_row_as_near_as_the_last_and_none_twice() -> None:
    rows = vectors(0.9, 0.8, 0.8, 0.1)
    assert recall(["a", "c"], NORTH, IDS, rows, 2) == 1.0
    assert recall(["a", "a"], NORTH, IDS, rows, 2) == 0.5
    assert recall(["a", "b", "c"], NORTH, IDS, rows, 2) == 1.0


def test_recall_asks_for_no_more_rows_than_there_are() -> None:
    assert recall(["a", "b"], NORTH, IDS, vectors(0.9, 0.8)) == 1.0


def test_a_dense_search_is_held_against_the_vectors_of_the_abstracts(job: Job) -> None:
    given = Given(Path(job.corpus), Path(job.folder))
    every, half = list(PAPERS), list(PAPERS)[:1]
    assert dense_figures(Built(lambda *_: [], lambda query, limit: every), given, ["whales"])[1] == 1.0
    assert dense_figures(Built(lambda *_: [], lambda query, limit: half), given, ["whales"])[1] == pytest.approx(1 / 3)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is told by /proc")
def test_memory_is_that_of_a_process_and_of_those_it_has_started() -> None:
    inner = "kept = b'x' * 50_000_000; print(len(kept), flush=True); input()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with started(python(code), stdin=PIPE, stdout=PIPE) as process:
        assert next_line(process.stdout) == "50000000"
        assert resident(process.pid) > 50_000_000
        assert resident(os.getpid()) > resident(process.pid)


def test_a_file_of_several_names_takes_room_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"12345")
    (tmp_path / "other").hardlink_to(tmp_path / "one")
    assert disk_bytes(tmp_path) == 5


def test_figures_come_back_from_a_process_of_its_own(job: Job) -> None:
    figures = measured(job, sys.executable)
    assert (figures.failed, figures.recall) == ("", 1.0)
    assert [figures.run[name][0] for name in QUERIES] == ["a", "b"]
    assert min(figures.seconds, figures.cpu, figures.memory, figures.disk, figures.query) > 0
    claims = Claims(QUERIES, [ir_measures.Qrel("1", "a", 1), ir_measures.Qrel("2", "b", 1)])
    row = judge("ours", len(PAPERS), figures, claims)
    assert (row.ndcg, row.recall, len(cells(row))) == (1.0, 1.0, len(HEAD))


def test_a_peer_that_is_not_installed_is_a_row_that_says_what_to_type(job: Job) -> None:
    def build(given: Given) -> Built:
        import_module("no_such_peer")
        raise AssertionError

    figures = measure(job, build, ("no-such-peer", "its-friend"))
    assert figures == Figures(failed="not installed (no_such_peer): pip install no-such-peer its-friend")
    row = cells(judge("qdrant", 3, figures, Claims({}, [])))
    assert (row[0], row[-1], len(row)) == ("Qdrant, local mode", figures.failed, len(HEAD))


def test_a_system_that_fails_or_takes_too_long_is_a_row_too(job: Job) -> None:
    unknown = Job("no such system", job.corpus, job.folder, QUERIES, 1)
    assert measured(unknown, sys.executable).failed == "ended with status 1: KeyError: 'no such system'"
    assert measured(job, sys.executable, limit=0).failed == "not done within 0 seconds"


def test_a_claim_is_asked_only_where_all_that_is_relevant_to_it_is_there() -> None:
    judged = [ir_measures.Qrel("1", "a", 1), ir_measures.Qrel("1", "z", 1), ir_measures.Qrel("2", "b", 1)]
    assert Claims(QUERIES, judged).among({"a", "b"}, None) == Claims({"2": "dancing bees"}, judged[2:])
    assert Claims(QUERIES, judged).among({"a", "b", "z"}, 1) == Claims({"1": "singing whales"}, judged[:2])
