"""Models that a program brings along: its own object, a client of openai, an LLM of LlamaIndex."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI, DefaultHttpxClient, OpenAI

from rag import Assistant, Settings
from rag.llm import Call, ChatModel, LanguageModel, ObjectModel, Reply, TextModel, Usage
from rag.model.errors import ModelError, SettingsError
from tests.fakes import FakeOpenAI, error
from tests.model_service import ASK
from tests.processes import PATIENCE, finished, python, wait_until
from tests.scripted import Abilities
from tests.writing import claim, is_judging, judged_items, place, quoting, reply, verdicts

QUESTION = "How does KS-Lottery find winning tickets?"
WORDS = "Our key idea is to use Kolmogorov-Smirnov Test", "We further theoretically prove that KS-Lottery"
write = quoting(*WORDS)


class Own:
    """A program's own model: its replies, whole or in pieces, and what it was asked."""

    def __init__(self, say: Callable[[Mapping[str, Any]], Any] = write) -> None:
        self.say, self.asked = say, []  # type: ignore[var-annotated]

    def complete(self, messages: Sequence[Mapping[str, str]], *, schema: Mapping[str, Any] | None, max_tokens: int) -> Any:
        body = {"messages": messages, "schema": schema, "max_tokens": max_tokens}
        self.asked.append(body)
        return self.say(body)


class Named(Own):
    name = "house-7b"


class Failing(Own):
    """Raises, after some pieces or before any."""

    def __init__(self, *pieces: str) -> None:
        super().__init__(lambda _: self._pieces(pieces))

    def _pieces(self, pieces: Sequence[str]) -> Iterator[str]:
        yield from pieces
        raise ValueError("no luck with sk-verysecretkey today")


def pieces(body: Mapping[str, Any]) -> Iterator[str]:
    text = write(body)
    yield from (text[start : start + 9] for start in range(0, len(text), 9))


def in_other_words(body: Mapping[str, Any]) -> str:
    """A model that writes one true sentence, which our own check cannot decide, and judges that it is supported."""
    if is_judging(body):
        return verdicts(*((one["number"], "supported", "") for one in judged_items(body)))
    text = "KS-Lottery holds the weights that training moved against the untouched ones, by a statistical test."
    return reply(claim(text, place(body, WORDS[0])))


@pytest.fixture
def chosen(index_dir: Path, corpus: Path) -> Settings:
    return Settings(index_dir=index_dir, corpus=(corpus,))


def asked(model: TextModel, **options: Any) -> Reply:
    return ObjectModel(model, Settings(**options)).complete(ASK, call=Call(1_000_000))


def test_a_server_and_an_object_are_asked_alike() -> None:
    with FakeOpenAI(default="It is so.") as service:
        served: LanguageModel = ChatModel.open(Settings(openai_base_url=service.url, model="served"))
        brought: LanguageModel = ObjectModel(Named(lambda _: "It is so."), Settings())
        replies = [one.complete(ASK, call=Call(1000)) for one in (served, brought)]
        streams = ["".join(map(str, [*one.stream(ASK, call=Call(1000))][:-1])) for one in (served, brought)]
        assert [(one.name, one.host, one.cost(Usage(1, 10, 10))) for one in (served, brought)] == [
            ("served", service.host, None),
            ("house-7b", "Named", None),
        ]
    assert [(one.text, one.complete, one.model) for one in replies] == [("It is so.", True, "served"), ("It is so.", True, "house-7b")]
    assert streams == ["It is so.", "It is so."]


@pytest.mark.parametrize(("model", "name"), [(Own(), "Own"), (Own(pieces), "Own"), (Named(), "house-7b")])
def test_an_object_with_one_method_writes_checked_answers_without_a_key(chosen: Settings, model: Own, name: str) -> None:
    with Assistant.open(chosen, model=model) as assistant:
        answer = assistant.ask(QUESTION)
        *told, last = assistant.stream(QUESTION)
    assert (answer.outcome, answer.mode, answer.model, answer.cost) == ("answered", "generate", name, None)
    assert answer.supported
    assert [one.text.startswith(words) for one, words in zip(answer.claims, WORDS, strict=True)] == [True, True]
    assert answer.usage["requests"] == 1
    assert answer.usage["completion_tokens"] == len(write(model.asked[0])) // 4
    assert (last.answer, [one.claim for one in told if one.claim]) == (answer, list(answer.claims))


def test_an_object_is_told_the_form_of_its_reply_as_a_schema_and_in_words(chosen: Settings) -> None:
    model = Own()
    with Assistant.open(chosen, model=model) as assistant:
        assistant.ask(QUESTION)
    (body,) = model.asked
    assert [one["role"] for one in body["messages"]] == ["system", "user"]
    assert json.dumps(body["schema"], ensure_ascii=False) in body["messages"][0]["content"]
    assert body["max_tokens"] == Settings().reply_tokens


def test_an_object_judges_what_it_wrote(chosen: Settings) -> None:
    with Assistant.open(chosen, model=Named(in_other_words)) as assistant:
        (said,) = assistant.ask(QUESTION).claims
    assert (said.verdict, said.verdict_by) == ("supported", "house-7b")


def test_an_answer_that_is_to_be_extracted_asks_no_object(chosen: Settings) -> None:
    model = Own()
    with Assistant.open(chosen.model_copy(update={"mode": "extract"}), model=model) as assistant:
        assert assistant.ask(QUESTION).mode == "extract"
    assert model.asked == []


def test_an_object_that_fails_is_named_and_the_abstracts_speak_for_themselves(chosen: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with Assistant.open(chosen, model=Failing()) as assistant, caplog.at_level(logging.WARNING, logger="rag.llm"):
        answer = assistant.ask(QUESTION)
    failed = "Failing, the model that was given, failed with ValueError: no luck with (key) today."
    assert (answer.mode, answer.outcome) == ("extract", "answered")
    assert answer.notices[0] == f"{failed} The answer below is in the abstracts' own sentences instead."
    assert caplog.messages[0].startswith(failed)
    assert "in _pieces" in caplog.messages[0]  # where it failed
    assert "verysecret" not in caplog.text


def test_the_error_of_an_object_is_the_cause_of_ours() -> None:
    with pytest.raises(ModelError, match=r"Failing, the model that was given, failed with ValueError") as caught:
        asked(Failing())
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_reply_that_fails_midway_is_kept_as_far_as_it_came() -> None:
    found = asked(Failing("It is ", "so"))
    assert (found.text, found.complete, found.why) == ("It is so", False, "cut")


async def later(body: Mapping[str, Any]) -> str:
    return ""


@pytest.mark.parametrize(
    ("say", "told"),
    [
        (lambda _: " \n", "gave an empty reply"),
        (lambda _: iter(()), "gave an empty reply"),
        (lambda _: None, "gave something of type NoneType where text, or an iterator of its pieces, was expected"),
        (lambda _: {"content": "Yes."}, "gave something of type dict where text"),
        (lambda _: b"Yes.", "gave something of type bytes where text"),
        (lambda _: [b"Yes."], "gave something of type bytes where a piece of text was expected"),
        (later, "gave something of type coroutine where text"),
    ],
)
def test_what_is_no_reply_is_an_error_that_says_what_came(say: Callable[[Mapping[str, Any]], Any], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        asked(Own(say))


def test_a_reply_has_a_most_length() -> None:
    found = asked(Own(lambda _: iter(lambda: "words " * 10_000, "")))
    assert (found.complete, found.why) == (False, "length")
    assert len(found.text) < 2_100_000


def test_a_stop_does_not_wait_for_an_object_and_closes_its_iterator() -> None:
    go, closed = threading.Event(), threading.Event()

    def held(body: Mapping[str, Any]) -> Iterator[str]:
        try:
            yield "It is"
            go.wait(PATIENCE)
            yield " so."
        finally:
            closed.set()

    call = Call(1_000_000)
    steps = ObjectModel(Own(held), Settings()).stream(ASK, call=call)
    assert next(steps) == "It is"
    call.stop.set()
    (found,) = steps
    assert isinstance(found, Reply)
    assert (found.text, found.why, closed.is_set()) == ("It is", "stopped", False)
    go.set()
    assert closed.wait(PATIENCE)


def test_an_object_that_does_not_finish_in_time_is_not_waited_for() -> None:
    now, go = [0.0], threading.Event()

    def held(body: Mapping[str, Any]) -> Iterator[str]:
        now[0] += 121.0
        go.wait(PATIENCE)
        yield "."

    model = ObjectModel(Own(held), Settings(model_deadline=120), clock=lambda: now[0])
    with pytest.raises(ModelError, match=r"Own, .* did not finish within 120 seconds \(RAG_MODEL_DEADLINE\)"):
        model.complete(ASK, call=Call(1_000_000))
    go.set()


def test_what_came_in_time_is_kept() -> None:
    now, go = [0.0], threading.Event()
    model = ObjectModel(Own(lambda _: (one if one else str(go.wait(PATIENCE)) for one in ("It is", ""))), Settings(), clock=lambda: now[0])
    steps = model.stream(ASK, call=Call(1_000_000))
    assert next(steps) == "It is"
    now[0] = 121.0
    (found,) = steps
    assert isinstance(found, Reply)
    assert (found.text, found.why) == ("It is", "late")
    go.set()


def test_an_object_is_not_asked_when_the_tokens_of_a_question_are_used_up() -> None:
    model, call = Own(lambda _: "words " * 100), Call(100)
    adapted = ObjectModel(model, Settings())
    adapted.complete(ASK, call=call)
    with pytest.raises(ModelError, match="RAG_QUESTION_TOKENS"):
        adapted.complete(ASK, call=call)
    assert len(model.asked) == 1


def test_no_more_calls_of_an_object_run_at_a_time_than_are_allowed() -> None:
    lock, running, most = threading.Lock(), [0], [0]
    go = threading.Event()

    def say(body: Mapping[str, Any]) -> str:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        go.wait(PATIENCE)
        with lock:
            running[0] -= 1
        return "Yes."

    model = ObjectModel(Own(say), Settings(model_concurrency=2))
    asking = [threading.Thread(target=lambda: model.complete(ASK, call=Call(1000)), daemon=True) for _ in range(4)]
    for one in asking:
        one.start()
    wait_until(lambda: running[0] == 2)
    go.set()
    for one in asking:
        one.join(PATIENCE)
    assert most == [2]


class Chats:
    """What looks like LlamaIndex's from afar, without its methods."""

    def complete(self, prompt: str) -> str:
        return prompt


class Later:
    async def complete(self, messages: Any, *, schema: Any, max_tokens: int) -> str:
        return ""


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (7, r"model cannot be of type int\. Give an openai\.OpenAI client, a LlamaIndex LLM, or an object with the method complete"),
        (Chats(), "model cannot be of type Chats"),
        (Own, r"model cannot be the class Own itself\..* Make one first: Own\(\.\.\.\)"),
        ("gpt-6-luna", r"model cannot be the name 'gpt-6-luna'\..* \(RAG_MODEL=gpt-6-luna\), or to rag\.query"),
        (Later(), r"type Later\..*asynchronous programs use Assistant\.aask and Assistant\.astream"),
        (AsyncOpenAI(api_key="sk-1"), r"type AsyncOpenAI\..*Assistant\.aask"),
    ],
)
def test_what_is_no_model_is_refused_with_what_is_taken(chosen: Settings, model: object, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Assistant.open(chosen, model=model)


def test_a_judge_by_name_needs_a_service_beside_an_object(chosen: Settings) -> None:
    with pytest.raises(SettingsError, match=r"RAG_JUDGE_MODEL=strict needs a model service"):
        Assistant.open(chosen.model_copy(update={"judge_model": "strict"}), model=Own())


def test_a_client_of_openai_is_asked_with_its_key_its_headers_and_our_retries(chosen: Settings) -> None:
    with FakeOpenAI(error(503, retry_after="0"), default=write, abilities=Abilities(schema=False)) as service:
        connections = DefaultHttpxClient(headers={"x-gateway": "house"})
        client = OpenAI(base_url=service.url, api_key="sk-own-key", max_retries=9, http_client=connections)
        with Assistant.open(chosen.model_copy(update={"model": "fake-model"}), model=client) as assistant:
            answer = assistant.ask(QUESTION)
        assert not client.is_closed()
        client.close()
    assert (answer.outcome, answer.mode, answer.model) == ("answered", "generate", "fake-model")
    posts = [one for one in service.requests if one.method == "POST"]
    assert len(posts) == 3  # it fails in passing, does not take the schema, answers
    assert {(one.headers["authorization"], one.headers["x-gateway"]) for one in posts} == {("Bearer sk-own-key", "house")}


def test_a_client_serves_the_judge_as_well(chosen: Settings) -> None:
    with FakeOpenAI(default=in_other_words) as service, OpenAI(base_url=service.url, api_key="sk-own-key") as client:
        named = chosen.model_copy(update={"model": "writer", "judge_model": "strict"})
        with Assistant.open(named, model=client) as assistant:
            assert assistant.ask(QUESTION).claims[0].verdict_by == "strict"
    assert [one["model"] for one in service.chats] == ["writer", "strict"]


def llama(streams: bool) -> Any:
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class House(CustomLLM):  # type: ignore[misc]  # LlamaIndex is not typed for us
        """An LLM of LlamaIndex, as a program has it."""

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="llama-house", is_chat_model=True)

        def chat(self, messages: Any, **more: Any) -> Any:
            from llama_index.core.llms import ChatMessage, ChatResponse

            body = {"messages": [{"role": one.role.value, "content": one.content} for one in messages]}
            return ChatResponse(message=ChatMessage(role="assistant", content=write(body)))

        def stream_chat(self, messages: Any, **more: Any) -> Any:
            if not streams:
                raise NotImplementedError
            whole = self.chat(messages).message.content
            from llama_index.core.llms import ChatMessage, ChatResponse

            for end in range(0, len(whole) + 20, 20):
                yield ChatResponse(message=ChatMessage(role="assistant", content=whole[:end]), delta=whole[end - 20 : end] if end else "")

        def complete(self, prompt: str, formatted: bool = False, **more: Any) -> Any:
            return CompletionResponse(text="")

        def stream_complete(self, prompt: str, formatted: bool = False, **more: Any) -> Any:
            raise NotImplementedError

    return House()


@pytest.mark.parametrize("streams", [True, False])
def test_an_llm_of_llamaindex_writes(chosen: Settings, streams: bool) -> None:
    with Assistant.open(chosen, model=llama(streams)) as assistant:
        answer = assistant.ask(QUESTION)
    assert (answer.outcome, answer.mode, answer.model) == ("answered", "generate", "llama-house")
    assert answer.supported


def test_an_object_is_taken_without_importing_openai_or_llamaindex(index_dir: Path, corpus: Path) -> None:
    code = (
        "import sys, rag; from pathlib import Path\n"
        "class Own:\n"
        "    def complete(self, messages, *, schema, max_tokens): return 'no JSON'\n"
        "chosen = rag.Settings(_env_file=None, index_dir=Path(sys.argv[1]), corpus=(Path(sys.argv[2]),))\n"
        "assert rag.query(sys.argv[3], settings=chosen, model=Own()).notices\n"
        "print(sorted({'llama_index', 'openai'} & set(sys.modules)))"
    )
    assert finished(python(code, index_dir, corpus, QUESTION)).stdout == "[]\n"
