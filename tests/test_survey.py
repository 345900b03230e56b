"""A survey says first what there is, then one sentence of each paper, and lists what it has no room for."""

from __future__ import annotations

from rag import Assistant
from rag.answers.comparison import dates_compared
from rag.model.answers import Answer
from rag.model.records import Abstract

BLANK = Answer("Which came first?", "Which came first?", "refused")


def paper(name: str, date: str | None) -> Abstract:
    return Abstract(name, name, f"We present {name}.", name, date=date)


def test_the_first_line_says_how_many_papers_there_are_and_of_which_years(assistant: Assistant) -> None:
    answer = assistant.ask("How do people fight forgetting when they keep training a model? Which abstracts talk about it?")
    head, *said = answer.claims
    assert head.kind == "collection"
    listed = [claim for claim in said if claim.aside]
    told = [claim for claim in said if claim.kind == "evidence"]
    papers = {answer.citation(claim.citations[0]).abstract_id for claim in said}
    assert head.text.startswith(f"{len(papers)} papers bear on this, of 20")
    assert len(listed) + len({answer.citation(claim.citations[0]).abstract_id for claim in told}) == len(papers)
    assert len(told) > len(listed)


def test_of_two_works_with_dates_the_older_one_comes_first() -> None:
    answer = dates_compared(BLANK, [paper("Second", "2021-11-17"), paper("First", "2020-06")], {})
    assert answer is not None
    assert answer.text == "First (2020-06) came before Second (2021-11-17). [1][2]"
    assert [one.label for one in answer.citations] == ["First", "Second"]


def test_dates_that_lack_or_do_not_tell_decide_nothing() -> None:
    assert dates_compared(BLANK, [paper("A", "2021"), paper("B", "2021-11-17")], {}) is None
    assert dates_compared(BLANK, [paper("A", "2021"), paper("B", None)], {}) is None
    assert dates_compared(BLANK, [paper("A", "2021")], {}) is None
