"""Recorded answers of any system: read in anybody's columns, judged without a corpus, nothing dropped and nothing invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.reliability import Fault
from benchmarks.reliability.__main__ import all_faults, failures
from eval.__main__ import app
from eval.exchange import to_ragas
from eval.questions import DATA, SHIPPED, load_questions
from eval.records import Row
from eval.runs import RecordedAnswers, Run, evaluate, finder
from eval.systems import read_recording
from eval.systems.abstentions import abstains
from eval.systems.marks import sentences_said
from eval.systems.matching import shown_part
from eval.systems.tables import quoted, unquoted, value_of
from rag.assistant import Assistant
from rag.model import Citation
from rag.text import sentence_spans

SEVEN = "A is a method. It uses seven layers of attention."
RAGAS = {
    "user_input": "What is A?",
    "response": "A uses seven layers of attention. It was trained on 10 GPUs.",
    "retrieved_contexts": [SEVEN, "B is a data set."],
    "reference": "Seven layers.",
    "reference_contexts": ["It uses seven layers of attention."],
}


def written(folder: Path, name: str, rows: Any) -> Path:
    path = folder / name
    lines = rows if isinstance(rows, str) else "\n".join(one if isinstance(one, str) else json.dumps(one) for one in rows)
    path.write_text(lines, encoding="utf-8")
    return path


def scored(path: Path) -> Run:
    recording = read_recording(path)
    return evaluate([one.question for one in recording.rows], RecordedAnswers(recording, None, {"name": "recorded"}))


def only(path: Path) -> Row:
    (row,) = scored(path).rows
    return row


def claims(row: Row) -> list[tuple[str, tuple[int, ...]]]:
    assert row.answer is not None
    return [(one.text, one.citations) for one in row.answer.claims]


FORMS: dict[str, Any] = {
    "ragas.jsonl": [RAGAS],
    "old.json": json.dumps([{"question": "What is A?", "answer": RAGAS["response"], "contexts": [SEVEN, "B is a data set."]}]),
    "columns.json": json.dumps({"question": ["What is A?"], "answer": [RAGAS["response"]], "contexts": [[SEVEN, "B is a data set."]]}),
    "listed.csv": f"question,answer,contexts\nWhat is A?,{RAGAS['response']},\"['{SEVEN}', 'B is a data set.']\"\n",
    "numpy.csv": f"question,answer,contexts\nWhat is A?,{RAGAS['response']},\"['{SEVEN}'\n 'B is a data set.']\"\n",
    "tabs.tsv": f"Question\tAnswer\tContexts\nWhat is A?\t{RAGAS['response']}\t{json.dumps([SEVEN, 'B is a data set.'])}\n",
    "deepeval.json": json.dumps(
        {"test_cases": [{"input": "What is A?", "actualOutput": RAGAS["response"], "retrievalContext": [SEVEN, "B is a data set."]}]}
    ),
    "documents.jsonl": [
        {"query": "What is A?", "result": RAGAS["response"], "source_documents": [{"page_content": SEVEN}, {"text": "B is a data set."}]}
    ],
}


@pytest.mark.parametrize("name", FORMS)
def test_rows_of_other_tools_are_scored_without_glue(tmp_path: Path, name: str) -> None:
    row = only(written(tmp_path, name, FORMS[name]))
    assert row.question.question == "What is A?"
    assert [one.text for one in row.contexts] == [SEVEN, "B is a data set."]
    assert claims(row) == [("A uses seven layers of attention.", (1,)), ("It was trained on 10 GPUs.", (1,))]
    assert row.said == RAGAS["response"]


def test_answers_of_hugging_face_are_the_answer_or_the_reference_but_never_both(tmp_path: Path) -> None:
    squad = {
        "id": "s1",
        "question": "Who?",
        "context": "Ada wrote it.",
        "answers": {"text": ["Ada wrote it.", "Ada"], "answer_start": [0, 0]},
    }
    alone, beside = only(written(tmp_path, "a.jsonl", [squad])), only(written(tmp_path, "b.jsonl", [{**squad, "answer": "Bob did."}]))
    empty = only(written(tmp_path, "c.jsonl", [{**squad, "answers": {"text": [], "answer_start": []}}]))
    assert (alone.said, alone.question.answer, alone.contexts[0].text) == ("Ada wrote it.", "", "Ada wrote it.")
    assert (beside.said, beside.question.answer) == ("Bob did.", "Ada wrote it.")
    assert empty.outcome == "refused"


def test_a_context_of_deepeval_is_the_ideal_one(tmp_path: Path) -> None:
    case = {"input": "Who?", "actual_output": "Bob did.", "expected_output": "Ada.", "retrieval_context": ["B."], "context": ["Ada did."]}
    row = only(written(tmp_path, "a.jsonl", [case]))
    assert ([one.text for one in row.contexts], row.question.answer) == (["B."], "Ada.")
    assert [one.quote for one in row.question.evidence] == ["Ada did."]


def test_without_a_corpus_gold_and_evidence_are_found_among_the_contexts(tmp_path: Path) -> None:
    run = scored(written(tmp_path, "a.jsonl", [RAGAS]))
    (row,) = run.rows
    assert row.gold == (row.contexts[0].id,)
    values = {name: run.metrics[name].value for name in ("faithfulness_cited", "evidence_recall@120", "ndcg@10", "gold_precision")}
    assert values == {"faithfulness_cited": 0.5, "evidence_recall@120": 1.0, "ndcg@10": 1.0, "gold_precision": 1.0}


def test_ids_of_gold_compare_with_ids_of_contexts_and_with_nothing_else(tmp_path: Path) -> None:
    gold = {**RAGAS, "reference_context_ids": ["d2"], "reference_contexts": None}
    named = scored(written(tmp_path, "a.jsonl", [{**gold, "retrieved_context_ids": ["d1", "d2"]}]))
    nameless = scored(written(tmp_path, "b.jsonl", [gold]))
    assert named.metrics["mrr"].value == 0.5
    assert (nameless.metrics["mrr"].value, nameless.metrics["mrr"].of) == (None, 0)


def test_what_was_not_told_is_no_zero(tmp_path: Path) -> None:
    metrics = scored(written(tmp_path, "a.jsonl", [RAGAS])).metrics
    assert [(metrics[name].value, metrics[name].of) for name in ("latency_median", "tokens", "cost")] == [(None, 0)] * 3
    told = {**RAGAS, "latency": 2.5, "usage": {"prompt_tokens": 7, "completion_tokens": 3}, "cost": 0.25}
    metrics = scored(written(tmp_path, "b.jsonl", [told])).metrics
    assert [metrics[name].value for name in ("latency_median", "tokens", "cost")] == [2.5, 10, 0.25]


def test_a_context_that_is_not_told_is_no_ranking(tmp_path: Path) -> None:
    row = {"question": "What is A?", "answer": "Seven [1].", "reference_contexts": ["Seven."]}
    metrics = scored(written(tmp_path, "a.jsonl", [row])).metrics
    assert (metrics["ndcg@10"].of, metrics["invalid_citations"].value, metrics["faithfulness_cited"].value) == (0, 1.0, 0.0)


def test_nothing_is_dropped_and_what_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{**RAGAS, "mood": 1}, "not json", {"answer": "Seven."}, {"question": "What is B?"}, {**RAGAS, "response": " "}, [1]]
    written(tmp_path, "rows.jsonl", rows)
    done = CliRunner().invoke(app, ["score", "rows.jsonl"])
    assert done.exit_code == 0, done.output
    for told in (
        "not used: mood (1 rows)",
        "line 2: it is no JSON",
        "line 3: ",
        "line 4: There is no answer",
        "line 5: The answer is empty",
        "line 6: it is not",
    ):
        assert told in done.stderr
    summary = json.loads((tmp_path / "runs" / "rows" / "summary.json").read_text(encoding="utf-8"))
    assert summary["metrics"]["outcome_error"] == summary["metrics"]["outcome_error"] | {"value": 5 / 6, "n": 6}
    assert summary["metrics"]["answered_recall"]["of"] == 6


def test_a_killed_scoring_goes_on_and_another_file_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "rows.jsonl", [RAGAS, {**RAGAS, "user_input": "And B?"}])
    assert CliRunner().invoke(app, ["score", "rows.jsonl", "--out", "a"]).exit_code == 0
    verdicts = tmp_path / "a" / "verdicts.jsonl"
    whole = verdicts.read_bytes()
    verdicts.write_bytes(whole.splitlines(keepends=True)[0])
    assert CliRunner().invoke(app, ["score", "rows.jsonl", "--out", "a"]).exit_code == 0
    assert verdicts.read_bytes() == whole
    written(tmp_path, "rows.jsonl", [RAGAS])
    other = CliRunner().invoke(app, ["score", "rows.jsonl", "--out", "a"])
    assert (other.exit_code, "holds a run with other questions" in other.stderr) == (1, True)


def test_a_question_that_is_there_twice_is_two_rows(tmp_path: Path) -> None:
    recording = read_recording(written(tmp_path, "a.jsonl", [{**RAGAS, "id": "q"}, {**RAGAS, "id": "q"}]))
    assert [one.question.id for one in recording.rows] == ["q", "q-2"]
    assert recording.problems == ("The id 'q' is there again; it is 'q-2' here.",)


def test_answers_belong_to_the_questions_of_a_set_by_id_or_wording(tmp_path: Path) -> None:
    questions = load_questions(SHIPPED)[:3]
    rows = [{"id": questions[0].id, "question": "x", "answer": "One."}, {"question": questions[1].question.upper(), "answer": "Two."}]
    recording = read_recording(written(tmp_path, "a.jsonl", [*rows, {"question": "Another?", "answer": "x"}]), questions)
    assert [(one.question, one.reply and one.reply.answer) for one in recording.rows] == list(
        zip(questions, ["One.", "Two.", None], strict=True)
    )
    assert len(recording.problems) == 2


def test_files_that_hold_no_rows_end_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("empty.jsonl", ""), ("head.csv", "question,answer\n")):
        written(tmp_path, name, text)
        done = CliRunner().invoke(app, ["score", name])
        assert (done.exit_code, "has no rows" in done.stderr) == (1, True)
    assert CliRunner().invoke(app, ["score", "nothing.jsonl"]).exit_code == 1


def test_the_corpus_gives_contexts_their_abstracts(tmp_path: Path, assistant: Assistant) -> None:
    abstract = assistant.abstracts()[0]
    start, end = sentence_spans(abstract.text)[0]
    row = {"question": "What?", "answer": f"{abstract.text[start:end]} [1]", "contexts": [abstract.text[start:end]]}
    recording = read_recording(written(tmp_path, "a.jsonl", [row]))
    run = evaluate([recording.rows[0].question], RecordedAnswers(recording, assistant, {"name": "recorded"}))
    assert run.rows[0].answer is not None
    (citation,) = run.rows[0].answer.citations
    assert (citation.abstract_id, citation.start, citation.end) == (abstract.id, start, end)
    assert run.metrics["faithfulness_cited"].value == 1.0


def test_a_run_goes_to_ragas_and_is_scored_to_the_same_figures(tmp_path: Path, assistant: Assistant) -> None:
    chosen = [one for one in load_questions(SHIPPED) if one.id in ("q001", "q002", "q003")]
    chosen += [next(one for one in load_questions(SHIPPED) if one.kind == kind) for kind in ("list", "followup", "absent_topic", "survey")]
    before = evaluate(chosen, assistant)
    rows = list(to_ragas(before.rows, finder(assistant), assistant.settings.top_k))
    after = scored(written(tmp_path, "rows.jsonl", rows))
    assert [row.answer for row in after.rows] == [row.answer for row in before.rows]
    assert [row.question for row in after.rows] == [row.question for row in before.rows]
    assert {name: one.value for name, one in after.metrics.items()} == {name: one.value for name, one in before.metrics.items()}
    texts = {one.id: one.text for one in assistant.abstracts()}
    assert all(row["retrieved_contexts"] == [texts[one] for one in row["retrieved_context_ids"]] for row in rows)
    again = scored(written(tmp_path, "again.jsonl", list(to_ragas(after.rows, finder(assistant)))))
    assert [(row.answer, row.contexts) for row in again.rows] == [(row.answer, row.contexts) for row in after.rows]


def test_a_response_that_was_changed_in_the_file_is_read_anew(tmp_path: Path, assistant: Assistant) -> None:
    before = evaluate(load_questions(SHIPPED)[:1], assistant)
    (row,) = to_ragas(before.rows, finder(assistant), 8)
    changed = only(written(tmp_path, "rows.jsonl", [{**row, "response": "It sees none of them."}]))
    assert claims(changed) == [("It sees none of them.", claims(changed)[0][1])]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One is so [1]. Two is so [2][3]. Three is not.", [("One is so.", (1,)), ("Two is so.", (2, 3)), ("Three is not.", ())]),
        ("One is so. [1] Two is so. [2, 3]", [("One is so.", (1,)), ("Two is so.", (2, 3))]),
        ("[1] One is so. [2] Two is so.", [("One is so.", (1,)), ("Two is so.", (2,))]),
        ("## Head\n- A is b [1]\n- C is d [Source 2]\n\nE is f【3†x】.", [("A is b", (1,)), ("C is d", (2,)), ("E is f.", (3,))]),
        ("In [2019] it was [0, 1] as [text](http://x) says [4-6].", [("In [2019] it was [0, 1] as [text](http://x) says.", (4, 5, 6))]),
        ("A line that\nis wrapped.", [("A line that is wrapped.", ())]),
        ("---\n\n[1]", []),
    ],
)  # fmt: skip
def test_an_answer_is_cut_into_sentences_with_the_numbers_that_they_cite(text: str, found: list[Any]) -> None:
    assert [(one.text, one.numbers) for one in sentences_said(text)] == found


def test_what_a_sentence_tells_of_a_whole_text_is_found_in_it() -> None:
    text = "A is a method. It uses seven layers of attention. Nobody knows why."
    whole = Citation(1, "sentence", "a", "A", text, 100, 100 + len(text))
    part = shown_part("The method has seven attention layers.", whole)
    assert (part.quote, part.start) == ("A is a method. It uses seven layers of attention.", 100)
    assert shown_part("Zebras sleep.", whole).quote == ""


ABSTENTIONS = [line.split("\t") for line in (Path(__file__).parent / "data" / "abstentions.tsv").read_text("utf-8").splitlines()[1:]]


def test_sentences_that_say_that_there_is_no_answer_are_told_from_those_that_say_something() -> None:
    assert [said for wanted, said in ABSTENTIONS if abstains(said) != (wanted == "no")] == []
    rows = [json.loads(line) for name in ("questions", "refusals") for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]
    assert [row["answer"] for row in rows if not row["answerable"] and not abstains(row["answer"])] == []


def test_no_sentence_of_an_abstract_says_that_there_is_no_answer(assistant: Assistant) -> None:
    said = [one.text[start:end] for one in assistant.abstracts() for start, end in sentence_spans(one.text)]
    assert [one for one in said if abstains(one)] == []


@pytest.mark.parametrize(
    ("answer", "outcome", "kinds"),
    [
        ("I don't know.", "refused", []),
        ("The context does not mention the size. It uses seven layers [1].", "nearest", ["absence", "evidence"]),
        ("It uses seven layers [1]. The size is not stated in the text.", "answered", ["evidence", "absence"]),
    ],
)
def test_how_an_answer_ends_is_told_by_what_its_sentences_say(tmp_path: Path, answer: str, outcome: str, kinds: list[str]) -> None:
    row = only(written(tmp_path, "a.jsonl", [{**RAGAS, "response": answer}]))
    assert row.answer is not None
    assert (row.outcome, [one.kind for one in row.answer.claims]) == (outcome, kinds)


def test_cells_are_read_as_what_they_hold_and_never_as_formulas() -> None:
    assert value_of("['a', \"b's\"]") == value_of('["a", "b\'s"]') == value_of("['a'\n \"b's\"]") == ["a", "b's"]
    assert value_of("[1] is a number") == "[1] is a number"
    assert value_of("[__import__('os').getcwd()]") == "[__import__('os').getcwd()]"
    for text in ("=1+1", "'=1", "''x", "-", "plain", "'twas"):
        assert (unquoted(quoted(text)), quoted(text)[:1] in "=+-@") == (text, False)


@pytest.mark.parametrize("fault", list(all_faults("systems")), ids=lambda fault: fault.name)
def test_a_system_that_fails_is_an_error_that_counts(fault: Fault) -> None:
    assert failures(fault, fault.sampled) == []
