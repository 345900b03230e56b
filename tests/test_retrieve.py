"""Hybrid retrieval over the real index of the shipped corpus."""

from __future__ import annotations

import pytest

from rag import Assistant
from rag.model.filters import Filters, Range


def test_every_abstract_gets_one_hit_and_the_best_come_first(assistant: Assistant) -> None:
    hits = assistant.retrieve("speech translation", limit=500)
    ids = [hit.abstract_id for hit in hits]
    assert len(ids) == len(set(ids)) == 159
    assert [hit.fused for hit in hits] == sorted((hit.fused for hit in hits), reverse=True)
    assert hits[0].fused <= 1


@pytest.mark.parametrize("limit", [1, 7, 60, 120])
def test_a_limit_cuts_the_same_ranking(assistant: Assistant, limit: int) -> None:
    whole = assistant.retrieve("How are speech encoders pretrained?", limit=120)
    assert assistant.retrieve("How are speech encoders pretrained?", limit=limit) == whole[:limit]


@pytest.mark.parametrize("name", ["KS-Lottery", "CoWPiRec", "TencentPretrain", "DMDNet"])
def test_a_name_finds_its_abstract_first(assistant: Assistant, name: str) -> None:
    best = assistant.retrieve(f"What does {name} do?", limit=1)[0]
    abstract = assistant.abstract(best.abstract_id)
    assert name in f"{abstract.title} {abstract.text}"
    assert (best.title, best.label, best.external_ids) == (abstract.title, abstract.label, abstract.external_ids)


def test_a_hit_is_a_passage_of_its_abstract_with_both_scores(assistant: Assistant) -> None:
    hit = assistant.retrieve("KS-Lottery winning tickets", limit=1)[0]
    text = assistant.abstract(hit.abstract_id).text
    assert (hit.passage.start, hit.passage.end, hit.passage.first) == (0, len(text), 0)
    assert hit.lexical > 0
    assert 0 < hit.dense <= 1


def test_a_text_without_a_shared_word_ranks_by_meaning(assistant: Assistant) -> None:
    hits = assistant.retrieve("qqqzzz", limit=5)
    assert [hit.lexical for hit in hits] == [0.0] * 5


def test_filters_choose_before_ranking(assistant: Assistant) -> None:
    wanted = {one.id for one in assistant.abstracts() if one.year == 2023 and (one.upvotes or 0) >= 5}
    filters = Filters((Range("year", 2023, 2023), Range("upvotes", 5)))
    assert {hit.abstract_id for hit in assistant.retrieve("speech", filters=filters)} == wanted != set()
    assert assistant.retrieve("speech", year=(1900, 1901)) == []


def test_the_same_query_gives_the_same_hits(assistant: Assistant) -> None:
    assert assistant.retrieve("multilingual pretraining") == assistant.retrieve("multilingual pretraining")
