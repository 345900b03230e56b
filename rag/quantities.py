"""How far the number that a question asks for is reported: is there, near any number, a word for the thing that is counted?

A question for a number whose abstract is here, and does not report it, is the commonest question that must be refused and looks
most like one that can be answered: everything in it but the thing counted is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import islice, takewhile

import numpy as np

from rag.compare import Floats
from rag.embed import dot, load_wordllama
from rag.lexicon import any_of, words_of
from rag.question import Question
from rag.retrieve import Found
from rag.words import STOP_WORDS, idf, stem, stems, words

_REACH = 6  # words on either side of a number
_MOST = 3  # words of the thing that is asked for

NUMBER_SAID = rf"{any_of('numbers.several')}|{any_of('scales.frequent')}s?|half|twice|doubl\w+|thirds?|quarters?"  # in words, not "one"
_NUMBER = re.compile(rf"\d.*|{NUMBER_SAID}", re.IGNORECASE)
_ASKED = re.compile(r"\b(how many|(?:what|which)(?: exact)?)\s+([^?.;:]{1,80})", re.IGNORECASE)
# Nouns that a figure answers.
METRIC = re.compile(
    r"\b(?:wer|cer|bleu\w*|rouge\w*|perplexit\w+|accurac\w+|f1\w*|mos|mean opinion score|cider|fid|eer|error rates?|map|auc|latenc\w+|"
    r"percent\w*|precision|recall|mse|mean squared error|agreement|correlation|loss|score|points?|ratio|rate|rank|size|margin|cost|price|"
    r"year|days?|hours?|epochs?|steps?|temperature|dimension\w*|threshold)\b",
    re.IGNORECASE,
)
# What any result is called; an abstract may report it as bare percentages.
_RESULTS = """number amount value size rate ratio share portion percentage fraction score result accuracy error word wer gain
improvement boost reduction increase drop speed speedup performance level total point best better top big large exact kind type
benchmark"""
_GENERAL = frozenset(stem(word) for word in _RESULTS.split())
# A thing that is counted stands right behind "how many"; a verb there begins something else ("by how much did...").
_ENDS = words_of("auxiliaries") | frozenset("of for in on to that which by with from into at and or".split())


def general(word: str) -> bool:
    """True for what any result is called, "size" or "rate", which does not say what it is of."""
    return stem(word) in _GENERAL


def has_number(sentence: str) -> bool:
    """True where a sentence has a figure or a word for one."""
    return any(_NUMBER.fullmatch(word) for word in words(sentence))


def counted(question: Question) -> list[str]:
    """The words for what a number is asked of: "GPU hours" in "how many GPU hours does ... save", "batch size" in "what batch size".

    Behind "what" and "which" it takes a word such as size or rate to make it a question for a number. "How much text" names
    no thing that is counted: text is measured in words, hours or bytes.
    """
    for match in _ASKED.finditer(question.text):
        names = () if match[1].casefold().startswith("how") else question.names
        found = _to_general(noun_words(words(match[2]), _ENDS, names))
        if found and (match[1].casefold().startswith("how") or any(stem(word) in _GENERAL for word in found)):
            return found
    return []


def noun_words(said: Sequence[str], ends: Set[str], names: Sequence[str] = ()) -> list[str]:
    """The first words of a noun phrase, before any that ends it, without names and function words."""
    named = {part for name in names for part in stems(name)}
    phrase = takewhile(lambda word: word not in ends, said)
    return list(islice((word for word in phrase if word not in STOP_WORDS and stem(word) not in named), _MOST))


def _to_general(noun: list[str]) -> list[str]:
    """A noun up to a general word in it, with which it ends: "vocabulary size does", "accuracy boost came"."""
    return noun[: next((place for place, word in enumerate(noun, start=1) if general(word)), None)]


def nearness(asked: Sequence[str], one: Found) -> float:
    """How near words that stand around the numbers of an abstract come to these, from 0 to 1: the mean weighted by rarity."""
    return likeness(asked, sorted({word for index in range(len(one.long.spans)) for word in _around(one.long.sentence(index))}))


def likeness(asked: Sequence[str], said: Sequence[str]) -> float:
    """How near the nearest of some words come to each of those asked for, from 0 to 1: the mean weighted by rarity."""
    told = [word for word in dict.fromkeys(said) if word not in STOP_WORDS]
    if not asked or not told:
        return 0.0
    near = np.clip(_cosines(asked, told), 0, 1)
    known = [stem(word) for word in told]
    for row, word in enumerate(asked):
        near[row, [index for index, other in enumerate(known) if other == stem(word)]] = 1
    return float(np.average(near.max(axis=1), weights=[idf(stem(word)) for word in asked]))


def _cosines(asked: Sequence[str], told: Sequence[str]) -> Floats:
    model = load_wordllama()
    return dot(model.embed(asked), model.embed(told).T)


def _around(sentence: str) -> set[str]:
    said = words(sentence)
    places = [index for index, word in enumerate(said) if _NUMBER.fullmatch(word)]
    reached = {near for index in places for near in range(max(0, index - _REACH), min(len(said), index + _REACH + 1))} - set(places)
    return {said[index] for index in reached if said[index] not in STOP_WORDS}
