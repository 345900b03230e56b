"""A real and weak model, by the real protocol: whatever it writes, a user gets an answer that can be used, and is told what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.llm import ChatModel
from rag.model import Answer, Settings
from tests.processes import LIFETIME
from tests.small_model import NAME, Service, lacking, small_model

pytestmark = [pytest.mark.small_model, pytest.mark.skipif(lacking() is not None, reason=str(lacking()))]

# Short replies and few abstracts: the model is slow here, and what is asked of it does not depend on how much it writes.
BRIEF = {"top_k": 2, "model_window": 3072, "reply_tokens": 256}
PATIENT = {"model_deadline": LIFETIME, "model_read_timeout": LIFETIME}  # a busy machine is no fault of the code
OWN = "The answer below is in the abstracts' own sentences instead."

QUESTIONS = {
    "a fact of a named work": "How does KS-Lottery find winning tickets?",
    "a definition": "What is CoWPiRec?",
    "in everyday words": "When a chatbot learns to think step by step in one language, does that carry over to others?",
}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with small_model(BRIEF["model_window"]) as started:
        yield started


def settings(service: Service, index_dir: Path, corpus: Path, **options: Any) -> Settings:
    return Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, **{**BRIEF, **PATIENT, **options})


def is_cited(answer: Answer, assistant: Assistant) -> bool:
    """True if there are claims, each is supported by what it cites, and each quote is a verbatim slice of its abstract."""
    quotes = [one for one in answer.citations if one.kind == "sentence"]
    verbatim = (assistant.abstract(one.abstract_id).text[one.start : one.end] == one.quote for one in quotes)
    told = [claim for claim in answer.claims if claim.kind == "evidence"]
    return bool(told) and all(one.citations and one.verdict == "supported" for one in told) and all(verbatim)


def is_usable(answer: Answer, assistant: Assistant) -> bool:
    """True for sentences of the model that are borne out, and for the abstracts' own under a notice that says so."""
    if answer.mode == "generate":
        return answer.outcome == "answered" and is_cited(answer, assistant)
    return answer.outcome in ("answered", "nearest") and is_cited(answer, assistant) and any(OWN in one for one in answer.notices)


def test_the_server_lists_its_model_and_its_name_is_taken(service: Service, index_dir: Path, corpus: Path) -> None:
    assert ChatModel.open(settings(service, index_dir, corpus)).name == NAME


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_every_answer_can_be_used(service: Service, index_dir: Path, corpus: Path, question: str) -> None:
    with Assistant.open(settings(service, index_dir, corpus)) as assistant:
        answer = assistant.ask(question)
        assert is_usable(answer, assistant), answer.to_dict()


def test_what_is_streamed_is_the_answer(service: Service, index_dir: Path, corpus: Path) -> None:
    with Assistant.open(settings(service, index_dir, corpus, judge="local")) as assistant:
        told: list[str] = []
        for step in assistant.stream("How does KS-Lottery find winning tickets?"):
            if step.kind == "restart":
                told = []
            elif step.claim is not None:
                told.insert(step.position, step.claim.text)
        assert step.answer is not None
        assert is_usable(step.answer, assistant), step.answer.to_dict()
        assert told == [claim.text for claim in step.answer.claims]


def test_a_prompt_that_is_too_long_for_the_server_leaves_an_answer_all_the_same(index_dir: Path, corpus: Path) -> None:
    with small_model(1024) as narrow, Assistant.open(settings(narrow, index_dir, corpus)) as assistant:
        answer = assistant.ask("How does KS-Lottery find winning tickets?")
        assert is_usable(answer, assistant), answer.to_dict()
