"""A survey says first what there is, then one sentence of each paper, and lists what it has no room for."""

from __future__ import annotations

from rag import Assistant


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
