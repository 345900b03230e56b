"""Conditions on dates and numbers."""

from __future__ import annotations

from typing import Any

import pytest

from rag.corpus.draft import make_abstract
from rag.model.errors import QuestionError
from rag.model.filters import Filters, Range, Scan, day_number, meets_filters, meets_scan, stated_numbers
from rag.model.records import Abstract


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
    assert stated_numbers(one) == {"year": 2024, "first_day": 20240601, "last_day": 20240630, "authors": 3, "upvotes": 0}


def test_filters_without_a_condition_are_false() -> None:
    assert (bool(Filters()), bool(Filters(sources=("a",)))) == (False, True)


def paper(**stated: Any) -> Abstract:
    return make_abstract(file="a", line=1, start=0, end=1, text="A", **stated)


@pytest.mark.parametrize(
    ("asked", "admitted"),
    [
        (Range("upvotes", 3, 5), [3, 4, 5]),
        (Range("upvotes", 3, 5, outside=True), [0, 2, 6]),
        (Range("upvotes", None, 3), [0, 2, 3]),
        (Range("upvotes", 5), [5, 6]),
        (Range("upvotes"), [0, 2, 3, 4, 5, 6]),
    ],
)
def test_a_range_has_both_its_ends_and_what_is_not_stated_is_neither_in_nor_outside(asked: Range, admitted: list[int]) -> None:
    papers = [paper(upvotes=number) for number in (None, 0, 2, 3, 4, 5, 6)]
    assert [one.upvotes for one in papers if meets_filters(Filters((asked,)), one)] == admitted


@pytest.mark.parametrize(
    ("asked", "admitted"),
    [
        (Scan("month", ("6",)), ["2024-06-03"]),
        (Scan("month", ("6",), negated=True), ["2023-07"]),
        (Scan("year", ("2024",)), ["2024-06-03", "2024"]),
        (Scan("year", ("2024",), negated=True), ["2023-07"]),
        (Scan("missing", ("date",)), [None]),
        (Scan("missing", ("date",), negated=True), ["2024-06-03", "2023-07", "2024"]),
    ],
)
def test_an_abstract_without_a_date_is_in_no_month_and_not_outside_of_any(asked: Scan, admitted: list[str | None]) -> None:
    papers = [paper(date=date) for date in ("2024-06-03", "2023-07", "2024", None)]
    assert [one.date for one in papers if meets_scan(asked, one)] == admitted
