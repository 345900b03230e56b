"""A run of the evaluation: stored as it goes, resumed where it stopped, scored from what is stored."""

from __future__ import annotations

import json
import signal
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from eval.judges.local import LocalJudge
from eval.questions import SHIPPED, load_questions
from eval.records import Question
from eval.report.comparison import comparison_report
from eval.report.head import differing_settings
from eval.runs.folder import RunError, RunFolder, make_manifest, row_from_dict, row_to_dict
from eval.runs.run import evaluate, read_run, run_into
from rag.assistant import Assistant
from rag.model.settings import Settings
from tests.processes import next_line, python, started, wait_until

QUESTIONS = load_questions(SHIPPED)[:12]


def lines(path: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (path / name).read_text(encoding="utf-8").splitlines()]


def without_times(path: Path) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines(path, "answers.jsonl")]


def test_a_run_has_an_answer_and_verdicts_for_each_question_in_their_order(assistant: Assistant, tmp_path: Path) -> None:
    done = run_into(QUESTIONS, assistant, tmp_path / "a", LocalJudge())
    assert [row.question for row in done.rows] == list(QUESTIONS)
    assert [line["question"]["id"] for line in lines(tmp_path / "a", "answers.jsonl")] == [one.id for one in QUESTIONS]
    for row in done.rows:
        assert row.answer is not None
        cited = {one.claim for one in done.verdicts[row.question.id] if one.against == "cited"}
        assert cited == {index for index, claim in enumerate(row.answer.claims) if claim.kind == "evidence"}
    assert done.manifest["judge"] == "local-4"


def test_the_same_run_twice_gives_the_same_bytes_times_aside(assistant: Assistant, tmp_path: Path) -> None:
    for name in "ab":
        run_into(QUESTIONS, assistant, tmp_path / name, LocalJudge())
    assert without_times(tmp_path / "a") == without_times(tmp_path / "b")
    assert (tmp_path / "a" / "verdicts.jsonl").read_bytes() == (tmp_path / "b" / "verdicts.jsonl").read_bytes()


def test_in_memory_and_in_parallel_the_answers_are_the_same(assistant: Assistant, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    stored = run_into(
        QUESTIONS, assistant, tmp_path / "a", LocalJudge(), jobs=4, progress=lambda done, total, left: told.append((done, total))
    )
    memory = evaluate(QUESTIONS, assistant)
    assert [row.answer for row in stored.rows] == [row.answer for row in memory.rows]
    assert stored.verdicts == memory.verdicts
    assert sorted(told) == [(number, len(QUESTIONS)) for number in range(1, len(QUESTIONS) + 1)]


def test_a_run_goes_on_where_it_stopped_and_a_line_that_was_cut_is_made_again(assistant: Assistant, tmp_path: Path) -> None:
    whole = run_into(QUESTIONS, assistant, tmp_path / "a", LocalJudge())
    for name in ("answers.jsonl", "verdicts.jsonl"):
        path = tmp_path / "a" / name
        data = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(data[:7]) + data[7][:-9])
    before = (tmp_path / "a" / "answers.jsonl").read_bytes().splitlines()[:7]
    assert [row.answer for row in run_into(QUESTIONS, assistant, tmp_path / "a", LocalJudge()).rows] == [row.answer for row in whole.rows]
    after = (tmp_path / "a" / "answers.jsonl").read_bytes().splitlines()
    assert (after[:7], len(after)) == (before, len(QUESTIONS))


def test_another_run_in_the_same_folder_is_refused_by_name(assistant: Assistant, tmp_path: Path) -> None:
    run_into(QUESTIONS[:2], assistant, tmp_path / "a", LocalJudge())
    with pytest.raises(RunError, match="holds a run with other questions"):
        run_into(QUESTIONS[:3], assistant, tmp_path / "a", LocalJudge())
    with pytest.raises(RunError, match="There is no run in"):
        read_run(tmp_path / "nothing")


class Broken:
    """An assistant that fails at some questions, in two ways."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def ask_with_hits(self, question: str, history: Any) -> Any:
        if "lottery" in question.casefold():
            raise ZeroDivisionError("a bug")
        return self._assistant.ask_with_hits(question, history)


def test_a_failed_question_is_a_row_with_its_error(assistant: Assistant) -> None:
    questions = [Question("a", "fact", "What is KS-Lottery?"), Question("b", "fact", "x" * 5000), Question("c", "fact", "What is MoE-LPR?")]
    done = evaluate(questions, Broken(assistant))  # type: ignore[arg-type]
    assert [row.outcome for row in done.rows] == ["error", "error", "answered"]
    assert done.rows[0].error == "ZeroDivisionError: a bug"
    assert done.rows[1].error is not None
    assert "5,000 characters" in done.rows[1].error
    assert done.verdicts["a"] == ()


def test_a_row_survives_its_trip_through_json(assistant: Assistant) -> None:
    for row in evaluate(QUESTIONS[:3], assistant).rows:
        again = row_from_dict(json.loads(json.dumps(row_to_dict(row))))
        assert (again.question, again.answer, again.retrieved, again.evidence) == (row.question, row.answer, row.retrieved, row.evidence)
    with pytest.raises(RunError, match="cannot be read"):
        row_from_dict({"question": {}})


def test_a_manifest_tells_no_place_and_no_secret(index_dir: Path, corpus: Path, tmp_path: Path) -> None:
    settings = Settings(index_dir=index_dir, corpus=(corpus,), mode="extract", openai_api_key="sk-verysecret", top_k=5)
    with Assistant.open(settings) as assistant:
        run_into(QUESTIONS[:1], assistant, tmp_path / "a", LocalJudge())
    text = (tmp_path / "a" / "manifest.json").read_text(encoding="utf-8")
    assert "verysecret" not in text
    assert str(index_dir.parent) not in text
    assert json.loads(text)["changed settings"] == {"RAG_MODE": "extract", "RAG_TOP_K": 5}


def test_settings_that_differ_from_the_defaults_are_listed_wherever_they_were_set(
    index_dir: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("RAG_REFUSAL=0.2\nOPENAI_API_KEY=sk-verysecret\n", encoding="utf-8")
    monkeypatch.setenv("RAG_TOP_K", "3")
    with Assistant.open(Settings(_env_file=tmp_path / ".env", index_dir=index_dir, corpus=(corpus,), mode="extract", doubt=0.5)) as found:
        manifest = make_manifest(QUESTIONS[:1], found, "local", name="a")
        monkeypatch.delenv("RAG_TOP_K")
        other = make_manifest(QUESTIONS[:1], found, "local", name="b")
    wanted = {"RAG_MODE": "extract", "RAG_TOP_K": 3, "RAG_REFUSAL": 0.2, "RAG_DOUBT": 0.5}
    assert manifest["changed settings"] == other["changed settings"] == wanted
    assert "verysecret" not in json.dumps(manifest)
    plain = manifest | {"settings": manifest["settings"] | {"RAG_TOP_K": 8, "RAG_DOOR_TOKEN": "hush"}}
    assert differing_settings(manifest, plain) == [("RAG_TOP_K", "3", "8"), ("RAG_DOOR_TOKEN", "not known", "set")]
    assert "RAG_TOP_K = 3 → 8" in comparison_report("A", "B", (), (), differing_settings(manifest, plain))


# At each line a run begins in a process of its own, at the next one it is killed; what all of them need is loaded once.
SCRIPT = """
import os, signal, sys
import chromadb.api.rust
from pathlib import Path
from eval.judges.local import LocalJudge
from eval.questions import SHIPPED, load_questions
from eval.runs.run import run_into
from rag.assistant import Assistant
from rag.model.settings import Settings
from rag.embedding.wordllama import load_wordllama
index, corpus, out = map(Path, sys.argv[1:])
load_wordllama()
while sys.stdin.readline():
    running = os.fork()
    if not running:
        with Assistant.open(Settings(index_dir=index, corpus=(corpus,), mode="extract")) as assistant:
            run_into(load_questions(SHIPPED)[:60], assistant, out, LocalJudge(), jobs=2)
        break
    if sys.stdin.readline():
        os.kill(running, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(running, 0)[1]), flush=True)
"""


def test_killed_at_any_moment_no_answer_is_lost_or_asked_twice(index_dir: Path, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    known: set[str] = set()
    with started(python(SCRIPT, index_dir, corpus, out), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        for moment in range(8):
            wanted = len(known) + 1 + moment % 5
            tell(process)
            wait_until(partial(has_lines, out, wanted), of=process)
            tell(process)
            assert next_line(process.stdout) == str(-signal.SIGKILL)
            RunFolder(out).repair()
            ids = [row["question"]["id"] for row in lines(out, "answers.jsonl")]
            assert len(ids) == len(set(ids))
            assert known <= set(ids)
            known = set(ids)
        assert len(known) < 60
        tell(process)
        process.stdin.close()
        assert next_line(process.stdout) == "0"
    done = read_run(out)
    assert len(done.rows) == len(done.verdicts) == len(lines(out, "answers.jsonl")) == 60


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def has_lines(out: Path, count: int) -> bool:
    """True once so many answers are stored."""
    path = out / "answers.jsonl"
    return path.exists() and path.read_bytes().count(b"\n") >= count
