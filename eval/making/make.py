"""Making a set of questions: every maker in turn, so that no kind is left out, until there are as many as were wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from eval.making.absent import absent_topics, others_details, usual_details
from eval.making.catalogue import catalogue_questions
from eval.making.checks import Checks, Search
from eval.making.facts import comparison_questions, fact_questions, how_questions, yesno_questions
from eval.making.material import Work, read_works
from eval.making.naming import definition_questions, name_questions
from eval.making.numeric import numeric_questions
from eval.making.written import Writer
from eval.records import Question
from rag.model import Abstract, RagError

_OF_WORKS: Mapping[str, Callable[[Work], Iterator[Question]]] = {
    "numeric": numeric_questions,
    "fact": fact_questions,
    "name": name_questions,
    "definition": definition_questions,
    "how": how_questions,
    "comparison": comparison_questions,
    "yesno": yesno_questions,
}
KINDS = (*_OF_WORKS, "catalogue", "absent_detail", "absent_topic")


def make_questions(
    abstracts: Sequence[Abstract], search: Search, *, count: int, kinds: Iterable[str] = KINDS, seed: int = 0, writer: Writer | None = None
) -> tuple[list[Question], Checks]:
    """At most `count` questions that passed the second pass, in an order by chance that `seed` decides, and what was dropped.

    With a `writer` a model's questions are one kind more. Raises RagError for a kind that is not one of KINDS.
    """
    wanted = list(dict.fromkeys(kinds))
    if strange := [one for one in wanted if one not in KINDS]:
        raise RagError(f"There is no kind {strange[0]!r} of made questions. The kinds are: {', '.join(KINDS)}.")
    works = read_works(abstracts)
    checks = Checks(abstracts, works, search)
    waiting = {kind: _in_turn([shuffled(one, seed) for one in _candidates(kind, abstracts, works)]) for kind in wanted}
    if writer is not None:
        waiting["personas"] = writer.questions(works, seed)
    found: list[Question] = []
    while waiting and len(found) < count:
        for kind in list(waiting):
            chosen = next((one for one in waiting[kind] if checks.passes(one)), None)
            if chosen is None:
                del waiting[kind]
            elif len(found) < count:
                found.append(chosen)
    return found, checks


def shuffled(questions: Iterable[Question], seed: int) -> list[Question]:
    """In an order by chance: each question has its place by its id, so that one more of them moves no other."""
    return sorted(questions, key=lambda one: hashlib.sha256(f"{seed}:{one.id}".encode()).digest())


def _candidates(kind: str, abstracts: Sequence[Abstract], works: Sequence[Work]) -> list[Iterable[Question]]:
    """The questions of a kind, from one source or several, which take turns."""
    if kind == "catalogue":
        return [catalogue_questions(abstracts)]
    if kind == "absent_detail":
        return [others_details(works), usual_details(works)]
    if kind == "absent_topic":
        return [absent_topics(abstracts)]
    maker = _OF_WORKS[kind]
    return [[question for work in works for question in maker(work)]]


def _in_turn(sources: Sequence[Sequence[Question]]) -> Iterator[Question]:
    return (one for turn in zip_longest(*sources) for one in turn if one is not None)
