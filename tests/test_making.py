"""Questions made from a corpus: what they ask, what they hold, and what the second pass drops."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from eval.__main__ import app
from eval.commands.review import dropped_file, review_all
from eval.making import KINDS, Writer, make_questions, told
from eval.making.checks import Checks
from eval.making.facts import fact_questions, how_questions, yesno_questions
from eval.making.material import Work, read_works
from eval.making.naming import definition_questions, name_questions
from eval.making.numeric import numeric_questions
from eval.questions import References, load_questions, save_questions
from eval.records import Question
from rag.assistant import Assistant
from rag.llm import ChatModel
from rag.model import Abstract, RagError, Settings
from tests.fakes import FakeOpenAI

KITE = Abstract(
    id="aaa",
    title="KiteBench: A Benchmark for Flying",
    label="KiteBench: A Benchmark for Flying",
    text=(
        "We introduce KiteBench, a broad benchmark of manoeuvres that tests pilots in strong wind. "
        "KiteBench contains 340 timed flights. "
        "KiteBench uses a motion capture system to follow every string. "
        "We train the pilots with Phased Wind Training (PWT). "
        "We reduce the number of crashes by freezing the upper control layers. "
        "KiteBench outperforms FlyEval by 12% on steep dives."
    ),
    date="2021-03",
    date_precision="month",
    upvotes=12,
    authors=3,
)
FERN = Abstract(
    id="bbb",
    title="Ferns in Shade",
    label="Ferns in Shade",
    text="Ferns grow in the shade of old trees. We measured how their leaves turn to the light of recorded lamps.",
    date="2021",
    date_precision="year",
    upvotes=3,
    authors=3,
)
MOSS = Abstract(id="ccc", title="Moss", label="Moss", text="Moss holds water. It is green all the year.", date="2020", authors=7)
CORPUS = [KITE, FERN, MOSS]


def kite() -> Work:
    return next(one for one in read_works(CORPUS) if one.abstract is KITE)


def asked(questions: Sequence[Question]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.question, one.must_contain) for one in questions]


def test_a_number_is_asked_for_by_what_it_counts() -> None:
    assert asked(list(numeric_questions(kite()))) == [
        ("How many timed flights does KiteBench contain?", ("340",)),
        ("By how much does KiteBench outperform FlyEval on steep dives?", ("12%",)),
    ]


def test_a_thing_is_asked_for_by_its_use_and_a_deed_by_its_means() -> None:
    assert asked(list(fact_questions(kite()))) == [
        ("What does KiteBench use to follow every string?", ("motion capture system",)),
        ("What do the authors of the KiteBench paper reduce by freezing the upper control layers?", ("number of crashes",)),
    ]
    assert asked(list(how_questions(kite()))) == [
        ("How do the authors of the KiteBench paper reduce the number of crashes?", ("freezing the upper control layers",)),
    ]
    assert ("Does KiteBench use a motion capture system to follow every string?", ()) in asked(list(yesno_questions(kite())))


def test_names_and_letters_are_asked_for_by_what_they_stand_for() -> None:
    assert asked(list(name_questions(kite()))) == [
        ("What is the name of the broad benchmark of manoeuvres that tests pilots in strong wind?", ("KiteBench",)),
    ]
    assert asked(list(definition_questions(kite()))) == [
        ("What is KiteBench?", ("broad benchmark of manoeuvres",)),
        ("What does PWT stand for in the KiteBench paper?", ("Phased Wind Training",)),
    ]


def test_a_made_question_holds_its_sentence_its_abstract_and_a_stable_id() -> None:
    first, again = next(numeric_questions(kite())), next(numeric_questions(kite()))
    assert first == again
    assert (first.kind, first.gold, first.evidence[0].quote) == ("numeric", ("aaa",), "KiteBench contains 340 timed flights.")
    assert first.tags == ("made", "named")


def test_counts_and_superlatives_are_those_of_the_fields() -> None:
    found, _ = make_questions(CORPUS, lambda _: [], count=50, kinds=["catalogue"])
    answers = {one.question: (one.number, one.members) for one in found}
    assert answers == {
        "How many papers are from 2021?": (2, ("aaa", "bbb")),
        "Which papers are from 2021?": (2, ("aaa", "bbb")),
        "How many papers of 2021 have exactly 3 authors?": (2, ("aaa", "bbb")),
        "How many papers have exactly 3 authors?": (2, ("aaa", "bbb")),
        "Which paper has the most authors?": (7, ("ccc",)),
    }


def test_what_is_asked_in_vain_stands_nowhere() -> None:
    found, _ = make_questions(CORPUS, lambda _: [], count=50, kinds=["absent_detail", "absent_topic"])
    assert all(not one.answerable and one.gold == () and one.evidence == () for one in found)
    batch = {one.near for one in found if one.question.startswith("What batch size")}
    assert batch == {("aaa",), ("bbb",), ("ccc",)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"must_contain": ("341",)}, "not in its source"),
        ({"question": "Does KiteBench contain 340 timed flights, or more?"}, "says its answer"),
        ({"question": "How many ((flights are there?"}, "hard to read"),
    ],
)
def test_the_second_pass_drops_what_is_wrong(change: dict[str, object], reason: str) -> None:
    checks = Checks(CORPUS, read_works(CORPUS), lambda _: ["aaa"])
    assert checks.reason(replace(next(numeric_questions(kite())), **change)) == reason  # type: ignore[arg-type]


def test_a_question_that_another_abstract_may_answer_is_dropped() -> None:
    twin = replace(KITE, id="ddd", text=KITE.text.replace("contains 340", "now has 350"))
    question = next(numeric_questions(kite()))
    assert Checks([*CORPUS, twin], read_works(CORPUS), lambda _: ["aaa"]).reason(question) == "several numbers answer"
    assert Checks(CORPUS, read_works(CORPUS), lambda _: ["bbb"]).reason(question) == "its abstract is not found by it"
    definition = next(one for one in definition_questions(kite()) if "acronym" in one.tags)
    other = replace(MOSS, text="Phased wind training helps moss.")
    assert Checks([KITE, other], read_works(CORPUS), lambda _: ["aaa"]).reason(definition) == "another abstract answers"


def test_a_sentence_and_a_question_are_used_once() -> None:
    checks = Checks(CORPUS, read_works(CORPUS), lambda _: ["aaa"])
    question = next(numeric_questions(kite()))
    assert [checks.passes(question), checks.passes(question)] == [True, False]
    assert told(checks.dropped) == "1 asked before"


def test_the_seed_decides_and_a_kind_that_is_not_there_is_named() -> None:
    def made(seed: int) -> list[str]:
        return [one.id for one in make_questions(CORPUS, lambda _: ["aaa"], count=9, seed=seed)[0]]

    assert made(1) == made(1) != made(2)
    with pytest.raises(RagError, match=r"There is no kind 'poem' of made questions\. The kinds are: numeric, "):
        make_questions(CORPUS, lambda _: [], count=1, kinds=["poem"])


def test_questions_of_a_real_index_load_resolve_and_are_of_every_kind(assistant: Assistant, tmp_path: Path) -> None:
    found, _ = make_questions(
        assistant.abstracts(), lambda text: [one.passage.abstract_id for one in assistant.retrieve(text, 3)], count=len(KINDS)
    )
    save_questions(found, tmp_path / "made.jsonl")
    loaded = load_questions(tmp_path / "made.jsonl")
    assert loaded == tuple(found)
    References(assistant).check(loaded)
    assert len(found) == len(KINDS)


def written(*replies: dict[str, str]) -> tuple[Question | None, dict[str, int], FakeOpenAI]:
    with FakeOpenAI(*[json.dumps(one) for one in replies]) as service:
        settings = Settings(openai_base_url=service.url, model="writing-model", model_attempts=1)
        model = ChatModel.open(settings, sleep=lambda _: None, announce=lambda _: None)
        writer = Writer(model, settings.question_tokens)
        question = writer.write(kite(), "KiteBench uses a motion capture system to follow every string.", "student", "a student.")
        model.close()
    return question, dict(writer.dropped), service


def test_a_model_writes_in_the_words_of_a_persona_and_is_asked_again_whether_the_sentence_answers() -> None:
    asks = "With what are the strings watched in KiteBench?"
    question, dropped, service = written({"question": asks, "answer": "motion capture system"}, {"answer": "A motion capture system."})
    assert question is not None
    assert (question.question, question.must_contain, question.gold) == (asks, ("motion capture system",), ("aaa",))
    assert question.tags == ("made", "named", "written", "student")
    assert dropped == {}
    assert [one["messages"][0]["content"].split(".")[0] for one in service.chats] == [
        "You write test questions about research abstracts",
        "Answer the question from the sentence alone",
    ]


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("With what are strings watched in KiteBench?", "a camera", "answer not in its sentence"),
        ("With what are strings watched?", "motion capture system", "names no work"),
        ("What has KiteBench that uses a motion capture of strings?", "system", ""),
        ("What follows from it that KiteBench uses a motion capture system?", "every string", "copies its sentence"),
        ("Tell me about KiteBench", "system", "unreadable reply"),
    ],
)
def test_what_a_model_writes_is_held_against_the_sentence(question: str, answer: str, reason: str) -> None:
    found, dropped, _ = written({"question": question, "answer": answer}, {"answer": answer})
    assert (found is None, dropped) == ((True, {reason: 1}) if reason else (False, {}))


def test_a_question_that_the_model_answers_otherwise_is_dropped() -> None:
    asks = "With what are the strings watched in KiteBench?"
    found, dropped, _ = written({"question": asks, "answer": "motion capture system"}, {"answer": "none"})
    assert (found, dropped) == (None, {"the model answers it otherwise": 1})


def test_a_service_that_fails_ends_the_writing_and_is_told() -> None:
    settings = Settings(openai_base_url="http://127.0.0.1:9/v1", model="gone", model_attempts=1)
    writer = Writer(ChatModel.open(settings, sleep=lambda _: None, announce=lambda _: None), 1000)
    assert list(writer.questions([kite()], seed=0)) == []
    assert "127.0.0.1:9" in writer.failure


def test_a_person_keeps_and_drops_and_every_answer_is_written_at_once(tmp_path: Path) -> None:
    file, shown = tmp_path / "made.jsonl", io.StringIO()
    questions = [*fact_questions(kite()), *name_questions(kite())]
    save_questions(questions, file)
    pressed = iter("kdxbkdq")
    counts = review_all(file, [one.id for one in questions], Console(file=shown, width=200), lambda: next(pressed))
    assert counts == (2, 1)
    first, second, third = questions
    assert load_questions(file) == (replace(first, tags=(*first.tags, "reviewed")), replace(second, tags=(*second.tags, "reviewed")))
    assert load_questions(dropped_file(file)) == (third,)
    assert "motion capture system" in shown.getvalue()


def test_both_commands_work_from_the_command_line(surroundings: Path) -> None:
    made = CliRunner().invoke(app, ["make-questions", "--out", "made.jsonl", "--count", "3", "--kinds", "definition, catalogue"])
    assert (made.exit_code, made.stdout) == (0, "")
    assert "3 questions in made.jsonl. Look at them with: python -m eval review made.jsonl" in made.stderr
    assert {one.kind for one in load_questions(surroundings / "made.jsonl")} >= {"definition"}
    reviewed = CliRunner().invoke(app, ["review", "made.jsonl", "--limit", "2"], input="k\nd\n")
    assert "1 kept, 1 dropped, 0 left." in reviewed.stderr
    assert len(load_questions(surroundings / "made.jsonl")) == 2


def test_a_model_must_be_there_to_write(surroundings: Path) -> None:
    done = CliRunner().invoke(app, ["make-questions", "--out", "made.jsonl", "--personas"])
    assert (done.exit_code, "--personas needs a model service" in done.stderr) == (1, True)
