"""Questions of yes or no: the sentence that decides comes first, under "Yes", "No" or "Mixed" where it is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.answers.extractive import cite_sentences
from rag.answers.refusals import not_discussed
from rag.embedding import Floats, read_long, read_short, word_matches
from rag.evidence import Extent, choose_leading, evidence_scores, introduced_system, introduces_named, near_misses
from rag.model import Answer, clean_text
from rag.questions import Question, proposition
from rag.search import Candidate
from rag.support import check_support, contradictions, has_opposite, is_supposed, parse_sentence, statement_shares
from rag.text import STOP_WORDS, folded_words, stem, stems

# What an abstract does not mention is not decided, and most sentences are not sure: a wrong "yes" is worse than none. Bounds found on
# tests/data/premises.jsonl, tests/data/yesno.jsonl and the claims of Check-COVID (its claims differ from their abstracts in one word).

_POSSIBLE = frozenset("can could may might".split())  # what may be so is not contradicted by what happens
_MENTIONED = 0.2  # of what is asked, by weight, that an abstract named by the question must mention; found on tests/data/yesno.jsonl
_SHARE = 0.5  # weight of what a sentence shares with what is asked, beside how well it bears on the question
_AGAINST = 0.5  # of what is asked, by weight, that a sentence must mention to speak against it
_SURELY_AGAINST = 0.7  # and to be sure of it
_SURELY_FOR = 0.8  # of what is asked, and of the support check's score, to be sure that it is so


def yes_no_answer(blank: Answer, question: Question, found: Sequence[Candidate], extent: Extent) -> Answer | None:
    """`blank` with the sentence that decides and others that bear on the question, or a refusal where the abstract that is asked about
    does not mention it; None where it is no yes-no question."""
    statement = proposition(question.text) if question.form == "yesno" and found else None
    if statement is None:
        return None
    best, extent = found[0], replace(extent, reserved=extent.reserved + 1)  # for the word ahead of the sentence
    missing = _unmentioned_words(statement, question, best)
    if missing:
        reason = not_discussed(best.abstract.label, missing)
        return replace(blank, outcome="refused", reason=reason, near_misses=near_misses(question, found))
    possible = question.text.split()[0].casefold() in _POSSIBLE
    found_against = [] if possible else contradictions(statement, introduced_system(best), best.abstract.title, best.long)
    against = [one for one in found_against if one.share >= _AGAINST]
    shares = statement_shares(statement, best.abstract.title, best.long)
    likely = evidence_scores(question, best.long, best.abstract.title) + _SHARE * shares
    agreeing = [at for at in np.argsort(-likely, kind="stable").tolist() if _says_so(statement, best, at, shares)]
    sure = bool(against) and against[0].share >= _SURELY_AGAINST
    opening = "Mixed" if sure and agreeing else "No" if sure else "Yes" if agreeing and not against else ""
    decides = against[0].index if against else agreeing[0] if agreeing else int(likely.argmax())
    return cite_sentences(blank, choose_leading(question, found, decides, extent, *([1.0] if opening else [])), question, opening)


def _says_so(statement: str, one: Candidate, at: int, shares: Floats) -> bool:
    """True where a sentence surely says what is asked: all but all of its words, nothing denied or supposed, no other number or name."""
    said = clean_text(one.long.sentence(at))
    if shares[at] < _SURELY_FOR or is_supposed(said) or bool(parse_sentence(said).denials) != bool(parse_sentence(statement).denials):
        return False
    support = check_support(statement, said)
    return not support.flags and support.score >= _SURELY_FOR


def _unmentioned_words(statement: str, question: Question, best: Candidate) -> str:
    """The words of what is asked, if the question names the abstract and the abstract mentions next to none of them; else ""."""
    if not introduces_named(question, best.abstract):
        return ""
    short = read_short(statement)
    (whole,) = read_long([f"{best.abstract.title or ''}. {best.abstract.text}"])
    near = word_matches(short, whole).max(axis=0, initial=0.0)
    named = {part for one in question.names for part in stems(one)}
    weights = short.idf * np.array([one not in named and not has_opposite(one) for one in short.stems], dtype=np.float32)
    if not weights.any() or float((weights * near).sum() / weights.sum()) >= _MENTIONED:
        return ""
    asked = {one for one, weight in zip(short.stems, weights, strict=True) if weight}
    return " ".join(word for word in folded_words(statement) if word not in STOP_WORDS and stem(word) in asked)
