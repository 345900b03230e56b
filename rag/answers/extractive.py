"""The extractive answer as a record: chosen sentences as checked claims, or a refusal with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.evidence import (
    Answerability,
    Evidence,
    Extent,
    answering_span,
    choose_sentences,
    introduced_system,
    is_named,
    near_misses,
    sentence_citation,
    short_name,
)
from rag.model import Answer, Claim, clean_text
from rag.questions import Question, presupposition
from rag.search import Candidate
from rag.support import check_support, contradictions, credited_author, squeeze_name

# Reasons of refusals: the corpus has nothing on the topic, or the abstract does not report the detail.

_MOST_NAMED = 3  # names in one reason


def not_discussed(label: str, asked: str) -> str:
    """The reason where the corpus has the abstract and it mentions nothing of what a yes-no question asks."""
    return f"{label} is in the corpus, but its abstract does not say whether this is so: {asked}."


def refusal_reason(question: Question, judged: Answerability, best: Candidate | None, corpus: int) -> str:
    """What to say instead of an answer. `best` is the abstract that comes nearest; `corpus` counts all abstracts."""
    here = best is not None and is_named(question, best.abstract)
    if best is not None and here and judged.unknown:
        if not any(name.casefold() in judged.lacking.casefold() for name in judged.unknown):
            return f"{best.abstract.label} is in the corpus, but its abstract does not mention {_join_names(judged.unknown)}."
        return f"{best.abstract.label} is in the corpus, but its abstract does not report this: {judged.lacking}."
    if judged.unknown:
        return f"The corpus does not say: none of the abstracts that come nearest mentions {_join_names(judged.unknown)}."
    if judged.mentioned:
        return f"The corpus does not say: its abstracts mention {judged.mentioned}, and none of them is the paper that introduced it."
    if best is not None and judged.lacking and judged.detail < judged.topic:
        if here:
            return f"{best.abstract.label} is in the corpus, but its abstract does not report this: {judged.lacking}."
        given = "give no number for" if question.kind == "numeric" else "do not report this:"
        return f"The corpus does not say: the abstracts that come nearest {given} {judged.lacking}."
    return f"The corpus does not say: none of its {corpus} abstracts bears on this question closely enough to answer it."


def _join_names(names: Sequence[str]) -> str:
    return " and ".join(names[:_MOST_NAMED])


# Answers and refusals as records; each extracted sentence is checked like any other claim.

_PREMISE_SHARE = 0.5  # of the presupposition, by weight, that an abstract which the question does not name must mention


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


def refusal_answer(blank: Answer, question: Question, judged: Answerability, found: Sequence[Candidate], corpus: int) -> Answer:
    """`blank` as a refusal, with its reason and near misses. `corpus` counts all abstracts."""
    why = refusal_reason(question, judged, found[0] if found else None, corpus)
    return replace(blank, outcome="refused", reason=why, near_misses=near_misses(question, found))


def correction_answer(blank: Answer, question: Question, found: Sequence[Candidate]) -> Answer | None:
    """`blank` as a refusal that cites the contradicting sentences, where an abstract contradicts the question's presupposition; else None.

    An abstract that the question does not name must mention most of the presupposition to contradict it.
    """
    statement = presupposition(question.text)
    if statement is None or not found:
        return None
    best = found[0]
    name = introduced_system(best)
    against = contradictions(statement, name, best.abstract.title, best.long)
    text = squeeze_name(f"{best.abstract.title or ''} {best.abstract.text}")
    named = any(squeeze_name(one) in text for one in question.names)
    if not against or (against[0].share < _PREMISE_SHARE and not named):
        return None
    reason = f"The premise does not hold: the abstract of {short_name(best)} says otherwise."
    answer = cite_sentences(blank, [Evidence(best, one.index, one.share, clean_text(best.long.sentence(one.index))) for one in against])
    claims = (Claim("absence", reason, (1,)), *answer.claims)
    return replace(answer, outcome="refused", reason=reason, claims=claims, near_misses=near_misses(question, found[1:]))


def _checked_claim(number: int, one: Evidence) -> Claim:
    """The sentence as a claim, checked like any other: a fault in cutting or cleaning would show here."""
    said, whole = one.text.removeprefix(one.lead), one.found.abstract.text
    support = check_support(said, whole if said in whole else clean_text(whole))  # cleaning takes a millisecond
    return Claim("evidence", one.text, (number,), support.verdict, support.score, support.flags)
