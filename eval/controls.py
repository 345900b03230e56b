"""Controls: claims that are known to be right or wrong, planted among those that a judge is given, so that every run measures its judge.

A wrong one is a claim of the answer with one alteration, or one that is held against another abstract; a right one is a cited sentence as
it stands, or with a turn of phrase exchanged for one that says the same. Words and pairs of words are in `data/controls.json`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from eval.judges import Judge, Lookup, Task, cited_tasks, judged
from eval.records import Control, Row, Verdict
from eval.systems import sources_of
from rag.support import Cited, proper_names
from rag.text import sentence_spans, word_spans

PLANTED = 60  # questions of a run that get controls, about
_WRONG, _RIGHT = 2, 1  # controls of one question
_DATA = Path(__file__).parent / "data" / "controls.json"
_FIGURE = re.compile(r"\d[\d.,]*")
_CLAUSE_END = ",.;:"
_LONGEST_SIDE = 8  # words on one side of a pivot

Alter = Callable[[str, Random], str | None]


@dataclass(frozen=True, slots=True)
class Planted:
    """A control before it is judged: what the judge is asked, and what is right to say."""

    task: Task
    kind: str
    supported: bool

    def judged(self, verdict: Verdict) -> Control:
        """With what the judge said."""
        return Control(self.task.question_id, self.kind, self.supported, self.task.said, verdict.decision)


@cache
def _words(name: str) -> Any:
    return json.loads(_DATA.read_text(encoding="utf-8"))[name]


# Alterations of a sentence, each None where it has nothing to alter.


def wrong_number(sentence: str, chance: Random) -> str | None:
    """One figure of the sentence with its first digit exchanged."""
    found = [match.start() for match in _FIGURE.finditer(sentence) if _stands_alone(sentence, *match.span())]
    if not found:
        return None
    at = chance.choice(found)
    digit = str(chance.choice([n for n in range(1, 10) if str(n) != sentence[at]]))
    return sentence[:at] + digit + sentence[at + 1 :]


def _stands_alone(sentence: str, start: int, end: int) -> bool:
    """True for a figure that is no part of a name such as GPT-4 or wav2vec2, and of no date."""
    around = sentence[max(0, start - 1) : start] + sentence[end : end + 1]
    return not any(sign.isalnum() or sign in "-_/" for sign in around)


def exchanged_names(sentence: str, chance: Random) -> str | None:
    """Two names of the sentence in each other's place; not such as are merely listed side by side."""
    names = [name for name in proper_names(sentence) if sentence.count(name) == 1]
    places = sorted((sentence.index(name), name) for name in names)
    pairs = [(a, b) for a, b in pairwise(places) if not _listed(sentence[a[0] + len(a[1]) : b[0]])]
    if not pairs:
        return None
    (at, first), (then, second) = chance.choice(pairs)
    return sentence[:at] + second + sentence[at + len(first) : then] + first + sentence[then + len(second) :]


def _listed(between: str) -> bool:
    """True where nothing but signs and "and" stands between two names: their order says nothing."""
    words = [between[start:end].casefold() for start, end in word_spans(between)]
    return all(word in ("and", "or", "a", "an", "the", "with", "vs") for word in words)


def negated(sentence: str, chance: Random) -> str | None:
    """The sentence with its first verb denied; None where it denies something already."""
    words = [(sentence[start:end], start, end) for start, end in word_spans(sentence)]
    if any(word.casefold() in ("not", "no", "never", "without", "neither", "nor", "cannot") for word, _, _ in words):
        return None
    for place, (word, start, end) in enumerate(words):
        if word in _words("auxiliaries"):
            return f"{sentence[:end]} not{sentence[end:]}"
        if word in _words("third person"):
            return f"{sentence[:start]}does not {_words('third person')[word]}{sentence[end:]}"
        if place and words[place - 1][0].casefold() == "we" and word in _words("first person"):
            return f"{sentence[:start]}do not {sentence[start:]}"
    return None


def exchanged_roles(sentence: str, chance: Random) -> str | None:
    """What stands before and after a verb or "than" in each other's place."""
    words = [(sentence[start:end], start, end) for start, end in word_spans(sentence)]
    for place in range(1, len(words) - 1):
        if words[place][0] not in _words("pivots"):
            continue
        left, right = _side(words, sentence, place, -1), _side(words, sentence, place, 1)
        if left is None or right is None:
            continue
        (a, b), (c, d) = left, right
        first, second = sentence[a:b], sentence[c:d]
        if first.casefold() != second.casefold():
            return sentence[:a] + second + sentence[b:c] + first + sentence[d:]
    return None


def _side(words: Sequence[tuple[str, int, int]], sentence: str, pivot: int, step: int) -> tuple[int, int] | None:
    """(start, end) of the words beside a pivot, up to a word or a sign that bounds them; None where there is none worth a name."""
    taken: list[tuple[str, int, int]] = []
    place = pivot + step
    while 0 <= place < len(words) and len(taken) < _LONGEST_SIDE:
        near, far = sorted((words[place - step], words[place]), key=lambda one: one[1])
        if words[place][0].casefold() in _words("bounds") or any(sign in sentence[near[2] : far[1]] for sign in _CLAUSE_END + "()"):
            break
        taken.append(words[place])
        place += step
    if not any(word.casefold() not in _words("articles") for word, _, _ in taken):
        return None
    return min(one[1] for one in taken), max(one[2] for one in taken)


def dropped_condition(sentence: str, chance: Random) -> str | None:
    """The sentence without a condition, or with a word that holds back exchanged for one that does not."""
    found = [(word, at) for word in _words("restrictors") if (at := _at(sentence, word)) is not None]
    if found:
        word, at = chance.choice(found)
        return f"{sentence[:at]}{_words('restrictors')[word]}{sentence[at + len(word) :]}"
    for start, end in word_spans(sentence):
        if sentence[start:end].casefold() in _words("conditions"):
            return _without_clause(sentence, start)
    return None


def _at(sentence: str, words: str) -> int | None:
    """Where a word or words stand by themselves in a sentence."""
    spans = word_spans(sentence)
    ends = {end for _, end in spans}
    return next((start for start, _ in spans if sentence.startswith(words, start) and start + len(words) in ends), None)


def _without_clause(sentence: str, start: int) -> str | None:
    """The sentence without the clause that begins there: up to the next comma, or to its end."""
    comma = sentence.find(",", start)
    if start == 0:
        rest = sentence[comma + 1 :].strip() if comma > 0 else ""
        return rest[:1].upper() + rest[1:] if rest else None
    head = sentence[:start].rstrip(" ,")
    rest = sentence[comma:] if comma > 0 else "."
    return head + rest if len(head.split()) >= 4 and len((head + rest).split()) < len(sentence.split()) - 1 else None


ALTERATIONS: Mapping[str, Alter] = {
    "wrong number": wrong_number,
    "exchanged names": exchanged_names,
    "negation": negated,
    "exchanged roles": exchanged_roles,
    "dropped condition": dropped_condition,
}
KINDS = (*ALTERATIONS, "wrong citation", "beside the point")


def reworded(sentence: str) -> str | None:
    """The sentence with one turn of phrase exchanged for one that says the same; None where it has none that is known."""
    for said, same in _words("same meaning"):
        if said in sentence:
            changed = sentence.replace(said, same, 1)
            return changed[:1].upper() + changed[1:]
    return None


# What is planted in one answer.


def share_of(questions: int) -> float:
    """The share of a run's questions that get controls, so that about `PLANTED` do."""
    return min(1.0, PLANTED / questions) if questions else 0.0


def plant(row: Row, lookup: Lookup, share: float) -> tuple[Planted, ...]:
    """The controls of one answer, the same in every run of the question; none for most answers, and where nothing is cited.

    Two wrong ones of different kinds and a right one. `share` is that of the questions which get any.
    """
    chance = Random(hashlib.sha256(f"controls {row.question.id}".encode()).digest())
    if chance.random() >= share:
        return ()
    lookup = sources_of(row, lookup)
    tasks = [task for task in cited_tasks(row, lookup) if task.parts]
    if not tasks:
        return ()
    chosen = chance.choice(tasks)
    found = [*_wrong(chosen, row, lookup, chance), *_right(chosen, chance)]
    first = len(row.answer.claims) if row.answer else 0
    return tuple(replace(one, task=replace(one.task, claim=first + place)) for place, one in enumerate(found))


def judged_with_controls(row: Row, lookup: Lookup, judge: Judge, share: float) -> tuple[tuple[Verdict, ...], tuple[Control, ...]]:
    """All verdicts of one answer, and the controls that were judged among its claims."""
    planted = plant(row, lookup, share)
    found = judged(row, lookup, judge, [one.task for one in planted])
    split = len(found) - len(planted)
    return found[:split], tuple(one.judged(verdict) for one, verdict in zip(planted, found[split:], strict=True))


def _wrong(task: Task, row: Row, lookup: Lookup, chance: Random) -> Iterator[Planted]:
    altered, elsewhere = list(ALTERATIONS), [kind for kind in KINDS if kind not in ALTERATIONS]
    chance.shuffle(altered)
    chance.shuffle(elsewhere)
    kinds = [*elsewhere[: chance.randrange(2)], *altered, *elsewhere]  # what can be done to any claim is not to crowd out the rest
    kinds = list(dict.fromkeys(kinds))
    made = 0
    for kind in kinds:
        one = _altered(task, kind, chance) if kind in ALTERATIONS else _elsewhere(task, kind, row, lookup, chance)
        if one is not None:
            yield Planted(one, kind, supported=False)
            made += 1
        if made == _WRONG:
            return


def _altered(task: Task, kind: str, chance: Random) -> Task | None:
    """The claim altered; None where it cannot be, or where that makes it what the source says."""
    said = ALTERATIONS[kind](task.said, chance)
    if said is None or _folded(said) == _folded(task.said) or _folded(said) in _folded(" ".join(part.text for part in task.parts)):
        return None
    return replace(task, said=said)


def _elsewhere(task: Task, kind: str, row: Row, lookup: Lookup, chance: Random) -> Task | None:
    """The claim with the citation of another retrieved abstract, or a sentence of that one with this citation."""
    own = {part.text for part in task.parts}
    found = [one for abstract_id, _ in row.retrieved if (one := lookup(abstract_id)) is not None and one.text not in own]
    if not found:
        return None
    other = chance.choice(found[:5])
    spans = sentence_spans(other.text)
    if not spans:
        return None
    span = chance.choice(spans)
    if kind == "wrong citation":
        return replace(task, parts=(Cited(other.text, (span,), other.title),))
    return replace(task, said=other.text[span[0] : span[1]])


def _right(task: Task, chance: Random) -> Iterator[Planted]:
    """Cited sentences, as they stand or reworded."""
    sentences = [part.text[start:end] for part in task.parts for start, end in part.spans]
    chance.shuffle(sentences)
    for sentence in sentences[:_RIGHT]:
        other = reworded(sentence)
        yield Planted(replace(task, said=other or sentence), "reworded" if other else "untouched", supported=True)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def catch_rates(controls: Sequence[Control]) -> dict[str, tuple[int, int]]:
    """(right, judged) of each kind that was planted, in the order of `KINDS`, then of the right ones."""
    kinds = [*KINDS, "reworded", "untouched"]
    judged = {kind: [one.right for one in controls if one.kind == kind and one.right is not None] for kind in kinds}
    return {kind: (sum(map(bool, said)), len(said)) for kind, said in judged.items() if said}
