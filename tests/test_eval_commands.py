"""`python -m eval`: a run, its report, comparison and gate, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from eval.__main__ import app
from eval.judges.local import LocalJudge
from eval.judges.validation import validate
from eval.questions import SHIPPED
from rag.assistant import Assistant
from tests.fakes import FakeOpenAI

RUN = ("run", "--limit", "14")


@pytest.fixture
def evaluate(surroundings: Path) -> Any:
    """Runs a command in this process, in an empty folder, on the shared index."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    return run


def test_a_run_leaves_its_manifest_lines_summary_and_report(evaluate: Any, surroundings: Path) -> None:
    done = evaluate(*RUN, "--out", "runs/a")
    assert done.exit_code == 0, done.output
    folder = surroundings / "runs" / "a"
    assert sorted(path.name for path in folder.iterdir()) == [
        "answers.jsonl", "manifest.json", "report.html", "summary.json", "summary.md", "texts.jsonl", "verdicts.jsonl",
    ]  # fmt: skip
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["metrics"]["outcome_answered"]["of"] == 14
    assert summary["judge"]["measured error"]["n"] == 236
    assert "14 of 14 questions" in done.stderr


def test_the_same_run_twice_gives_the_same_summary(evaluate: Any, surroundings: Path) -> None:
    for name in "ab":
        assert evaluate(*RUN, "--out", f"runs/{name}").exit_code == 0
    first, second = (surroundings / "runs" / name / "summary.json" for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_figures_are_computed_again_from_what_is_stored(evaluate: Any, surroundings: Path) -> None:
    evaluate(*RUN, "--out", "runs/a")
    summary = surroundings / "runs" / "a" / "summary.json"
    before = summary.read_bytes()
    summary.unlink()
    assert evaluate("report", "runs/a").exit_code == 0
    assert summary.read_bytes() == before


def test_two_runs_are_compared_question_by_question(evaluate: Any, surroundings: Path) -> None:
    evaluate(*RUN, "--out", "runs/a")
    evaluate(*RUN, "--out", "runs/b", "--set", "RAG_ANSWER_WORDS=30")
    done = evaluate("compare", "runs/a", "runs/b", "--out", "changes.html", "--json")
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(done.stdout)["metrics"]}
    assert rows["any_evidence@120"]["difference"] <= 0
    assert rows["any_evidence@120"]["losses"] + rows["any_evidence@120"]["ties"] + rows["any_evidence@120"]["wins"] == 14
    assert "<html" in (surroundings / "changes.html").read_text(encoding="utf-8")
    assert evaluate("compare", "runs/a", "runs/b").exit_code == 0


def test_a_gate_is_shut_with_its_reason(evaluate: Any) -> None:
    evaluate(*RUN, "--out", "runs/a")
    assert evaluate("gate", "runs/a", "--min", "faithfulness=0.5", "--max", "unscored=0.02").exit_code == 0
    shut = evaluate("gate", "runs/a", "--min", "must_contain=0.999", "--baseline", "runs/a")
    assert (shut.exit_code, "must not fall below 0.999" in shut.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--out", "x", "--questions", "nothing.jsonl"), "cannot be read"),
        (("run", "--out", "x", "--kinds", "poem"), "No question is of kind 'poem'. The kinds are: "),
        (("run", "--out", "x", "--split", "third"), "No question is left with --split third"),
        (("run", "--out", "x", "--set", "TOP_K"), "--set takes NAME=VALUE, not 'TOP_K'"),
        (("run", "--out", "x", "--set", "RAG_TOP_K=0"), "RAG_TOP_K cannot be '0'"),
        (("run", "--out", "x", "--judge", "mother"), "--judge cannot be 'mother'"),
        (("run", "--out", "x", "--judge", "llm"), "needs a model service"),
        (("report", "nothing"), "There is no run in nothing"),
        (("gate", "nothing", "--min", "x"), "There is no run in nothing"),
        (("export", "nothing.jsonl", "y"), "cannot be read"),
        (("validate-judge", "nothing.jsonl"), "nothing.jsonl"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_1(evaluate: Any, arguments: tuple[str, ...], message: str) -> None:
    done = evaluate(*arguments)
    assert (done.exit_code, message in done.stderr, "Traceback" in done.output) == (1, True, False), done.output


def test_a_gate_on_what_is_no_metric_lists_those_there_are(evaluate: Any) -> None:
    evaluate("run", "--limit", "2", "--out", "runs/a")
    for arguments, message in ((("--min", "beauty=1"), "'beauty' is no metric"), (("--min", "faithfulness"), "takes NAME=NUMBER")):
        done = evaluate("gate", "runs/a", *arguments)
        assert (done.exit_code, message in done.stderr) == (1, True)


def test_a_model_can_judge_and_is_not_asked_twice(evaluate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(body: Any) -> str:
        lines = [line for line in body["messages"][-1]["content"].splitlines() if line.startswith("{")]
        statements = [{"text": "x", "verdict": "supported"}]
        return json.dumps({"items": [{"id": json.loads(line)["id"], "statements": statements} for line in lines]})

    with FakeOpenAI(default=judge) as service:
        monkeypatch.setenv("OPENAI_BASE_URL", service.url)
        done = evaluate("run", "--limit", "3", "--out", "runs/a", "--judge", "llm")
        assert done.exit_code == 0, done.output
        asked = len(service.chats)
        assert asked > 0
        assert evaluate("run", "--limit", "3", "--out", "runs/b", "--judge", "llm").exit_code == 0
        assert len(service.chats) == asked


def test_sets_and_runs_go_to_other_tools_and_come_back(evaluate: Any, surroundings: Path) -> None:
    evaluate("run", "--limit", "3", "--out", "runs/a")
    assert evaluate("export", "runs/a", "rows.jsonl").exit_code == 0
    rows = [json.loads(line) for line in (surroundings / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 3
    assert all(row["response"] and row["retrieved_contexts"] for row in rows)
    assert evaluate("export", "runs/a", "set.csv", "--format", "csv").exit_code == 0
    done = evaluate("import", "set.csv", "--out", "set.jsonl")
    assert (done.exit_code, "3 questions in set.jsonl" in done.stderr) == (0, True)
    assert evaluate("run", "--questions", "set.jsonl", "--out", "runs/b").exit_code == 0


def test_the_judge_is_validated_and_the_result_is_kept(evaluate: Any, surroundings: Path, assistant: Assistant) -> None:
    claims = SHIPPED.parent / "claims.jsonl"
    done = evaluate("validate-judge", str(claims))
    assert done.exit_code == 0, done.output
    assert "unsupported, caught, by kind" in done.stdout
    kept = json.loads((surroundings / "runs" / ".judges" / "local-4.json").read_text(encoding="utf-8"))
    # Measured here: on another processor than the shipped figures' a score may differ in its last digits (see tests/test_validation.py).
    assert kept == json.loads(json.dumps(validate(LocalJudge(), [claims], assistant).to_dict()))
