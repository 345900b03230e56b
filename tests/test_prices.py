"""What tokens cost."""

from __future__ import annotations

import pytest

from rag.llm.records import DEFAULT_MODEL, PRICES, cost, price


def test_cached_tokens_cost_less() -> None:
    assert cost("gpt-5-mini", 1_000_000, 0, 0) == pytest.approx(0.25)
    assert cost("gpt-5-mini", 1_000_000, 1_000_000, 1_000_000) == pytest.approx(2.025)


def test_a_name_with_a_date_is_its_family() -> None:
    assert price("gpt-5-mini-2025-08-07") == price("gpt-5-mini")
    assert price("gpt-5-mini-latest") == price("gpt-5-mini")


@pytest.mark.parametrize("name", ["llama3", "gpt-5-mini-turbo", "gpt", ""])
def test_an_unknown_model_has_no_price(name: str) -> None:
    assert price(name) is None
    assert cost(name, 1, 0, 1) is None


def test_the_default_is_in_the_table_and_nothing_costs_less_when_it_is_not_cached() -> None:
    assert DEFAULT_MODEL in PRICES
    assert [name for name, one in PRICES.items() if one.cached > one.prompt] == []
