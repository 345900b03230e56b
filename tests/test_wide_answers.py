"""Answers of a model from many abstracts: read in batches, summed up, under headings, in tables, section by section, around a count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.chat import answer_messages
from rag.model import Answer, Settings
from tests.fakes import FakeOpenAI
from tests.scripted import Fault, error
from tests.writing import (
    Body,
    all_rows,
    claim,
    given,
    is_judging,
    is_outlining,
    is_planning,
    is_reading,
    is_repair,
    judged_items,
    place,
    plan,
    planned_question,
    reply,
    row,
    rows,
    synthesis,
    table_row,
    verdicts,
)

SURVEY = "What are the main approaches to speech translation?"
NAMED = "How does KS-Lottery find winning tickets?"
KEY_IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"
THEORY = "We further theoretically prove that KS-Lottery"


@contextmanager
def opened(index_dir: Path, corpus: Path, model: Callable[[Body], Any], **options: Any) -> Iterator[tuple[Assistant, FakeOpenAI]]:
    with FakeOpenAI(default=model) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model_attempts=1, **options)
        with Assistant.open(settings) as assistant:
            yield assistant, service


def approving(write: Callable[[Body], Any], **fields: Any) -> Callable[[Body], Any]:
    """A model that plans so, reads all, judges everything supported, repairs nothing, and writes what `write` does."""

    def model(body: Body) -> Any:
        if is_planning(body):
            return plan(planned_question(body), **fields)
        if is_judging(body):
            return verdicts(*((one["number"], "supported", "") for one in judged_items(body)))
        if is_reading(body):
            return all_rows(body)
        return json.dumps({"claims": []}) if is_repair(body) else write(body)

    return model


def firsts(body: Body, most: int = 3) -> list[tuple[str, int, str]]:
    """The first given sentence of some abstracts: key, number, sentence."""
    return [(key, int(number), said) for key, sentences in list(given(body).items())[:most] for number, said in list(sentences.items())[:1]]


def test_a_survey_reads_the_topic_in_batches_and_lists_what_it_does_not_cite(index_dir: Path, corpus: Path) -> None:
    write = approving(
        lambda body: reply(*(claim(said, (key, number, said)) for key, number, said in firsts(body))),
        operation="survey",
        topic="speech translation",
    )
    with opened(index_dir, corpus, write) as (assistant, service):
        steps = list(assistant.stream(SURVEY))
    answer = steps[-1].answer
    assert answer is not None
    batches = [one for one in service.chats if is_reading(one)]
    assert len(batches) > 3
    assert max(len(given(one)) for one in batches) <= 10
    assert any("abstracts" in step.note for step in steps if step.kind == "note")
    assert len([one for one in answer.claims if one.kind == "evidence"]) == 3
    assert len([one for one in answer.claims if one.group == "Also"]) > 20
    assert answer.stages.keys() == {"plan", "read", "write"}
    assert f"Read {answer.read} abstracts." in answer.to_markdown()


def test_only_sentences_that_were_noted_are_given_to_write_from_the_most_relevant_abstracts_first(index_dir: Path, corpus: Path) -> None:
    asked: list[Body] = []

    def model(body: Body) -> Any:
        if is_reading(body):
            keys = list(given(body))
            return rows(
                row(keys[-1], 2, relevance=3, says="It answers."), row(keys[0], 1, 99, relevance=1), row("none", 1), {"key": keys[0]}
            )
        if not is_planning(body):
            asked.append(body)
        return plan(SURVEY, operation="survey", topic="speech translation") if is_planning(body) else reply(answerable=False)

    with opened(index_dir, corpus, model) as (assistant, _):
        answer = assistant.ask(SURVEY)
    lines = [json.loads(line) for line in asked[0]["messages"][1]["content"].split("Abstracts:\n")[1].split("\n\n")[0].split("\n")]
    numbers = [list(line["sentences"]) for line in lines]
    assert numbers == sorted(numbers, reverse=True)
    assert {one for said in numbers for one in said} == {"1", "2"}
    assert lines[0]["says"] == "It answers."
    assert answer.outcome in ("nearest", "refused")  # by our own estimate of whether anything answers


def test_where_reading_fails_our_own_choice_of_sentences_is_written_from(index_dir: Path, corpus: Path) -> None:
    good = approving(lambda body: reply(*(claim(said, (key, number, said)) for key, number, said in firsts(body))))

    def model(body: Body) -> Any:
        return error(500) if is_reading(body) else good(body)

    with opened(index_dir, corpus, model) as (assistant, _):
        answer = assistant.ask(SURVEY)
    assert (answer.outcome, answer.mode) == ("answered", "generate")


def test_a_sentence_may_sum_up_others_and_cites_what_they_cite(index_dir: Path, corpus: Path) -> None:
    both = "KS-Lottery both tests parameters and comes with a proof."

    def write(body: Body) -> str:
        idea, theory = place(body, KEY_IDEA), place(body, THEORY)
        return reply(synthesis(both, 2, 3), claim(idea[2], idea), claim(theory[2], theory))

    with opened(index_dir, corpus, approving(write, operation="compare")) as (assistant, service):
        answer = assistant.ask("Compare KS-Lottery and MoE-LPR.")
        judged = [one for body in service.chats if is_judging(body) for one in judged_items(body)]
    assert [(one.kind, one.sums_up) for one in answer.claims] == [("synthesis", (1, 2)), ("evidence", ()), ("evidence", ())]
    assert answer.claims[0].citations == (1, 2)
    assert [one["claim"] for one in judged] == [both]
    assert [len(one["sentences"]) for one in judged[0]["sources"]] == [2]
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_what_sums_up_nothing_that_passed_is_left_out(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        idea = place(body, KEY_IDEA)
        return reply(claim(idea[2], idea), claim("KS-Lottery uses 64 GPUs.", idea), synthesis("All are fast.", 2), synthesis("None.", 9))

    with opened(index_dir, corpus, approving(write, operation="compare")) as (assistant, _):
        answer = assistant.ask("Compare KS-Lottery and MoE-LPR.")
    assert [one.text[:8] for one in answer.claims if one.written] == [KEY_IDEA[:8]]
    assert answer.checks["dropped"] == 3


def test_headings_stand_over_their_claims_unless_they_say_what_no_abstract_does(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        one, two, three = firsts(body)
        return reply(
            claim(one[2], one),
            {"heading": "Speech translation models"},
            claim(two[2], two),
            {"heading": "Zebras eat 5 kangaroos"},
            claim(three[2], three),
        )

    with opened(index_dir, corpus, approving(write, operation="survey", topic="speech translation")) as (assistant, _):
        answer = assistant.ask(SURVEY)
    assert [one.group for one in answer.claims if one.written] == ["", "Speech translation models", ""]


def test_rows_of_a_table_are_checked_and_shown_as_a_table_with_their_sources(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        idea = place(body, KEY_IDEA)
        good = table_row(["KS-Lottery", "Kolmogorov-Smirnov Test", "-"], idea)
        wrong = table_row(["KS-Lottery", "a test on 64 GPUs", "-"], idea)
        return reply(good, wrong, columns=("Work", "Method", "Data"))

    with opened(index_dir, corpus, approving(write, operation="compare", shape="table")) as (assistant, _):
        answer = assistant.ask("Compare KS-Lottery and MoE-LPR in a table.")
    assert answer.table == (("Work", "Method", "Data", "Sources"), ("KS-Lottery", "Kolmogorov-Smirnov Test", "-", "[1]"))
    (claimed,) = [one for one in answer.claims if one.written]
    assert (claimed.text, claimed.cells) == (
        "Work: KS-Lottery; Method: Kolmogorov-Smirnov Test",
        ("KS-Lottery", "Kolmogorov-Smirnov Test", "-"),
    )
    assert "| KS-Lottery | Kolmogorov-Smirnov Test |" in answer.to_markdown()
    assert "Method: Kolmogorov" not in answer.text


def test_a_table_of_papers_has_rows_for_those_that_code_has_listed(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        return reply(
            *(table_row(["A paper", " ".join(said.split()[:6])], (key, number, said)) for key, number, said in firsts(body)),
            columns=("Work", "What"),
        )

    with opened(index_dir, corpus, approving(write)) as (assistant, _):
        answer = assistant.ask("List the papers about speech translation in a table.")
    assert answer.claims[0].kind == "collection"
    assert answer.table is not None
    numbers = [one.citations for one in answer.claims if one.cells]
    assert [row[-1] for row in answer.table[1:]] == ["".join(f"[{number}]" for number in cited) for cited in numbers]
    assert all(answer.citation(cited[0]).kind == "sentence" for cited in numbers)


def test_a_review_is_written_section_by_section_of_its_outline(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        content = body["messages"][1]["content"]
        if is_outlining(body):
            keys = [json.loads(line)["key"] for line in content.split("Notes:\n")[1].split("\n\n")[0].split("\n")]
            sections = [
                {"heading": "Speech models", "keys": keys[:6]},
                {"heading": "Text models", "keys": [*keys[:2], *keys[6:12], "p999"]},
            ]
            return json.dumps({"sections": sections})
        assert "Write now only the section" in content
        return reply(*(claim(said, (key, number, said)) for key, number, said in firsts(body, 2)))

    with opened(index_dir, corpus, approving(write, operation="survey", topic="speech translation", length="long")) as (assistant, _):
        answer = assistant.ask("Write a literature review of speech translation.")
    groups = [one.group for one in answer.claims if one.written]
    assert groups == ["Speech models"] * 2 + ["Text models"] * 2
    assert answer.stages.keys() == {"plan", "read", "outline", "write"}


def test_a_count_is_computed_by_code_and_written_around_by_the_model(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        assert "The answer says already" in body["messages"][1]["content"]
        ((key, number, said),) = firsts(body, 1)
        return reply(claim(said, (key, number, said)))

    with opened(index_dir, corpus, approving(write)) as (assistant, _):
        answer = assistant.ask("How many papers are about speech translation?")
        bare = assistant.ask("How many papers are from 2024?")
    assert [one.kind for one in answer.claims[:1]] == ["collection"]
    (said,) = [one for one in answer.claims if one.written]
    assert answer.citation(said.citations[0]).kind == "sentence"
    assert (answer.mode, answer.model) == ("generate", "fake-model")
    assert len({one.number for one in answer.citations}) == len(answer.citations)
    assert (bare.usage.get("requests", 0), [one.kind for one in bare.claims]) == (0, ["collection"])


def test_where_the_model_fails_the_count_stands_alone(index_dir: Path, corpus: Path) -> None:
    with opened(index_dir, corpus, approving(lambda _: error(400, "No."))) as (assistant, _):
        answer = assistant.ask("How many papers are about speech translation?")
    assert {one.kind for one in answer.claims} == {"collection"}
    assert answer.outcome == "answered"
    assert "No" in answer.notices[-1]


def test_a_plan_makes_a_count_of_a_question_that_the_rules_read_otherwise(index_dir: Path, corpus: Path) -> None:
    question = "Does signing with hands come up a lot around here, and in how big a slice of it all?"
    model = approving(lambda _: reply(answerable=False), operation="count", topic="sign language")
    with opened(index_dir, corpus, model) as (assistant, _):
        answer = assistant.ask(question)
    assert (answer.claims[0].kind, answer.form) == ("collection", "count")
    assert "sign language" in answer.claims[0].text


def test_the_last_answer_is_given_where_it_is_to_be_put_in_another_way(index_dir: Path, corpus: Path) -> None:
    sent: list[str] = []

    def write(body: Body) -> str:
        idea = place(body, KEY_IDEA)
        sent.append(body["messages"][1]["content"])
        return reply(claim(idea[2], idea))

    with opened(index_dir, corpus, approving(write)) as (assistant, _):
        first = assistant.ask(NAMED)
    model = approving(write, revises=True, form="for a student", length="brief")

    def revising(body: Body) -> Any:
        return plan(NAMED, revises=True, form="for a student", length="brief") if is_planning(body) else model(body)

    with opened(index_dir, corpus, revising) as (assistant, _):
        second = assistant.ask("Shorter, please, for a student.", answer_messages(first))
    assert (second.outcome, second.standalone_question) == ("answered", NAMED)
    assert "which the user wants in another way" in sent[-1]
    assert first.claims[0].text[:60] in sent[-1]
    assert '"for a student"' in sent[-1]


def test_what_goes_beyond_the_words_that_were_asked_for_is_told(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        said = [(key, int(number), one) for key, sentences in given(body).items() for number, one in sentences.items()]
        return reply(*(claim(one[2], one) for one in said[:20]))

    with opened(index_dir, corpus, approving(write)) as (assistant, _):
        answer = assistant.ask(NAMED)
    assert answer.checks["beyond"] > 5
    assert sum(len(one.text.split()) for one in answer.claims) < 150
    assert any("more that the model wrote were left out: the answer was to have at most 60 words." in one for one in answer.notices)


def test_prose_with_marks_in_the_place_of_json_is_read(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        key, _, _ = place(body, KEY_IDEA)
        number = list(given(body)).index(key) + 1
        return f"KS-Lottery uses the Kolmogorov-Smirnov Test to analyze the distribution shift of parameters [{number}]."

    with opened(index_dir, corpus, approving(write)) as (assistant, _):
        answer = assistant.ask(NAMED)
    assert (answer.outcome, answer.mode) == ("answered", "generate")
    assert answer.citations[0].quote.startswith(KEY_IDEA)
    assert "unreadable" not in answer.checks


def test_what_comes_nearest_is_told_claim_by_claim_like_any_answer(index_dir: Path, corpus: Path) -> None:
    with opened(index_dir, corpus, approving(lambda _: reply(answerable=False))) as (assistant, _):
        steps = list(assistant.stream(NAMED))
    answer = steps[-1].answer
    assert answer is not None
    assert answer.outcome == "nearest"
    assert tuple(step.claim for step in steps if step.claim is not None) == answer.claims
    assert {number for one in answer.claims for number in one.citations} <= {one.number for one in answer.citations}


def test_where_the_model_finds_nothing_no_number_stands_for_a_source_that_is_not_there(index_dir: Path, corpus: Path) -> None:
    """A line that something may not be the answer needs something that is shown under it."""
    with opened(index_dir, corpus, approving(lambda _: reply(answerable=False))) as (assistant, _):
        for question in ("Why does KS-Lottery fail to find winning tickets?", "Compare KS-Lottery and Zorblax-9000."):
            answer = assistant.ask(question)
            assert answer.claims
            assert {number for one in answer.claims for number in one.citations} <= {one.number for one in answer.citations}


def test_a_count_stays_told_where_the_models_reply_starts_again(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> Any:
        ((key, number, said),) = firsts(body, 1)
        if len(replies) == 0:
            replies.append(1)
            whole = reply(claim(said, (key, number, said)))[:-1]
            return Fault("cut", text=whole + " " * len(whole))
        return reply(claim(said, (key, number, said)))

    replies: list[int] = []
    with FakeOpenAI(default=approving(write)) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url)
        with Assistant.open(settings) as assistant:
            steps = list(assistant.stream("How many papers are about speech translation?"))
    last = max(at for at, step in enumerate(steps) if step.kind == "restart")
    answer = steps[-1].answer
    assert answer is not None
    assert [step.claim for step in steps[last:] if step.claim is not None][:-1] == [
        one for one in answer.claims if one.kind == "collection"
    ]
