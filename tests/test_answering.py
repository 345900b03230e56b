"""Several processes that answer from one index: what the benchmark of them promises, with real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.answering import Asked, Front, answerers
from benchmarks.processes import expected, killed
from rag.model.errors import RagError
from rag.model.settings import Settings

ASKED = [
    Asked(str(number), question)
    for number, question in enumerate(
        ["How does KS-Lottery find winning tickets?", "How many papers are from 2024?", "Who wrote KS-Lottery?", "What does UzBERT do?"] * 2
    )
]


@pytest.fixture(scope="module")
def settings(index_dir: Path, corpus: Path) -> Settings:
    return Settings(index_dir=index_dir, corpus=(corpus,), mode="extract", _env_file=None)


def test_where_a_process_is_killed_in_the_middle_of_an_answer_no_answer_is_lost(settings: Settings) -> None:
    told = killed(settings, 2, ASKED, expected(settings, ASKED), at=1)
    assert told.kept, told
    assert (told.asked, told.of_each, told.again, told.left) == (len(ASKED), (len(ASKED),), 1, 1)


def test_a_question_that_ends_every_process_is_told_and_waited_for_by_nobody(settings: Settings) -> None:
    with answerers(settings, 1, killed_at=1) as working:
        front = Front(working)
        with pytest.raises(RagError, match="No process is left"):
            front.ask(ASKED[0])
    assert (front.again, front.left) == (1, 0)


def test_a_process_that_has_ended_before_it_was_asked_is_left_out(settings: Settings) -> None:
    with answerers(settings, 2) as working:
        working[0].process.kill()
        working[0].process.wait()
        front = Front(working)
        assert front.ask(ASKED[1]).error == ""
        assert (front.again, front.left) == (1, 1)
