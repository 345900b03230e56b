"""The extractive answer as a record: chosen sentences as checked claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.evidence import Evidence, Extent, answering_span, choose_sentences, introduced_system, sentence_citation
from rag.model import Answer, Claim, clean_text
from rag.questions import Question
from rag.search import Candidate
from rag.support import check_support, credited_author


def extractive_answer(blank: Answer, question: Question, found: Sequence[Candidate], extent: Extent) -> Answer | None:
    """`blank` with the sentences that answer; None where no sentence bears on the question."""
    evidence = choose_sentences(question, found, extent)
    if not evidence:
        return None
    answer = cite_sentences(blank, evidence, question)
    first = answer.claims[0]
    if extent.length == "brief" and first.span is not None:  # "just the number" has it before its sentence
        answer = replace(answer, claims=(replace(first, opening=first.text[slice(*first.span)]), *answer.claims[1:]))
    return _with_unknown_credit(answer, question, evidence[0].found)


def _with_unknown_credit(answer: Answer, question: Question, best: Candidate) -> Answer:
    """The answer; with a claim of absence first where the question credits somebody whom the abstract does not mention."""
    one, name = best.abstract, introduced_system(best)
    whose = credited_author(question.text, name, f"{one.title or ''} {one.text} {' '.join(one.author_names)} {' '.join(one.urls)}")
    if whose is None:
        return answer
    absence = Claim("absence", f"The abstract of {name} does not mention {whose}.", (1,))
    return replace(answer, claims=(absence, *answer.claims))


def cite_sentences(blank: Answer, evidence: Sequence[Evidence], question: Question | None = None, opening: str = "") -> Answer:
    """`blank` with these sentences, each a claim of its own with its citation; the first one behind `opening`, and with the span that
    answers `question` where there is one."""
    citations = tuple(sentence_citation(number, one.found, one.index) for number, one in enumerate(evidence, start=1))
    claims = tuple(_checked_claim(number, one) for number, one in enumerate(evidence, start=1))
    if question is not None:
        first = evidence[0]
        span = answering_span(question, first.text.removeprefix(first.lead))
        shown = None if span is None else (len(first.lead) + span[0], len(first.lead) + span[1])
        claims = (replace(claims[0], opening=opening, span=shown), *claims[1:])
    return replace(blank, outcome="answered", claims=claims, citations=citations, checks={"checked": len(claims)})


def _checked_claim(number: int, one: Evidence) -> Claim:
    """The sentence as a claim, checked like any other: a fault in cutting or cleaning would show here."""
    said, whole = one.text.removeprefix(one.lead), one.found.abstract.text
    support = check_support(said, whole if said in whole else clean_text(whole))  # cleaning takes a millisecond
    return Claim("evidence", one.text, (number,), support.verdict, support.score, support.flags, verdict_by="verbatim")
