"""Question sets: read with line numbers, resolved against an index, exchanged with other tools."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.exchange import from_feedback, from_ragas, questions_to_ragas, read_csv, write_csv
from eval.questions import SHIPPED, QuestionSetError, References, fingerprint, load_questions, parse_question, save_questions
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
