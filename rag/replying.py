"""What is said with no model: whether the corpus has an answer at all, and the answer in the abstracts' own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.answerability import Answerability, answerability
from rag.answers import Answer
from rag.approaches import with_approaches
from rag.contrast import Contrast, contrasted
from rag.deciding import decided
from rag.generations import Generation
from rag.introducing import introduction
from rag.question import Question
from rag.quoting import corrected, quoted, refused
from rag.retrieve import Found
from rag.spelling import MOST, did_you_mean, unfamiliar


@dataclass(frozen=True, eq=False)
class Material:
    """All that an answer is made of: the question, the abstracts that come near, best first, on how many of them it may draw, the
    sides of a comparison, at most how many words, whether more is wanted than usual, and how many abstracts the corpus has."""

    asked: Question
    near: Sequence[Found]
    count: int
    compared: Contrast | None
    words: int
    more: bool
    corpus: int

    @property
    def found(self) -> Sequence[Found]:
        """The abstracts on which the answer may draw, best first."""
        return self.near[: self.count]

    @cached_property
    def judged(self) -> Answerability:
        """Whether the abstracts answer the question."""
        return answerability(self.asked, self.near)

    @property
    def abstracts(self) -> Sequence[Found]:
        """The abstracts for a model to read: those of the sides first, as many as were found."""
        sides = self.compared.found if self.compared else ()
        here = {one.abstract.id for one in sides}
        return [*sides, *(one for one in self.found if one.abstract.id not in here)][: max(len(self.found), len(sides))]


def with_hints(frame: Answer, material: Material, generation: Generation) -> Answer:
    """`frame` with its answerability, and a notice for each name of the question that no abstract has and that is nearly one that
    some abstract has."""
    frame = replace(frame, answerability=material.judged.chance)
    unknown = (*material.judged.unknown, *unfamiliar(material.asked, material.near))
    if not unknown or material.corpus > MOST:
        return frame
    meant = did_you_mean(unknown, generation.listing(), f"{generation.catalogue.path}:{generation.name}")
    return replace(frame, notices=(*meant, *frame.notices))


def not_here(frame: Answer, material: Material, least: float, *, writes: bool) -> Answer | None:
    """The refusal, where the chance of an answer is less than `least` or no abstract has any side of a comparison; else None.

    A model that writes reads for itself whether a detail is reported: for it the chance is that an abstract is about the matter.
    """
    asked, found, judged = material.asked, material.found, material.judged
    if material.compared is not None:
        return contrasted(frame, asked, material.compared, material.words, found) if material.compared.nothing else None
    if (judged.matter if writes else judged.chance) >= least:
        return None
    return corrected(frame, asked, found) or refused(frame, asked, judged, found, material.corpus)


def in_own_words(frame: Answer, material: Material) -> Answer:
    """The answer in sentences of the abstracts; a refusal where they say otherwise than the question takes for granted."""
    asked, found, compared = material.asked, material.found, material.compared
    if compared is not None and not (asked.form == "yesno" and len(compared.found) == 1 and not compared.absent):
        return contrasted(frame, asked, compared, material.words, found)
    found = compared.found if compared else found
    answer = (
        corrected(frame, asked, found)
        or introduction(frame, asked, found, material.words, more=material.more)
        or decided(frame, asked, found, material.words, more=material.more)
        or quoted(frame, asked, found, material.words, more=material.more)
    )
    if answer is None:
        return refused(frame, asked, material.judged, found, material.corpus)
    return with_approaches(answer, asked, {one.abstract.id: f"{one.abstract.title or ''}. {one.abstract.text}" for one in found})
