"""Abstracts that just miss a topic: told beside the count and never counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chat import answer_messages
from rag.cli.terminal import answer_text
from rag.export.formats import cited_ids
from rag.index.ingest import bring_up_to_date
from rag.model.answers import Answer
from rag.model.markup import answer_html, answer_markdown
from rag.model.settings import Settings
from rag.questions.followups import resolve_follow_up
from tests.turns import turn
from ui.render import answers

TEXTS = {
    "Low-Resource Speech Recognition": "We build speech recognition for low-resource languages with automatic speech recognition (ASR).",
    "Swedish Speech Recognition": "We train a model that recognizes Swedish.",
    "Chess": "We let a program play chess against itself until it wins.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("bordering")
    (folder / "corpus").mkdir()
    rows = "\n".join(f'"{title}","{text}"' for title, text in TEXTS.items())
    (folder / "corpus" / "papers.csv").write_text(f"title,abstract\n{rows}\n", encoding="utf-8")
    settings = Settings(index_dir=folder / "index", corpus=(folder / "corpus",), mode="extract")
    bring_up_to_date(settings)
    with Assistant.open(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def answer(assistant: Assistant) -> Answer:
    return assistant.ask("How many papers are about low-resource speech recognition?")


def labels(answer: Answer, numbers: tuple[int, ...]) -> list[str]:
    return [answer.citation(number).label for number in numbers]


def test_what_just_misses_stands_apart(answer: Answer) -> None:
    counted, near = answer.claims
    assert counted.text == "1 paper (of 3) about low-resource speech recognition: Low-Resource Speech Recognition."
    assert (near.kind, near.group, near.aside, counted.aside) == ("collection", "Not counted, but near", True, False)
    assert near.text == "Swedish Speech Recognition."
    assert (labels(answer, counted.citations), labels(answer, near.citations)) == (
        ["Low-Resource Speech Recognition"],
        ["Swedish Speech Recognition"],
    )


def test_the_members_are_those_counted(answer: Answer) -> None:
    assert [one.label for one in answer.members] == ["Low-Resource Speech Recognition"]
    assert {one.kind for one in answer.citations} == {"member"}
    assert dict(answer.checks) == {"computed": 2, "members": 1, "near": 1}
    assert Answer.from_dict(answer.to_dict()) == answer


def test_where_none_is_counted_what_is_near_is_told(assistant: Assistant) -> None:
    answer = assistant.ask("How many papers are about the speech of infants?")
    assert answer.claims[0].text == "No abstract is surely about speech of infants; the nearest are named."
    assert answer.members == ()
    assert "Swedish Speech Recognition" in answer.claims[1].text


def test_a_count_without_a_topic_or_with_nothing_near_has_one_claim(assistant: Assistant) -> None:
    assert len(assistant.ask("How many papers are there?").claims) == 1
    assert len(assistant.ask("How many papers are about chess?").claims) == 1


def test_every_rendering_shows_the_heading(answer: Answer) -> None:
    assert "\n\nNot counted, but near: Swedish" in answer_text(answer).plain
    assert "\n\n**Not counted, but near:** Swedish" in answer_markdown(answer)
    assert "<p><b>Not counted, but near:</b> Swedish" in answer_html(answer)
    assert " Not counted, but near: Swedish" in answer.text
    first, second = answers.claims(answers.view(turn(answer), {}))
    assert "rag-group" not in first
    assert '<b class="rag-group">Not counted, but near</b>Swedish' in second


def test_what_is_exported_of_a_conversation_are_the_members(answer: Answer) -> None:
    assert cited_ids([turn(answer)]) == [answer.citation(1).abstract_id]


def test_those_of_the_answer_are_the_members_and_the_others_answer_to_their_number(answer: Answer) -> None:
    history = answer_messages(answer)
    near = answer.citation(2)
    assert resolve_follow_up("What is said in [2]?", history).cited == (near.abstract_id,)
    assert near.abstract_id not in resolve_follow_up("How does it work?", history).cited
