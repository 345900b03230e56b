"""The detail that a question asks for, and whether an abstract reports it."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import lru_cache
from itertools import islice, takewhile

from rag.corpus import introduced_name
from rag.model import Abstract
from rag.questions import Question
from rag.search import Candidate
from rag.support import name_flags, squeeze_name
from rag.text import BE, STOP_WORDS, any_of, folded_words, stem, stems, words_of

# Numbers, in figures and in words.

NUMBER_SAID = rf"{any_of('numbers.several')}|{any_of('scales.frequent')}s?|half|twice|doubl\w+|thirds?|quarters?"  # in words, not "one"
NUMBER = re.compile(rf"\d.*|{NUMBER_SAID}", re.IGNORECASE)
_NOUN_WORDS = 3  # words of the thing that is asked for


def has_number(sentence: str) -> bool:
    """True where a sentence has a figure or a word for one."""
    return any(NUMBER.fullmatch(word) for word in folded_words(sentence))


def noun_words(said: Sequence[str], ends: Set[str], names: Sequence[str] = ()) -> list[str]:
    """The first words of a noun phrase, before any that ends it, without names and function words."""
    named = {part for name in names for part in stems(name)}
    phrase = takewhile(lambda word: word not in ends, said)
    return list(islice((word for word in phrase if word not in STOP_WORDS and stem(word) not in named), _NOUN_WORDS))


# What a question asks for: the noun after "which", its names, and which of them none of the abstracts has.

_BEST = 5  # of the best abstracts, of which none may have a name for it to be unknown
_SHORTEST = 4  # letters of a name that is known in lower case too: shorter ones are words as well
_TOKEN = re.compile(r"\w+(?:[-.]\w+)*\*?")

_ASKED_NOUN = re.compile(
    rf"\b(?:what(?:'s)?|which|how many|how much|whose)\s+(?:(?:{BE}|exact|kinds? of|types? of|sorts? of)\s+)?"
    r"((?:[\w*.'-]+\s*){1,6})",
    re.IGNORECASE,
)
_PHRASE_ENDS = STOP_WORDS | frozenset("used use achieve reach get give".split())
_VERBS = words_of("auxiliaries.do", "auxiliaries.have", "auxiliaries.modal")


def asked_noun(question: Question) -> list[str]:
    """The words of the noun that is asked for, without names: "optimizer" in "which optimizer was used for SpeechT5?"."""
    found = _ASKED_NOUN.search(question.text)
    named = {part for name in question.names for part in stems(name)}
    said = folded_words(found[1]) if found else []
    opening = list(takewhile(lambda word: word in _PHRASE_ENDS or stem(word) in named, said))
    return [] if _VERBS & set(opening) else noun_words(said[len(opening) :], _PHRASE_ENDS, question.names)  # not "what does it do"


def missing_names(question: Question, found: Sequence[Candidate]) -> tuple[str, ...]:
    """The names of the question that none of the best abstracts has."""
    if not question.names:
        return ()
    read = " ".join(f"{one.abstract.title or ''} {one.abstract.text}" for one in found[:_BEST])
    return tuple(flag.partition(": ")[2] for flag in name_flags(" ".join(question.names), read))


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
