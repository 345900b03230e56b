"""The extractive answer as a record: chosen sentences as claims, each checked like any other, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.answerability import Answerability
from rag.answers import Answer, Claim
from rag.assembling import near_misses, sentence_citation
from rag.corpus.display import clean
from rag.extract import choose
from rag.flags import squeezed
from rag.premises import contradictions, credited
from rag.presupposed import presupposed
from rag.question import Question
from rag.refusal import reason
from rag.retrieve import Found
from rag.support import check_support
from rag.wording import Evidence, introduced, short_name

_UNNAMED = 0.5  # of what is taken for granted, of which an abstract that the question does not name must speak


def quoted(blank: Answer, question: Question, found: Sequence[Found], words: int, *, more: bool = False) -> Answer | None:
    """`blank` with the sentences that answer, at most `words` words; None where no sentence bears on the question."""
    evidence = choose(question, found, words, more=more)
    return _with_doubt(cited(blank, evidence), question, evidence[0].found) if evidence else None


def _with_doubt(answer: Answer, question: Question, best: Found) -> Answer:
    """The answer, led by what is not said where the question credits somebody of whom the abstract knows nothing."""
    one, name = best.abstract, introduced(best)
    whose = credited(question.text, name, f"{one.title or ''} {one.text} {' '.join(one.author_names)} {' '.join(one.urls)}")
    if whose is None:
        return answer
    doubt = Claim("absence", f"The abstract of {name} does not mention {whose}.", (1,))
    return replace(answer, claims=(doubt, *answer.claims))


def cited(blank: Answer, evidence: Sequence[Evidence]) -> Answer:
    """`blank` with these sentences, each a claim of its own with its citation."""
    citations = tuple(sentence_citation(number, one.found, one.index) for number, one in enumerate(evidence, start=1))
    claims = tuple(_claim(number, one) for number, one in enumerate(evidence, start=1))
    return replace(blank, outcome="answered", claims=claims, citations=citations, checks={"checked": len(claims)})


def refused(blank: Answer, question: Question, judged: Answerability, found: Sequence[Found], corpus: int) -> Answer:
    """`blank` as a refusal, with its reason and near misses. `corpus` counts all abstracts."""
    why = reason(question, judged, found[0] if found else None, corpus)
    return replace(blank, outcome="refused", reason=why, near_misses=near_misses(question, found))


def corrected(blank: Answer, question: Question, found: Sequence[Found]) -> Answer | None:
    """`blank` as a refusal that cites what says otherwise, where a question takes for granted what is not so; else None.

    Of unnamed abstracts only one that speaks of most of what is taken for granted can contradict it.
    """
    statement = presupposed(question.text)
    if statement is None or not found:
        return None
    best = found[0]
    name = introduced(best)
    against = contradictions(statement, name, best.abstract.title, best.long)
    text = squeezed(f"{best.abstract.title or ''} {best.abstract.text}")
    named = any(squeezed(one) in text for one in question.names)
    if not against or (against[0].share < _UNNAMED and not named):
        return None
    reason = f"The premise does not hold: the abstract of {short_name(best)} says otherwise."
    answer = cited(blank, [Evidence(best, one.index, one.share, clean(best.long.sentence(one.index))) for one in against])
    claims = (Claim("absence", reason, (1,)), *answer.claims)
    return replace(answer, outcome="refused", reason=reason, claims=claims, near_misses=near_misses(question, found[1:]))


def _claim(number: int, one: Evidence) -> Claim:
    """The sentence as a claim, checked like any other: a fault in cutting or cleaning would show here."""
    said, whole = one.text.removeprefix(one.lead), one.found.abstract.text
    support = check_support(said, whole if said in whole else clean(whole))  # cleaning takes a millisecond
    return Claim("evidence", one.text, (number,), support.verdict, support.score, support.flags)
