"""Conditions on dates and numbers."""

from __future__ import annotations

import pytest

from rag.corpus.draft import make_abstract
from rag.model.errors import QuestionError
from rag.model.filters import Filters, day_number, numbers


def test_a_date_covers_all_the_days_it_may_mean() -> None:
    assert [(day_number(date, "first"), day_number(date, "last")) for date in ("2024", "2024-02", "2024-02-07")] == [
        (20240101, 20241231),
        (20240201, 20240229),
        (20240207, 20240207),
    ]


@pytest.mark.parametrize("date", ["", "May", "2024-13", "2024-02-31", "2024-00", "2024-02-00", "0000", "24", "2024-6"])
def test_what_is_no_date_is_refused(date: str) -> None:
    with pytest.raises(QuestionError, match=r"is not a date\. Write 2024, 2024-06 or 2024-06-03"):
        day_number(date, "last")


def test_only_stated_fields_have_numbers() -> None:
    one = make_abstract(file="a", line=1, start=0, end=1, text="A", date="2024-06", upvotes=0, authors=3)
    assert numbers(one) == {"year": 2024, "first_day": 20240601, "last_day": 20240630, "authors": 3, "upvotes": 0}


def test_filters_without_a_condition_are_false() -> None:
    assert (bool(Filters()), bool(Filters(sources=("a",)))) == (False, True)
