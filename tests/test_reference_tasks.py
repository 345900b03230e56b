"""What is judged where a reference answer is known, what needs no judge, and whether claims address the question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.reliability import Fault
from benchmarks.reliability.metrics import FAULTS
from eval.judges.local import LocalJudge
from eval.judges.relevance import relevance, similarity
from eval.judges.tasks import judged, reference_tasks
from eval.metrics import asked
from eval.questions import SHIPPED, References, load_questions
from eval.records import Question, Row, Span
from rag import Abstract, Assistant
from rag.model import Claim
from rag.text import sentence_spans
from tests.test_local_judge import ABSTRACTS, ONE, Noting, row

SEVEN = Claim("evidence", "It has 7 layers.", (1,))
OTHER = Claim("evidence", "It is small.", (1,))


def referred(*claims: Claim, gold: bool = True, **more: Any) -> Row:
    """A row whose reference rests on "It has 7 layers."."""
    question = Question("q1", "fact", "How many layers has SmallNet?", **{"answer": "It has seven layers; it is a network."} | more)
    start = ONE.index("It has 7 layers.")
    evidence = (Span("a1", start, start + 10),) if gold else ()
    return replace(row(*claims), question=question, gold=("a1",) if gold else (), evidence=evidence)


def listed(one: Row) -> tuple[list[tuple[str, int]], list[tuple[str, int, int | None]]]:
    known, due = reference_tasks(one, ABSTRACTS.get)
    return [(found.against, found.claim) for found in known], [(task.against, task.claim, task.citation) for task in due]


def test_claims_are_held_against_the_reference_and_its_statements_against_the_answer() -> None:
    known, due = reference_tasks(referred(OTHER), ABSTRACTS.get)
    assert known == []
    assert [(task.against, task.claim, task.said, task.text) for task in due] == [
        ("reference", 0, "It is small.", "It has seven layers; it is a network.\nIt has 7 layers."),
        ("answer", 0, "It has seven layers", "It is small."),
        ("answer", 1, "it is a network.", "It is small."),
    ]
    assert {task.parts[0].title for task in due} == {"How many layers has SmallNet?"}


def test_a_gold_sentence_and_a_statement_that_is_said_word_for_word_need_no_judge() -> None:
    assert listed(referred(SEVEN)) == ([("reference", 0), ("answer", 0)], [("answer", 1, None)])


def test_without_gold_each_statement_is_held_against_each_context() -> None:
    _, due = listed(referred(OTHER, gold=False))
    assert due[-4:] == [("context", 0, 1), ("context", 0, 2), ("context", 1, 1), ("context", 1, 2)]


@pytest.mark.parametrize("more", [{"answer": ""}, {"answerable": False}, {"number": 7}, {"kind": "false_premise"}])
def test_where_there_is_no_reference_in_words_nothing_is_held_against_it(more: dict[str, Any]) -> None:
    one = referred(OTHER)
    assert reference_tasks(replace(one, question=replace(one.question, **more)), ABSTRACTS.get) == ([], [])


def test_they_are_judged_in_one_go_with_the_claims_and_what_bears_out_a_claim_is_told() -> None:
    judge = Noting()
    found = judged(referred(OTHER), ABSTRACTS.get, judge)
    assert sorted(one.against for one in judge.tasks) == ["answer", "answer", "cited", "reference"]
    assert [one.against for one in found] == ["cited", "retrieved", "reference", "answer", "answer", "question"]
    unborne = judged(referred(Claim("evidence", "It has 90 layers.", (1,))), ABSTRACTS.get, LocalJudge())
    assert [(one.decision, one.source) for one in unborne if one.against == "retrieved"] == [("supported", "a2")]


_NAMED = pytest.mark.xfail(strict=True, reason='the local judge takes a name that stands for the source\'s "it" for a new one')


@pytest.mark.parametrize(
    "said",
    [
        "The network has {} layers.",
        "There are {} layers in it.",
        "It is a network that has {} layers.",
        pytest.param("SmallNet has {} layers.", marks=_NAMED),
    ],
)
def test_the_local_judge_tells_a_right_answer_from_a_wrong_one(said: str) -> None:
    right, wrong = (referred(Claim("evidence", said.format(number), (1,))) for number in (7, 8))
    decided = [{(one.against, one.claim): one.decision for one in judged(each, ABSTRACTS.get, LocalJudge())} for each in (right, wrong)]
    assert [one["reference", 0] == "supported" for one in decided] == [True, False]
    assert [one["answer", 0] == "supported" for one in decided] == [True, False]


def test_claims_that_address_the_question_are_told_from_those_beside_the_point() -> None:
    found = relevance(referred(SEVEN, Claim("evidence", "The authors thank the mayor of the town.", (2,))))
    assert [(one.claim, one.against, one.decision) for one in found] == [(0, "question", "supported"), (1, "question", "absent")]
    assert relevance(referred(SEVEN, answerable=False)) == ()
    assert similarity("", "It has 7 layers.") == similarity("How many layers?", "") == 0.0


def test_gold_sentences_address_their_questions_and_sentences_of_other_abstracts_do_not(assistant: Assistant) -> None:
    references = References(assistant)
    questions = [one for one in load_questions(SHIPPED) if one.split == "test" and one.evidence and one.kind in ("fact", "numeric", "how")]
    abstracts = assistant.abstracts()
    gold, others = [], []
    for place, one in enumerate(questions):
        span = references.span(one.evidence[0])
        gold.append(addresses(one, sentence_at(references.abstract(span.abstract_id), span.start)))
        other = abstracts[(7 * place) % len(abstracts)]
        if other.id != span.abstract_id:
            others.append(addresses(one, sentence_at(other, len(other.text) // 2)))
    assert sum(gold) / len(gold) >= 0.8
    assert sum(others) / len(others) <= 0.2


def sentence_at(abstract: Abstract, place: int) -> str:
    return next(abstract.text[start:end] for start, end in sentence_spans(abstract.text) if place < end)


def addresses(question: Question, text: str) -> bool:
    said = replace(row(Claim("evidence", text, (1,))), question=replace(question, history=()))
    assert asked(said.question) == question.question
    return relevance(said)[0].decision == "supported"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_metrics_survive(fault: Fault, tmp_path: Path) -> None:
    assert fault.attempt(tmp_path, 1) == ""
