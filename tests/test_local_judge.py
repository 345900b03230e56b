"""What there is to judge in an answer, and the judge that needs no key."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from eval.judges.local import LocalJudge
from eval.judges.tasks import Task, judged
from eval.records import Decision, Question, Row, Verdict
from rag.model.answers import Answer
from rag.model.records import Abstract, Citation, Claim

ONE = "SmallNet is a network. It has 7 layers. It was tested on 3 languages."
TWO = "BigNet is a network too. It has 90 layers."


def abstract(abstract_id: str, text: str) -> Abstract:
    """A record with nothing but its text."""
    return Abstract(abstract_id, None, text, abstract_id)


ABSTRACTS = {"a1": abstract("a1", ONE), "a2": abstract("a2", TWO)}


def citation(number: int, abstract_id: str, quote: str) -> Citation:
    start = ABSTRACTS[abstract_id].text.index(quote)
    return Citation(number, "sentence", abstract_id, abstract_id, quote, start, start + len(quote))


CITATIONS = (
    citation(1, "a1", "It has 7 layers."),
    citation(2, "a1", "It was tested on 3 languages."),
    citation(3, "a2", "It has 90 layers."),
)


def row(*claims: Claim, citations: Sequence[Citation] = CITATIONS, retrieved: tuple[str, ...] = ("a1", "a2")) -> Row:
    answer = Answer("q", "q", "answered", claims=claims, citations=tuple(citations))
    return Row(Question("q1", "fact", "q"), (), (), (), None, (), tuple((one, 1.0) for one in retrieved), answer, None, 0.1)


class Noting:
    """A judge that notes its tasks and decides all alike."""

    name = "noting"
    gatekeeper_of: frozenset[str] = frozenset()

    def __init__(self, decision: Decision = "supported") -> None:
        self.tasks: list[Task] = []
        self.decision = decision

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        self.tasks += tasks
        return [task.verdict(self.decision) for task in tasks]


def asked(judge: Noting) -> list[tuple[int, str, int | None, str]]:
    return [(one.claim, one.against, one.citation, one.text) for one in judge.tasks]


def held(found: Sequence[Verdict]) -> list[tuple[str, str]]:
    """What claims were held against, the question aside, and what was decided."""
    return [(one.against, one.decision) for one in found if one.against != "question"]


def test_a_claim_is_held_against_all_that_it_cites() -> None:
    judge = Noting()
    found = judged(row(Claim("evidence", "It has seven layers.", (1,))), ABSTRACTS.get, judge)
    assert asked(judge) == [(0, "cited", None, "It has 7 layers.")]
    assert held(found) == [("cited", "supported"), ("retrieved", "supported")]


def test_with_several_citations_each_stands_alone_and_is_left_out() -> None:
    judge = Noting()
    judged(row(Claim("evidence", "x", (1, 2))), ABSTRACTS.get, judge)
    seven, three = "It has 7 layers.", "It was tested on 3 languages."
    assert asked(judge) == [
        (0, "cited", None, f"{seven} {three}"),
        (0, "alone", 1, seven),
        (0, "without", 1, three),
        (0, "alone", 2, three),
        (0, "without", 2, seven),
    ]


def test_what_its_citations_do_not_bear_out_is_held_against_each_retrieved_abstract() -> None:
    judge = Noting("absent")
    found = judged(row(Claim("evidence", "x", (1,))), ABSTRACTS.get, judge)
    assert asked(judge)[1:] == [(0, "retrieved", None, ONE), (0, "retrieved", None, TWO)]
    assert held(found) == [("cited", "absent"), ("retrieved", "absent")]


def test_numbers_that_the_answer_does_not_have_and_members_are_no_evidence() -> None:
    judge = Noting("absent")
    member = Citation(4, "member", "a2", "a2", "a2", 0, 0)
    found = judged(row(Claim("evidence", "x", (9, 4)), citations=(*CITATIONS, member)), ABSTRACTS.get, judge)
    assert held(found) == [("retrieved", "absent")]


def test_claims_that_are_counted_by_code_are_not_judged() -> None:
    judge = Noting()
    assert held(judged(row(Claim("collection", "There are 2.", (1,)), Claim("absence", "No.", (1,))), ABSTRACTS.get, judge)) == []
    assert judge.tasks == []


def test_an_abstract_that_is_gone_is_judged_by_what_was_quoted() -> None:
    judge = Noting()
    judged(row(Claim("evidence", "x", (3,))), {"a1": ABSTRACTS["a1"]}.get, judge)
    assert asked(judge) == [(0, "cited", None, "It has 90 layers.")]


def test_a_claim_in_another_language_is_judged_by_its_english_wording() -> None:
    judge = Noting()
    judged(row(Claim("evidence", "Es hat 7 Schichten.", (1,), checked_as="It has seven layers.")), ABSTRACTS.get, judge)
    assert judge.tasks[0].said == "It has seven layers."


@pytest.mark.parametrize(("lead", "said"), [("[SmallNet] ", "It has seven layers."), ("[HugeNet] ", "[HugeNet] It has seven layers.")])
def test_a_lead_that_names_the_cited_abstract_is_no_statement(lead: str, said: str) -> None:
    judge = Noting()
    named = Citation(1, "sentence", "a1", "SmallNet", "It has 7 layers.", 23, 39)
    judged(row(Claim("evidence", f"{lead}It has seven layers.", (1,)), citations=(named,)), ABSTRACTS.get, judge)
    assert judge.tasks[0].said == said


@pytest.mark.parametrize(
    ("claim", "decision"),
    [
        (Claim("evidence", "It has 7 layers.", (1,)), "supported"),
        (Claim("evidence", "SmallNet has 7 layers.", (1,)), "supported"),
        (Claim("evidence", "SmallNet has 8 layers.", (1,)), "weak"),
        (Claim("evidence", "SmallNet has 90 layers.", (1,)), "weak"),
        (Claim("evidence", "The authors thank the mayor of the town.", (1,)), "absent"),
    ],
)
def test_the_local_judge_says_supported_weak_or_absent(claim: Claim, decision: str) -> None:
    assert judged(row(claim), ABSTRACTS.get, LocalJudge())[0].decision == decision


def test_the_local_judge_reads_a_text_as_it_is_shown() -> None:
    latex = abstract("a3", r"We reach 70\% accuracy with {\em SmallNet}. It is good.")
    quote = latex.text[: latex.text.index(" It is")]
    cited = Citation(1, "sentence", "a3", "a3", quote, 0, len(quote))
    claim = Claim("evidence", "We reach 70% accuracy with SmallNet.", (1,))
    assert judged(row(claim, citations=(cited,)), {"a3": latex}.get, LocalJudge())[0].decision == "supported"
