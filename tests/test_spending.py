"""What runs take of model services: counted for the system and for the judge, across sessions, and told in every report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.records import Spent
from eval.report.spending import Spending, spending_lines, spending_section
from eval.runs.folder import RunFolder
from eval.runs.spending import Meter, system_spent
from tests.cases import answered, claim, row
from tests.fakes import FakeOpenAI
from tests.judging_model import RIGHT, judge, task
from tests.pages import Page


def test_what_two_sessions_took_adds_up(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for place in range(2):
        with judge() as (judging, _):
            meter = Meter(folder, judging)
            judging.decide([task(RIGHT)])
            meter.note(f"q{place}")
            meter.note("nothing new")
            spent = judging.spent
    assert folder.spent() == spent + spent
    assert folder.spent().requests == 2
    assert folder.spent().tokens > 0
    assert len((tmp_path / "judge.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_a_judge_without_a_model_writes_nothing(tmp_path: Path) -> None:
    class Plain:
        name = "plain"

    Meter(RunFolder(tmp_path), Plain()).note("q")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    assert RunFolder(tmp_path).spent() == Spent()


def test_a_line_that_a_kill_cut_short_is_taken_off(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.add_spent("q1", Spent(1, 10, 5, 0.5, {"cached": 2}, 1, 3))
    with (tmp_path / "judge.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"question_id": "q2", "requ')
    folder.repair()
    assert folder.spent() == Spent(1, 10, 5, 0.5, {"cached": 2}, 1, 3)


def test_an_unknown_price_makes_the_sum_unknown_and_no_tokens_cost_nothing() -> None:
    used = {"prompt_tokens": 100, "completion_tokens": 20, "requests": 2}
    priced = row(answered(claim("a"), usage=used, cost=0.25), id="1")
    plain, failed = row(answered(claim("b")), id="2"), row(None, id="3")
    assert system_spent([priced, plain, failed, priced]) == Spent(4, 200, 40, 0.5)
    unknown = row(answered(claim("c"), usage=used), id="4")
    assert system_spent([priced, unknown]) == Spent(4, 200, 40, None)


def test_spending_is_told_in_words_and_in_a_table() -> None:
    spending = Spending(Spent(), Spent(3, 1_000, 200, 0.0123, {"cached": 4}, 9, 10))
    assert list(spending_lines(spending)) == [
        "The system took nothing of a model service.",
        "The judge took 3 requests, 1,200 tokens (1,000 sent, 200 received), $0.0123; 4 judgements from the cache.",
        "Repeated judgements of the same claim agree in 90.0\u202f% of 10 pairs.",
    ]
    unknown = Spending(Spent(1, 5, 5, None), Spent())
    assert next(spending_lines(unknown)).endswith("at a price that is not known.")
    text = Page(f"<div>{spending_section(spending)}</div>").text
    assert "Judge4 judgements from the cache31,000200$0.012390.0\u202f% of 10 pairs" in text


def test_what_judging_took_and_how_repeats_agree_stand_in_the_run(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(7)

    def judged(body: Any) -> str:
        lines = [line for line in body["messages"][-1]["content"].splitlines() if line.startswith("{")]
        verdicts = [chance.choice(["supported", "not"]) for _ in lines]
        items = [
            {"id": json.loads(line)["id"], "statements": [{"text": "x", "verdict": one}]} for line, one in zip(lines, verdicts, strict=True)
        ]
        return json.dumps({"items": items})

    with FakeOpenAI(default=judged) as service:
        monkeypatch.setenv("OPENAI_BASE_URL", service.url)
        done = CliRunner().invoke(app, ["run", "--limit", "3", "--out", "runs/a", "--judge", "llm", "--repeats", "3"])
        asked = len(service.chats)
    assert done.exit_code == 0, done.output
    folder = surroundings / "runs" / "a"
    spent = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["spent"]
    assert spent["judge"]["requests"] == asked
    assert spent["judge"]["prompt_tokens"] > 0
    assert 0 < spent["judge"]["agreement"] < 1
    assert spent["system"]["requests"] == 0
    for name in ("report.html", "summary.md"):
        assert "agree" in (folder / name).read_text(encoding="utf-8")
    assert "Repeated judgements of the same claim agree in" in done.stdout.replace("\n", " ")
    before = (folder / "summary.json").read_bytes()
    assert CliRunner().invoke(app, ["report", "runs/a"]).exit_code == 0
    assert (folder / "summary.json").read_bytes() == before


def test_a_setting_from_the_environment_stands_among_those_that_differ(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_TOP_K", "3")
    (surroundings / ".env").write_text("RAG_ANSWER_WORDS=40\n", encoding="utf-8")
    command = [sys.executable, "-m", "eval", "run", "--limit", "1", "--out", "runs/a", "--set", "RAG_DOUBT=0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((surroundings / "runs/a/manifest.json").read_text(encoding="utf-8"))
    assert manifest["changed settings"] == {"RAG_MODE": "extract", "RAG_TOP_K": 3, "RAG_ANSWER_WORDS": 40, "RAG_DOUBT": 0.5}
    assert "RAG\\_TOP\\_K = 3" in (surroundings / "runs/a/summary.md").read_text(encoding="utf-8")
