"""The vectors of a large corpus: real FAISS segments, shared from one generation to the next."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reliability.victim import Victim, kill_and_resume, killed_before_rename
from benchmarks.synthetic import write_corpus
from rag.embedding.wordllama import load_wordllama
from rag.index.catalogue import Catalogue
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date, check_index, remove_source
from rag.index.layout import Layout
from rag.index.manifest import read_manifest
from rag.index.segments import SegmentWriter
from rag.model.errors import IndexDamagedError, RagError
from rag.model.filters import Filters, Range
from tests.processes import PATIENCE, output_of, python, started

pytest.importorskip("faiss", reason="the extra faiss is not installed")


@pytest.fixture(autouse=True)
def _no_time_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.reliability.victim._ANSWER_WITHIN", PATIENCE)
    monkeypatch.setattr("benchmarks.reliability.victim._WAIT_WITHIN", PATIENCE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    first = Victim(tmp_path_factory.mktemp("large") / "made", seed=11)
    first.make(segments=True)
    return first.folder


@pytest.fixture
def victim(made: Path, tmp_path: Path) -> Victim:
    return Victim(Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True)), seed=11)


@pytest.fixture
def generation(victim: Victim) -> Iterator[Generation]:
    with open_index(victim.settings) as index, index.reading() as opened:
        yield opened


def current(victim: Victim) -> Path:
    layout = Layout(victim.settings.index_dir)
    return layout.generation(layout.current_name() or "")


def add(victim: Victim, name: str, count: int, seed: int) -> None:
    write_corpus(victim.folder / name, count, seed=seed)
    bring_up_to_date(victim.settings, [victim.folder / name], add=True)


def nearest(generation: Generation, question: str, limit: int, among: set[str] | None = None) -> list[str]:
    """The nearest passages by comparing all, exactly."""
    every = sorted(one for one in generation.passage_ids(Filters()) if among is None or one.partition(":")[0] in among)
    cosines = generation.vectors(every) @ load_wordllama().embed([question])[0]
    return sorted(every, key=lambda one: (-cosines[every.index(one)], one))[:limit]


def found(generation: Generation, question: str, limit: int, filters: Filters = Filters()) -> list[str]:  # noqa: B008 - frozen
    return [one for one, _ in generation.search_dense(load_wordllama().embed([question])[0], limit, filters)]


def test_the_nearest_passages_are_those_that_comparing_all_finds(generation: Generation) -> None:
    assert generation.manifest.store == "segments"
    for question in ("Sparse models of genes", "What do robots learn?"):
        assert found(generation, question, 20) == nearest(generation, question, 20)
    vector = load_wordllama().embed(["Sparse models of genes"])[0]
    scores = [score for _, score in generation.search_dense(vector, 5)]
    assert scores == pytest.approx((generation.vectors(found(generation, "Sparse models of genes", 5)) @ vector).tolist(), abs=1e-6)
    assert generation.search_dense(np.zeros_like(vector), 5) == []


def test_conditions_choose_before_the_nearest_are_taken(victim: Victim) -> None:
    add(victim, "few.jsonl", 20, seed=500)
    only = Filters(sources=("few.jsonl",))
    with open_index(victim.settings) as index, index.reading() as generation:
        among = set(generation.ids(only))
        assert len(among) == 20
        assert found(generation, "models", 400, only) == nearest(generation, "models", 400, among)
        assert found(generation, "models", 5, only) == nearest(generation, "models", 5, among)
        assert found(generation, "models", 5, Filters(ranges=(Range("year", 1, 2),))) == []


def test_what_is_added_is_a_segment_of_its_own_and_the_rest_is_the_same_files(victim: Victim) -> None:
    before = {path.name: path.stat().st_ino for path in current(victim).glob("*/*")}
    add(victim, "few.jsonl", 20, seed=500)
    after = {path.name: path.stat().st_ino for path in current(victim).glob("*/*")}
    segment = {"00000001.faiss", "00000001.keys"}
    assert segment < set(before)
    assert set(after) - set(before) > {"00000002.faiss", "00000002.keys"}
    shared = {name for name, inode in after.items() if before.get(name) == inode}
    assert shared >= segment | {name for name in before if name.endswith((".store", ".term", ".idx"))}
    check_index(victim.settings)


def test_small_segments_are_merged_and_what_is_gone_leaves_them(victim: Victim) -> None:
    for number in range(3):
        add(victim, f"{number}.jsonl", 20, seed=600 + number)
    assert [path.stem for path in sorted(current(victim).glob("vectors/*.keys"))] == ["00000001", "00000004"]
    remove_source(victim.settings, "1.jsonl")
    with open_index(victim.settings) as index, index.reading() as generation:
        assert (generation.manifest.removed_vectors, generation.manifest.passages) == (20, 440)
        assert found(generation, "models", 440) == nearest(generation, "models", 440)
    add(victim, "3.jsonl", 20, seed=603)
    assert read_manifest(current(victim)).removed_vectors == 0
    check_index(victim.settings)


def test_a_few_deletions_have_nothing_made_anew_and_many_do(victim: Victim) -> None:
    path = victim.folder / "corpus" / "old.jsonl"
    lines = path.read_text().splitlines()

    def removed(count: int) -> tuple[int, int]:
        path.write_text("\n".join(lines[count:]) + "\n")
        bring_up_to_date(victim.settings)
        check_index(victim.settings)
        manifest = read_manifest(current(victim))
        return manifest.removed_terms, manifest.removed_vectors

    assert removed(60) == (60, 60)
    assert removed(100) == (0, 0)  # above 20 %


def test_a_text_that_comes_back_is_found_again_by_the_row_that_it_had(victim: Victim) -> None:
    add(victim, "few.jsonl", 20, seed=500)
    remove_source(victim.settings, "few.jsonl")
    add(victim, "few.jsonl", 20, seed=500)
    assert read_manifest(current(victim)).passages == 420
    check_index(victim.settings)
    with open_index(victim.settings) as index, index.reading() as generation:
        assert found(generation, "models", 420) == nearest(generation, "models", 420)


def test_a_corpus_that_outgrows_chroma_moves_into_segments_and_back_without_embedding(victim: Victim) -> None:
    settings = victim.settings
    stores = []
    for limit in (450, 900, 399, 401):
        settings = settings.model_copy(update={"chroma_limit": limit})
        write_corpus(victim.folder / "corpus" / "one.jsonl", 1, seed=700 + limit)
        report = bring_up_to_date(settings)
        stores.append((read_manifest(current(victim)).store, report.embedded))
        check_index(settings)
    assert stores == [("segments", 1), ("chroma", 1), ("segments", 1), ("segments", 1)]  # half of the limit, and more, stay


def test_an_index_killed_again_and_again_answers_at_once_and_is_complete_in_the_end(victim: Victim) -> None:
    victim.change()
    kill_and_resume(victim, 4, random.Random(5), duration=2.5)
    assert (victim.losses, victim.again, victim.killed) == ([], 0, 4)


@pytest.mark.parametrize("rename", [2, 3])
def test_a_run_killed_before_a_rename_is_gone_on_with(victim: Victim, rename: int) -> None:
    """The generation gets its name (2), CURRENT its new text (3): the files that it shares stay whole."""
    victim.change(new=50)
    killed_before_rename(victim, rename)
    check_index(victim.settings)
    victim.look([victim.before])
    assert bring_up_to_date(victim.settings).embedded == 0
    check_index(victim.settings)
    victim.look([victim.expected()])
    assert victim.losses == []


@pytest.mark.parametrize("kind", ["faiss", "keys"])
def test_damage_is_recognised_by_name_and_made_good_without_embedding(victim: Victim, kind: str) -> None:
    add(victim, "few.jsonl", 20, seed=500)
    path = current(victim) / "vectors" / f"00000001.{kind}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(IndexDamagedError, match=rf"00000001\.{kind} holds other bytes .* rag index"):
        check_index(victim.settings)
    assert bring_up_to_date(victim.settings).embedded == 0
    check_index(victim.settings)


def test_without_the_library_it_is_said_what_to_install(victim: Victim) -> None:
    code = """
import sys
from pathlib import Path
sys.modules["faiss"] = None
from rag.index.segments import SegmentIndex
from rag.model.errors import RagError
try:
    SegmentIndex(Path(sys.argv[1]))
except RagError as error:
    print(error)
"""
    with started(python(code, current(victim) / "vectors"), stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as process:
        output, _ = output_of(process)
    assert "FAISS is not installed. Type: pip install 'abstract-rag[faiss]'" in output


def test_a_forked_child_searches_on(generation: Generation) -> None:
    expected = found(generation, "models", 3)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, " ".join(found(generation, "models", 3)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert answer.read().split() == expected
    os.waitpid(child, 0)


def test_a_disk_that_takes_nothing_more_is_told(victim: Victim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Catalogue(Layout(victim.settings.index_dir).catalogue)) as catalogue:
        writer = SegmentWriter(tmp_path / "full", catalogue)
        writer.add([1, 2, 3])
        (tmp_path / "full" / "00000001.faiss").mkdir()
        with pytest.raises(RagError, match="cannot be written"):
            writer.finish()
