"""Where texts are embedded: real processes and a real Ray cluster of two nodes, whose workers are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.reliability.victim import NotingEmbedder
from benchmarks.synthetic import write_corpus
from rag.embedding import Vectors, load_wordllama
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date, check_index
from rag.index.runners import Here, Processes, RayCluster, Runner
from rag.model.errors import RagError
from rag.model.settings import Settings
from tests.processes import finished, python

MANY = 600


@dataclass
class KillsItself(NotingEmbedder):
    """wordllama, whose process is killed when it first embeds a text, which it notes, and each time where `always`."""

    always: bool = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.always or not self.log.exists():
            self.log.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return load_wordllama().embed(texts)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "corpus").mkdir()
    write_corpus(tmp_path / "corpus" / "papers.jsonl", MANY, seed=3)
    return Settings(index_dir=tmp_path / "index", corpus=tmp_path / "corpus", embedding="wordllama", _env_file=None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of two nodes, one processor each."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    yield str(nodes.address)
    nodes.shutdown()


def indexed(settings: Settings, runner: Runner, embedding: Any = None) -> tuple[int, Vectors]:
    """How many passages were embedded, and the vectors of the index in the order of its ids."""
    report = bring_up_to_date(settings, runner=runner, embedding=embedding)
    check_index(settings)
    with open_index(settings) as index, index.reading() as generation:
        return report.embedded, generation.vectors(sorted(f"{one}:0" for one in generation.ids()))


def expected(settings: Settings, tmp_path: Path) -> Vectors:
    return indexed(settings.model_copy(update={"index_dir": tmp_path / "here"}), Here())[1]


def test_processes_make_the_index_that_one_makes(settings: Settings, tmp_path: Path) -> None:
    embedded, vectors = indexed(settings, Processes(2))
    assert embedded == MANY
    np.testing.assert_array_equal(vectors, expected(settings, tmp_path))


def test_a_process_that_is_killed_is_replaced_and_nothing_is_lost(settings: Settings, tmp_path: Path) -> None:
    embedded, vectors = indexed(settings, Processes(2), KillsItself(tmp_path / "killed"))
    assert (tmp_path / "killed").exists()
    assert embedded == MANY
    np.testing.assert_array_equal(vectors, expected(settings, tmp_path))


def test_processes_that_go_on_being_killed_are_told_and_the_next_run_goes_on(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RagError, match=r"ended 3 times, .* rag index \(it goes on where this run stopped\)"):
        bring_up_to_date(settings, runner=Processes(1), embedding=KillsItself(tmp_path / "killed", always=True))
    assert indexed(settings, Here())[0] == MANY


def test_a_number_of_processes_that_is_none_is_refused() -> None:
    with pytest.raises(RagError, match="0 processes cannot embed anything"):
        Processes(0)


def test_a_cluster_of_two_nodes_makes_the_index_that_one_process_makes_though_a_worker_is_killed(
    settings: Settings, tmp_path: Path, cluster: str
) -> None:
    embedded, vectors = indexed(settings, RayCluster(cluster), KillsItself(tmp_path / "killed"))
    assert (tmp_path / "killed").exists()
    assert embedded == MANY
    np.testing.assert_array_equal(vectors, expected(settings, tmp_path))


def test_a_run_that_is_killed_while_a_cluster_embeds_is_gone_on_with(settings: Settings, tmp_path: Path, cluster: str) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from rag.index.ingest import bring_up_to_date
from rag.index.runners import RayCluster
from rag.model.settings import Settings
def progress(stage, done, total):
    if stage == "embed" and done:
        os.kill(os.getpid(), signal.SIGKILL)
settings = Settings(index_dir=Path(sys.argv[1]), corpus=Path(sys.argv[2]), embedding="wordllama", _env_file=None)
bring_up_to_date(settings, progress=progress, runner=RayCluster(sys.argv[3]))
"""
    killed = finished(python(code, settings.index_dir, settings.corpus[0], cluster), check=False)
    assert killed.returncode == -signal.SIGKILL
    embedded, vectors = indexed(settings, RayCluster(cluster))
    assert 0 < embedded < MANY  # a batch was committed before, and is not embedded again
    np.testing.assert_array_equal(vectors, expected(settings, tmp_path))


def test_a_cluster_that_is_not_there_is_told(settings: Settings) -> None:
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with pytest.raises(RagError, match=r"'127\.0\.0\.1:9' cannot be reached .* ray start --head"):
        bring_up_to_date(settings, runner=RayCluster("127.0.0.1:9"))
