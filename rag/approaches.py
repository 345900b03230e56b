"""The abstracts of a survey grouped by approach: by names of what is done that all members of a group have, and the question has not.

A table beside the answer, whose sentences and citations stay as they are; none where the groups would tell little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.answers import Answer
from rag.corpus.display import clean
from rag.flagging.valence import is_unwanted
from rag.question import Question
from rag.themes import Key, covered, themes
from rag.words import STOP_WORDS, idf, stem, stems

HEAD = ("Approach", "Abstracts")
_LEAST = 5  # abstracts of a survey that are worth grouping
_MEMBERS = 2  # of a group, at the least
_GROUPS = (2, 5)
_GROUPED = 0.5  # of the abstracts, that must find a group
_NAME = 3.2  # inverse document frequency of a word that makes a name of a general one: "contrastive" learning, "large" learning not
_ALONE = 6.0  # and of one that is such a name by itself
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
_MATTER = frozenset(map(stem, "speech text language audio image video word neural deep task model models".split()))
# What every survey of such work has in common, whichever approach it takes.
_USUAL = frozenset(map(stem, "finetuning fine-tuning pretraining pre-training outperforming understanding processing".split()))


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
    if question.form != "survey" or answer.table is not None or len(ids) < _LEAST or not all(one in texts for one in ids):
        return answer
    groups = grouped(ids, texts, question.text)
    if not groups:
        return answer
    inside = {one for group in groups for one in group.members}
    rest = tuple(one for one in ids if one not in inside)
    rows = [*((group.name, group.members) for group in groups), *([("others", rest)] if rest else [])]
    return replace(answer, table=(HEAD, *((name, "; ".join(_label(answer, one) for one in members)) for name, members in rows)))


def grouped(ids: Sequence[str], texts: Mapping[str, str], asked: str) -> list[Group]:
    """Groups by the names of approaches, the most telling first, each with two members or more that the groups before it lack.

    An abstract that names two approaches is in both groups. None unless there are two groups that take in half of the abstracts.
    """
    known = frozenset(part for word in re.findall(r"[\w-]+", asked.lower()) for part in (*stems(word), stem(word.replace("-", ""))))
    named = ([(key, form) for key, form in _names(texts[one]) if not _parts(key[0]) <= known] for one in ids)
    found = themes(named, _GROUPS[1], least=_MEMBERS, adding=_MEMBERS, widest=len(ids) - 1)
    good = len(found) >= _GROUPS[0] and len(covered(found)) >= _GROUPED * len(ids)
    return [Group(one.phrase, tuple(ids[place] for place in one.members)) for one in found] if good else []


def _names(text: str) -> Iterator[tuple[Key, str]]:
    """The names of approaches in a text, by stems, as they stand there: "contrastive learning", "self-training", "quantization"."""
    for clause in re.split(r"[^\w\s'-]+", clean(text).lower()):
        said = [word.strip("-'") for word in clause.split()]
        for first, second in pairwise(said):
            general, special = stem(second) in _GENERAL and _telling(first, _NAME), stem(second) in _SPECIAL and _telling(first, 0.0)
            if (general or special) and stem(first) not in _GENERAL | _SPECIAL and not _parts(first) <= _MATTER:
                yield (stem(first), stem(second)), f"{first} {second}"
        for word in said:
            head, _, tail = word.rpartition("-")
            alone = _ENDING.fullmatch(word) and _telling(word, _ALONE) and stem(word) not in _USUAL and not is_unwanted(stem(word))
            if alone or (head and stem(tail) in _GENERAL | _SPECIAL and not _parts(head) <= _MATTER and stem(word) not in _USUAL):
                yield (stem(word),), word


def _telling(word: str, least: float) -> bool:
    plain = word.replace("-", "")
    return len(plain) > 3 and plain.isalpha() and not plain.endswith("ly") and word not in STOP_WORDS and idf(stem(word)) >= least


def _parts(name: str) -> set[str]:
    return set(map(stem, name.split("-")))


def _label(answer: Answer, abstract_id: str) -> str:
    """An abstract's short label with its first number: "dMel [2]"."""
    first = next(one for one in answer.citations if one.abstract_id == abstract_id)
    return f"{first.label.partition(': ')[0]} [{first.number}]"
