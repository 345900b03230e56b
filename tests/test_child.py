"""The process that fills the indexes beside this one: what it works out is what this one would, and its end is noticed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.index import builder, ingest, writer
from rag.index.child import Child
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date, check_index
from rag.model import RagError, Settings

_KEPT = "themes/1", "names/1", "sample/1", "sources/1"


FEW = 200  # texts from which on a child is used here
SAMPLED = 1600  # abstracts of which a sample is kept


def settings_of(folder: Path, count: int, *, filling: str = "", ending: str = "") -> Settings:
    """Settings for a corpus of so many abstracts, each with a text and a name of an `ending`."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    rows = (
        {"abstract": f"We present FrogJumper-{one}{ending}. Tree frogs of kind {one} jump over GPT-{one % 7}. {filling}"}
        for one in range(count)
    )
    (corpus / "frogs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return Settings(index_dir=folder / "index", corpus=(corpus,), embedding="wordllama")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Child]]:
    """The children that are started, ahead or not."""
    found: list[Child] = []
    start = writer.start_child

    def recorded() -> Child:
        found.append(start())
        return found[-1]

    for module in (builder, ingest):
        monkeypatch.setattr(module, "start_child", recorded)
    monkeypatch.setattr(builder, "MANY", FEW)
    yield found
    assert all(one._process.poll() is not None for one in found)


def test_a_child_answers_a_line_for_a_line() -> None:
    with closing(Child("import json; print(json.loads(sys.stdin.readline())['one'] * 2, flush=True); sys.stdin.read()")) as child:
        child.send({"one": 21})
        assert child.answer() == "42\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [("sys.exit('No room is left.')", "No room is left."), ("import os; os.kill(os.getpid(), 9)", "-9"), ("print('half', end='')", "0")],
)
def test_a_child_that_ends_without_a_line_is_told(code: str, said: str) -> None:
    with closing(Child(code)) as child, pytest.raises(RagError, match=f"cannot be written: .*{said}"):
        child.answer()


def test_a_child_makes_what_this_process_makes(tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch) -> None:
    several = settings_of(tmp_path / "several", SAMPLED)
    bring_up_to_date(several)
    assert len(started) == 1
    monkeypatch.setattr(builder, "MANY", 10**9)
    alone = settings_of(tmp_path / "alone", SAMPLED)
    bring_up_to_date(alone)
    assert len(started) == 1
    with (
        open_index(several) as one,
        one.reading() as beside,
        open_index(alone) as other,
        other.reading() as here,
    ):
        assert beside.kept("names/1")["frogjumper7"] == {"FrogJumper-7": 1}
        assert [beside.kept(key) for key in _KEPT] == [here.kept(key) for key in _KEPT]
    check_index(several)


def test_a_child_that_is_killed_costs_nothing_that_was_embedded(tmp_path: Path, started: list[Child]) -> None:
    settings = settings_of(tmp_path, FEW)

    def kill(stage: str, done: int, total: int) -> None:
        if stage == "index" and not done:
            os.kill(started[0]._process.pid, signal.SIGKILL)

    with pytest.raises(RagError, match="cannot be written"):
        bring_up_to_date(settings, progress=kill)
    report = bring_up_to_date(settings)
    assert (report.abstracts, report.embedded) == (FEW, 0)
    check_index(settings)


def test_a_child_is_started_while_a_large_file_is_read_and_ended_where_it_holds_little(
    tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_LARGE", 30_000)
    settings = settings_of(tmp_path, 40, filling="Toads walk. " * 80)
    before: list[int] = []
    report = bring_up_to_date(settings, progress=lambda stage, done, total: before.append(len(started)))
    assert before[0] == 1
    assert report.abstracts == 40
    assert bring_up_to_date(settings).files.unchanged == 1
    assert len(started) == 1


def test_a_child_whose_words_nobody_asks_for_ends(tmp_path: Path, started: list[Child], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine may have worked them out: then they lie in its pipe, which holds 64 kB."""
    settings = settings_of(tmp_path, FEW, ending="o" * 400)
    monkeypatch.setattr(builder.GenerationDraft, "words", lambda draft: {})
    assert bring_up_to_date(settings).abstracts == FEW
    assert len(started) == 1
    check_index(settings)
