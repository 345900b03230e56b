"""The judge that asks a model, over many claims: its cache, repeats, the window of its model, what it counts, how it is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.judges.llm import LlmJudge
from eval.judges.prompt import VERSION
from rag.answers.prompts import count_tokens
from rag.llm.chat import ChatModel
from rag.model.errors import ModelError, RagError, SettingsError
from rag.model.settings import Settings
from tests.fakes import FakeOpenAI
from tests.judging_model import HALF, RIGHT, WRONG, always, decisions, items, judge, judging, task


def test_what_was_judged_is_not_asked_again_in_a_second_run(tmp_path: Path) -> None:
    with judge(cache=tmp_path / "cache") as (first, service):
        before = first.decide([task(RIGHT), task(HALF)])
        assert first.decide([task(RIGHT), task(HALF)]) == before
    assert len(service.chats) == 1
    with judge(cache=tmp_path / "cache") as (second, service):
        assert second.decide([task(RIGHT), task(HALF)]) == before
        assert (service.requests, second.counts["cached"], second.usage.total) == ([], 2, 0)
        second.decide([task(RIGHT, "Another text.")])
    assert len(service.chats) == 1


def test_what_was_not_judged_is_asked_again_in_a_second_run(tmp_path: Path) -> None:
    with judge(default="garbage", cache=tmp_path) as (first, _):
        assert decisions(first.decide([task(RIGHT)])) == ["unscored"]
    with judge(cache=tmp_path) as (second, service):
        assert decisions(second.decide([task(RIGHT)])) == ["supported"]
    assert len(service.chats) == 1


def test_a_run_that_was_killed_while_it_wrote_the_cache_loses_only_that_line(tmp_path: Path) -> None:
    with judge(cache=tmp_path) as (first, _):
        first.decide([task(RIGHT)])
    (path,) = tmp_path.iterdir()
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + whole[: len(whole) // 2] + '\n[]\n{"key": "x", "statements": 3}\n\x00half', encoding="utf-8")
    with judge(cache=tmp_path) as (second, service):
        assert decisions(second.decide([task(RIGHT), task(WRONG)])) == ["supported", "absent"]
        assert [one["claim"] for one in items(service.chats[0])] == [WRONG]
    with judge(cache=tmp_path) as (third, service):
        third.decide([task(RIGHT), task(WRONG)])
    assert service.chats == []


def test_a_cache_that_cannot_be_used_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RagError, match="cache"), judge(cache=tmp_path / "file" / "folder"):
        pass


def test_a_cache_that_cannot_be_written_later_does_not_stop_the_run(tmp_path: Path) -> None:
    with judge(cache=tmp_path / "cache") as (judged, _):
        (tmp_path / "cache").rmdir()
        (tmp_path / "cache").touch()
        assert decisions(judged.decide([task(RIGHT)])) == ["supported"]
        assert judged.counts["cache_failures"] == 1


def test_the_majority_of_repeats_decides_and_their_agreement_is_told(tmp_path: Path) -> None:
    with judge(always("supported"), always("not"), always("supported"), cache=tmp_path, repeats=3) as (judged, service):
        (found,) = judged.decide([task(RIGHT)])
        assert (found.decision, found.flags) == ("supported", ())
        assert found.score == pytest.approx(2 / 3)
        assert judged.agreement == pytest.approx(1 / 3)
        judged.decide([task(WRONG)])
        assert judged.agreement == pytest.approx(4 / 6)
    assert len(service.chats) == 6
    with judge(cache=tmp_path, repeats=3) as (again, service):
        assert again.decide([task(RIGHT)]) == [found]
        assert again.agreement == pytest.approx(1 / 3)
    assert service.chats == []


def test_a_tie_between_repeats_goes_to_the_harsher_decision() -> None:
    with judge(always("supported"), always("partly"), repeats=2) as (judged, _):
        assert [(one.decision, one.score) for one in judged.decide([task(RIGHT)])] == [("weak", 0.75)]


def test_a_repeat_without_a_verdict_is_left_aside_and_told() -> None:
    with judge("garbage", "garbage", repeats=3) as (judged, _):
        (found,) = judged.decide([task(RIGHT)])
    assert (found.decision, found.why) == ("supported", "1 of 3 repeats gave no verdict: The model's reply was not the JSON asked for.")
    assert judged.agreement == 1.0


def test_repeats_ask_in_another_order() -> None:
    claims = [f"Claim {n}." for n in range(8)]
    with judge(repeats=3) as (judged, service):
        judged.decide([task(one) for one in claims])
    orders = [[one["claim"] for one in items(body)] for body in service.chats]
    assert orders[0] == claims
    assert len({tuple(one) for one in orders}) == 3
    assert {frozenset(one) for one in orders} == {frozenset(claims)}


def test_one_repeat_has_no_agreement() -> None:
    with judge() as (judged, _):
        judged.decide([task(RIGHT)])
        assert judged.agreement is None


def test_requests_keep_within_the_models_window() -> None:
    texts = [f"Text {n}. " + "It reads speech very well. " * 40 for n in range(12)]
    with judge(model_window=2048, reply_tokens=512) as (judged, service):
        assert decisions(judged.decide([task(RIGHT, one) for one in texts])) == ["supported"] * 12
    assert sum(len(items(body)) for body in service.chats) == 12
    assert max(sum(count_tokens(one["content"]) for one in body["messages"]) for body in service.chats) <= 2048 - 512
    assert {body["max_tokens"] for body in service.chats} == {512}


def test_requests_hold_no_more_claims_than_a_reply_can_judge() -> None:
    with judge(reply_tokens=400) as (judged, service):
        judged.decide([task(f"Claim number {n}.") for n in range(20)])
    assert max(len(items(body)) for body in service.chats) <= 5
    with judge() as (judged, service):
        judged.decide([task(f"Claim number {n}.") for n in range(20)])
    assert [len(items(body)) for body in service.chats] == [16, 4]


def test_a_text_that_does_not_fit_the_window_is_unscored_and_the_others_are_judged() -> None:
    with judge(model_window=1024) as (judged, service):
        found = judged.decide([task(RIGHT), task(RIGHT, "word " * 3000)])
    assert decisions(found) == ["supported", "unscored"]
    assert "RAG_MODEL_WINDOW" in found[1].why
    assert len(service.chats) == 1


def test_several_requests_are_under_way_at_once_where_the_settings_allow_it() -> None:
    with judge(model_concurrency=4, reply_tokens=128, default=judging()) as (judged, service):
        service.delay = 0.002
        assert decisions(judged.decide([task(f"It reads speech and number {n}.") for n in range(12)])) == ["weak"] * 12
    assert 1 < service.most_concurrent <= 4


def test_what_the_judge_used_is_counted_and_costs_where_the_price_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with judge() as (judged, _):
        assert judged.usage.total == 0
        judged.decide([task(RIGHT)])
        assert judged.usage.requests == 1
        assert min(judged.usage.prompt_tokens, judged.usage.completion_tokens) > 0
        assert judged.cost is None  # the host is not OpenAI's
        monkeypatch.setattr(ChatModel, "cost", lambda self, usage: usage.requests * 0.25)
        assert judged.cost == 0.25


def test_without_a_model_service_the_judge_says_what_to_set() -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        LlmJudge.open(Settings())


def test_repeats_must_be_at_least_one() -> None:
    with pytest.raises(SettingsError, match="at least 1, not 0"), judge(repeats=0):
        pass


def test_the_judge_opens_at_the_service_of_the_settings_and_needs_a_model_there() -> None:
    with FakeOpenAI(models=("other",)) as service, LlmJudge.open(Settings(openai_base_url=service.url)) as judged:
        assert judged.name == f"llm-other-{VERSION}"
    with FakeOpenAI(models=()) as service, pytest.raises(ModelError, match="lists no model"):
        LlmJudge.open(Settings(openai_base_url=service.url))
