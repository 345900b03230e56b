"""What is said with no model: whether the corpus has an answer at all, and the answer in the abstracts' own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.answers import Answer
from rag.contrast import Contrast, contrasted
from rag.deciding import decided
from rag.generations import Generation
from rag.question import Question
from rag.quoting import corrected, quoted, refused, without_number
from rag.refusal import Bearing, bearing
from rag.retrieve import Found
from rag.spelling import MOST, did_you_mean


@dataclass(frozen=True, eq=False)
class Material:
    """All that an answer is made of: the question, the abstracts that were found, best first, the sides of a comparison, at most
    how many words, whether more is wanted than usual, and how many abstracts the corpus has."""

    asked: Question
    found: Sequence[Found]
    compared: Contrast | None
    words: int
    more: bool
    corpus: int

    @cached_property
    def bears(self) -> Bearing:
        """How well the abstracts bear on the question."""
        return bearing(self.asked, list(self.found))

    @property
    def abstracts(self) -> Sequence[Found]:
        """The abstracts for a model to read: those of the sides first, as many as were found."""
        sides = self.compared.found if self.compared else ()
        here = {one.abstract.id for one in sides}
        return [*sides, *(one for one in self.found if one.abstract.id not in here)][: max(len(self.found), len(sides))]


def with_hints(frame: Answer, material: Material, generation: Generation) -> Answer:
    """`frame` with a notice for each name of the question that no abstract has and that is nearly one that some abstract has."""
    if not material.bears.unknown or material.corpus > MOST:
        return frame
    meant = did_you_mean(material.bears.unknown, list(generation.listing()), generation.name)
    return replace(frame, notices=(*meant, *frame.notices))


def not_here(frame: Answer, material: Material, least: float) -> Answer | None:
    """The refusal, where no abstract bears on the question by `least` or none has any side of a comparison; else None."""
    if material.compared is not None:
        return contrasted(frame, material.asked, material.compared, material.words, material.found) if material.compared.nothing else None
    if material.bears.score < least:
        return refused(frame, material.asked, material.bears, material.found, material.corpus)
    return None


def in_own_words(frame: Answer, material: Material) -> Answer:
    """The answer in sentences of the abstracts; a refusal where they do not report what is asked, or say otherwise."""
    asked, found, compared = material.asked, material.found, material.compared
    if compared is not None and not (asked.form == "yesno" and len(compared.found) == 1 and not compared.absent):
        return contrasted(frame, asked, compared, material.words, found)
    found = compared.found if compared else found
    answer = (
        corrected(frame, asked, found)
        or without_number(frame, asked, found)
        or decided(frame, asked, found, material.words, more=material.more)
        or quoted(frame, asked, found, material.words, more=material.more)
    )
    return answer or refused(frame, asked, material.bears, found, material.corpus)
