"""Where a text has numbers or tells a cause, and which names of a question an abstract has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from rag.corpus import introduced_name
from rag.embedding import Floats, dot, load_wordllama
from rag.model import Abstract
from rag.questions import Question
from rag.search import Candidate
from rag.support import name_flags, proper_names, squeeze_name
from rag.text import STOP_WORDS, any_of, folded_words, idf, stem, words_of

# Numbers, in figures and in words.

NUMBER_SAID = rf"{any_of('numbers.several')}|{any_of('scales.frequent')}s?|half|twice|doubl\w+|thirds?|quarters?"  # in words, not "one"
NUMBER = re.compile(rf"\d.*|{NUMBER_SAID}", re.IGNORECASE)
_WINDOW = 6  # words on either side of a number that may say what it is of
_WRITTEN = re.compile(r"[\w+*/-]+(?:[.'\u2019][\w+*/-]+)*")


def has_number(sentence: str) -> bool:
    """True where a sentence has a figure or a word for one."""
    return any(NUMBER.fullmatch(word) for word in folded_words(sentence))


# Where a text has a number, or tells a cause: the words around a number say what it is of.


def number_windows(question: Question, sentence: str) -> list[list[str]]:
    """The words around each number of a sentence that the question does not have."""
    known = {squeeze_name(word) for word in folded_words(question.text)}
    tokens = _WRITTEN.findall(sentence)
    places = (at for at, token in enumerate(tokens) if NUMBER.fullmatch(token) and squeeze_name(token) not in known)
    return [[one.casefold() for one in tokens[max(0, at - _WINDOW) : at + _WINDOW + 1]] for at in places]


def tells_cause(sentence: str) -> bool:
    """True where a sentence has a word for a cause or an aim."""
    return not words_of("asked.causes").isdisjoint(folded_words(sentence))


def word_likeness(asked: Sequence[str], said: Sequence[str]) -> float:
    """The similarity of each word asked for to the nearest of some words, from 0 to 1: the mean weighted by rarity."""
    told = [word for word in dict.fromkeys(said) if word not in STOP_WORDS]
    if not asked or not told:
        return 0.0
    near = np.clip(_word_cosines(asked, told), 0, 1)
    known = [stem(word) for word in told]
    for row, word in enumerate(asked):
        near[row, [index for index, other in enumerate(known) if other == stem(word)]] = 1
    return float(np.average(near.max(axis=1), weights=[idf(stem(word)) for word in asked]))


def _word_cosines(asked: Sequence[str], told: Sequence[str]) -> Floats:
    model = load_wordllama()
    return dot(model.embed(asked), model.embed(told).T)


# The names of a question, and which of them none of the abstracts has.

_BEST = 5  # of the best abstracts, of which none may have a name for it to be unknown
_SHORTEST = 4  # letters of a name that is known in lower case too: shorter ones are words as well
_TOKEN = re.compile(r"\w+(?:[-.]\w+)*\*?")


def missing_names(question: Question, found: Sequence[Candidate]) -> tuple[str, ...]:
    """The names of the question that none of the best abstracts has."""
    if not question.names:
        return ()
    read = " ".join(f"{one.abstract.title or ''} {one.abstract.text}" for one in found[:_BEST])
    return tuple(flag.partition(": ")[2] for flag in name_flags(" ".join(question.names), read))


def with_written_names(question: Question, found: Sequence[Candidate]) -> Question:
    """The question with those words among its names that one of the best abstracts writes as one, whatever their case ("x-llama")."""
    written = {squeeze_name(name) for one in found[:_BEST] for name in _odd_names(f"{one.abstract.title or ''} {one.abstract.text}")}
    said = [token for token in _TOKEN.findall(question.text) if squeeze_name(token) in written]
    return replace(question, names=tuple({squeeze_name(name): name for name in (*said, *question.names)}.values()))


@lru_cache(maxsize=4096)
def _odd_names(text: str) -> tuple[str, ...]:
    """The names of a text that no ordinary word is written like: with a capital or a figure after their first letter."""
    return tuple(name for name in proper_names(text) if len(name) >= _SHORTEST and not name[1:].islower())


def is_named(question: Question, abstract: Abstract) -> bool:
    """True where the question names something that the abstract has, or what it introduces, in whatever case."""
    text = squeeze_name(f"{abstract.title or ''} {abstract.text}")
    return any(squeeze_name(name) in text for name in question.names) or introduces_named(question, abstract)


def introduces_named(question: Question, abstract: Abstract) -> bool:
    """True where the question names what the abstract introduces, in whatever case, or a name in its title."""
    own = squeeze_name(_introduced_name_of(abstract.text, abstract.title))
    return any(_introduces_name(name, abstract) for name in question.names) or (
        len(own) >= _SHORTEST and any(squeeze_name(token) == own for token in _TOKEN.findall(question.text))
    )


def _introduces_name(name: str, abstract: Abstract) -> bool:
    letters = squeeze_name(name)
    return bool(letters) and (
        letters == squeeze_name(_introduced_name_of(abstract.text, abstract.title)) or letters in squeeze_name(abstract.title or "")
    )


@lru_cache(maxsize=4096)
def _introduced_name_of(text: str, title: str | None) -> str:
    return introduced_name(text, title) or ""
