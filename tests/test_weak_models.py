"""What small models do: repeat themselves, take in less than was thought, say no at random. Each ends in an answer that is of use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.llm.repetition import repeats
from rag.model import Answer, Settings
from tests.fakes import FakeOpenAI
from tests.scripted import Fault
from tests.writing import Body, claim, given, place, quoting, reply

QUESTION = "How does KS-Lottery find winning tickets?"
KEY_IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"


def too_long(said: str, window: int) -> Fault:
    """As llama.cpp words it."""
    told = {"code": 400, "type": "exceed_context_size_error", "message": said, "n_ctx": window}
    return Fault("status", status=400, body=json.dumps({"error": told}))


def asked(index_dir: Path, corpus: Path, default: Any, **options: Any) -> tuple[Answer, list[Any]]:
    with FakeOpenAI(default=default, piece=50) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model_attempts=1, **options)
        with Assistant.open(settings) as assistant:
            return assistant.ask(QUESTION), service.chats


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("and so on " * 60, True),
        ("x" * 500, True),
        ('{"key": "ab3d", "sentence": 1}, ' * 20, True),
        ("A beginning that is no loop. " + "the same words again, " * 30, True),
        ("and so on " * 10, False),
        (", ".join(f'{{"number": {number}, "reason": "", "verdict": "supported"}}' for number in range(16)), False),
        (" ".join(f"word{number * 7919 % 1000}" for number in range(400)), False),
        ("", False),
    ],
)
def test_a_text_that_goes_round_in_circles_is_seen(text: str, so: bool) -> None:
    assert repeats(text) is so


def test_a_model_that_repeats_itself_is_stopped_and_what_it_said_before_is_kept(index_dir: Path, corpus: Path) -> None:
    def write(body: Body) -> str:
        idea = place(body, KEY_IDEA)
        return reply(claim(idea[2], idea)).partition('], "missing"')[0] + ', {"evidence": [], "text": "' + "and so on " * 2000

    answer, _ = asked(index_dir, corpus, write)
    assert ([one.text[:8] for one in answer.claims], answer.incomplete) == ([KEY_IDEA[:8]], True)
    assert any("again and again" in one for one in answer.notices)
    assert answer.checks == {"checked": 1}


def test_where_it_said_nothing_before_the_abstracts_own_sentences_answer(index_dir: Path, corpus: Path) -> None:
    answer, sent = asked(index_dir, corpus, '{"answerable": true, "claims": [{"evidence": [' + '{"key": "a", "sentence": 1}, ' * 900)
    assert (answer.outcome, answer.mode, len(sent)) == ("answered", "extract", 1)
    assert "RAG_MODE=extract, serves better" in answer.notices[0]


def test_a_window_that_is_smaller_than_thought_is_kept_to(index_dir: Path, corpus: Path) -> None:
    said = "request (10136 tokens) exceeds the available context size (3000 tokens), try increasing it"
    window = 3000

    def write(body: Body) -> Any:
        if len(json.dumps(body["messages"])) > 4 * window // 2:
            return too_long(said, window)
        return quoting(KEY_IDEA)(body)

    answer, sent = asked(index_dir, corpus, write, reply_tokens=600)
    assert (answer.outcome, answer.mode) == ("answered", "generate")
    assert len(sent) == 2
    assert any("takes in fewer tokens than RAG_MODEL_WINDOW says" in one for one in answer.notices)


def test_where_even_that_is_too_long_the_message_says_what_to_set(index_dir: Path, corpus: Path) -> None:
    said = "request (10136 tokens) exceeds the available context size (8192 tokens), try increasing it"
    answer, sent = asked(index_dir, corpus, too_long(said, 8192))
    assert (answer.mode, len(sent)) == ("extract", 2)
    assert "Lower RAG_MODEL_WINDOW to 8192." in answer.notices[0]


def test_lists_in_a_schema_are_bounded(index_dir: Path, corpus: Path) -> None:
    _, sent = asked(index_dir, corpus, quoting(KEY_IDEA))
    schema = sent[0]["response_format"]["json_schema"]["schema"]

    def unbounded(part: Any) -> list[Any]:
        inside = [
            one
            for value in (part.values() if isinstance(part, dict) else part)
            if isinstance(value, dict | list)
            for one in unbounded(value)
        ]
        return [*inside, *([part] if isinstance(part, dict) and part.get("type") == "array" and "maxItems" not in part else [])]

    assert unbounded(schema) == []
    assert given(sent[0])
