"""Whether the number that a question asks for is reported at all: is there, near any number, a word for the thing that is counted?

A question for a number whose abstract is here, and does not report it, is the commonest question that must be refused and looks
most like one that can be answered: everything in it but the thing counted is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from rag.embed import load_wordllama
from rag.flags import squeezed
from rag.question import Question
from rag.retrieve import Found
from rag.words import STOP_WORDS, idf, stem, stems, words

LEAST = 0.35  # of nearness; found on the development questions (`python -m benchmarks.questions`)
_REACH = 6  # words on either side of a number
_MOST = 3  # words of the thing that is asked for
_READ = 3  # abstracts, where none is the one that the question names

_NUMBER = re.compile(
    r"\d.*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundreds?|thousands?|millions?|billions?|half|twice|doubl\w+|"
    r"thirds?|quarters?",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(how many|(?:what|which)(?: exact)?)\s+([^?.;:]{1,80})", re.IGNORECASE)
# What any result is called; an abstract may report it as bare percentages.
_RESULTS = """number amount value size rate ratio share portion percentage fraction score result accuracy error word wer gain
improvement boost reduction increase drop speed speedup performance level total point best better top big large exact kind type
benchmark"""
_GENERAL = frozenset(stem(word) for word in _RESULTS.split())
# A thing that is counted stands right behind "how many"; a verb there begins something else ("by how much did...").
_ENDS = frozenset("of for in on does do did is are was were has have had can could to that which by with from into at and or".split())


def unreported(question: Question, found: Sequence[Found]) -> str | None:
    """The thing whose number is asked for, if no abstract that may answer gives a number near a word for it; else None."""
    if question.kind != "numeric" or not found:
        return None
    asked = counted(question)
    telling = [word for word in asked if stem(word) not in _GENERAL]
    if not telling:
        return None
    own = {squeezed(name) for name in question.names}
    first = squeezed(found[0].abstract.title or "") + squeezed(found[0].abstract.text)
    read = found[:1] if own and any(name in first for name in own) else found[:_READ]
    return _as_put(asked, question.text) if max(nearness(telling, one) for one in read) < LEAST else None


def _as_put(asked: Sequence[str], text: str) -> str:
    """The words as they stand in the question, "TPUs" and not "tpus"."""
    found = (re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in asked)
    return " ".join(match[0] if match else word for match, word in zip(found, asked, strict=True))


def counted(question: Question) -> list[str]:
    """The words for what a number is asked of: "GPU hours" in "how many GPU hours does ... save", "batch size" in "what batch size".

    Behind "what" and "which" it takes a word such as size or rate to make it a question for a number. "How much text" names
    no thing that is counted: text is measured in words, hours or bytes.
    """
    for match in _ASKED.finditer(question.text):
        found = _noun(match[2], () if match[1].casefold().startswith("how") else question.names)
        if found and (match[1].casefold().startswith("how") or any(stem(word) in _GENERAL for word in found)):
            return found
    return []


def _noun(text: str, names: Sequence[str]) -> list[str]:
    """The words before the first that ends a noun phrase, without names."""
    named = {part for name in names for part in stems(name)}
    found: list[str] = []
    for word in words(text):
        if word.casefold() in _ENDS or len(found) == _MOST:
            break
        if word.casefold() not in STOP_WORDS and stem(word) not in named:
            found.append(word)
        if found and stem(found[-1]) in _GENERAL:
            break  # "vocabulary size does", "accuracy boost came": the noun ends here
    return found


def nearness(asked: Sequence[str], one: Found) -> float:
    """How near words that stand around the numbers of an abstract come to these, from 0 to 1: the mean weighted by rarity."""
    around = sorted({word for index in range(len(one.long.spans)) for word in _around(one.long.sentence(index))})
    if not around:
        return 0.0
    model = load_wordllama()
    near = np.clip(model.embed(asked) @ model.embed(around).T, 0, 1)
    known = [stem(word) for word in around]
    for row, word in enumerate(asked):
        near[row, [index for index, other in enumerate(known) if other == stem(word)]] = 1
    return float(np.average(near.max(axis=1), weights=[idf(stem(word)) for word in asked]))


def _around(sentence: str) -> set[str]:
    said = words(sentence)
    places = [index for index, word in enumerate(said) if _NUMBER.fullmatch(word)]
    reached = {near for index in places for near in range(max(0, index - _REACH), min(len(said), index + _REACH + 1))} - set(places)
    return {said[index] for index in reached if said[index] not in STOP_WORDS}
