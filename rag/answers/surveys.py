"""Answers from several abstracts: what each says on a topic, or whether they agree on a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answers.extractive import cite_sentences
from rag.evidence import Evidence, Extent, choose_sentences, evidence_scores, member_citation, short_name, surveyed_abstracts
from rag.model import Abstract, Answer, Claim, clean_text, pluralize
from rag.questions import Question, read_question
from rag.search import Candidate
from rag.support import Stance, squeeze_name, stance, statement_shares

# A survey says first what there is, then one telling sentence of each abstract, and lists the abstracts for which there was no room.

_LEAST_SURVEYED = 2  # abstracts
_FRAME = 15  # words of the first line and the list
ALSO = "Also"  # the heading of those that are only listed


def survey_answer(blank: Answer, question: Question, found: Sequence[Candidate], extent: Extent) -> Answer | None:
    """`blank` with what several abstracts say; None where the question asks for no survey or fewer than two bear on it."""
    if question.kind != "survey" or not found:
        return None
    near = surveyed_abstracts(question, found, extent)
    answer = cite_sentences(blank, choose_sentences(question, found, replace(extent, words=extent.words - _FRAME)), question)
    said = {one.abstract_id for one in answer.citations}
    if len(near) < _LEAST_SURVEYED or len(said) < _LEAST_SURVEYED:
        return None
    rest = [one for one in near if one.abstract.id not in said]
    numbers = range(len(answer.citations) + 1, len(answer.citations) + len(rest) + 1)
    listed = [Claim("collection", f"{one.abstract.label}.", (number,), group=ALSO) for number, one in zip(numbers, rest, strict=True)]
    more = (member_citation(number, one.abstract) for number, one in zip(numbers, rest, strict=True))
    every = (*(one.number for one in answer.citations), *numbers)
    head = Claim("collection", _what_there_is([one.abstract for one in near]), every)
    return replace(answer, claims=(head, *answer.claims, *listed), citations=(*answer.citations, *more))


def _what_there_is(papers: Sequence[Abstract]) -> str:
    """ "8 papers bear on this, of 2020 to 2024:"."""
    years = sorted(one.year for one in papers if one.year is not None)
    of = "" if not years else f", of {years[0]}" if years[0] == years[-1] else f", of {years[0]} to {years[-1]}"
    return f"{pluralize(len(papers), 'paper')} {'bears' if len(papers) == 1 else 'bear'} on this{of}:"


# Do abstracts agree on a point? Their sentences on it under three headings: those that agree, those that contradict it, and the rest. The
# stance of a sentence is decided by `rag.support.clauses` alone; all others only mention the point.

AGREES, DISAGREES, MENTIONS = "Says so", "Says otherwise", "Speaks of it"
_HEADINGS: dict[Stance | None, str] = {"same": AGREES, "reverse": DISAGREES, None: MENTIONS}
_MENTIONED = 0.7  # of a point, by weight, that a sentence must have to mention it
_RELEVANCE = 0.5  # weight of how well a sentence bears on the point, beside how much of it the sentence has
_MOST_PER_SIDE = 4  # sentences under a heading


@dataclass(frozen=True, eq=False)
class _PointSentence:
    """A sentence that mentions the point, and its stance."""

    evidence: Evidence
    side: Stance | None


def agreement_answer(blank: Answer, point: str, found: Sequence[Candidate], words: int) -> Answer | None:
    """`blank` with what abstracts say on a point, about twice `words` words at most, by stance.

    None where no abstract mentions it.
    """
    asked = read_question(point)
    sentences = [one for each in found for one in _point_sentences(point, asked, each)]
    kept = list(_fitted([one for side in _HEADINGS for one in [one for one in sentences if one.side == side][:_MOST_PER_SIDE]], 2 * words))
    if not kept:
        return None
    answer = cite_sentences(blank, [one.evidence for one in kept])
    claims = tuple(replace(claim, group=_HEADINGS[one.side]) for claim, one in zip(answer.claims, kept, strict=True))
    told = _tally(point, kept)
    only = len({one.evidence.found.abstract.id for one in kept}) == 1
    notices = ["Only one abstract was found that speaks of it."] if only else []
    notices += [] if told else ["No sentence surely takes a side: whether these abstracts agree is for their reader to judge."]
    return replace(answer, claims=(*told, *claims), notices=(*notices, *answer.notices))


def _point_sentences(point: str, asked: Question, one: Candidate) -> Iterator[_PointSentence]:
    """The sentence of an abstract that agrees and the one that contradicts; where there is neither, the one that has most of the point."""
    shares = statement_shares(point, None, one.long)
    relevance = shares + _RELEVANCE * evidence_scores(asked, one.long)
    order = [int(at) for at in np.argsort(-relevance, kind="stable") if not one.long.sentence(int(at)).endswith("?")]
    sides = {at: stance(point, one.long.sentence(at)) for at in order}
    best = [next((at for at in order if sides[at] == side), None) for side in ("same", "reverse")]
    if any(at is not None for at in best):
        yield from (_PointSentence(_evidence(one, at, float(shares[at])), sides[at]) for at in best if at is not None)
    elif order and shares[order[0]] >= _MENTIONED:
        yield _PointSentence(_evidence(one, order[0], float(shares[order[0]])), None)


def _evidence(one: Candidate, index: int, score: float) -> Evidence:
    """The sentence under the name of its system: under a heading each stands by itself."""
    text, name = clean_text(one.long.sentence(index)), short_name(one)
    lead = "" if squeeze_name(name) in squeeze_name(text) else f"[{name}] "
    return Evidence(one, index, score, lead + text, lead)


def _fitted(sentences: Sequence[_PointSentence], words: int) -> Iterator[_PointSentence]:
    """As many as have so many words; the first one always."""
    said = 0
    for place, one in enumerate(sentences):
        said += len(one.evidence.text.split())
        if place and said > words:
            return
        yield one


def _tally(point: str, kept: Sequence[_PointSentence]) -> tuple[Claim, ...]:
    """How many abstracts agree and how many contradict; nothing where none has a stance."""
    numbers = {side: tuple(at for at, one in enumerate(kept, start=1) if one.side == side) for side in ("same", "reverse")}
    so, otherwise = (pluralize(len(numbers[side]), "abstract") for side in ("same", "reverse"))
    if not (numbers["same"] or numbers["reverse"]):
        return ()
    first = f"{so} {'says' if len(numbers['same']) == 1 else 'say'} so" if numbers["same"] else "no abstract surely says so"
    second = (
        f"{otherwise} {'says' if len(numbers['reverse']) == 1 else 'say'} otherwise" if numbers["reverse"] else "none surely says otherwise"
    )
    return (Claim("collection", f"On \u201c{point}\u201d: {first}, {second}.", (*numbers["same"], *numbers["reverse"])),)
