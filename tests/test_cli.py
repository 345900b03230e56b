"""The command `rag` as a person or a script uses it, on the corpus that comes with the project."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import Rag

KEYS = ["id", "external_ids", "title", "text", "upvotes", "authors", "date", "date_inferred", "comments", "urls", "sources"]
QUESTION = "How does KS-Lottery find winning tickets?"


# asking


def test_an_answer_comes_with_its_sources_and_status_0(rag: Rag) -> None:
    done = rag("ask", QUESTION)
    assert done.exit_code == 0, done.output
    assert re.search(r"\[1\]", done.stdout.splitlines()[0])
    assert re.search(r"(?m)^\[1\] .*KS-Lottery.* · \S+\.txt:\d+$", done.stdout)
    assert re.search(r"(?m)^    “.+”$", done.stdout)


def test_words_need_no_quotes_and_a_question_may_come_from_standard_input(rag: Rag) -> None:
    asked = [
        rag("ask", "--json", QUESTION),
        rag("ask", "--json", *QUESTION.split()),
        rag("ask", "--json", given=QUESTION + "\n"),
        rag("ask", "--json", "-", given=QUESTION),
    ]
    assert {json.loads(one.stdout)["question"] for one in asked} == {QUESTION}
    assert len({one.stdout for one in asked}) == 1


def test_json_of_an_answer_has_the_documented_keys(rag: Rag) -> None:
    answer = json.loads(rag("ask", "--json", QUESTION).stdout)
    assert {"question", "outcome", "mode", "text", "claims", "citations"} <= set(answer)
    assert {"kind", "text", "verdict", "score", "flags", "citations"} <= set(answer["claims"][0])
    assert {"number", "kind", "abstract_id", "uri", "external_ids", "title", "label", "quote", "start", "end", "sources"} <= set(
        answer["citations"][0]
    )
    assert {"file", "line"} <= set(answer["citations"][0]["sources"][0])


def test_a_refusal_has_status_3_and_says_why(rag: Rag) -> None:
    done = rag("ask", "What is the boiling point of tungsten hexafluoride?")
    assert (done.exit_code, done.stderr) == (3, "")
    assert done.stdout.strip()


@pytest.mark.parametrize("arguments", [["ask", ""], ["ask", "   "], ["ask", "-"]])
def test_an_empty_question_is_an_error_in_one_line(rag: Rag, arguments: list[str]) -> None:
    done = rag(*arguments, given="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("line", ["ask --year lately x", "ask --year 2025..2023 x", "ask --top-k 0 x", "nonsense", "ask --nonsense"])
def test_wrong_usage_has_status_2_and_leaves_standard_output_alone(rag: Rag, line: str) -> None:
    done = rag(*line.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_filters_narrow_what_an_answer_draws_on(rag: Rag) -> None:
    done = rag("ask", "--json", "--year", "2021", "--source", "002_0b0d09165d2d35c4.txt", "How is speech recognition improved?")
    citations = json.loads(done.stdout)["citations"]
    assert {one["date"][:4] for one in citations} <= {"2021"}
    assert {one["sources"][0]["file"] for one in citations} <= {"002_0b0d09165d2d35c4.txt"}


def explained(rag: Rag, question: str) -> tuple[str, list[str]]:
    """What `--explain` prints below the answer, after its heading, and the stages that it names."""
    said, heading, told = rag("ask", "--explain", question).stdout.partition("\nHow this came about\n")
    assert said == rag("ask", question).stdout
    assert heading
    return told, re.findall(r"(?m)^\n([a-z]+)$", told)


def test_how_a_fact_was_found_is_explained_stage_by_stage(rag: Rag) -> None:
    told, stages = explained(rag, QUESTION)
    assert stages[:4] == ["read", "compute", "search", "decide"]
    assert f"\n    question: {QUESTION}\n    operation: fact\n" in told
    assert "\n    form: how\n    names: KS-Lottery\n" in told
    assert re.search(r"\nlabel\tid\tscore\tlexical\tdense\nKS-Lottery\t[0-9a-f]{12}\t0\.\d{3}\t\d+\.\d{3}\t0\.\d{3}\n", told)
    assert re.search(r"\n    chance of an answer: 0\.\d{3}\n.*\n    refused below: 0\.\d{3}\n    in doubt below: 0\.\d{3}\n", told)
    assert "\n    refused: no\n" in told


def test_how_papers_were_counted_is_explained_without_a_search(rag: Rag) -> None:
    told, stages = explained(rag, "How many papers are from 2024?")
    assert stages == ["read", "compute"]
    assert "\n    form: count\n" in told
    assert "\n    conditions: year = 2024\n" in told
    assert "\n    operation: count\n" in told
    assert "\n    answered by code: yes\n" in told


def test_small_talk_is_explained_by_having_been_read_as_such(rag: Rag) -> None:
    assert explained(rag, "Hello!") == ("\nread\n    small talk: greeting\n", ["read"])


def test_json_has_the_trace_where_it_was_asked_for_and_the_same_each_time(rag: Rag) -> None:
    first, again = (rag("ask", "--json", "--explain", QUESTION).stdout for _ in range(2))
    assert first == again
    answer = json.loads(first)
    trace = answer.pop("trace")
    assert [step["stage"] for step in trace][:4] == ["read", "compute", "search", "decide"]
    assert all(step.keys() == {"stage", "facts"} for step in trace)
    assert trace[2]["facts"]["found"][0].keys() == {"label", "id", "score", "lexical", "dense"}
    assert answer == json.loads(rag("ask", "--json", QUESTION).stdout)


def test_a_chat_keeps_its_history_obeys_its_commands_and_ends_with_the_input(rag: Rag) -> None:
    done = rag("chat", given=f"/more\n{QUESTION}\n/sources\n/show 1\n/show 99\n/nonsense\n/new\n/quit\nnever asked\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("[1] KS-Lottery") == 2
    assert "rag:" in done.stdout
    assert "Nothing was asked yet." in done.stderr
    assert "no source [99]" in done.stderr
    assert "/quit" in done.stderr


# reading


def test_papers_lists_all_of_them_one_a_line(rag: Rag) -> None:
    lines = rag("papers").stdout.splitlines()
    assert len(lines) == 159
    assert all(re.match(r"[0-9a-f]{12}  .+ · \S+\.txt:\d+$", line) for line in lines)


def test_papers_as_json_have_exactly_these_keys(rag: Rag) -> None:
    papers = [json.loads(line) for line in rag("papers", "--json").stdout.splitlines()]
    assert [list(paper) for paper in papers] == [KEYS] * 159
    assert all(paper["sources"][0]["line"] >= 1 for paper in papers)


def test_papers_can_be_searched_and_filtered(rag: Rag) -> None:
    found = [json.loads(line) for line in rag("papers", "--json", "--limit", "5", "speech recognition").stdout.splitlines()]
    assert len(found) == 5
    mixed = [json.loads(line) for line in rag("papers", "--json", "code-switching").stdout.splitlines()]
    assert ["Code-Switching" in paper["title"] for paper in mixed] == [True]
    nothing = rag("papers", "music generation with guitars")
    assert nothing.stderr.startswith("No paper is ")
    dated = [json.loads(line) for line in rag("papers", "--json", "--year", "2018..2019").stdout.splitlines()]
    assert dated
    assert {paper["date"][:4] for paper in dated} <= {"2018", "2019"}
    assert "No source is called 'nowhere.txt'. The sources are: 000_" in rag("papers", "--source", "nowhere.txt").stderr


def test_problems_name_file_line_and_reason(rag: Rag) -> None:
    lines = rag("papers", "--problems").stdout.splitlines()
    assert lines
    assert all(re.match(r"\S+\.txt:\d+: \w+", line) for line in lines)
    assert [json.loads(line)["line"] for line in rag("papers", "--problems", "--json").stdout.splitlines()]


def test_show_takes_an_id_its_beginning_its_address_and_a_number(rag: Rag) -> None:
    answer = json.loads(rag("ask", "--json", QUESTION).stdout)
    abstract_id = answer["citations"][0]["abstract_id"]
    shown = [rag("show", one).stdout for one in (abstract_id, abstract_id[:8], f"rag:{abstract_id}", "1")]
    assert f"rag:{abstract_id}" in shown[0]
    assert len(set(shown)) == 1
    assert json.loads(rag("show", "1", "--json").stdout)["id"] == abstract_id
    assert "no source [99]" in rag("show", "99").stderr
    assert "No abstract has the id 'zebra'" in rag("show", "zebra").stderr


def test_an_answer_and_papers_are_exported(rag: Rag, tmp_path: Path) -> None:
    answer = json.loads(rag("ask", "--json", QUESTION).stdout)
    cited = {one["abstract_id"] for one in answer["citations"]}
    assert "**Sources**" in rag("export").stdout
    assert json.loads(rag("export", "answer", "--format", "json").stdout) == answer
    assert {item["id"] for item in json.loads(rag("export", "answer", "-f", "csl").stdout)} == cited
    assert rag("export", "papers", "-f", "bib", "-o", "papers.bib").stdout == ""
    assert (tmp_path / "papers.bib").read_text(encoding="utf-8").count("@misc{") == 159
    assert len(rag("export", "papers").stdout.splitlines()) == 159
    assert rag("export", "papers", "-f", "md").exit_code == 2
    assert "cannot be written" in rag("export", "papers", "-o", "nowhere/papers").stderr


# indexing


def test_status_tells_what_is_indexed_and_checks_it(rag: Rag) -> None:
    done = rag("status", "--check")
    assert done.exit_code == 0
    assert "159 in 4 files" in done.stdout
    assert "The index is whole" in done.stdout


def test_a_damaged_index_is_told_from_a_whole_one(rag: Rag, index_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(index_dir, tmp_path / "copy")
    monkeypatch.setenv("RAG_INDEX_DIR", str(copy))
    (manifest,) = copy.glob("generations/*/manifest.json")
    manifest.write_text(re.sub(r'"passages": \d+', '"passages": 7', manifest.read_text(encoding="utf-8")), encoding="utf-8")
    done = rag("status", "--check")
    assert done.exit_code == 1
    assert "manifest.json holds other bytes than were written. Type: rag index" in done.stderr


def test_files_are_added_followed_and_removed(rag: Rag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "index"))
    monkeypatch.setenv("RAG_CORPUS", str(tmp_path / "papers"))
    (tmp_path / "papers").mkdir()
    table = tmp_path / "papers" / "table.csv"
    table.write_text("name,what\nFrogs,Frogs can jump far and they live in ponds.\n", encoding="utf-8")
    extra = tmp_path / "extra.jsonl"
    extra.write_text('{"title": "Toads", "abstract": "Toads can not jump far but they walk well."}\n', encoding="utf-8")
    assert "1 abstract (1 new)" in rag("index", "--column", "name=title", "--column", "what=text").stdout
    assert "2 abstracts (1 new)" in rag("index", str(extra)).stdout
    assert "2 abstracts (as before)" in rag("index").stdout
    table.write_text("name,what\nFrogs,Frogs can jump very far indeed and they live in ponds.\n", encoding="utf-8")
    assert "table.csv" in rag("status").stderr
    assert "1 abstract (1 removed)" in rag("remove", "extra.jsonl").stdout.replace("1 new, 1 removed", "1 removed")
    assert rag("index", "--column", "nonsense").exit_code == 2
    assert "no/such/folder" in rag("index", "no/such/folder").stderr


@pytest.mark.parametrize("arguments", [["papers"], ["papers", "--problems"], ["show", "abc"], ["status"], ["export", "papers"]])
def test_without_an_index_a_command_says_how_to_make_one(
    rag: Rag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "none"))
    done = rag(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"No index at {tmp_path / 'none'}. Build one with: rag index\n"
    assert not (tmp_path / "none").exists()


def test_a_wrong_setting_is_an_error_in_one_line(rag: Rag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_TOP_K", "many")
    done = rag("papers")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("RAG_TOP_K cannot be 'many'")
