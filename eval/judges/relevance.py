"""Does a claim address the question? Decided by words and static vectors, and where these leave it open, by the sentence encoder.

Measured on the two shipped sets (half was chosen on, these are of the other): of the sentences in which gold evidence stands 88 %
address their question by this rule, of reference answers, many of them a name or a number, 64 %, and of sentences of other abstracts
9 % do. Of sentences of other abstracts that were retrieved for the question, which have its topic, 31 % do: it finds what is beside
the point, not what fails to answer. Words alone tell evidence from sentences of other abstracts as well as the encoder does (area under
the ROC curve 0.93 and 0.93), and cost a tenth; for answers in other words the encoder is better (0.86 against 0.78).
"""

from __future__ import annotations

import numpy as np

from eval.metrics import asked, english, is_asked_for_words, said_claims
from eval.records import Decision, Row, Verdict
from rag.embedding import dot, load_encoder, meanings, read_long, read_short, shared_stems, weighted_mean, word_matches

BY_WORDS = 0.24  # the similarity from which on words show that a claim addresses the question
OPEN = 0.08  # and from which on they leave it open
BY_MEANING = 0.35  # the cosine from which on the encoder does


def relevance(row: Row) -> tuple[Verdict, ...]:
    """A verdict for each claim of an answer to an answerable question, with the similarity or the cosine that decided it."""
    claims = [(place, english(claim)) for place, claim in said_claims(row)] if is_asked_for_words(row) else []
    question = asked(row.question)
    scores = {place: similarity(question, text) for place, text in claims}
    open_ones = [(place, text) for place, text in claims if OPEN <= scores[place] < BY_WORDS]
    cosines = _cosines(question, [text for _, text in open_ones]) if open_ones and load_encoder() else []
    near = {place: cosine for (place, _), cosine in zip(open_ones, cosines, strict=False)}
    return tuple(_verdict(row.question.id, place, scores[place], near.get(place)) for place, _ in claims)


def similarity(question: str, text: str) -> float:
    """How like a question a text is, from 0 to 1: the mean of the share of the question's words that it has, weighted by their idf, how
    near a word of it comes to each of them, and the cosine of the nearest sentence."""
    short, long = read_short(question), read_long([text])[0]
    if not long.spans or not short.stems:
        return 0.0
    said = float(weighted_mean(np.asarray(shared_stems(short, long).any(axis=0)), short.idf))
    near = float(weighted_mean(np.asarray(word_matches(short, long).max(axis=0)), short.idf))
    cosine = max(0.0, float(dot(long.vectors, short.vector).max()))
    return (said + near + cosine) / 3


def _cosines(question: str, texts: list[str]) -> list[float]:
    said, *rows = meanings([question, *texts])
    return [float(one) for one in dot(np.array(rows), said)]


def _verdict(question_id: str, place: int, words: float, meaning: float | None) -> Verdict:
    by_words = words >= BY_WORDS or meaning is None
    score = words if by_words or meaning is None else meaning
    decision: Decision = "supported" if score >= (BY_WORDS if by_words else BY_MEANING) else "absent"
    return Verdict(question_id, place, "question", None, decision, round(score, 4), why="by words" if by_words else "by meaning")
