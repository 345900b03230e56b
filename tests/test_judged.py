"""Sentences that a model wrote, judged by a model: what it lifts and what it stops, what stays forbidden, and who judges without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.llm import Call, ChatModel, load_prompts
from rag.model.answers import Answer
from rag.model.settings import Settings
from rag.support import CitedPaper, ClaimWithSources, follows, judge_claims
from tests.fakes import FakeOpenAI
from tests.scripted import error
from tests.writing import Body, claim, is_judging, is_repair, judged_items, place, quoting, reply, verdicts

QUESTION = "How does KS-Lottery find winning tickets?"
IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"
TOKENS = "18 tokens"
TRUE = "KS-Lottery holds the weights that training moved against the untouched ones, by a statistical test."
FALSE = "KS-Lottery trains the Kolmogorov-Smirnov Test on parameters that it draws at random."


def writes(text: str, verdict: str = "supported", reason: str = "", *, words: str = IDEA, mended: str = "") -> Callable[[Body], Any]:
    """A model that writes one sentence about the one that holds `words`, judges everything so, and repairs what fails so."""

    def answer(body: Body) -> Any:
        if is_judging(body):
            right = [(one["number"], "supported" if one["claim"] == mended else verdict, reason) for one in judged_items(body)]
            return verdicts(*right)
        if is_repair(body):
            return json.dumps({"claims": [claim(mended, place(body, words), number=1)] if mended else []})
        return reply(claim(text, place(body, words)))

    return answer


@contextmanager
def asking(index_dir: Path, corpus: Path, default: Any, **options: Any) -> Iterator[tuple[Answer, FakeOpenAI]]:
    with FakeOpenAI(default=default) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, **options)
        with Assistant.open(settings) as assistant:
            yield assistant.ask(QUESTION), service


def test_a_true_sentence_in_other_words_is_shown_and_says_who_judged_it(index_dir: Path, corpus: Path) -> None:
    with asking(index_dir, corpus, writes(TRUE)) as (answer, service):
        assert [(one.text, one.verdict, one.score, one.verdict_by) for one in answer.claims] == [(TRUE, "supported", 1.0, "fake-model")]
        assert answer.checks == {"checked": 1, "judged": 1}
        assert len(service.chats) == 2
    with asking(index_dir, corpus, writes(TRUE), judge="local") as (answer, service):
        assert TRUE not in answer.text  # which shows that it is the judge's doing
        assert not any(is_judging(one) for one in service.chats)


def test_a_fluent_falsehood_is_left_out_with_the_judges_reason_in_the_repair(index_dir: Path, corpus: Path) -> None:
    why = "the test compares distributions, it is not trained"
    with asking(index_dir, corpus, writes(FALSE, "not", why, mended=TRUE)) as (answer, service):
        assert [one.text for one in answer.claims] == [TRUE]
        assert (answer.checks["repaired"], answer.checks["judged"]) == (1, 2)
        assert why in next(one["messages"][-1]["content"] for one in service.chats if is_repair(one))
    with asking(index_dir, corpus, writes(FALSE, "partly", why), unsupported="flag") as (answer, _):
        assert [(one.text, one.verdict, one.flags) for one in answer.claims] == [(FALSE, "weak", (f"judge: {why}",))]


def test_the_judge_sees_the_claims_and_what_they_cite_and_nothing_else(index_dir: Path, corpus: Path) -> None:
    with asking(index_dir, corpus, writes(TRUE)) as (answer, service):
        asked = next(one for one in service.chats if is_judging(one))
        (item,) = judged_items(asked)
        assert item == {"number": 1, "claim": TRUE, "sources": [{"paper": "KS-Lottery", "sentences": [answer.citations[0].quote]}]}
        assert QUESTION not in json.dumps(asked["messages"])


def test_what_stands_so_in_its_source_needs_no_judge(index_dir: Path, corpus: Path) -> None:
    with asking(index_dir, corpus, quoting(IDEA)) as (answer, service):
        assert [one.verdict_by for one in answer.claims] == ["verbatim"]
        assert len(service.chats) == 1


@pytest.mark.parametrize(
    "text",
    [
        "KS-Lottery tunes the embeddings of 81 tokens.",
        "KS-Lottery and FancyNet tune the embeddings of 18 tokens.",
    ],
)
def test_no_judge_lifts_a_figure_or_a_name_that_stands_nowhere(index_dir: Path, corpus: Path, text: str) -> None:
    with asking(index_dir, corpus, writes(text, words=TOKENS)) as (answer, service):
        assert text not in answer.text
        assert not any(is_judging(one) for one in service.chats)


@pytest.mark.parametrize(
    ("raw", "text", "so"),
    [
        ("94", "It uses only 6% of the parameters.", True),
        ("4.5", "From 36.2% to 40.7%.", True),
        ("78.1", "A balanced accuracy of 0.781.", True),
        ("91", "Compressing the parameters to 8.7%.", True),
        ("95", "It uses only 6% of the parameters.", False),
        ("81", "Fine-tuning 18 tokens.", False),
    ],
)
def test_what_follows_from_the_figures_of_a_text_in_one_step(raw: str, text: str, so: bool) -> None:
    assert follows(raw, text) is so


@pytest.mark.parametrize("said", [error(400, "No."), "I would say they are fine.", verdicts(), verdicts((7, "supported", ""))])
def test_without_a_verdict_our_own_check_decides_and_that_is_told(index_dir: Path, corpus: Path, said: Any) -> None:
    close = "KS-Lottery uses the Kolmogorov-Smirnov Test to analyze the distribution shift of parameters before and after fine-tuning."

    def model(body: Body) -> Any:
        return said if is_judging(body) else writes(close)(body)

    with asking(index_dir, corpus, model) as (answer, _):
        assert [(one.text, one.verdict_by) for one in answer.claims] == [(close, "local")]
        assert any("checked by words alone" in one for one in answer.notices)


def test_another_model_may_judge(index_dir: Path, corpus: Path) -> None:
    with asking(index_dir, corpus, writes(TRUE), judge_model="strict-model") as (answer, service):
        assert answer.claims[0].verdict_by == "strict-model"
        assert [one["model"] for one in service.chats] == ["fake-model", "strict-model"]


def test_of_two_verdicts_the_harsher_counts_and_more_than_a_request_holds_are_judged_in_several() -> None:
    items = [ClaimWithSources(f"Claim {number}.", (CitedPaper({"paper": "A title"}, ["A sentence."]),)) for number in range(20)]

    def judge(body: Body) -> str:
        found = [(one["number"], "supported", "") for one in judged_items(body)]
        return verdicts(*found, (1, "not", "it says otherwise"), (2, "certainly", ""))

    with FakeOpenAI(default=judge) as service:
        model = ChatModel.open(Settings(openai_base_url=service.url))
        found = judge_claims(model, load_prompts(), items, Call(100_000), 2000)
        model.close()
    assert [one.verdict if one else None for one in found] == (["absent"] + ["supported"] * 15 + ["absent"] + ["supported"] * 3)
    assert len(service.chats) == 2
