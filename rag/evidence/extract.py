"""Extracting an answer: which sentences of which abstracts, in which order, within so many words, and how they read there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from rag.corpus import introduced_name
from rag.evidence.sentence_scores import evidence_scores, quantity_fit
from rag.model import clean_text
from rag.questions import Question
from rag.search import Candidate
from rag.support import squeeze_name
from rag.text import folded_words, words_of

# The wording of chosen sentences: cleaned, and prefixed by a name in brackets where they depend on a sentence before them.

_LEANING_OPENERS = words_of("leaning.openers")  # a sentence that begins so, or has one of the others soon, leans on the one before it
_LEANING_WORDS = words_of("leaning.early")
_EARLY = 4  # words of a sentence
_LONGEST_OPENER = 3  # words
_READ_AHEAD = 120  # characters

Part = tuple[Candidate, int, float]  # a sentence of an abstract, and its chance to hold the answer
Group = list[Part]
Length = Literal["brief", "normal", "long"]


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


def word_sentences(group: Sequence[Part]) -> list[Evidence]:
    """The group's sentences cleaned for reading; the system is named in brackets where a sentence depends on one before it."""
    result: list[Evidence] = []
    for part in group:
        one, index, score = part
        text, name = clean_text(one.long.sentence(index)), short_name(one)
        before = result[-1] if result else None
        apart = before is None or before.found is not one
        follows = not apart and before is not None and index == before.index + 1
        unsaid = squeeze_name(name) not in squeeze_name(text)
        lead = f"[{name.partition(': ')[0]}] " if unsaid and (apart or (not follows and leans(text))) else ""  # no subtitle: it takes words
        result.append(Evidence(one, index, score, lead + text, lead))
    return result


def leans(sentence: str) -> bool:
    """True where a sentence refers to one before it: "It", "However", "To address these challenges"."""
    said = folded_words(sentence[:_READ_AHEAD])[:_EARLY]
    openers = (" ".join(said[:count]) for count in range(1, _LONGEST_OPENER + 1))
    return any(one in _LEANING_OPENERS for one in openers) or not _LEANING_WORDS.isdisjoint(said)


def short_name(one: Candidate) -> str:
    """What to call an abstract in a sentence: the system that it introduces, else its label."""
    return introduced_system(one) or one.abstract.label


def introduced_system(one: Candidate) -> str:
    """The name of the system that an abstract introduces, empty where it introduces none."""
    return _introduced_name_of(one.abstract.text, one.abstract.title) or ""


@lru_cache(maxsize=4096)
def _introduced_name_of(text: str, title: str | None) -> str | None:
    return introduced_name(text, title)


# Selection of sentences: which ones of which abstracts, within a budget of words; the likeliest first.

_SURVEY_NEAR = 0.16
_SMALL_SURVEY = 3  # abstracts: of so many a survey gives several sentences, of more one each, and is twice as long
_QUANTITY = 0.1  # of retrieval score, for having or lacking the number that is asked for
# The chance of an abstract to be the one that answers is the softmax of retrieval scores; of this scale the right one is likeliest on the
# development questions of all kinds (`python -m benchmarks.fit_evidence`). Abstracts are added until one of them is likely enough it.
_SCORE_SCALE, _TRUSTED, _MOST_ABSTRACTS = 0.03, 0.85, 6
_SEVERAL = 3  # abstracts that may answer, of which each is heard
_REPEATED = 0.8  # of a sentence's words in an earlier one: it says nothing new
_LEANING = 0.9  # of a sentence's chance, where it leans on one before it: of two as likely the other one comes first
_FULL = 12  # sentences, where more is wanted than usual
_ENOUGH, _MOST = 0.9, 4  # summed chance of sentences with which no other is needed, and their number at the most
_DECIDES = 0.5  # chance at least of a sentence that decides


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is said: at most `words` words, of which `reserved` go to something else; `more` than usual; and what the question itself
    asks for: how long the answer is to be, and of how many sentences (`limit`)."""

    words: int
    more: bool = False
    length: Length = "normal"
    limit: int | None = None
    reserved: int = 0

    def room(self, abstracts: int) -> int:
        """Words for the sentences of so many abstracts: of more than a few each is heard, for which there is twice the room."""
        return (2 * self.words if abstracts > _SMALL_SURVEY and not self.full else self.words) - min(self.reserved, self.words // 2)

    @property
    def enough(self) -> float:
        """The summed chance of the sentences, with which no further one is needed."""
        return 1.0 if self.full or self.limit else 0.0 if self.length == "brief" else _ENOUGH

    @property
    def full(self) -> bool:
        """True where all that bears on the question is wanted."""
        return self.more or self.length == "long"

    @property
    def sentences(self) -> int:
        """At most so many of what one question is answered with."""
        return self.limit or (_FULL if self.full else 1 if self.length == "brief" else _MOST)

    @property
    def abstracts(self) -> int:
        """At most so many of a survey."""
        return self.limit or (16 if self.full else 8)


@dataclass(frozen=True, eq=False)
class AbstractPart:
    """One abstract of an answer, what is looked for in it, and how many of its sentences may be given."""

    asked: Question
    found: Candidate
    most: int


def choose_by_part(parts: Sequence[AbstractPart], extent: Extent) -> list[Evidence]:
    """The sentences of each abstract that bear on its own question, in the order of the parts, each the likeliest first.

    Of many parts more may be said, as in a survey: none may fall out.
    """
    chosen = [_likeliest(part.asked, part.found)[: part.most] for part in parts]
    return _fitted(_without_repetition(chosen), extent.room(len(parts)))


def choose_leading(question: Question, found: Sequence[Candidate], index: int, extent: Extent, least: float = _DECIDES) -> list[Evidence]:
    """Like `choose_sentences` for a question that one sentence of the best abstract decides: that one comes first, and is taken to have
    at least the chance `least`."""
    likely = [part for part in _answering(question, found) if part[:2] != (found[0], index)]
    chance = next((part[2] for part in _likeliest(question, found[0]) if part[1] == index), 0.0)
    return _fitted(_without_repetition([_taken([(found[0], index, max(chance, least)), *likely], extent)]), extent.room(1))


def choose_sentences(question: Question, found: Sequence[Candidate], extent: Extent) -> list[Evidence]:
    """The sentences that answer, the likeliest first, until it is likely enough that the answer is among them.

    One abstract where one stands out, more where several come near or the question asks for several: then the best sentence of each.
    """
    if not found:
        return []
    if question.kind != "survey":
        taken = _taken(_answering(question, found), extent)
        chosen = _without_repetition([taken])
        said = _fitted(chosen, extent.room(_heard(taken)))
        return said if len({one.found.abstract.id for one in said}) > _SMALL_SURVEY else _fitted(chosen, extent.room(1))
    near = surveyed_abstracts(question, found, extent)
    small = len(near) <= _SMALL_SURVEY
    most = 1 if not small or extent.limit else 3 if extent.full else 2
    parts = [AbstractPart(question, one, most) for one in near]
    return choose_by_part(parts, extent)


def _heard(parts: Group) -> int:
    """How many abstracts these sentences are of."""
    return len({part[0].abstract.id for part in parts})


def surveyed_abstracts(question: Question, found: Sequence[Candidate], extent: Extent) -> list[Candidate]:
    """The abstracts that a survey or a comparison is about; only the systems compared, where the corpus has several of them."""
    best = max(one.hit.fused for one in found)
    asked = {squeeze_name(name) for name in question.names}
    sides = [one for one in found if asked and squeeze_name(short_name(one)) in asked]
    near = sides if len(sides) > 1 else [one for one in found if one in sides or one.hit.fused >= best - _SURVEY_NEAR]
    return near[: extent.abstracts]


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


def _answering(question: Question, found: Sequence[Candidate]) -> Group:
    """The sentences of the best abstract and those that may answer as well, the likeliest first.

    Where the encoder has read some of the abstracts, the others are left: it put these first.
    """
    read = found[0].long.encoded is not None
    near = [found[0]]  # where one is named, no other
    near += [one for one in found[1:] if _may_answer(question, found[0], one) and (one.long.encoded is not None or not read)]
    trust = np.exp([min(0.0, one.hit.fused - found[0].hit.fused) / _SCORE_SCALE for one in near])
    trust /= trust.sum()
    count = min(_MOST_ABSTRACTS, int(np.searchsorted(np.cumsum(trust), _TRUSTED)) + 1)
    parts = [
        (one, index, float(share) * chance)
        for one, share in zip(near[:count], trust / trust[:count].sum(), strict=False)
        for _, index, chance in _likeliest(question, one)
    ]
    parts.sort(key=lambda part: -part[2])
    first = next((part for part in parts if part[0] is found[0]), None)  # of one abstract after the other, the likeliest leads
    return [] if first is None else [first, *(part for part in parts if part is not first)]


def _likeliest(question: Question, one: Candidate) -> Group:
    """The sentences of an abstract with the chance of each to hold the answer, if it is there, the likeliest first, of two as likely the
    one that needs no other; a question in an abstract answers none."""
    scores = evidence_scores(question, one.long, one.abstract.title)
    said = [one.long.sentence(index) for index in range(len(scores))]
    parts = [(one, index, float(score)) for index, score in enumerate(scores) if not said[index].endswith("?")]
    return sorted(parts, key=lambda part: (-part[2] * (_LEANING if leans(said[part[1]]) else 1.0), part[1]))


def _taken(likely: Group, extent: Extent) -> Group:
    """The first of these, until together they have a chance that is enough; the best of each abstract, where any of many may answer."""
    best: dict[str, tuple[Candidate, int, float]] = {}
    for part in likely:
        best.setdefault(part[0].abstract.id, part)
    if len(best) >= _SEVERAL and extent.enough == _ENOUGH:
        return list(best.values())
    taken: Group = []
    sure, said = 0.0, 0
    for part in likely:
        if taken and (len(taken) >= extent.sentences or sure >= extent.enough):
            break
        length = len(part[0].long.sentence(part[1]).split())
        if not taken or said + length <= extent.room(1):
            taken.append(part)
            sure, said = sure + part[2], said + length
    return taken


def _fitted(groups: list[Group], words: int) -> list[Evidence]:
    """Word the groups; leave out the last sentence of the longest group, or else the last group, until they fit."""
    while True:
        said = [one for group in groups for one in word_sentences(group)]
        if len(said) <= 1 or sum(len(one.text.split()) for one in said) <= words:
            return said
        longest = max(groups, key=len)
        groups = [group[:-1] if group is longest else group for group in groups] if len(longest) > 1 else groups[:-1]


def _may_answer(question: Question, best: Candidate, other: Candidate) -> bool:
    """False where the question names what the best abstract introduces, and not what the other one does."""
    asked = {squeeze_name(name) for name in question.names}
    return squeeze_name(short_name(best)) not in asked or squeeze_name(short_name(other)) in asked


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
