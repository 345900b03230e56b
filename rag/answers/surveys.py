"""Answers from several abstracts: grouped by approach, or by whether they agree on a point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rag.answers.extractive import cite_sentences
from rag.evidence import Evidence, evidence_scores, short_name
from rag.model import Answer, Claim, clean_text, pluralize
from rag.questions import Question, read_question
from rag.search import Candidate
from rag.support import Stance, is_unwanted, squeeze_name, stance, statement_shares
from rag.text import STOP_WORDS, Key, covered_texts, idf, stem, stems, themes

# The abstracts of a survey grouped by approach: by names of methods that all members of a group have, and the question has not. A
# table beside the answer, whose sentences and citations stay as they are; none where the groups would tell little.

HEAD = ("Approach", "Abstracts")
_LEAST_ABSTRACTS = 5  # abstracts of a survey that are worth grouping
_LEAST_MEMBERS = 2  # of a group, at the least
_GROUPS = (2, 5)
_GROUPED = 0.5  # of the abstracts, that must find a group
_NAME = 3.2  # inverse document frequency of a word that makes a name of a general one: "contrastive" learning, "large" learning not
_NAME_ALONE = 6.0  # and of one that is such a name by itself
_ENDING = re.compile(r"[a-z]+(?:ing|ation|ition|ution|sion)")
# General words for what is done, which a word before them makes the name of an approach; by their stems, so that all forms count.
_GENERAL = frozenset(
    map(
        stem,
        """learning training pretraining pre-training tuning fine-tuning finetuning supervision optimization prediction search attention
        reasoning adapter encoder transformer network loss objective""".split(),
    )
)
# And more special ones: any word will do before these.
_SPECIAL = frozenset(
    map(
        stem,
        """adaptation augmentation distillation regularization sampling filtering pruning clustering prompting quantization decoding
        interleaving codec""".split(),
    )
)
# What is worked on rather than how: no approach is told by these.
_SUBJECT_MATTER = frozenset(map(stem, "speech text language audio image video word neural deep task model models".split()))
# What every survey of such work has in common, whichever approach it takes.
_UBIQUITOUS = frozenset(map(stem, "finetuning fine-tuning pretraining pre-training outperforming understanding processing".split()))


@dataclass(frozen=True, slots=True)
class Group:
    """An approach as its members name it most often, and the members' ids in the order of the answer."""

    name: str
    members: tuple[str, ...]


def with_approaches(answer: Answer, question: Question, texts: Mapping[str, str]) -> Answer:
    """The answer to a survey of five abstracts or more with a table of groups; as it is where there are no good ones.

    `texts` are title and text of the abstracts by id.
    """
    ids = list(dict.fromkeys(one.abstract_id for one in answer.citations))
    if question.form != "survey" or answer.table is not None or len(ids) < _LEAST_ABSTRACTS or not all(one in texts for one in ids):
        return answer
    groups = group_by_approach(ids, texts, question.text)
    if not groups:
        return answer
    inside = {one for group in groups for one in group.members}
    rest = tuple(one for one in ids if one not in inside)
    rows = [*((group.name, group.members) for group in groups), *([("others", rest)] if rest else [])]
    return replace(answer, table=(HEAD, *((name, "; ".join(_label(answer, one) for one in members)) for name, members in rows)))


def group_by_approach(ids: Sequence[str], texts: Mapping[str, str], asked: str) -> list[Group]:
    """Groups by the names of approaches, the most telling first, each with two members or more that the groups before it lack.

    An abstract that names two approaches is in both groups. None unless there are two groups that take in half of the abstracts.
    """
    known = frozenset(part for word in re.findall(r"[\w-]+", asked.lower()) for part in (*stems(word), stem(word.replace("-", ""))))
    named = ([(key, form) for key, form in _names(texts[one]) if not _parts(key[0]) <= known] for one in ids)
    found = themes(named, _GROUPS[1], least=_LEAST_MEMBERS, adding=_LEAST_MEMBERS, widest=len(ids) - 1)
    good = len(found) >= _GROUPS[0] and len(covered_texts(found)) >= _GROUPED * len(ids)
    return [Group(one.phrase, tuple(ids[place] for place in one.members)) for one in found] if good else []


def _names(text: str) -> Iterator[tuple[Key, str]]:
    """The names of approaches in a text, by stems, as they stand there: "contrastive learning", "self-training", "quantization"."""
    for clause in re.split(r"[^\w\s'-]+", clean_text(text).lower()):
        said = [word.strip("-'") for word in clause.split()]
        for first, second in pairwise(said):
            general, special = (
                stem(second) in _GENERAL and _is_distinctive(first, _NAME),
                stem(second) in _SPECIAL and _is_distinctive(first, 0.0),
            )
            if (general or special) and stem(first) not in _GENERAL | _SPECIAL and not _parts(first) <= _SUBJECT_MATTER:
                yield (stem(first), stem(second)), f"{first} {second}"
        for word in said:
            head, _, tail = word.rpartition("-")
            alone = (
                _ENDING.fullmatch(word)
                and _is_distinctive(word, _NAME_ALONE)
                and stem(word) not in _UBIQUITOUS
                and not is_unwanted(stem(word))
            )
            if alone or (
                head and stem(tail) in _GENERAL | _SPECIAL and not _parts(head) <= _SUBJECT_MATTER and stem(word) not in _UBIQUITOUS
            ):
                yield (stem(word),), word


def _is_distinctive(word: str, least: float) -> bool:
    plain = word.replace("-", "")
    return len(plain) > 3 and plain.isalpha() and not plain.endswith("ly") and word not in STOP_WORDS and idf(stem(word)) >= least


def _parts(name: str) -> set[str]:
    return set(map(stem, name.split("-")))


def _label(answer: Answer, abstract_id: str) -> str:
    """An abstract's short label with its first number: "dMel [2]"."""
    first = next(one for one in answer.citations if one.abstract_id == abstract_id)
    return f"{first.label.partition(': ')[0]} [{first.number}]"


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
