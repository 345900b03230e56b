"""Extracting an answer: which sentences of which abstracts, in which order, within so many words, and how they read there."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.corpus import introduced_name
from rag.evidence.sentence_scores import evidence_scores, quantity_fit
from rag.model import clean_text
from rag.questions import Question
from rag.search import Candidate
from rag.support import squeeze_name
from rag.text import any_of

# The wording of chosen sentences: cleaned, and prefixed by a name in brackets where they depend on a sentence before them.

# A sentence that begins so refers to the sentence before it.
_DANGLING = re.compile(
    r"^(?:it|its|they|their|them|this|these|that|those|such|the (?:proposed|resulting|former|latter|new|above|same|model|method|"
    rf"approach|framework|system|dataset|results?|authors?|experiments?|improvements?"
    rf"|{any_of('numbers.several')})|we|our|us|here|in (?:this|our|these)|to this|"
    rf"both|he|she|furthermore|moreover|additionally|also|however|besides|finally|{any_of('ordinals.words')}(?:ly)?|specifically|"
    r"further|then|thus|hence|therefore|as a result|in addition|extensive|experiments|experimental|results|evaluations?|empirical\w*|"
    r"surprisingly|remarkably|notably|comparing|instead|during|using|with|through|based)\b",
    re.IGNORECASE,
)

Group = list[tuple[Candidate, int, float]]  # sentences of one abstract, in order, with how well each bears on the question


@dataclass(frozen=True, eq=False)
class Evidence:
    """One sentence for the answer: its abstract, its index there, how well it bears on the question, and how it reads.

    `lead` is what was put before the sentence, the system's name in brackets; `text` begins with it.
    """

    found: Candidate
    index: int
    score: float
    text: str
    lead: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """(start, end) of the sentence in the stored abstract."""
        return self.found.long.spans[self.index]


def word_sentences(group: Sequence[tuple[Candidate, int, float]]) -> list[Evidence]:
    """The group's sentences cleaned for reading; the system is named in brackets where a sentence depends on one before it."""
    result = []
    before: int | None = None
    for one, index, score in group:
        text = clean_text(one.long.sentence(index))
        name, lead = short_name(one), ""
        follows = before is not None and index == before + 1
        if not follows and (before is None or _DANGLING.match(text)) and squeeze_name(name) not in squeeze_name(text):
            lead = f"[{name.partition(': ')[0]}] "  # a subtitle takes words from the answer
        result.append(Evidence(one, index, score, lead + text, lead))
        before = index
    return result


def short_name(one: Candidate) -> str:
    """What to call an abstract in a sentence: the system that it introduces, else its label."""
    return introduced_system(one) or one.abstract.label


def introduced_system(one: Candidate) -> str:
    """The name of the system that an abstract introduces, empty where it introduces none."""
    return _introduced_name_of(one.abstract.text, one.abstract.title) or ""


@lru_cache(maxsize=4096)
def _introduced_name_of(text: str, title: str | None) -> str | None:
    return introduced_name(text, title)


# Selection of sentences: which ones of which abstracts, in which order, within a budget of words.

_NEAR_BEST = 0.12  # of the best abstract's score: what comes as near may hold the answer as well
_SURVEY_NEAR = 0.22
_SMALL_SURVEY = 3  # abstracts: of so many a survey gives several sentences, of more one each, and is twice as long
_QUANTITY = 0.1  # of retrieval score, for having or lacking the number that is asked for
_SCORE_SCALE = 0.1  # of retrieval score, that makes an abstract a third as likely to be the one that answers
_LEAST_OF_OTHERS = 0.06  # how likely at least the best sentence of another abstract is to hold the answer, for it to be said
_REPEATED = 0.8  # of a sentence's words in an earlier one: it says nothing new


@dataclass(frozen=True, slots=True)
class _Limits:
    """How much is said: sentences of what one abstract answers, abstracts of a survey and sentences of each, and how likely at
    least a sentence is to hold the answer. Of the best abstract `certain` sentences are given however unlikely they are."""

    certain: int
    sentences: int
    abstracts: int
    per_abstract: int
    least: float


_BRIEF = _Limits(certain=3, sentences=5, abstracts=8, per_abstract=2, least=0.03)
_FULL = _Limits(certain=8, sentences=12, abstracts=16, per_abstract=3, least=0.001)


@dataclass(frozen=True, eq=False)
class AbstractPart:
    """One abstract of an answer, what is looked for in it, and how many of its sentences may be given."""

    asked: Question
    found: Candidate
    most: int


def choose_by_part(parts: Sequence[AbstractPart], words: int) -> list[Evidence]:
    """The sentences of each abstract that bear on its own question, in the order of the parts, at most `words` words in all.

    Of many parts more may be said, as in a survey: none may fall out.
    """
    room = words if len(parts) <= _SMALL_SURVEY else 2 * words
    each = max(45, room // max(1, len(parts)))
    return _fitted(_without_repetition([_pick_sentences(part.asked, part.found, each, part.most, _BRIEF.least) for part in parts]), room)


def choose_leading(question: Question, found: Sequence[Candidate], index: int, words: int, *, more: bool = False) -> list[Evidence]:
    """Like `choose_sentences` for a question that one sentence decides: that one, of the best abstract, comes first."""
    focused = _focused_groups(question, found, words, _FULL if more else _BRIEF)
    besides = [part for group in focused for part in group if part[0] is found[0] and part[1] != index]
    groups = [[(found[0], index, 1.0), *besides], *(group for group in focused if group[0][0] is not found[0])]
    while len(groups) > 1 and _count_words(groups) > words:
        groups.pop()  # what another abstract says decides less than what this one says besides
    return _fitted(groups, words)


def choose_sentences(question: Question, found: Sequence[Candidate], words: int, *, more: bool = False) -> list[Evidence]:
    """The sentences that answer, grouped by abstract (the best first), each group in the order of its text, at most `words` words.

    One abstract where one stands out, more where several come near or the question asks for several; with `more`,
    weaker sentences and further abstracts too.
    """
    if not found:
        return []
    limits = _FULL if more else _BRIEF
    if question.kind != "survey":
        return _fitted(_focused_groups(question, found, words, limits), words)
    near = _surveyed_abstracts(question, found, limits)
    room = words if len(near) <= _SMALL_SURVEY else 2 * words
    return _fitted(_survey_groups(question, near, room, limits), room)


def order_candidates(question: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """The abstracts in the order in which they may answer.

    Those whose own system the question names come first, in the order of its names; then the rest by their retrieval
    score, to which it adds or takes a little where an abstract counts what is asked for, or has no number at all.
    """
    asked = [squeeze_name(name) for name in question.names]
    own = {one.abstract.id: squeeze_name(short_name(one)) for one in found} if asked else {}
    named = [one for name in asked for one in found if own[one.abstract.id] == name]
    rest = sorted(found, key=lambda one: (-one.hit.fused - _QUANTITY * quantity_fit(question, one.long), one.abstract.id))
    return list(dict.fromkeys([*named, *rest]))


def _fitted(groups: list[Group], words: int) -> list[Evidence]:
    """Word the groups; leave out the weakest sentence of a group that has another one, then the last group, until they fit."""
    while True:
        said = [one for group in groups for one in word_sentences(group)]
        if len(said) <= 1 or sum(len(one.text.split()) for one in said) <= words:
            return said
        spare = [part for group in groups if len(group) > 1 for part in group]
        if spare:
            weakest = min(spare, key=lambda part: part[2])
            groups = [[part for part in group if part is not weakest] for group in groups]
        else:
            groups = groups[:-1]


def _focused_groups(question: Question, found: Sequence[Candidate], words: int, limits: _Limits) -> list[Group]:
    """The sentences of the best abstract and those that may answer as well that are likeliest to hold the answer."""
    near = [found[0], *[one for one in found[1:] if _may_answer(question, found[0], one)][:2]]
    trust = np.exp([min(0.0, one.hit.fused - found[0].hit.fused) / _SCORE_SCALE for one in near])
    trust /= trust.sum()
    parts = [
        (one, index, float(share) * chance) for one, share in zip(near, trust, strict=True) for index, chance in _chances(question, one)
    ]
    parts.sort(key=_value_per_length, reverse=True)
    per_abstract = [[part for part in parts if part[0] is one] for one in near]
    best = [own[0] for own in per_abstract if own and (own[0][0] is near[0] or own[0][2] >= _LEAST_OF_OTHERS)]
    certain = per_abstract[0][: limits.certain]
    likely = [part for part in parts if part not in best and (part[2] >= limits.least or part in certain)]
    picked: Group = []
    for part in (*best, *likely):
        if len(picked) < limits.sentences and _word_count(part) <= words - _count_words([picked]):
            picked.append(part)
    groups = [sorted((part for part in picked if part[0] is one), key=lambda part: part[1]) for one in near]
    return _without_repetition([group for group in groups if group])


def _may_answer(question: Question, best: Candidate, other: Candidate) -> bool:
    """True where another abstract comes so near to the best that either may be meant, or has a name that is asked for."""
    asked = {squeeze_name(name) for name in question.names}
    if asked and squeeze_name(short_name(best)) in asked:
        return squeeze_name(short_name(other)) in asked
    if other.hit.fused >= best.hit.fused - _NEAR_BEST:
        return True
    known = squeeze_name(best.abstract.text + (best.abstract.title or ""))
    missing = [name for name in question.names if squeeze_name(name) not in known]
    return any(squeeze_name(name) in squeeze_name(other.abstract.text + (other.abstract.title or "")) for name in missing)


def _surveyed_abstracts(question: Question, found: Sequence[Candidate], limits: _Limits) -> list[Candidate]:
    """The abstracts that a survey or a comparison is about; only the systems compared, where the corpus has several of them."""
    best = max(one.hit.fused for one in found)
    asked = {squeeze_name(name) for name in question.names}
    sides = [one for one in found if asked and squeeze_name(short_name(one)) in asked]
    near = sides if len(sides) > 1 else [one for one in found if one in sides or one.hit.fused >= best - _SURVEY_NEAR]
    return near[: limits.abstracts]


def _survey_groups(question: Question, near: Sequence[Candidate], words: int, limits: _Limits) -> list[Group]:
    most = limits.per_abstract if len(near) <= _SMALL_SURVEY else 1
    each = words // max(1, len(near))
    groups: list[Group] = []
    for one in near:
        group = _pick_sentences(question, one, max(each, 45), most, limits.least)
        if _count_words([*groups, group]) > words:
            group = _pick_sentences(question, one, words - _count_words(groups), 1, limits.least)
        groups.append(group)
    return _without_repetition(groups)


def _pick_sentences(question: Question, one: Candidate, words: int, most: int, least: float) -> Group:
    picked: Group = []
    for index, chance in sorted(_chances(question, one), key=lambda pair: (-pair[1], pair[0])):
        part = one, index, chance
        if len(picked) < most and _word_count(part) <= words - _count_words([picked]) and (chance >= least or not picked):
            picked.append(part)
    return sorted(picked, key=lambda part: part[1])


def _chances(question: Question, one: Candidate) -> list[tuple[int, float]]:
    """How likely each sentence is to hold the answer, if the abstract does; a question in an abstract answers none."""
    scores = evidence_scores(question, one.long, one.abstract.title)
    return [(index, float(score)) for index, score in enumerate(scores) if not one.long.sentence(index).endswith("?")]


def _value_per_length(part: tuple[Candidate, int, float]) -> float:
    """A sentence's chance discounted by its length: of two as likely the shorter one leaves more room for others."""
    return part[2] / math.sqrt(_word_count(part))


def _word_count(part: tuple[Candidate, int, float]) -> int:
    return len(part[0].long.sentence(part[1]).split())


def _count_words(groups: Sequence[Sequence[tuple[Candidate, int, float]]]) -> int:
    return sum(_word_count(part) for group in groups for part in group)


def _without_repetition(groups: Sequence[Group]) -> list[Group]:
    said: list[frozenset[str]] = []
    kept = []
    for group in groups:
        fresh = []
        for one, index, score in group:
            stems = one.long.stems[index]
            if not any(len(stems & other) >= _REPEATED * max(1, len(stems)) for other in said):
                fresh.append((one, index, score))
                said.append(stems)
        if fresh:
            kept.append(fresh)
    return kept
