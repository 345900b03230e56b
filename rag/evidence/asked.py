"""What kind of thing a question asks for and its noun, and where a text has numbers or tells a cause."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from itertools import takewhile

import numpy as np

from rag.embedding import Floats, dot, load_wordllama
from rag.evidence.details import NUMBER
from rag.questions import Asked, Question
from rag.support import squeeze_name
from rag.text import STOP_WORDS, folded_words, idf, stem

_NOUN_WORDS = 3
_WINDOW = 6  # words on either side of a number that may say what it is of
_TOKEN = re.compile(r"[\w+*/-]+(?:[.'\u2019][\w+*/-]+)*")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, frozenset[str]]:
    """The word groups of `rag/evidence/data/asked.toml`, whose one reader this is."""
    data = tomllib.loads(resources.files("rag.evidence").joinpath("data", "asked.toml").read_text(encoding="utf-8"))
    return {name: frozenset(words.split()) for name, words in data.items()}


def is_measure(word: str) -> bool:
    """True for a noun that a figure answers, such as "size", "rate" or "accuracy"."""
    return word in _words()["measures"] or stem(word) in {stem(one) for one in _words()["measures"]}


def asked_of(question: Question) -> Asked:
    """What kind of thing the question asks for, and its noun as the question writes it: ("number", "GPU hours")."""
    tokens = _TOKEN.findall(question.text)
    said = [one.casefold().replace("\u2019", "'") for one in tokens]
    for at, word in enumerate(said):
        after = at + 1
        if word == "how":
            following = said[after] if after < len(said) else ""
            if following in _words()["counts"]:
                return Asked("number", _noun(tokens, after + 1))
            return Asked("number" if following in _words()["degrees"] else "way")
        if word in _words()["measures"] and said[after : after + 1] == ["of"] and word in _words()["counted"]:
            return Asked("number", _noun(tokens, after + 1))
        if word in _words()["which"] or (at == 0 and word in _words()["orders"]):
            return _named(tokens, after)
        if word in ("why", "reason", "reasons"):
            return Asked("reason")
        if word in ("who", "whom"):
            return Asked("name")
        if word == "when" and said[after : after + 1] and said[after] in _words()["auxiliaries"]:
            return Asked("date")
    return Asked("yesno" if question.form == "yesno" else "thing")


def _named(tokens: Sequence[str], first: int) -> Asked:
    """What "which" and "what" ask for: a thing of a name, or a number where the noun is a measure."""
    noun = _noun(tokens, first)
    words = [one.casefold() for one in noun.split()]
    if not words:
        return Asked("thing")
    counted = next((place for place, word in enumerate(words, start=1) if is_measure(word)), None)
    return Asked("name", noun) if counted is None else Asked("number", " ".join(noun.split()[:counted]))


def _noun(tokens: Sequence[str], first: int) -> str:
    """The content words of the phrase that begins here, "kind of" and a form of "be" before it left out; "" for a verb's."""
    ends = STOP_WORDS | _words()["verbs"]
    opening = list(takewhile(lambda one: one.casefold() in _words()["opening"], tokens[first:]))
    start = first + len(opening)
    if start < len(tokens) and tokens[start].casefold() in _words()["doing"]:
        return ""
    phrase = takewhile(lambda one: one.casefold() not in ends, tokens[start:])
    return " ".join([*phrase][:_NOUN_WORDS])


# Where a text has a number, or tells a cause: the words around a number say what it is of.


def number_windows(question: Question, sentence: str) -> list[list[str]]:
    """The words around each number of a sentence that the question does not have."""
    known = {squeeze_name(word) for word in folded_words(question.text)}
    tokens = _TOKEN.findall(sentence)
    places = (at for at, token in enumerate(tokens) if NUMBER.fullmatch(token) and squeeze_name(token) not in known)
    return [[one.casefold() for one in tokens[max(0, at - _WINDOW) : at + _WINDOW + 1]] for at in places]


def tells_cause(sentence: str) -> bool:
    """True where a sentence has a word for a cause or an aim."""
    return not _words()["causes"].isdisjoint(folded_words(sentence))


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
