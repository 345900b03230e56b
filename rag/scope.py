"""A question with the conditions that were read from it or given with it, and what can be answered by code alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answers import Answer
from rag.applying import wanted_filters
from rag.carrying import merged
from rag.collection import collected, unstated
from rag.conditions import Conditions, read_conditions
from rag.demand import read_wanted
from rag.filters import Filters, Years
from rag.generations import Generation
from rag.nearby import nearest
from rag.phrasing import joined, units, without
from rag.pool import Pool, date_notices
from rag.question import COLLECTION, Form, Question, read_question
from rag.stated import Files
from rag.wanted import Wanted


@dataclass(frozen=True, eq=False)
class Scope:
    """What is asked of which abstracts.

    `sought` is the question without the phrases of its conditions, for retrieval; `wanted` what it asks of the collection,
    None where it asks what abstracts say; `notices` tell of conditions that could not be applied or rest on inferred dates.
    """

    question: Question
    sought: Question
    filters: Filters
    wanted: Wanted | None
    notices: tuple[str, ...]

    @property
    def form(self) -> Form:
        """What kind of question it is, with the corpus's files known."""
        return self.question.form if self.wanted is None else COLLECTION[self.wanted.form]


def scope(
    generation: Generation,
    text: str,
    read: Filters,
    *,
    year: Years | None = None,
    sources: Sequence[str] = (),
    filters: Filters | None = None,
    ignored: Sequence[str] = (),
) -> Scope:
    """Read a question that stands by itself. `read` are conditions from the turns before; the others were given with it.

    `ignored` are conditions, in the words in which an answer echoes them ("year = 2024"), that are not to be read.

    A condition on a field that the corpus does not have is left out and told. Raises QuestionError, NotFoundError.
    """
    asked = read_question(text)
    conditions = read_conditions(asked.text, tuple(generation.sources()))
    conditions, read = replace(conditions, filters=_less(conditions.filters, ignored)), _less(read, ignored)
    wanted = read_wanted(_with(conditions, read))
    own = together(conditions.filters, read)
    dropped = [] if wanted else [one for one in units(own) if unstated(generation, one.filters)]
    for one in dropped:
        own = without(own, one)
    applied = wanted_filters(generation, year, sources, merged(filters, own, year))
    notices = (
        [f'No abstract of the corpus states what "{joined([one.short for one in dropped])}" asks for: it was not applied.']
        if dropped
        else []
    )
    if applied and wanted is None:
        notices += [one for one in date_notices(Pool(generation, applied)) if "inferred" in one]
    return Scope(asked, _sought(asked, conditions), applied, wanted, tuple(notices))


def _less(filters: Filters, ignored: Sequence[str]) -> Filters:
    for one in units(filters):
        if one.short in ignored:
            filters = without(filters, one)
    return filters


def together(text: Filters, before: Filters) -> Filters:
    """Conditions of the question and of the turns before: on one field the later ones, those of `before`, win."""
    if any(one.dated for one in units(before)):
        for one in units(text):
            if one.dated:
                text = without(text, one)
    ranges = (*(one for one in text.ranges if one.field not in {other.field for other in before.ranges}), *before.ranges)
    return Filters(ranges, (*text.sources, *before.sources), tuple(dict.fromkeys((*text.scans, *before.scans))))


def computed(frame: Answer, asked: Scope, generation: Generation, files: Callable[[], Files]) -> Answer | None:
    """The answer where the catalogue alone gives it, or where the conditions leave nothing; None where abstracts must be read."""
    if asked.wanted is not None:
        answer = collected(frame, asked.wanted, generation, asked.filters, files)
        if answer is not None:
            return answer
    if asked.filters and not generation.count(asked.filters):
        pool = Pool(generation, asked.filters)
        rest = " ".join(nearest(pool))
        return replace(frame, outcome="refused", reason=f"The corpus does not say: it has no abstract{pool.phrase}. {rest}".strip())
    return None


def _with(conditions: Conditions, read: Filters) -> Conditions:
    """What was read, with conditions of earlier turns: "How many?" about papers of 2023 is a question about the collection."""
    return replace(conditions, filters=together(conditions.filters, read)) if read else conditions


def _sought(asked: Question, conditions: Conditions) -> Question:
    bare = " ".join(conditions.bare.split())
    if not conditions.filters or not bare.strip(" ?.,!"):
        return asked
    sought = read_question(bare)
    return sought if sought.short.stems else asked


def framed(answer: Answer, frame: Answer) -> Answer:
    """A written answer with what is known of the question besides."""
    return replace(
        answer,
        question=frame.question,
        standalone_question=frame.standalone_question,
        filters=frame.filters,
        form=frame.form,
        answerability=frame.answerability,
        notices=(*answer.notices, *frame.notices),
        generation=frame.generation,
    )
