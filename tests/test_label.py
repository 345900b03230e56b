"""People's verdicts on the claims of a run, and another judge over its answers."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from eval.commands.label import ask_all, export_labels, in_order
from eval.judges.labelled import load_labelled
from eval.judges.local import LocalJudge
from eval.judges.tasks import Task
from eval.questions import SHIPPED, load_questions
from eval.records import Label, Verdict
from eval.runs import Run, RunFolder, read_run, rejudge, run_into
from eval.runs.folder import RunError
from rag.assistant import Assistant
from rag.model import RagError

QUESTIONS = load_questions(SHIPPED)[:6]


class Stern:
    """A judge that supports nothing, and notes what it is asked."""

    name = "stern"
    gatekeeper_of: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.asked: list[Task] = []

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        self.asked += tasks
        return [task.verdict("absent", 0.0) for task in tasks]


@pytest.fixture(scope="module")
def made(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "made"
    run_into(QUESTIONS, assistant, folder, LocalJudge())
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def keys(*pressed: str) -> object:
    left = iter(pressed)
    return lambda: next(left)


def test_claims_are_shown_with_their_sources_and_what_is_said_is_stored_at_once(folder: Path) -> None:
    done, runs, shown = read_run(folder), RunFolder(folder), io.StringIO()
    due = in_order(done, runs.texts().get, verbatim=True)
    said = ask_all(due, "ann", runs, Console(file=shown, width=200), keys("s", "x", "n", "b", "p", "q"))  # type: ignore[arg-type]
    assert said == 2
    first, second = due[0][1], due[1][1]
    assert set(runs.labels()) == {
        Label("ann", first.question_id, first.claim, "supported"),
        Label("ann", second.question_id, second.claim, "partly"),
    }
    assert first.said in shown.getvalue().replace("\n", " ")
    assert "supported" not in shown.getvalue()  # the judge's verdict would lead people


def test_the_order_is_by_chance_and_the_same_each_time(folder: Path) -> None:
    done, texts = read_run(folder), RunFolder(folder).texts()
    order = [task.question_id for _, task in in_order(done, texts.get, verbatim=True)]
    assert order == [task.question_id for _, task in in_order(done, texts.get, verbatim=True)]
    assert order != [row.question.id for row in done.rows for _ in range(len(order))][: len(order)]


def test_labels_become_labelled_claims_for_measuring_a_judge(folder: Path, tmp_path: Path) -> None:
    runs = RunFolder(folder)
    with pytest.raises(RagError, match="Nobody has labelled"):
        export_labels(read_run(folder), runs.texts().get, tmp_path / "claims.jsonl")
    tasks = [task for _, task in in_order(read_run(folder), runs.texts().get, verbatim=True)]
    for by, one, label in (("ann", tasks[0], "supported"), ("ben", tasks[0], "not"), ("ann", tasks[1], "not"), ("ben", tasks[1], "not")):
        runs.add_label(Label(by, one.question_id, one.claim, label))
    assert export_labels(read_run(folder), runs.texts().get, tmp_path / "claims.jsonl") == 1
    (claim,) = load_labelled(tmp_path / "claims.jsonl", None)
    assert (claim.claim, claim.supported) == (tasks[1].said, False)


def test_another_judge_looks_at_the_stored_answers_and_nothing_is_asked_again(folder: Path, tmp_path: Path) -> None:
    judge = Stern()
    again = rejudge(folder, tmp_path / "stern", judge)
    before = read_run(folder)
    assert [row.answer for row in again.rows] == [row.answer for row in before.rows]
    assert (again.manifest["judge"], again.manifest["rejudged"]) == ("stern", "made")
    assert judge.asked
    assert again.metrics["verbatim"].value == before.metrics["verbatim"].value
    assert again.metrics["citation_precision"].n == before.metrics["citation_precision"].n


def test_an_interrupted_rejudging_goes_on_and_gives_the_same(folder: Path, tmp_path: Path) -> None:
    whole = rejudge(folder, tmp_path / "whole", LocalJudge())
    rejudge(folder, tmp_path / "cut", LocalJudge())
    path = tmp_path / "cut" / "verdicts.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    assert rejudge(folder, tmp_path / "cut", LocalJudge()).verdicts == whole.verdicts
    assert whole.verdicts == read_run(folder).verdicts


def test_a_run_whose_texts_are_gone_is_not_judged_by_its_quotes(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="another folder"):
        rejudge(folder, folder, LocalJudge())
    (folder / "texts.jsonl").unlink()
    with pytest.raises(RunError, match="texts it does not keep"):
        rejudge(folder, tmp_path / "again", LocalJudge())


def test_a_run_keeps_each_text_that_its_answers_rest_on_once(folder: Path) -> None:
    run: Run = read_run(folder)
    ids = [json.loads(line)["id"] for line in (folder / "texts.jsonl").read_text(encoding="utf-8").splitlines()]
    cited = {one.abstract_id for row in run.rows if row.answer for one in row.answer.citations}
    assert len(ids) == len(set(ids))
    assert cited <= set(ids)
