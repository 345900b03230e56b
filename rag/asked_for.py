"""What a question asks for, apart from what it asks it of: the noun behind "which", its names, and what none of the abstracts has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from rag.corpus.names import introduced_name
from rag.flags import name_flags, squeezed
from rag.lexicon import BE, any_of, words_of
from rag.quantities import noun_words
from rag.question import Question
from rag.records import Abstract
from rag.retrieve import Found
from rag.words import STOP_WORDS, stem, stems, words

_READ = 5  # of the best abstracts, of which none may have a name for it to be unknown
_SHORTEST = 4  # letters of a name that is known in lower case too: shorter ones are words as well
_TOKEN = re.compile(r"\w+(?:[-.]\w+)*\*?")

_NOUN = re.compile(
    rf"\b(?:what(?:'s)?|which|how many|how much|whose)\s+(?:(?:{BE}|exact|kinds? of|types? of|sorts? of)\s+)?"
    r"((?:[\w*.'-]+\s*){1,6})",
    re.IGNORECASE,
)
_ENDS = STOP_WORDS | frozenset("used use achieve reach get give".split())
_VERBS = words_of("auxiliaries.do", "auxiliaries.have", "auxiliaries.modal")
# A paper that is asked about as the one that brought a thing up: "the original HuBERT paper", "BERT, according to its own paper".
_ORIGINAL = re.compile(
    rf"\boriginal(?:ly)?\b|\b(?:its|their|his|her) own (?:{any_of('papers.one')}|report)\b"
    r"|\bfirst (?:proposed|introduced|published|described)\b",
    re.IGNORECASE,
)


def asked_noun(question: Question) -> list[str]:
    """The words of the noun that is asked for, without names: "optimizer" in "which optimizer was used for SpeechT5?"."""
    found = _NOUN.search(question.text)
    named = {part for name in question.names for part in stems(name)}
    said = words(found[1]) if found else []
    opening = list(takewhile(lambda word: word in _ENDS or stem(word) in named, said))
    return [] if _VERBS & set(opening) else noun_words(said[len(opening) :], _ENDS, question.names)  # not "what does it do"


def missing_names(question: Question, found: Sequence[Found]) -> tuple[str, ...]:
    """The names of the question that none of the best abstracts has."""
    if not question.names:
        return ()
    read = " ".join(f"{one.abstract.title or ''} {one.abstract.text}" for one in found[:_READ])
    return tuple(flag.partition(": ")[2] for flag in name_flags(" ".join(question.names), read))


def is_named(question: Question, abstract: Abstract) -> bool:
    """True where the question names something that the abstract has, or what it introduces, in whatever case."""
    text = squeezed(f"{abstract.title or ''} {abstract.text}")
    return any(squeezed(name) in text for name in question.names) or introduces_named(question, abstract)


def introduces_named(question: Question, abstract: Abstract) -> bool:
    """True where the question names what the abstract introduces, in whatever case, or a name that stands in its title."""
    own = squeezed(_introduced(abstract.text, abstract.title))
    return any(_is_own(name, abstract) for name in question.names) or (
        len(own) >= _SHORTEST and any(squeezed(token) == own for token in _TOKEN.findall(question.text))
    )


def only_mentioned(question: Question, found: Sequence[Found]) -> str | None:
    """The name whose own paper is asked about, where abstracts mention it and none introduces it; else None.

    It is the name that stands nearest to the words that say so: "LibriSpeech results of the original Conformer paper".
    """
    original = _ORIGINAL.search(question.text)
    places = {name: question.text.find(name) for name in question.names}
    known = {name: place for name, place in places.items() if place >= 0}
    if not original or not known:
        return None
    name = min(known, key=lambda one: min(abs(known[one] - original.end()), abs(original.start() - known[one] - len(one))))
    if any(_is_own(name, one.abstract) for one in found):
        return None
    return name if any(squeezed(name) in squeezed(one.abstract.text) for one in found) else None


def _is_own(name: str, abstract: Abstract) -> bool:
    letters = squeezed(name)
    return bool(letters) and (letters == squeezed(_introduced(abstract.text, abstract.title)) or letters in squeezed(abstract.title or ""))


@lru_cache(maxsize=4096)
def _introduced(text: str, title: str | None) -> str:
    return introduced_name(text, title) or ""
