"""A comparison answered side by side: each side from its own abstracts, with an explicit claim for a side that no abstract mentions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answers.extractive import cite_sentences
from rag.embedding import Embedder, ShortText, read_long, weighted_mean, word_matches
from rag.evidence import (
    AbstractPart,
    Evidence,
    Extent,
    choose_by_part,
    evidence_scores,
    near_misses,
    short_name,
    word_sentences,
)
from rag.index import Generation
from rag.model import Answer, Claim, Filters
from rag.questions import Comparison, Question, Side, read_question
from rag.search import Candidate, boost_context, find_candidates
from rag.support import proper_names, squeeze_name
from rag.text import stems

_CONSIDERED = 20  # abstracts for each side
_LEAST_COVERAGE = 0.6  # of a side's words, by weight: less, and no abstract is about it. Topics that are not there reach 0.54, others 0.7
_LITERAL_BONUS = 0.15  # of retrieval score, for having the side word for word
_SECOND_MARGIN = 0.03  # of retrieval score, within which a second abstract is used for a side as well
_MOST_ABSTRACTS = 2  # abstracts for a side that is a topic
_SENTENCES = 2  # of each abstract


@dataclass(frozen=True, eq=False)
class ComparedSide:
    """One side and the abstracts about it; `absent` where there is none, `asked` is what is looked for in them."""

    side: Side
    asked: Question
    found: tuple[Candidate, ...]

    @property
    def heading(self) -> str:
        """The heading of its sentences: the side as the question words it; "" for one with names, which its sentences have themselves."""
        return "" if self.side.names else f"{self.side.said[:1].upper()}{self.side.said[1:]}"

    @property
    def absent(self) -> bool:
        """True where the corpus does not have this side."""
        return not self.found


@dataclass(frozen=True, eq=False)
class ComparisonEvidence:
    """A comparison with the abstracts of each of its sides."""

    beside: tuple[ComparedSide, ...]

    @property
    def absent(self) -> tuple[str, ...]:
        """What is said of each side that the corpus does not have."""
        return tuple(_absence_sentence(one.side) for one in self.beside if one.absent)

    @property
    def nothing(self) -> bool:
        """True where the corpus has none of the sides."""
        return all(one.absent for one in self.beside)

    @property
    def found(self) -> tuple[Candidate, ...]:
        """The abstracts of all sides, each once, in the order of the sides."""
        return tuple({one.abstract.id: one for beside in self.beside for one in beside.found}.values())


def gather_comparison(
    generation: Generation, embedder: Embedder, question: Question, sides: Comparison, filters: Filters
) -> ComparisonEvidence:
    """The sides of a question that compares, each with its abstracts."""
    beside = tuple(_beside(generation, embedder, question, sides, side, filters) for side in sides.sides)
    return ComparisonEvidence(_told_apart(beside))


def comparison_answer(
    blank: Answer, question: Question, compared: ComparisonEvidence, extent: Extent, found: Sequence[Candidate]
) -> Answer:
    """`blank` with the sentences of each side, grouped by side, then what is absent; a refusal where every side is absent."""
    if compared.nothing:
        reason = f"The corpus does not say. {' '.join(compared.absent)}"
        return replace(blank, outcome="refused", reason=reason, near_misses=near_misses(question, found))
    parts: dict[str, AbstractPart] = {}
    headings: dict[str, str] = {}
    for beside in compared.beside:
        for one in beside.found:
            headings.setdefault(one.abstract.id, beside.heading)
            parts.setdefault(one.abstract.id, AbstractPart(beside.asked, one, _SENTENCES if len(beside.found) == 1 else 1))
    both = _of_both_sides(question, compared)
    evidence = choose_by_part(list(parts.values()), extent)
    evidence = [*both, *(one for one in evidence if (one.found, one.index) not in [(first.found, first.index) for first in both])]
    answer = cite_sentences(blank, evidence, question)
    headed = ["" if one in both else headings[one.found.abstract.id] for one in evidence]
    if len({*headed} - {""}) > 1 and all(headed[len(both) :]):
        answer = replace(answer, claims=tuple(replace(claim, group=group) for claim, group in zip(answer.claims, headed, strict=True)))
    absences = tuple(Claim("absence", text, ()) for text in compared.absent)
    return replace(answer, claims=(*answer.claims, *absences))


def _of_both_sides(question: Question, compared: ComparisonEvidence) -> list[Evidence]:
    """The sentence that speaks of every side, the likeliest to answer of those; none where no sentence does."""
    found = []
    for one in compared.found:
        scores = evidence_scores(question, one.long, one.abstract.title)
        for index, score in enumerate(scores.tolist()):
            if all(_speaks_of(one, index, beside.side) for beside in compared.beside):
                found.append((one, index, score))
    return word_sentences([max(found, key=lambda part: part[2])]) if found else []


def _speaks_of(one: Candidate, index: int, side: Side) -> bool:
    """True where a sentence names a side, or has all words of a side that is a topic; what an abstract introduces it need not name."""
    if not side.names:
        return set(stems(side.said)) <= one.long.stems[index]
    names = {squeeze_name(name) for name in side.names}
    said = {squeeze_name(name) for name in proper_names(one.long.sentence(index))}
    return bool(names & said) or squeeze_name(short_name(one)) in names


def _absence_sentence(side: Side) -> str:
    if side.names:
        return f"No abstract in the corpus mentions {' or '.join(side.names)}."
    return f"No abstract in the corpus is about {side.said}."


def _beside(
    generation: Generation, embedder: Embedder, question: Question, sides: Comparison, side: Side, filters: Filters
) -> ComparedSide:
    if side.names:
        found = find_candidates(generation, embedder, side.sought, _CONSIDERED, filters)
        return ComparedSide(side, question, _candidates_for_name(generation, embedder, side, found, filters))
    asked, alone = read_question(f"{side.sought} {sides.aspect}".strip()), read_question(side.sought)
    found = _ranked_by_both(side, *(find_candidates(generation, embedder, one.text, _CONSIDERED, filters) for one in (asked, alone)))
    about = [one for one in found if _coverage(one, alone.short) >= _LEAST_COVERAGE]
    return ComparedSide(side, asked, tuple(about))


def _coverage(one: Candidate, short: ShortText) -> float:
    """How much of a side's words an abstract has, with its title."""
    read = read_long([f"{one.abstract.title}. {one.abstract.text}"])[0] if one.abstract.title else one.long
    return float(weighted_mean(word_matches(short, read).max(axis=0, initial=0.0), short.idf))


def _ranked_by_both(side: Side, one: Sequence[Candidate], other: Sequence[Candidate]) -> list[Candidate]:
    """The abstracts by the geometric mean of their scores for the side in the respect asked for and for the side alone, so that
    neither drowns the other; those that have the side word for word are lifted."""
    both = {found.abstract.id: found for found in (*one, *other)}
    scores = [
        ({found.abstract.id: found.hit.fused for found in some}, min((found.hit.fused for found in some), default=0.0))
        for some in (one, other)
    ]
    phrase = squeeze_name(side.sought)

    def lifted(found: Candidate) -> Candidate:
        first, second = (known.get(found.abstract.id, floor) for known, floor in scores)
        literal = phrase in squeeze_name(f"{found.abstract.title or ''} {found.abstract.text}")
        return replace(found, hit=replace(found.hit, fused=(first * second) ** 0.5 + _LITERAL_BONUS * literal))

    return sorted(map(lifted, both.values()), key=lambda found: (-found.hit.fused, found.abstract.id))


def _candidates_for_name(
    generation: Generation, embedder: Embedder, side: Side, found: Sequence[Candidate], filters: Filters
) -> tuple[Candidate, ...]:
    """The abstract that introduces what the side names, else the one that mentions it and comes nearest."""
    asked = [squeeze_name(name) for name in side.names]
    own = [one for one in found if squeeze_name(short_name(one)) in asked]
    if own:
        return tuple(own[:_MOST_ABSTRACTS])
    mentioning = [one for one in found if any(name in squeeze_name(f"{one.abstract.title or ''} {one.abstract.text}") for name in asked)]
    if not mentioning:
        ids = {one.id for name in side.names for one in generation.listing(filters, containing=name)}
        mentioning = boost_context(generation, embedder, side.sought, (), sorted(ids)[:_CONSIDERED], filters)
    return tuple(mentioning[:1])


def _told_apart(beside: Sequence[ComparedSide]) -> tuple[ComparedSide, ...]:
    """Each side with the abstracts that match it better than any other side, and at most one that comes second."""
    best: dict[str, float] = {}
    for one in (one for side in beside for one in side.found):
        best[one.abstract.id] = max(best.get(one.abstract.id, 0.0), one.hit.fused)
    result = []
    for side in beside:
        kept = [one for one in side.found if side.side.names or one.hit.fused >= best[one.abstract.id]] or list(side.found[:1])
        near = [one for one in kept if side.side.names or one.hit.fused >= kept[0].hit.fused - _SECOND_MARGIN]
        result.append(replace(side, found=tuple(near[:_MOST_ABSTRACTS])))
    return tuple(result)
