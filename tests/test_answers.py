"""The answer contract, on the real corpus: every claim is cited, every citation is a slice of a stored abstract."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from rag import Answer, Assistant, Settings
from rag.corpus.naming import introduced_name
from rag.model.records import Abstract, Citation, Claim, FieldSpan, NearMiss, Source
from rag.text.words import squeeze_name
from tests.processes import finished, python

QUESTIONS = (
    "How does KS-Lottery find winning tickets?",
    "What does CoWPiRec convert?",
    "How do papers pretrain speech encoders?",
    "Why does continual training of CLIP hurt?",
    "What is the capital of France?",
)
SCRIPT = """
import hashlib, json, sys
from pathlib import Path
from rag import Assistant, Settings
index, corpus, *questions = sys.argv[1:]
with Assistant.open(Settings(_env_file=None, index_dir=Path(index), corpus=(Path(corpus),))) as assistant:
    for question in questions:
        data = json.dumps(assistant.ask(question).to_dict(), sort_keys=True)
        print(hashlib.sha256(data.encode()).hexdigest())
"""
DANGLING = re.compile(r"(?:It|Its|They|This|These|We|Our|The (?:model|method|approach|framework|system))\b")

SOURCE = Source("a.txt", 3, 5, 40, (FieldSpan("title", 3, 0, 4),))
ANSWER = Answer(
    question="Which?",
    standalone_question="Which? (SmallNet)",
    outcome="answered",
    claims=(Claim("evidence", "SmallNet is small.", (1,), "weak", 0.5, ("number: 4",)), Claim("absence", "No rate is stated.", (2, 1))),
    citations=(
        Citation(1, "sentence", "a1", "SmallNet", "SmallNet is small.", 0, 18, "T", ("doi:1",), (SOURCE,), 0, "2024-06"),
        Citation(2, "member", "b2", "Other", "Other", 0, 0),
    ),
    near_misses=(NearMiss("b2", "Other", "Nearly.", 0.4, (SOURCE,)),),
    filters=("year = 2024", "1 of 2 abstracts match"),
    table=(("name", "year"), ("SmallNet", "2024")),
    notices=("The corpus has changed.",),
    usage={"tokens": 3},
    checks={"checked": 2},
    generation="g1",
    seconds=1.5,
)


def settings(index_dir: Path, corpus: Path) -> Settings:
    return Settings(_env_file=None, index_dir=index_dir, corpus=(corpus,))


def written(answer: Answer) -> str:
    return json.dumps(answer.to_dict(), sort_keys=True)


def length(answer: Answer) -> int:
    """Words of an answer, names in brackets included, citation numbers not."""
    return sum(len(claim.text.split()) for claim in answer.claims)


@pytest.fixture(scope="module")
def abstracts(assistant: Assistant) -> dict[str, Abstract]:
    return {one.id: one for one in assistant.abstracts()}


@pytest.fixture(scope="module")
def answers(assistant: Assistant, shared: Path) -> list[Answer]:
    """What the assistant says to each development question."""
    lines = (shared / "data" / "questions_dev.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    assert len(asked) == 88
    return [assistant.ask(one["question"], one.get("history")) for one in asked]


def claims(answers: list[Answer]) -> list[tuple[Claim, Citation]]:
    return [(claim, answer.citation(number)) for answer in answers for claim in answer.claims for number in claim.citations]


def test_an_answer_has_claims_and_a_refusal_a_reason_and_near_misses(answers: list[Answer]) -> None:
    assert {answer.outcome for answer in answers} <= {"answered", "nearest", "refused", "info"}
    for answer in answers:
        if answer.outcome == "answered":
            assert (bool(answer.claims), answer.reason, answer.near_misses) == (True, None, ())
        if answer.outcome == "refused":
            assert answer.text.startswith(answer.reason or "-")
            assert answer.near_misses
            # A refusal claims nothing, unless it says what is wrong with the question, and shows where.
            assert "".join(claim.kind[0] for claim in answer.claims) in ("", "ae", "aee")


def test_every_claim_is_cited_and_numbers_follow_first_use(answers: list[Answer]) -> None:
    for answer in answers:
        assert all(claim.citations or claim.kind == "collection" for claim in answer.claims)  # that there is none has no members
        used = list(dict.fromkeys(number for claim in answer.claims for number in claim.citations))
        assert used == [one.number for one in answer.citations] == list(range(1, len(used) + 1))
        assert re.findall(r"\[(\d+)\]", answer.text) == [str(number) for claim in answer.claims for number in claim.citations]


def test_every_quote_is_a_slice_of_the_stored_abstract(answers: list[Answer], abstracts: dict[str, Abstract]) -> None:
    for _, citation in claims(answers):
        abstract = abstracts[citation.abstract_id]
        if citation.kind == "sentence":
            assert citation.quote == abstract.text[citation.start : citation.end] != ""
        if citation.kind == "member":
            assert (citation.quote, citation.start, citation.end) == (abstract.label, 0, 0)
        assert (citation.label, citation.title, citation.sources) == (abstract.label, abstract.title, abstract.sources)
        assert citation.uri == f"rag:{abstract.id}"


def test_every_quote_stands_in_the_line_that_is_named(answers: list[Answer], corpus: Path) -> None:
    lines = {path.name: path.read_text(encoding="utf-8").split("\n") for path in corpus.glob("*.txt")}
    for claim, citation in claims(answers):
        assert citation.sources
        assert claim.kind in ("absence", "collection") or (claim.kind == "evidence") == (citation.kind == "sentence")
        for source in citation.sources if citation.kind == "sentence" else ():
            assert citation.quote in lines[source.file][source.line - 1][source.start : source.end]


def test_a_field_is_a_slice_of_its_line(answers: list[Answer], corpus: Path) -> None:
    lines = {path.name: path.read_text(encoding="utf-8").split("\n") for path in corpus.glob("*.txt")}
    fields = [citation for _, citation in claims(answers) if citation.kind == "field"]
    assert fields
    for citation in fields:
        source = citation.sources[0]
        assert citation.quote == lines[source.file][source.line - 1][citation.start : citation.end] != ""


def test_the_corpus_own_sentences_are_supported_without_flags(answers: list[Answer]) -> None:
    doubted = [(claim.text, claim.flags) for claim, _ in claims(answers) if claim.verdict != "supported" or claim.flags]
    assert doubted == []


def test_answers_have_at_most_120_words_and_those_from_many_abstracts_twice_as_many(answers: list[Answer]) -> None:
    many = [len({citation.abstract_id for citation in answer.citations}) > 3 for answer in answers]
    assert max(length(answer) for answer, survey in zip(answers, many, strict=True) if not survey) <= 120
    assert max(length(answer) for answer, survey in zip(answers, many, strict=True) if survey) <= 240


def test_more_is_longer_where_there_is_more_to_say_within_its_own_bound(assistant: Assistant, answers: list[Answer]) -> None:
    answered = [one for one in answers if one.outcome == "answered"][:20]
    usual = [length(one) for one in answered]
    more = [length(assistant.ask(one.standalone_question, more=True)) for one in answered]
    assert all(one <= other <= assistant.settings.more_words for one, other in zip(usual, more, strict=True))
    assert sum(one < other for one, other in zip(usual, more, strict=True)) >= 15


def test_no_claim_dangles_or_asks(answers: list[Answer], abstracts: dict[str, Abstract]) -> None:
    for answer in answers:
        before: tuple[str, int | None] = ("", None)
        for claim, citation in claims([answer]):
            abstract = abstracts[citation.abstract_id]
            name = introduced_name(abstract.text, abstract.title) or abstract.label
            follows = citation.sentence is not None and before == (citation.abstract_id, citation.sentence - 1)
            dangles = claim.kind == "evidence" and DANGLING.match(claim.text)
            assert follows or not dangles or squeeze_name(name) in squeeze_name(claim.text), claim.text
            assert not claim.text.endswith("?")
            before = (citation.abstract_id, citation.sentence)


def test_every_answer_survives_a_trip_through_json(answers: list[Answer]) -> None:
    for answer in answers:
        assert Answer.from_dict(json.loads(written(answer))) == answer


def test_a_full_record_survives_a_trip_through_json_without_its_time() -> None:
    read = Answer.from_dict(json.loads(written(ANSWER)))
    assert (read, read.seconds) == (ANSWER, 0.0)
    assert "seconds" not in ANSWER.to_dict()


def test_the_dictionary_has_the_documented_form() -> None:
    data = json.loads(written(ANSWER))
    assert data["text"] == "SmallNet is small. [1] No rate is stated. [2][1]"
    assert (data["question"], data["outcome"], data["mode"]) == ("Which?", "answered", "extract")
    assert data["claims"][0] == {
        "kind": "evidence",
        "text": "SmallNet is small.",
        "citations": [1],
        "verdict": "weak",
        "score": 0.5,
        "flags": ["number: 4"],
        "checked_as": None,
        "group": "",
        "opening": "",
        "span": None,
        "verdict_by": "",
        "sums_up": [],
        "cells": [],
    }
    first = data["citations"][0]
    assert (first["number"], first["kind"], first["abstract_id"], first["uri"]) == (1, "sentence", "a1", "rag:a1")
    assert (first["external_ids"], first["title"], first["label"]) == (["doi:1"], "T", "SmallNet")
    assert (first["quote"], first["start"], first["end"]) == ("SmallNet is small.", 0, 18)
    assert [(source["file"], source["line"]) for source in first["sources"]] == [("a.txt", 3)]


@pytest.mark.parametrize("data", [{}, {"question": "x"}, {"claims": [{"text": "x"}], "citations": []}])
def test_what_is_no_answer_is_not_read_as_one(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        Answer.from_dict(data)


def test_a_citation_is_found_by_its_number() -> None:
    assert ANSWER.citation(2).label == "Other"
    with pytest.raises(KeyError):
        ANSWER.citation(3)


def test_an_answer_is_supported_if_all_its_claims_are() -> None:
    assert [one.supported for one in (ANSWER, Answer("q", "q", "refused"))] == [False, False]
    assert Answer("q", "q", "answered", claims=(Claim("evidence", "x", (1,)),)).supported


def test_the_same_question_gives_the_same_bytes_in_any_assistant_and_process(assistant: Assistant, index_dir: Path, corpus: Path) -> None:
    first = [written(assistant.ask(question)) for question in QUESTIONS]
    assert [written(assistant.ask(question)) for question in QUESTIONS] == first
    with Assistant.open(settings(index_dir, corpus)) as second:
        assert [written(second.ask(question)) for question in reversed(QUESTIONS)] == first[::-1]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    process = finished(python(SCRIPT, index_dir, corpus, *QUESTIONS), env=environment)
    assert process.stdout.split() == [hashlib.sha256(one.encode()).hexdigest() for one in first]


def test_an_answer_in_points_has_each_on_a_line_of_its_own(assistant: Assistant) -> None:
    answer = assistant.ask("How does KS-Lottery find winning tickets? In two bullets")
    assert (answer.bulleted, len(answer.claims)) == (True, 2)
    assert [line[:2] for line in answer.text.splitlines()] == ["- ", "- "]
    assert answer.to_markdown().startswith(f"- {answer.claims[0].text}"[:40])
    assert answer.to_dict()["bulleted"] is True


def test_a_list_names_as_many_as_are_asked_for_and_tells_how_many_there_are(assistant: Assistant) -> None:
    answer = assistant.ask("List two papers that mention BERT")
    assert len(answer.members) == 2
    assert answer.checks["members"] > 2
