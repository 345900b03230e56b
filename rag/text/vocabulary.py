"""The words of topics and abstracts as they are compared: stems in one spelling, names with versions, acronyms, misspelt words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.model import Abstract
from rag.text.phrases import Acronym, acronyms_in_question, usual_acronyms
from rag.text.sentences import sentence_spans
from rag.text.words import STOP_WORDS, contains_run, folded_words, idf, is_common, stem

_COMPOUND = re.compile(r"[^\W_]+(?:[-'.][^\W_]+)*")
_VERSION = re.compile(r"([A-Za-z])[ -]?(\d{1,2})\.0\b")  # "wav2vec 2.0" is "wav2vec2"
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST = 5  # letters of a word that may be a misspelling
_SEVERAL = 2  # abstracts that have the word that was meant, if research prose has it not
_STEADYING = 50  # abstracts of research prose that are added to a corpus's own when words are weighed
_LEAST_WEIGHT = 0.3  # of a word that stands everywhere
_KEPT = 8192  # texts of which the words are kept in mind

Unit = tuple[str, ...]  # the folded parts of a word with hyphens: ("low", "resource")


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """A stem in which British and American spellings are one: behaviour, licence, centre, optimise."""
    found = stem(word).replace("our", "or").replace("z", "s")
    return found[:-1] + "s" if len(found) > 4 and found.endswith("c") else found


def units(text: str) -> tuple[Unit, ...]:
    """The content words of a text in order, compounds as their parts."""
    return tuple(filter(None, map(_unit, _COMPOUND.findall(_VERSION.sub(r"\1\2", text)))))


@lru_cache(maxsize=65536)
def _unit(written: str) -> Unit:
    return tuple(folded(word) for word in folded_words(written) if word not in STOP_WORDS)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a title or a sentence: all of them, compounds also as one word and names also without their version; and in order."""

    all: frozenset[str]
    order: tuple[str, ...]
    joined: str

    def has(self, unit: Unit) -> bool:
        """True where a word stands here, a compound as one word or as several."""
        return "".join(unit) in self.all or (len(unit) > 1 and contains_run(self.order, unit))

    def has_run(self, run: Sequence[str]) -> bool:
        """True where words stand one after the other, whatever is written together."""
        text = "".join(run)
        return text in self.joined if len(text) > _SHORTEST else contains_run(self.order, run)


@lru_cache(maxsize=4 * _KEPT)
def read_words(text: str) -> Words:
    """The words of a title or a sentence."""
    found = units(text)
    order = tuple(part for unit in found for part in unit)
    bare = {folded(part.rstrip("0123456789")) for part in order if part[-1].isdigit()}
    return Words(frozenset({*order, *("".join(unit) for unit in found), *(one for one in bare if len(one) > 2)}), order, "".join(order))


@dataclass(frozen=True, slots=True)
class ReadAbstract:
    """An abstract's words: of its title (of no words where it has none), of each sentence, and of all."""

    title: Words
    sentences: tuple[Words, ...]
    all: frozenset[str]


@lru_cache(maxsize=_KEPT)
def read_abstract(title: str, text: str) -> ReadAbstract:
    """The words of an abstract."""
    heading, sentences = read_words(title), tuple(read_words(text[start:end]) for start, end in sentence_spans(text))
    return ReadAbstract(heading, sentences, heading.all.union(*(one.all for one in sentences)))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What a corpus writes: in how many of its abstracts each folded word stands, each word as it is spelled, and its acronyms.

    Where these are those of a sample, `beginning` gives all words of the corpus that begin with a letter, as they are spelled, with the
    number of abstracts.
    """

    size: int
    frequencies: Mapping[str, int]
    spellings: Mapping[str, int]
    acronyms: tuple[Acronym, ...]
    beginning: Callable[[str], Mapping[str, int]] | None = None

    def forms(self, topic: str) -> tuple[str, ...]:
        """A topic with misspelt words put right, then with its acronyms written out, then with what has an acronym cut down to it."""
        topic = _LETTERS.sub(lambda match: self.corrected(match[0]), topic)
        said = acronyms_in_question(topic, self.acronyms)
        full = topic
        for one in said.has:
            full = re.sub(rf"\b{re.escape(one.short)}s?\b", " ".join(one.long), full, flags=re.IGNORECASE)
        words = folded_words(full)
        stems = [stem(word) for word in words]
        short = []
        for one in (*said.has, *said.means):
            place = next((at for at in range(len(stems)) if tuple(stems[at : at + len(one.stems)]) == one.stems), None)
            if place is not None and len(one.short) > 2:
                short.append(" ".join([*words[:place], one.short, *words[place + len(one.stems) :]]))
        distinct: dict[tuple[str, ...], str] = {}
        for form in (topic, full, *short):
            distinct.setdefault(tuple(folded_words(form)), form)
        return tuple(distinct.values())

    def corrected(self, word: str) -> str:
        """The word; where it is none that is known, the one of the corpus that is one edit away, if it is in use."""
        low = word.lower()
        if len(low) < _SHORTEST or low in self.spellings or folded(low) in self.frequencies or is_common(stem(low)):
            return word
        spellings = self.spellings if self.beginning is None else self.beginning(low[0])
        if low in spellings:
            return word
        near = [
            (count, one)
            for one, count in spellings.items()
            if one[0] == low[0] and one_edit(low, one) and (count >= _SEVERAL or is_common(stem(one)))
        ]
        return max(near)[1] if near else word

    def is_unknown(self, topic: str) -> bool:
        """True where a word of a topic is neither in the corpus, however it is spelled, nor in research prose."""
        words = [word for form in self.forms(topic)[:1] for word in folded_words(form) if word not in STOP_WORDS]
        return not all(map(self._has, words))

    def _has(self, word: str) -> bool:
        stemmed = stem(word)
        known = is_common(stemmed) or folded(stemmed) in self.frequencies
        return known or (self.beginning is not None and word in self.beginning(word))

    def weight(self, unit: Unit) -> float:
        """How much a word tells: the logarithm of its rarity in this corpus, which that in research prose steadies; 0.3 at the least."""
        joined = "".join(unit)
        parts = (joined,) if joined in self.frequencies else unit
        return max(_LEAST_WEIGHT, *(self._rarity(part) for part in parts))

    def _rarity(self, part: str) -> float:
        usual = _STEADYING * math.exp(-idf(part))
        return math.log((self.size + _STEADYING) / (self.frequencies.get(part, 0) + usual + 0.5))


def read_vocabulary(abstracts: Iterable[Abstract]) -> Vocabulary:
    """What the given abstracts write."""
    frequencies: Counter[str] = Counter()
    spellings: Counter[str] = Counter()
    texts = []
    for one in abstracts:
        frequencies.update(read_abstract(one.title or "", one.text).all)
        spellings.update(set(folded_words(f"{one.title or ''} {one.text}")))
        texts.append(one.text)
    acronyms = (one for one in usual_acronyms(texts) if one.initials and one.long[0] not in STOP_WORDS)  # "such as ... (ASR)"
    return Vocabulary(len(texts), frequencies, spellings, tuple(acronyms))


def one_edit(left: str, right: str) -> bool:
    """True where one letter is put in, left out, changed, or changes places with the next."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[same:], right[same:]
    return a[1:] == b[1:] or a == b[1:] or a[1:] == b or (a[:2] == b[1::-1] and a[2:] == b[2:])
