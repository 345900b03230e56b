"""Which form an answer without a model takes: yes or no, a definition, a comparison, a survey, sentences, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

from rag.answers.comparison import ComparisonEvidence, comparison_answer
from rag.answers.extractive import cite_sentences, extractive_answer
from rag.answers.refusals import DOUBT_WORDS, correction_answer, nearest_answer, refusal_answer, refusal_reason
from rag.answers.surveys import survey_answer
from rag.answers.yes_no import yes_no_answer
from rag.corpus import introduces
from rag.evidence import (
    Answerability,
    Extent,
    choose_leading,
    estimate_answerability,
    introduced_system,
    introduces_named,
)
from rag.index import Generation, Names, known_names
from rag.model import Answer
from rag.questions import Operation, Question
from rag.search import Candidate
from rag.text import SHORTEST_NAME, STOP_WORDS, folded_words, is_common, squeeze_name, stem, stems, words_of

# Definition questions, which ask only what a paper is: the sentence in which its abstract introduces the work comes first.

# What may be said besides the name: "summarize the CLASP paper", "what is the main idea of CLASP?".
_REQUEST_WORDS = frozenset(map(stem, words_of("papers", "works"))) | frozenset(
    map(
        stem,
        """summarize summarise summary summarization describe description explain explanation tell give
        overview introduce introduction propose present main key idea point contribution gist whats what's brief briefly please know
        model system method approach framework dataset corpus called""".split(),
    )
)


def definition_answer(blank: Answer, question: Question, found: Sequence[Candidate], extent: Extent) -> Answer | None:
    """`blank` with the sentence that introduces what the question names, then what else bears on it; None where
    the question asks for anything besides."""
    if not found or not introduces_named(question, found[0].abstract):
        return None
    best = found[0]
    name = introduced_system(best)
    own = {*stems(name), *(part for one in question.names for part in stems(one))}
    said = [one for one in stems(question.text) if one not in own and squeeze_name(one) != squeeze_name(name)]
    if not all(one in _REQUEST_WORDS for one in said):
        return None
    sentences = [best.long.sentence(index) for index in range(len(best.long.spans))]
    first = next((index for index, one in enumerate(sentences) if introduces(one) and squeeze_name(name) in squeeze_name(one)), None)
    return None if first is None else cite_sentences(blank, choose_leading(question, found[:1], first, extent))


# Names of a question that the corpus does not have, and a similar one that it has: suggested, never substituted. "RuBERT" and "HuBERT" are
# one letter apart and two systems.

_names: WeakKeyDictionary[Generation, Names] = WeakKeyDictionary()  # read once


def did_you_mean(asked: Sequence[str], known: Names) -> tuple[str, ...]:
    """One sentence for each name that no abstract has and that is nearly one that some abstract has."""
    told = []
    for name in asked:
        letters = squeeze_name(name)
        if len(letters) >= SHORTEST_NAME and letters not in known and (near := known.nearest(letters)) is not None:
            told.append(f"No abstract mentions {name}. Did you mean {near}?")
    return tuple(told)


def unfamiliar_words(question: Question, found: Sequence[Candidate]) -> tuple[str, ...]:
    """The words of a question that are not common in research prose and occur in none of the abstracts found: "polyspech" may be a
    misspelled name in lower case."""
    met = {name for one in found for sentence in one.long.stems for name in sentence}
    named = {part for name in question.names for part in folded_words(name)}
    said = (word for word in folded_words(question.text) if word not in STOP_WORDS and word not in named)
    return tuple(word for word in said if word.isalpha() and not is_common(stem(word)) and stem(word) not in met)


# Answers without a model: whether the corpus has an answer at all, and the answer in the abstracts' own sentences.


NAMED = 3  # abstracts, where the question names a work that is here: the others are its rivals, at most
# Words of an answer that a model writes, where an extractive one may have _USUAL words; other settings scale them.
_WRITTEN_WORDS: Mapping[Operation, int] = {"survey": 400, "agree": 400, "compare": 150}
_FACT_WORDS, _USUAL = 60, 120
_BRIEF, _LONG = 40, 3  # words of a brief answer; how many times as long a long one may be


@dataclass(frozen=True, eq=False)
class AnswerMaterial:
    """All that an answer is made of: the question, the abstracts that come near, best first, on how many of them it may draw, the
    sides of a comparison, how much is to be said, and how many abstracts the corpus has."""

    asked: Question
    near: Sequence[Candidate]
    count: int
    compared: ComparisonEvidence | None
    extent: Extent
    corpus: int

    @property
    def found(self) -> Sequence[Candidate]:
        """The abstracts on which the answer may draw, best first."""
        return self.near[: self.count]

    @cached_property
    def judged(self) -> Answerability:
        """Whether the abstracts answer the question."""
        return estimate_answerability(self.asked, self.near)

    @property
    def simple(self) -> bool:
        """True where a search by the question's own words surely finds what a model needs: a named work, or all sides of a comparison."""
        if self.surveys:
            return False
        return self.judged.here if self.compared is None else all(not one.absent for one in self.compared.beside)

    def abstracts(self, more: Sequence[Candidate] = ()) -> Sequence[Candidate]:
        """The abstracts for a model to read, as few as are needed: those of the sides, or of the works that are named, come first, then the
        best of these and of `more`."""
        named = [one for one in self.near if introduces_named(self.asked, one.abstract)][: self.count]
        sides = self.compared.found if self.compared else named
        rest = sorted([*self.near, *more], key=lambda one: -one.hit.fused) if more else self.found
        every: dict[str, Candidate] = {}
        for one in [*sides, *rest]:
            every.setdefault(one.abstract.id, one)
        usual = min(self.count, NAMED) if self.judged.here and self.asked.query.operation in ("fact", "define", "yesno") else self.count
        return list(every.values())[: max(usual, len(sides))]

    @property
    def surveys(self) -> bool:
        """True where all that the corpus has on a matter is asked for: a survey, a table of several papers."""
        query = self.asked.query
        return query.operation in ("survey", "agree") or (query.shape == "table" and self.compared is None and not self.judged.here)

    @property
    def written_words(self) -> int:
        """At most so many words of a model: of a survey or a comparison more than of a fact."""
        query = self.asked.query
        usual = _WRITTEN_WORDS.get(query.operation, 400 if self.surveys else _FACT_WORDS)
        wanted = {"brief": min(_BRIEF, usual), "normal": usual, "long": _LONG * usual}[query.length]
        return max(20, round(wanted * self.extent.words / _USUAL))


def with_hints(frame: Answer, material: AnswerMaterial, generation: Generation) -> Answer:
    """`frame` with its answerability, and a notice for each name of the question that no abstract has and that is nearly one that
    some abstract has."""
    frame = replace(frame, answerability=material.judged.chance)
    unknown = (*material.judged.unknown, *unfamiliar_words(material.asked, material.near))
    if not unknown:
        return frame
    known = _names.get(generation)
    if known is None:  # two threads may read the same at once: a lock would be held in the child of a fork
        known = _names[generation] = known_names(generation)
    meant = did_you_mean(unknown, known)
    return replace(frame, notices=(*meant, *frame.notices))


def early_refusal(frame: Answer, material: AnswerMaterial, least: float) -> Answer | None:
    """The refusal, where the chance of an answer is less than `least` or no abstract has any side of a comparison; else None.

    A work that is named and here is not refused.
    """
    asked, found, judged = material.asked, material.found, material.judged
    if material.compared is not None:
        return comparison_answer(frame, asked, material.compared, material.extent, found) if material.compared.nothing else None
    if judged.here or judged.chance >= least:
        return None
    return correction_answer(frame, asked, found) or refusal_answer(frame, asked, judged, found, material.corpus)


def answer_in_own_words(frame: Answer, material: AnswerMaterial, sure: float) -> Answer:
    """The answer in sentences of the abstracts, one a line where the question asks for points."""
    return replace(_composed(frame, material, sure), bulleted=material.asked.query.shape == "bullets")


def _composed(frame: Answer, material: AnswerMaterial, sure: float) -> Answer:
    """The answer in sentences of the abstracts, as what comes nearest where its chance is less than `sure`; a refusal where they
    contradict what the question presupposes."""
    asked, found, compared = material.asked, material.found, material.compared
    if compared is not None and not (asked.form == "yesno" and len(compared.found) == 1 and not compared.absent):
        return comparison_answer(frame, asked, compared, material.extent, found)
    found = compared.found if compared else found
    judged, doubt, extent = material.judged, "", material.extent
    surely = correction_answer(frame, asked, found) or definition_answer(frame, asked, found, extent)
    if surely is not None:
        return surely  # what a work is, its own abstract says
    if judged.chance < sure:
        doubt = refusal_reason(asked, judged, found[0] if found else None, material.corpus)
        extent = replace(extent, reserved=DOUBT_WORDS)
    answer = (
        yes_no_answer(frame, asked, found, extent)
        or survey_answer(frame, asked, found, extent)
        or extractive_answer(frame, asked, found, extent)
    )
    if answer is None:
        return refusal_answer(frame, asked, judged, found, material.corpus)
    if answer.outcome == "refused" and not answer.claims:
        doubt = answer.reason or ""
        answer = extractive_answer(frame, asked, found, extent) or answer
    return nearest_answer(answer, doubt) if doubt and answer.outcome == "answered" else answer
