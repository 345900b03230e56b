"""Any system is asked: functions and query engines, programs, addresses that speak the OpenAI protocol; each failure is a row."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from typer.testing import CliRunner

from eval.__main__ import app
from eval.questions import SHIPPED, load_questions
from eval.records import Question, Row
from eval.runs import SystemAnswers, evaluate
from eval.systems import ProgramSystem, PythonSystem, Reply, ServiceSystem, System, load_system
from eval.systems.reference import NearestText, ServiceLLM, query_engine
from eval.systems.replies import SystemFailedError, read_reply
from rag.assistant import Assistant
from rag.integrations.llama_index import CheckedQueryEngine, HybridRetriever
from rag.llm import ChatModel
from rag.model import ModelError, Settings, SettingsError
from tests.fakes import FakeOpenAI
from tests.scripted import error, raw

ASKED = Question("q", "fact", "What is A?")
FOLLOWING = Question("f", "followup", "And B?", ({"role": "user", "content": "What is A?"}, {"role": "assistant", "content": "Seven."}))
SEVEN = {"answer": "A uses seven layers [1].", "contexts": ["A uses seven layers."]}


def asked(system: System, question: Question = ASKED) -> Row:
    return evaluate([question], SystemAnswers(system)).rows[0]


def python_system(call: Any) -> PythonSystem:
    return PythonSystem("module:name", call)


# Things of Python.


@pytest.mark.parametrize(
    "reply", ["A uses seven layers.", {"answer": "A uses seven layers."}, {"result": "A uses seven layers.", "source_documents": []}]
)
def test_a_function_may_give_a_text_or_a_mapping(reply: Any) -> None:
    row = asked(python_system(lambda question: reply))
    assert (row.outcome, row.said) == ("answered", "A uses seven layers.")


def test_a_function_is_given_the_turns_before_where_it_takes_them() -> None:
    def named(question: str, history: Any) -> str:
        return f"{len(history)} turns."

    def second(question: str, turns: Any) -> str:
        return f"{len(turns)} turns."

    def none(question: str, style: str = "long") -> str:
        return f"{style} turns."

    said = [asked(python_system(one), FOLLOWING).said for one in (named, second, none)]
    assert said == ["2 turns.", "2 turns.", "long turns."]
    assert [python_system(one).takes_history for one in (named, second, none)] == [True, True, False]


def test_a_coroutine_is_waited_for() -> None:
    async def answer(question: str) -> Mapping[str, Any]:
        return SEVEN

    assert asked(python_system(answer)).outcome == "answered"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "module:name gave None."),
        ("", "The answer is empty."),
        ({"text": 1}, "There is no answer among: text."),
        ({"answer": 7}, "The answer is no text but int."),
        ({"error": "out of memory", "answer": ""}, "The system told an error: out of memory"),
        ({"answer": "x", "contexts": [7]}, "A context is neither a text nor an object with one, but 7."),
        (7, "The system gave int, which is neither a text, a mapping nor a response of LlamaIndex."),
    ],
)
def test_a_reply_that_is_none_is_a_row_with_its_error_and_counts(given: Any, told: str) -> None:
    run = evaluate([ASKED], SystemAnswers(python_system(lambda question: given)))
    assert (run.rows[0].outcome, run.rows[0].error) == ("error", told)
    assert (run.metrics["outcome_error"].value, run.metrics["answered_recall"].value) == (1.0, 0.0)


def test_what_a_function_raises_is_told_with_its_kind() -> None:
    def broken(question: str) -> str:
        raise ZeroDivisionError("a bug")

    assert asked(python_system(broken)).error == "ZeroDivisionError: a bug"


def test_contexts_come_in_many_forms() -> None:
    forms: list[Any] = [
        ["A.", "B."],
        [{"text": "A.", "id": 1}, {"page_content": "B.", "metadata": {"source": "b.pdf", "title": "On B"}}],
        {"title": ["On A", "On B"], "sentences": [["A."], ["B."]]},
        {"citations": [{"content": "A."}, {"content": "B."}]},
    ]
    for form in forms:
        assert [one.text for one in read_reply({"answer": "x", "contexts": form}).contexts] == ["A.", "B."]
    (named,) = read_reply({"answer": "x", "contexts": forms[1][1]}).contexts
    assert (named.id, named.title) == ("b.pdf", "On B")
    (linked,) = read_reply({"answer": "x", "citations": ["https://a.example/b"]}).contexts
    assert (linked.id, linked.text) == ("https://a.example/b", "")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module with things that can be asked, and some that cannot."""
    (tmp_path / "somebodys_bot.py").write_text(
        "class Bot:\n"
        "    def __init__(self): self.closed = False\n"
        "    def ask(self, question, history): return f'{question} Yes.'\n"
        "    def close(self): self.closed = True\n"
        "def made(): return Bot()\n"
        "def answer(question): return 'Yes.'\n"
        "bot, number = Bot(), 7\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "somebodys_bot", raising=False)
    return "somebodys_bot"


@pytest.mark.parametrize("name", ["Bot", "made", "answer", "bot", "bot.ask"])
def test_a_name_leads_to_a_function_a_system_or_a_factory(module: str, name: str) -> None:
    assert asked(load_system(f"{module}:{name}")).outcome == "answered"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere:x", "cannot be imported"),
        ("somebodys_bot:x", "has no x"),
        ("somebodys_bot:number", "int is no function"),
        ("x", "takes module:name"),
    ],
)
def test_a_name_that_leads_nowhere_is_told(module: str, name: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load_system(name)


# Query engines of LlamaIndex, real ones over the corpus.


def test_a_query_engine_is_asked_and_its_nodes_are_its_contexts(assistant: Assistant) -> None:
    engine = RetrieverQueryEngine.from_args(HybridRetriever(assistant, 3), llm=MockLLM(max_tokens=5))
    (row,) = evaluate(load_questions(SHIPPED)[:1], SystemAnswers(python_system(engine), assistant)).rows
    assert row.said is not None
    assert [one.id for one in row.contexts] == [one for one, _ in row.retrieved]
    assert len(row.contexts) == 3
    assert set(row.gold) <= {one.id for one in row.contexts}


def test_the_assistant_as_a_query_engine_is_judged_like_any_system(assistant: Assistant) -> None:
    questions = load_questions(SHIPPED)[:3]
    other = evaluate(questions, SystemAnswers(python_system(CheckedQueryEngine(assistant)), assistant))
    own = evaluate(questions, assistant)
    assert other.metrics["faithfulness_cited"].value == own.metrics["faithfulness_cited"].value == 1.0
    assert other.metrics["evidence_recall@120"].value == own.metrics["evidence_recall@120"].value


def test_the_reference_is_plain_retrieval_without_a_model_and_writes_with_one(index_dir: Path, corpus: Path) -> None:
    settings = Settings(index_dir=index_dir, corpus=(corpus,), mode="extract")
    question = "How does KS-Lottery find winning tickets?"
    plain = query_engine(settings)
    assert isinstance(plain, NearestText)
    reply = python_system(plain).ask(question, [])
    assert (reply.answer, len(reply.contexts)) == (reply.contexts[0].text, 8)
    with FakeOpenAI(default="It uses the Kolmogorov-Smirnov test.") as service:
        served = settings.model_copy(update={"openai_base_url": service.url})
        written = python_system(query_engine(settings, ServiceLLM(ChatModel.open(served), served))).ask(question, [])
        assert question in service.chats[-1]["messages"][-1]["content"]
    assert (written.answer, written.contexts) == ("It uses the Kolmogorov-Smirnov test.", reply.contexts)


def test_an_answer_of_ours_may_be_given_by_a_function(assistant: Assistant) -> None:
    questions = [load_questions(SHIPPED)[0], next(one for one in load_questions(SHIPPED) if one.kind == "absent_topic")]
    given = evaluate(questions, SystemAnswers(python_system(lambda question: assistant.ask(question)), assistant))
    own = evaluate(questions, assistant)
    assert [row.outcome for row in given.rows] == [row.outcome for row in own.rows]
    assert given.metrics["gold_recall"].value == own.metrics["gold_recall"].value


# Programs.


def program(code: str, **options: Any) -> ProgramSystem:
    return ProgramSystem(shlex.join([sys.executable, "-c", code]), **options)


def test_a_program_is_given_the_question_as_text_or_with_its_history_as_json() -> None:
    text = program("print(input() + ' Yes.')")
    assert asked(text).said == "What is A? Yes."
    code = "import json; d = json.loads(input()); print(json.dumps({'answer': str(len(d['history'])), 'contexts': ['x']}))"
    structured = program(code, given="json")
    row = asked(structured, FOLLOWING)
    assert (row.said, [one.text for one in row.contexts]) == ("2", ["x"])
    assert (text.takes_history, structured.takes_history) == (False, True)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import sys; sys.exit('no model here')", "The program ended with status 1: no model here."),
        ("pass", "The program printed nothing."),
        ("print({'a': 1}.__repr__().replace(chr(39), chr(34)))", "There is no answer among: a."),
        ("import time; time.sleep(600)", "The program did not answer within 0.5 seconds (--timeout)."),
        ("while True: print('x' * 65536)", "The program printed more than 16,000,000 bytes."),
    ],
)
def test_a_program_that_fails_is_a_row_with_its_error(code: str, told: str) -> None:
    row = asked(program(code, seconds=0.5 if "sleep" in code else 60.0))
    assert (row.outcome, row.error) == ("error", told)


def test_a_program_that_cannot_be_started_is_told_and_no_path_of_it_is_kept() -> None:
    row = asked(ProgramSystem("/no/such/program --key secret"))
    assert row.error is not None
    assert "cannot be started" in row.error
    assert ProgramSystem("/no/such/program --key secret").name.startswith("program (")
    for command in ("", "'"):
        with pytest.raises(SettingsError, match="--command"):
            ProgramSystem(command)


# Addresses.


def document(**fields: Any) -> bytes:
    message = {"role": "assistant", "content": "A uses seven layers [1].", **fields.pop("message", {})}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return json.dumps({"model": "m-1", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage, **fields}).encode()


@pytest.mark.parametrize(
    "sent",
    [
        document(message={"context": {"citations": [{"content": "A uses seven layers.", "title": "On A"}]}}),
        document(contexts=["A uses seven layers."]),
        document(citations=[{"text": "A uses seven layers."}]),
    ],
)
def test_a_service_is_asked_with_the_turns_before_and_its_contexts_are_taken(sent: bytes) -> None:
    with FakeOpenAI(default=raw(sent, kind="application/json")) as service:
        row = asked(ServiceSystem(service.url, Settings()), FOLLOWING)
        assert [one["role"] for one in service.chats[0]["messages"]] == ["user", "assistant", "user"]
        assert service.chats[0]["model"] == "fake-model"
    assert row.answer is not None
    assert ([one.text for one in row.contexts], row.answer.model) == (["A uses seven layers."], "m-1")
    assert (row.answer.usage, row.answer.claims[0].citations) == ({"prompt_tokens": 10, "completion_tokens": 5}, (1,))


def test_a_service_that_fails_or_declines_is_a_row() -> None:
    settings = Settings(model_attempts=1)
    with FakeOpenAI(default=error(500, "It broke.")) as service:
        assert "It broke" in str(asked(ServiceSystem(service.url, settings)).error)
    with FakeOpenAI(default=raw(document(message={"content": None, "refusal": "I will not."}), kind="application/json")) as service:
        assert asked(ServiceSystem(service.url, settings)).outcome == "refused"
    with FakeOpenAI(default=raw(b'{"choices": []}', kind="application/json")) as service:
        assert "no choice" in str(asked(ServiceSystem(service.url, settings)).error)
    with pytest.raises(ModelError):
        ServiceSystem(service.url, settings).ask("What is A?", [])


def test_our_key_goes_to_no_other_host_than_its_own() -> None:
    with FakeOpenAI(default="Yes.") as service:
        for settings, key in (
            (Settings(openai_api_key="sk-ours"), "Bearer none"),
            (Settings(openai_api_key="sk-ours", openai_base_url=service.url), "Bearer sk-ours"),
        ):
            ServiceSystem(service.url, settings).ask("What is A?", [])
            assert service.requests[-1].headers["authorization"] == key
    with pytest.raises(SettingsError):
        ServiceSystem("not an address", Settings())


# The command.


def test_a_run_of_another_system_needs_no_index_where_its_questions_name_no_abstract(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{"id": "a", "question": "What is A?"}, {"id": "b", "question": "And B?", "history": list(FOLLOWING.history)}]
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run = ("run", "--questions", "set.jsonl", "--out", "a")
    done = CliRunner().invoke(app, [*run, "--system", f"{module}:answer"])
    assert done.exit_code == 0, done.output
    assert "1 questions follow on earlier turns" in done.stderr
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["system"], manifest["corpus"], manifest["settings"]) == ({"name": f"{module}:answer"}, None, {})
    assert not (tmp_path / ".rag").exists()
    other = CliRunner().invoke(app, [*run, "--system", f"{module}:bot"])
    assert (other.exit_code, "holds a run with other system" in other.stderr) == (1, True)
    both = CliRunner().invoke(app, [*run, "--system", "a:b", "--command", "cat"])
    assert (both.exit_code, "Only one of" in both.stderr) == (1, True)
    assert CliRunner().invoke(app, ["compare", "a", "a"]).exit_code == 0


def test_every_command_of_the_evaluation_stands_in_the_reference() -> None:
    known = {one.name or getattr(one.callback, "__name__", "").replace("_", "-") for one in app.registered_commands}
    reference = (Path(__file__).parents[1] / "docs" / "reference.md").read_text(encoding="utf-8")
    assert {name for name in known if f"`python -m eval {name} " not in reference} == set()


def test_a_reply_is_what_a_system_of_ones_own_may_give() -> None:
    class Mine:
        name = "mine"

        def ask(self, question: str, history: Any) -> Reply:
            if history:
                raise SystemFailedError("No turns, please.")
            return Reply("A uses seven layers.", refused=False, seconds=1.5)

    assert (asked(Mine()).seconds, asked(Mine(), FOLLOWING).error) == (1.5, "No turns, please.")
