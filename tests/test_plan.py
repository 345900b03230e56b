"""The plan that a model makes of a question: how it stands by itself, what to search for, and what becomes of one that drifts or fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.answers.plan import make_plan, recent
from rag.assistant import Assistant
from rag.llm.chat import ChatModel
from rag.llm.prompts import load_prompts
from rag.llm.records import Call
from rag.model.answers import Answer
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.scripted import error
from tests.writing import Body, given, quoting, reply

HISTORY = [
    {"role": "user", "content": "How does KS-Lottery find winning tickets?"},
    {"role": "assistant", "content": "It uses the Kolmogorov-Smirnov test on parameters before and after fine-tuning."},
]
QUESTION = "How many tokens does it tune?"
GOOD = "How many tokens does KS-Lottery tune to find its winning tickets?"


def as_json(question: object, *searches: object) -> str:
    return json.dumps({"question": question, "searches": searches})


@pytest.fixture
def rewrite() -> Callable[..., str | None]:
    """Rewrites a question with a model that says this."""

    def run(said: Any, question: str = QUESTION) -> str | None:
        with FakeOpenAI(default=said) as service:
            model = ChatModel.open(Settings(openai_base_url=service.url, model_attempts=1), announce=lambda _: None)
            try:
                plan = make_plan(model, load_prompts(), question, question, HISTORY, Call(10_000))
                return None if plan is None else plan.question
            finally:
                model.close()

    return run


def test_a_good_rewriting_is_taken(rewrite: Callable[..., str | None]) -> None:
    assert rewrite(as_json(GOOD)) == GOOD
    assert rewrite(f"Sure:\n```json\n{as_json(GOOD)}\n```") == GOOD


@pytest.mark.parametrize(
    "said",
    [
        as_json("What is the weather in Lisbon like for surfers tomorrow morning?"),
        as_json("How many tokens does KS-Lottery tune on 48 GPUs?"),
        as_json(""),
        as_json(GOOD + " and so on" * 60),
        as_json(7),
        '{"query": "x"}',
        "I would rather not.",
        "[" * 3000,
        error(401),
    ],
)
def test_one_that_drifts_or_is_none_is_not(rewrite: Callable[..., str | None], said: object) -> None:
    assert rewrite(said) is None


def test_a_figure_or_name_of_the_question_must_stay(rewrite: Callable[..., str | None]) -> None:
    question = "Does it beat LoRA with 18 tokens?"
    assert rewrite(as_json("Does KS-Lottery beat LoRA with 18 tokens in fine-tuning?"), question)
    assert rewrite(as_json("Does KS-Lottery beat fine-tuning with 18 tokens?"), question) is None
    assert rewrite(as_json("Does KS-Lottery beat LoRA with tokens in fine-tuning?"), question) is None


def test_a_question_in_another_language_becomes_english(rewrite: Callable[..., str | None]) -> None:
    german = "Wie viele Token stimmt KS-Lottery ab?"
    assert rewrite(as_json("How many tokens does KS-Lottery tune?"), german) == "How many tokens does KS-Lottery tune?"
    assert rewrite(as_json("How many tokens does GPT-9 tune?"), german) is None


def asked(index_dir: Path, corpus: Path, said: Any, question: str) -> tuple[Answer, list[dict[str, Any]]]:
    """The answer of an assistant whose model rewrites like this and then answers, and what the model was sent."""

    def write(body: Body) -> Any:
        return said if "Last question:" in body["messages"][1]["content"] else quoting("Kolmogorov-Smirnov Test")(body)

    with FakeOpenAI(default=write) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model_attempts=1)
        with Assistant.open(settings) as assistant:
            return assistant.ask(question, HISTORY), service.chats


def test_a_follow_up_is_answered_as_the_model_rewrote_it(index_dir: Path, corpus: Path) -> None:
    answer, sent = asked(index_dir, corpus, as_json(GOOD), QUESTION)
    assert (answer.question, answer.standalone_question, answer.mode) == (QUESTION, GOOD, "generate")
    assert len(sent) == 2


def test_where_the_rewriting_drifts_the_rules_decide(index_dir: Path, corpus: Path) -> None:
    answer, _ = asked(index_dir, corpus, as_json("Who won the football match in Lisbon yesterday evening?"), QUESTION)
    assert "KS-Lottery" in answer.standalone_question
    assert "Lisbon" not in json.dumps(answer.to_dict())


def test_a_question_that_stands_alone_costs_no_rewriting(index_dir: Path, corpus: Path) -> None:
    _, sent = asked(index_dir, corpus, as_json(GOOD), "How does KS-Lottery use the Kolmogorov-Smirnov Test to find winning tickets?")
    assert len(sent) == 1


def test_of_a_long_history_the_last_messages_are_kept() -> None:
    history = [{"role": "user", "content": f"{number} " + "word " * 100} for number in range(50)]
    kept = recent(history, 500)
    assert [one["content"].split()[0] for one in kept] == ["46", "47", "48", "49"]
    assert recent(history, 0) == []


def test_markers_of_earlier_turns_never_reach_the_model(index_dir: Path, corpus: Path) -> None:
    history = [HISTORY[0], {"role": "assistant", "content": "It uses a test [1][2]. {query_str} {words} %s"}]

    def write(body: Body) -> Any:
        return as_json(GOOD) if "Last question:" in body["messages"][1]["content"] else quoting("Kolmogorov-Smirnov Test")(body)

    with FakeOpenAI(default=write) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url)
        with Assistant.open(settings) as assistant:
            assistant.ask(QUESTION, history)
    sent = json.dumps([one["messages"] for one in service.chats])
    assert "[1]" not in sent
    assert "{query_str} {words} %s" in sent  # users' text is never a template


OWN_WORDS = "Do any folks here make a big net out of a little one so that it starts out just as clever?"
SEARCH = "expanding small pretrained language models into larger ones, function-preserving initialization"


def test_what_the_searches_of_a_plan_find_is_read_and_said_in_the_trace(index_dir: Path, corpus: Path) -> None:
    """Without the plan the abstract that answers is not among those that the model reads."""

    def titles(said: Any) -> list[str]:
        def model(body: Body) -> Any:
            return said if "Last question:" in body["messages"][1]["content"] else reply(answerable=False)

        with FakeOpenAI(default=model) as service:
            settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, top_k=3)
            with Assistant.open(settings) as assistant:
                answer = assistant.ask(OWN_WORDS, explain=True)
            facts = next(one.facts for one in answer.trace if one.stage == "plan")
            searches = facts.get("searches", [])
            assert searches == ([SEARCH] if said != "No." else [])
            assert answer.searches == tuple(searches)
            first = next(one for one in service.chats if "Write at most" in one["messages"][0]["content"])
            assert len(given(first)) == 3
            return [said["1"] for said in given(first).values()]

    with_plan, without = titles(as_json(OWN_WORDS, SEARCH, SEARCH, 7, " ")), titles("No.")
    found = set(with_plan) - set(without)
    assert found, (with_plan, without)


def test_a_named_work_that_is_here_needs_no_plan(index_dir: Path, corpus: Path) -> None:
    _, sent = asked(index_dir, corpus, as_json(GOOD), "How does KS-Lottery find winning tickets?")
    assert not any("Last question:" in one["messages"][1]["content"] for one in sent)


def test_a_plan_has_five_searches_at_most_and_bounded_ones() -> None:
    with FakeOpenAI(
        default=as_json(QUESTION, *(f"search {number} " + " ".join(f"word{at}" for at in range(200)) for number in range(9)))
    ) as service:
        model = ChatModel.open(Settings(openai_base_url=service.url), announce=lambda _: None)
        plan = make_plan(model, load_prompts(), QUESTION, QUESTION, HISTORY, Call(10_000))
        model.close()
    assert plan is not None
    assert [len(one) for one in plan.searches] == [300] * 5


@pytest.mark.parametrize(
    ("question", "said", "taken"),
    [
        ("And [2]?", "How does KS-Lottery compare with full fine-tuning?", True),  # the figure was a citation
        ("Which of the two is older?", "Which is older, KS-Lottery or the lottery ticket hypothesis?", True),
        ("Which of the two is older?", "Which is older, KS-Lottery or GPT-9?", False),
    ],
)
def test_right_readings_of_leaning_questions_are_taken(rewrite: Callable[..., str | None], question: str, said: str, taken: bool) -> None:
    assert (rewrite(as_json(said), question) == said) is taken
