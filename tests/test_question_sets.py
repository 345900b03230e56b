"""Question sets: read with line numbers, resolved against an index, exchanged with other tools."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval.__main__ import app
from eval.exchange import from_feedback, from_ragas, questions_to_ragas, read_csv, read_questions, write_csv
from eval.questions import DATA, SHIPPED, QuestionSetError, References, fingerprint, load_questions, parse_question, save_questions
from eval.records import Question, Quote
from rag.assistant import Assistant
from rag.model.settings import Settings

FULL = Question(
    id="q1",
    kind="followup",
    question="And =its size?",
    history=({"role": "user", "content": "What is A?"},),
    gold=("001:2",),
    answer="Seven.",
    evidence=(Quote("001:2", "seven | of them"),),
    must_contain=("7", "seven"),
    answerable=True,
    tags=("named",),
)


@pytest.fixture(scope="module")
def references(index_dir: Path, corpus: Path) -> Iterator[References]:
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract")) as assistant:
        yield References(assistant)


def written(folder: Path, *lines: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_the_shipped_questions_are_read_and_fit_the_shipped_corpus(references: References) -> None:
    questions = load_questions(SHIPPED)
    assert len(questions) >= 270
    references.check(questions)


def test_a_set_survives_a_trip_through_its_file(tmp_path: Path) -> None:
    save_questions([FULL], tmp_path / "set.jsonl")
    assert load_questions(tmp_path / "set.jsonl") == (FULL,)
    assert fingerprint([FULL]) == fingerprint(load_questions(tmp_path / "set.jsonl"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{not json", "line 2: Expecting property name"),
        ([1], "line 2: it is not a JSON object but list"),
        ({"question": "x"}, r"line 2: \"id\" must be a text that is not empty, not None"),
        ({"id": "a", "question": " "}, r"line 2: \"question\" must be a text that is not empty"),
        ({"id": "a", "question": "x", "gold": "001:2"}, r"line 2: \"gold\" must be a list, not '001:2'"),
        ({"id": "a", "question": "x", "tags": [1]}, r"line 2: \"tags\" must be a list of texts"),
        ({"id": "a", "question": "x", "evidence": [{"ref": "1"}]}, r"line 2: each piece of \"evidence\" must have"),
        ({"id": "a", "question": "x", "history": [{}]}, r"line 2: each message of the \"history\" must have"),
        ({"id": "a", "question": "x", "answerable": "no"}, r"line 2: \"answerable\" must be true or false, not 'no'"),
        ({"id": "a", "question": "x", "number": True}, r"line 2: \"number\" must be a whole number"),
        ({"id": "ok", "question": "x"}, "line 2: the id 'ok' stands in line 1 too"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: object, problem: str) -> None:
    with pytest.raises(QuestionSetError, match=problem):
        load_questions(written(tmp_path, {"id": "ok", "question": "x"}, line))


def test_an_empty_or_missing_set_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="has no questions"):
        load_questions(written(tmp_path, "", " "))
    with pytest.raises(QuestionSetError, match="cannot be read"):
        load_questions(tmp_path / "nothing.jsonl")


def test_references_are_ids_or_lines_of_a_file(references: References) -> None:
    abstract_id = references.resolve("001:2")
    assert references.resolve(abstract_id) == references.resolve(f"rag:{abstract_id}") == abstract_id
    assert references.resolve("001_2f003e4033519983.txt:2") == abstract_id
    for ref in ("0:2", "9:9", "nonsense", "001:x", ":2", ""):
        with pytest.raises(QuestionSetError, match=r"names (no abstract|several abstracts)"):
            references.resolve(ref)


def test_a_quote_has_its_place(references: References) -> None:
    span = references.span(Quote("001:2", "Kolmogorov-Smirnov Test"))
    assert references.abstract(span.abstract_id).text[span.start : span.end] == "Kolmogorov-Smirnov Test"
    assert references.span(Quote("*", "Kolmogorov-Smirnov Test")) == span
    with pytest.raises(QuestionSetError, match="does not have the words"):
        references.span(Quote("001:2", "Anderson-Darling"))
    with pytest.raises(QuestionSetError, match="No abstract has the words"):
        references.span(Quote("*", "Anderson-Darling Test"))


def test_all_that_does_not_fit_the_corpus_is_told_at_once(references: References) -> None:
    one, two = (parse_question({"id": name, "question": "x", "gold": ["9:9"]}) for name in ("a", "b"))
    with pytest.raises(QuestionSetError, match=r"(?s)a: The reference '9:9'.*b: The reference"):
        references.check([one, two])


def test_a_set_survives_a_trip_through_csv_and_cannot_become_a_formula(tmp_path: Path) -> None:
    formula = parse_question({"id": "f", "question": "=1+1?", "answerable": False})
    write_csv([FULL, formula], tmp_path / "set.csv")
    assert read_csv(tmp_path / "set.csv") == (FULL, formula)
    with (tmp_path / "set.csv").open(newline="", encoding="utf-8") as file:
        assert not any(cell.startswith("=") for row in csv.reader(file) for cell in row)


@pytest.mark.parametrize(
    ("text", "problem"), [("question,answerable\nx,perhaps\n", "line 2"), ("id\nx\n", "line 2"), ("question,history\nx,[\n", "line 2")]
)
def test_csv_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "set.csv").write_text(text, encoding="utf-8")
    with pytest.raises(QuestionSetError, match=problem):
        read_csv(tmp_path / "set.csv")


def test_ragas_rows_become_questions_and_questions_ragas_rows() -> None:
    rows: list[dict[str, Any]] = [
        {"user_input": "What is A?", "reference": "Seven.", "reference_contexts": ["seven of them"]},
        {"question": "What is B?", "ground_truth": "Eight."},
        {"user_input": [{"type": "human", "content": "Hi"}, {"type": "ai", "content": "Yes?"}, {"type": "human", "content": "And B?"}]},
    ]
    found = from_ragas(rows)
    assert [(one.question, one.answer, one.evidence) for one in found] == [
        ("What is A?", "Seven.", (Quote("*", "seven of them"),)),
        ("What is B?", "Eight.", ()),
        ("And B?", "", ()),
    ]
    assert [one["role"] for one in found[2].history] == ["user", "assistant"]
    assert next(iter(questions_to_ragas([FULL])))["reference_contexts"] == ["seven | of them"]
    with pytest.raises(QuestionSetError, match="Row 1 cannot be used"):
        from_ragas([{"user_input": None}])


@pytest.mark.parametrize("name", ["questions", "refusals"])
def test_the_shipped_questions_come_back_whole_from_ragas_and_from_csv(tmp_path: Path, name: str) -> None:
    questions = load_questions(DATA / f"{name}.jsonl")
    assert from_ragas(json.loads(json.dumps(row)) for row in questions_to_ragas(questions)) == questions
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, questions_to_ragas(questions))), encoding="utf-8")
    write_csv(questions, tmp_path / "rows.csv")
    for path in (tmp_path / "rows.jsonl", tmp_path / "rows.csv"):
        found = read_questions(path)
        assert (found.questions, found.unused, found.answers) == (questions, {}, 0)


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20).map(str.strip).filter(bool)
LISTS = st.lists(WORDS, max_size=3).map(tuple)


@given(
    st.builds(
        Question,
        id=WORDS,
        kind=st.just("fact"),
        question=WORDS,
        history=st.lists(st.builds(lambda text: {"role": "user", "content": text}, WORDS), max_size=2).map(tuple),
        gold=LISTS,
        near=LISTS,
        marginal=LISTS,
        answer=st.one_of(st.just(""), WORDS),
        evidence=st.lists(st.builds(Quote, WORDS, WORDS), max_size=2).map(tuple),
        must_contain=LISTS,
        answerable=st.booleans(),
        tags=LISTS,
        number=st.one_of(st.none(), st.integers(0, 10**6)),
        members=st.one_of(st.none(), LISTS),
        split=st.sampled_from(("", "dev")),
    )
)
@settings(max_examples=60)
def test_any_question_comes_back_whole(tmp_path_factory: pytest.TempPathFactory, question: Question) -> None:
    path = tmp_path_factory.mktemp("trip") / "set.csv"
    write_csv([question], path)
    assert read_csv(path) == (question,)
    assert from_ragas([json.loads(json.dumps(row)) for row in questions_to_ragas([question])]) == (question,)
    save_questions([question], path.with_suffix(".jsonl"))
    assert load_questions(path.with_suffix(".jsonl")) == (question,)


def test_the_answer_of_a_system_is_never_taken_for_the_reference(tmp_path: Path) -> None:
    rows = [
        {"question": "What is A?", "answer": "Wrong.", "contexts": ["x"], "ground_truth": "Seven."},
        {"user_input": "B?", "response": "Wrong."},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "rows.csv").write_text("question,answer\nWhat is A?,Wrong.\n", encoding="utf-8")
    (tmp_path / "cases.json").write_text(
        json.dumps([{"input": "A?", "actual_output": "Wrong.", "expected_output": "Seven."}]), encoding="utf-8"
    )
    found = [read_questions(tmp_path / name) for name in ("rows.jsonl", "rows.csv", "cases.json")]
    assert [[one.answer for one in each.questions] for each in found] == [["Seven.", ""], [""], ["Seven."]]
    assert [each.answers for each in found] == [2, 1, 1]
    done = CliRunner().invoke(app, ["import", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "set.jsonl")])
    assert (done.exit_code, "python -m eval score" in done.stderr) == (0, True)


def test_csv_of_earlier_versions_keeps_its_references(tmp_path: Path) -> None:
    head = "id,kind,question,answer,gold,evidence,must_contain,answerable,tags,history"
    (tmp_path / "set.csv").write_text(f"{head}\nq1,fact,What is A?,Seven.,a|b,,7,true,,\n", encoding="utf-8")
    (question,) = read_csv(tmp_path / "set.csv")
    assert (question.answer, question.gold, question.must_contain) == ("Seven.", ("a", "b"), ("7",))


def test_thumbs_become_questions() -> None:
    evidence = [{"abstract_id": "a1", "ref": "x.txt:2", "quote": "Seven."}]
    rows: list[dict[str, Any]] = [
        {"id": "t1", "question": "A?", "thumb": "up", "comment": "", "outcome": "answered", "answer": "Seven. [1]", "evidence": evidence},
        {"id": "t2", "question": "B?", "thumb": "down", "comment": "It is 7.", "outcome": "refused", "answer": "", "evidence": []},
        {"id": "t3", "question": "C?", "thumb": "up", "comment": "", "outcome": "refused", "answer": "No.", "evidence": []},
        {"id": "t4", "question": "D?", "thumb": None, "comment": "Hm.", "outcome": "answered", "answer": "", "evidence": []},
    ]
    found = from_feedback(rows)
    assert [(one.question, one.answerable, one.answer, one.gold, one.evidence, one.tags) for one in found] == [
        ("A?", True, "Seven. [1]", ("a1",), (Quote("a1", "Seven."),), ("thumb up",)),
        ("B?", True, "It is 7.", (), (), ("thumb down",)),
        ("C?", False, "No.", (), (), ("thumb up",)),
    ]
