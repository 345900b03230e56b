"""Questions of yes or no: the sentence that decides comes first, and what an abstract does not speak of is not decided.

Nothing is answered with a "yes" of our own: the reader sees the sentence. Only where one surely says otherwise is that said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.answers import Answer
from rag.assembling import near_misses
from rag.compare import matches, read_long, read_short
from rag.evidence import evidence_scores
from rag.extract import led
from rag.flagging.opposites import has_opposite
from rag.flags import squeezed
from rag.premises import contradictions, shares_of
from rag.presupposed import proposition
from rag.question import Question
from rag.quoting import cited
from rag.refusal import unsaid
from rag.retrieve import Found
from rag.wording import introduced, short_name
from rag.words import STOP_WORDS, stem, stems, words

_SPOKEN_OF = 0.2  # of what is asked, by weight, that an abstract which the question names must speak of; found on tests/data/yesno.jsonl
_SHARE = 0.5  # weight of what a sentence shares with what is asked, beside how well it bears on the question
_FOUND = 0.1  # for a sentence that tells of a finding
_FINDS = re.compile(r"\b(?:finds?|found|shows?|showed|demonstrat\w+|reveal\w*|observ\w+|results?|conclu\w+|suggest\w*)\b", re.IGNORECASE)
_SURE = 0.5  # of what is asked, of which a sentence must speak to speak against it


def decided(blank: Answer, question: Question, found: Sequence[Found], most: int, *, more: bool = False) -> Answer | None:
    """`blank` with the sentence that decides and others that bear on the question, at most `most` words, or a refusal where the
    abstract that is asked about does not speak of it; None where the question is not one of yes or no."""
    statement = proposition(question.text) if question.form == "yesno" and found else None
    if statement is None:
        return None
    best = found[0]
    missing = _unspoken(statement, question, best)
    if missing:
        return replace(blank, outcome="refused", reason=unsaid(best.abstract.label, missing), near_misses=near_misses(question, found))
    against = contradictions(statement, introduced(best), best.abstract.title, best.long)
    if against and against[0].share >= _SURE:
        notice = f"By the abstract of {short_name(best)} it is not so: see [1]."
        answer = cited(blank, led(question, found, against[0].index, most, more=more))
        return replace(answer, notices=(notice, *answer.notices))
    shares = shares_of(statement, best.abstract.title, best.long)
    finds = np.array([_FINDS.search(best.long.sentence(index)) is not None for index in range(len(shares))])
    decides = int(np.argmax(evidence_scores(question, best.long, best.abstract.title) + _SHARE * shares + _FOUND * finds))
    return cited(blank, led(question, found, decides, most, more=more))


def _unspoken(statement: str, question: Question, best: Found) -> str:
    """The words of what is asked, if the abstract is asked about by its name and speaks of next to nothing of them; else ""."""
    name = introduced(best)
    if not name or squeezed(name) not in {squeezed(one) for one in question.names}:
        return ""
    short = read_short(statement)
    (whole,) = read_long([f"{best.abstract.title or ''}. {best.abstract.text}"])
    near = matches(short, whole).max(axis=0, initial=0.0)
    named = {part for one in question.names for part in stems(one)}
    weights = short.idf * np.array([one not in named and not has_opposite(one) for one in short.stems], dtype=np.float32)
    if not weights.any() or float((weights * near).sum() / weights.sum()) >= _SPOKEN_OF:
        return ""
    asked = {one for one, weight in zip(short.stems, weights, strict=True) if weight}
    return " ".join(word for word in words(statement) if word not in STOP_WORDS and stem(word) in asked)
