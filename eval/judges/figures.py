"""Figures of a claim that its sources do not have, whatever they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.text import NUMBER_WORDS, ORDINALS, stem, word_spans

_OF_A_NAME = re.compile(r"[^\W\d][-_]?\Z")  # a letter right before a figure, or with a hyphen between
_WORDS = {word: value for word, value in NUMBER_WORDS.items() if value > 1}  # "one" is no number in "one of"
_LEADING = re.compile(r"\d+(?:[.,]\d+)*")


def unsaid_figures(claim: str, sources: Sequence[str]) -> list[str]:
    """The claim's figures that stand in none of the sources, in figures or in words; those of a name ("COVID-19") are part of the name.

    A number in words may count what a source merely lists, so it is unsaid only where a source has another number of the same thing.
    """
    known = {value for source in sources for value in _values(source)}
    things = {thing for source in sources for _, thing in _counted(source)}
    found = [said for said in _figures(claim) if not known & {stem(said), _number(said)}]
    in_words = [said for said, thing in _counted(claim) if said in _WORDS and thing in things]
    return found + [said for said in in_words if str(_WORDS[said]) not in known]


def _counted(text: str) -> Iterator[tuple[str, str]]:
    """Each number, in figures or from "two" on in words, with the stem of the word behind it."""
    words = [text[start:end].casefold() for start, end in word_spans(text)]
    for word, thing in pairwise(words):
        if word[:1].isdigit() or word in _WORDS:
            yield word, stem(thing)


def _figures(text: str) -> Iterator[str]:
    for start, end in word_spans(text):
        if text[start].isdigit() and not _OF_A_NAME.search(text[max(0, start - 2) : start]):
            yield text[start:end]


def _values(text: str) -> Iterator[str]:
    """All that a figure may be equal to: figures, the figures at the beginning of a word ("7B"), and numbers in words."""
    for start, end in word_spans(text):
        word = text[start:end].casefold()
        yield stem(word)
        if word[:1].isdigit():
            yield _number(word)
        for values in (NUMBER_WORDS, ORDINALS):
            if word in values:
                yield str(values[word])


def _number(word: str) -> str:
    found = _LEADING.match(word)
    return found.group().replace(",", "") if found else word
