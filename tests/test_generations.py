"""The index stays whole: kills, two writers, readers in other processes, a full disk. Real processes, real indexes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.reliability.victim import KILLED_IN_STAGE, NotingEmbedder, Victim, inspect, kill_and_resume, killed_before_rename
from benchmarks.synthetic import write_corpus
from rag.index.generations import Index, open_index, writing
from rag.index.ingest import bring_up_to_date, check_index
from rag.index.layout import Layout, replace_text
from rag.index.leases import unread
from rag.index.manifest import MANIFEST, read_manifest, write_manifest
from rag.model.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, IndexMissingError, RagError
from rag.model.settings import Settings
from tests.processes import LIFETIME, PATIENCE, finished, next_line, output_of, python, started, threads, wait_until

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _no_time_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """`benchmarks.reliability.victim` holds the first answer after a kill to its time; here the machine may have other work."""
    monkeypatch.setattr("benchmarks.reliability.victim._ANSWER_WITHIN", PATIENCE)
    monkeypatch.setattr("benchmarks.reliability.victim._WAIT_WITHIN", PATIENCE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a corpus and its index, which are copied for each test."""
    first = Victim(tmp_path_factory.mktemp("victim") / "made", seed=7)
    first.make()
    return first.folder


@pytest.fixture
def victim(made: Path, tmp_path: Path) -> Victim:
    return Victim(Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True)), seed=7)


def run(code: str, *arguments: object) -> AbstractContextManager[subprocess.Popen[str]]:
    """Another process of Python, with the repository's packages."""
    pipe = subprocess.PIPE
    return started(python(code, *arguments), stdin=pipe, stdout=pipe, stderr=pipe, cwd=REPOSITORY)


def names(settings: Settings) -> list[str]:
    return Layout(settings.index_dir).generations()


def add(settings: Settings, path: Path, count: int, seed: int) -> None:
    write_corpus(path, count, seed=seed)
    bring_up_to_date(settings, [path], add=True)


def test_no_index_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match=r"No index at .*none\. Build one with: rag index"):
        open_index(Settings(index_dir=tmp_path / "none"))
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_an_index_killed_ten_times_answers_at_once_and_is_complete_in_the_end(tmp_path: Path) -> None:
    victim = Victim(tmp_path, seed=3)
    victim.make()
    victim.change()
    kill_and_resume(victim, 10, random.Random(3), duration=2.5)
    assert (victim.losses, victim.again, victim.killed) == ([], 0, 10)
    assert [path.name for path in (victim.settings.index_dir / "generations").iterdir()] == names(victim.settings)[-1:]


@pytest.mark.parametrize("stage", ["read", "embed", "index"])
def test_a_run_killed_in_any_stage_is_gone_on_with(victim: Victim, stage: str) -> None:
    victim.change(new=600)
    with run(KILLED_IN_STAGE, victim.folder, stage) as killed:
        output_of(killed)
    assert killed.returncode == -signal.SIGKILL
    states = [victim.before, victim.expected()]
    victim.look(states[:1])
    victim.count_again(set())
    committed = victim.committed()
    bring_up_to_date(victim.settings, embedding=NotingEmbedder(victim.log))
    victim.count_again(committed)
    victim.look(states[1:])
    assert (victim.losses, victim.again) == ([], 0)
    assert len(victim.log.read_text().split()) == len(set(states[1]) - set(states[0]))
    check_index(victim.settings)


@pytest.mark.parametrize("rename", [2, 3, 4])
def test_a_run_killed_before_a_rename_is_gone_on_with(victim: Victim, rename: int) -> None:
    """The generation gets its name (2), CURRENT its new text (3), the old generation loses its name (4)."""
    victim.change(new=50)
    output = killed_before_rename(victim, rename)
    assert Path(output).name.startswith({2: "00000002", 3: "CURRENT", 4: ".making-"}[rename])
    victim.look([victim.expected() if rename == 4 else victim.before])
    report = bring_up_to_date(victim.settings)
    assert (report.embedded, names(victim.settings)) == (0, [report.generation])
    victim.look([victim.expected()])
    assert victim.losses == []


def test_the_inspection_recognises_a_loss(victim: Victim) -> None:
    expected = victim.expected()
    with open_index(victim.settings) as index, index.reading() as generation:
        assert inspect(generation, [expected]) == ""
        assert "no state that the corpus was in" in inspect(generation, [dict(list(expected.items())[1:])])
        with generation.catalogue.writing() as connection:
            connection.execute("UPDATE passages SET vector = zeroblob(1024)")
        assert "is not found" in inspect(generation, [expected])


def test_a_reader_sees_a_finished_change_without_opening_again(victim: Victim) -> None:
    with open_index(victim.settings) as index:
        with index.reading() as before:
            victim.change(new=50)
            bring_up_to_date(victim.settings)
            assert inspect(before, [victim.before]) == ""
            with index.reading() as after:
                assert inspect(after, [victim.expected()]) == ""
            assert inspect(before, [victim.before]) == ""
        assert (before.name, after.name) == ("00000001", "00000002")


def test_a_generation_is_kept_while_it_is_read_and_removed_by_the_next_writer(victim: Victim, tmp_path: Path) -> None:
    with open_index(victim.settings) as index, index.reading():
        add(victim.settings, tmp_path / "b.jsonl", 5, seed=11)
        add(victim.settings, tmp_path / "c.jsonl", 5, seed=12)
        assert names(victim.settings) == ["00000001", "00000003"]
    add(victim.settings, tmp_path / "d.jsonl", 5, seed=13)
    assert names(victim.settings) == ["00000004"]


def test_a_reader_that_was_killed_holds_nothing(victim: Victim, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from rag.model.settings import Settings
from rag.index.generations import open_index
index = open_index(Settings(index_dir=Path(sys.argv[1]), embedding="wordllama"))
print("open", flush=True)
sys.stdin.read()
"""
    layout = Layout(victim.settings.index_dir)
    with run(code, victim.settings.index_dir) as reader:
        assert next_line(reader.stdout) == "open"
        assert read_now(layout) == ["00000001"]
        reader.kill()
        output_of(reader)
    assert read_now(layout) == []
    add(victim.settings, tmp_path / "b.jsonl", 5, seed=11)
    assert names(victim.settings) == ["00000002"]


def read_now(layout: Layout) -> list[str]:
    """The generations that some process reads."""
    held = []
    for name in layout.generations():
        with unread(layout.generation(name) / MANIFEST) as free:
            held += [] if free else [name]
    return held


READER = """
import sys, time
from pathlib import Path
from rag.model.settings import Settings
from rag.index.generations import open_index
seen = set()
ends = time.monotonic() + float(sys.argv[3])
with open_index(Settings(index_dir=Path(sys.argv[1]), embedding="wordllama")) as index:
    while time.monotonic() < ends:
        with index.reading() as generation:
            abstracts = list(generation.listing())
            assert len(abstracts) == generation.manifest.abstracts, (len(abstracts), generation.manifest)
            ids = [f"{one.id}:0" for one in abstracts]
            vectors = generation.vectors(ids)
            for number in range(0, len(ids), max(1, len(ids) // 20)):
                (found, score), *_ = generation.search_dense(vectors[number], 1)
                assert score > 0.999, (found, ids[number], score)
                assert generation.lexical_scores(abstracts[number].text, [ids[number]])[ids[number]] > 0
            hits = [one for one, _ in generation.search_lexical(abstracts[0].text, 50)]
            assert list(generation.passages(hits)) == hits
            if not seen:
                print("reading", flush=True)
            seen.add(generation.name)
            if len(abstracts) == int(sys.argv[2]):
                break
        time.sleep(0.2)  # leaves the processor to the writers
print(len(seen))
"""


@pytest.mark.slow
def test_two_writers_and_two_readers_lose_nothing(victim: Victim, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from benchmarks.synthetic import write_corpus
from rag.model.settings import Settings
from rag.index.ingest import bring_up_to_date
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
for number in range(4):
    path = folder / f"{seed}-{number}.jsonl"
    write_corpus(path, 25, seed=seed * 10 + number)
    bring_up_to_date(Settings(index_dir=folder / "index", embedding="wordllama"), [path], add=True)
"""
    total = len(victim.expected()) + 2 * 4 * 25
    with ExitStack() as stack:
        readers = [stack.enter_context(run(READER, victim.settings.index_dir, total, LIFETIME)) for _ in range(2)]
        assert [next_line(reader.stdout) for reader in readers] == ["reading"] * 2
        writers = [stack.enter_context(run(code, tmp_path, seed)) for seed in (1, 2)]
        for writer in writers:
            assert (output_of(writer)[1], writer.returncode) == ("", 0)
        for reader in readers:
            output, errors = output_of(reader)
            assert (errors, reader.returncode) == ("", 0)
            assert int(output) >= 2
    check_index(victim.settings)
    with open_index(victim.settings) as index, index.reading() as generation:
        assert generation.count() == total


def test_threads_read_while_generations_change_and_no_file_stays_open(victim: Victim, tmp_path: Path) -> None:
    wrong: list[str] = []
    seen: set[str] = set()
    done = threading.Event()

    def read(index: Index) -> None:
        while not done.is_set():
            with index.reading() as generation:
                count = generation.count()
                passage = f"{next(generation.listing()).id}:0"
                if count != generation.manifest.abstracts or not generation.search_dense(generation.vectors([passage])[0], 1):
                    wrong.append(generation.name)
                seen.add(generation.name)

    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a path of the kernel

    with open_index(victim.settings) as index:
        with threads(*[lambda: read(index)] * 3):
            try:
                wait_until(lambda: seen)
                before = open_files()
                for number in range(8):
                    add(victim.settings, tmp_path / f"{number}.jsonl", 3, seed=20 + number)
                    wait_until(lambda: names(victim.settings)[-1] in seen)
            finally:
                done.set()
        with index.reading() as generation:
            assert generation.count() == len(victim.expected()) + 24
            wait_until(lambda: open_files() <= before + 25)  # a generation is about twenty files; two may be open at a time
    assert wrong == []


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    settings = Settings(index_dir=tmp_path / "index", lock_timeout=0.1, embedding="wordllama")
    with (
        writing(settings),
        pytest.raises(IndexBusyError, match=rf"Process {os.getpid()} \(since .*\) is writing .*RAG_LOCK_TIMEOUT \(now 0.1 seconds\)"),
        writing(settings),
    ):
        pass
    with writing(settings):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(index_dir=tmp_path / "file" / "index", corpus=tmp_path)
    with pytest.raises(RagError, match=r"cannot be written.*Choose another with RAG_INDEX_DIR"), writing(settings):
        pass
    with pytest.raises(IndexMissingError):
        open_index(settings)


def test_what_killed_writers_left_is_removed(victim: Victim, tmp_path: Path) -> None:
    layout = Layout(victim.settings.index_dir)
    layout.new_folder()
    (layout.folder / ".fresh-0").write_text("half a na")
    add(victim.settings, tmp_path / "b.jsonl", 5, seed=11)
    left = sorted(path.name for path in [*layout.folder.iterdir(), *(layout.folder / "generations").iterdir()])
    assert [name for name in left if not name.startswith("catalogue.")] == ["00000002", "CURRENT", "generations", "writer.lock"]


LIMITED = """
import resource, sys
from pathlib import Path
from rag.model.settings import Settings
from rag.model.errors import RagError
from rag.index.ingest import bring_up_to_date
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    bring_up_to_date(Settings(index_dir=Path(sys.argv[1]), corpus=Path(sys.argv[2]), embedding="wordllama", chroma_limit=5000))
except RagError as error:
    print(error)
    sys.exit(5)
"""


@pytest.mark.parametrize("where", ["catalogue", "indexes", "second process"])
def test_where_files_cannot_grow_the_old_generation_goes_on_answering(victim: Victim, where: str) -> None:
    new = 1200 if where == "second process" else 900
    victim.change(new=new)
    if where == "catalogue":
        limit = 300_000
    else:
        stop_before_the_indexes(victim)
        limit = 600_000
    failed = finished(python(LIMITED, victim.settings.index_dir, victim.folder / "corpus", limit), check=False, cwd=REPOSITORY)
    assert (failed.returncode, failed.stderr) == (5, "")
    assert "cannot be" in failed.stdout
    victim.look([victim.before])
    assert victim.losses == []
    report = bring_up_to_date(victim.settings)
    victim.look([victim.expected()])
    assert (victim.losses, report.abstracts) == ([], len(victim.expected()))
    check_index(victim.settings)


def stop_before_the_indexes(victim: Victim) -> None:
    """Leave everything embedded and committed, and no generation made of it."""

    class StoppedError(Exception):
        pass

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "index":
            raise StoppedError

    with pytest.raises(StoppedError):
        bring_up_to_date(victim.settings, progress=progress)


def test_a_damaged_generation_is_recognised_and_made_again(victim: Victim) -> None:
    generation = Layout(victim.settings.index_dir).generation("00000001")
    for path in (generation / "tantivy").glob("*.term"):
        path.write_bytes(b"nonsense")
    with pytest.raises(IndexDamagedError, match=r"\.term has 8 bytes where .* rag index"):
        check_index(victim.settings)
    bring_up_to_date(victim.settings)
    check_index(victim.settings)
    victim.look([victim.expected()])
    assert victim.losses == []


def test_a_generation_that_vanished_is_made_again_without_embedding(victim: Victim) -> None:
    layout = Layout(victim.settings.index_dir)
    layout.retire("00000001")
    with pytest.raises(IndexDamagedError):
        open_index(victim.settings)
    report = bring_up_to_date(victim.settings)
    assert (report.embedded, report.abstracts) == (0, len(victim.expected()))
    victim.look([victim.expected()])
    assert victim.losses == []


def test_an_index_of_another_version_of_the_libraries_is_made_again_without_embedding(victim: Victim) -> None:
    folder = Layout(victim.settings.index_dir).generation("00000001")
    manifest = read_manifest(folder)
    digest = write_manifest(folder, replace(manifest, formats={**manifest.formats, "tantivy": "0.1"}))
    replace_text(Layout(victim.settings.index_dir).current, f"00000001 {digest}\n")
    with pytest.raises(IndexMismatchError, match=r"tantivy 0\.1 .*rag index \(nothing is embedded again\)"):
        open_index(victim.settings)
    assert bring_up_to_date(victim.settings).embedded == 0
    victim.look([victim.expected()])
    assert victim.losses == []


def test_many_deletions_have_the_indexes_made_anew(victim: Victim, tmp_path: Path) -> None:
    path = tmp_path / "corpus" / "old.jsonl"
    lines = path.read_text().splitlines()

    def removed(count: int) -> tuple[int, int]:
        path.write_text("\n".join(lines[count:]) + "\n")
        name = bring_up_to_date(victim.settings).generation
        check_index(victim.settings)
        manifest = read_manifest(Layout(victim.settings.index_dir).generation(name))
        return manifest.removed_terms, manifest.removed_vectors

    assert removed(3) == (3, 3)  # of 400: below 1 % for tantivy
    assert removed(10) == (0, 10)
    assert removed(100) == (0, 0)  # above 20 % for Chroma


@pytest.fixture(autouse=True)
def _no_leases_left(tmp_path: Path) -> Iterator[None]:
    """Every test gives back what it read, or its process does when it dies."""
    yield
    layout = Layout(tmp_path / "index")
    assert read_now(layout) == []
