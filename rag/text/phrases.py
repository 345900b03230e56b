"""Acronyms and what they stand for, as texts say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rag.text.words import STOP_WORDS, contains_run, folded_words, idf, stem

# Acronyms and what they stand for, as the abstracts themselves say: "automatic speech recognition (ASR)". The algorithm is that of
# Schwartz and Hearst (2003), "A simple algorithm for identifying abbreviation definitions in biomedical text": an acronym's letters are
# looked for from right to left in the words before the bracket, and its first letter must begin a word.

_BRACKETS = re.compile(r"\(([^()]{2,60})\)")
_CLAUSE = re.compile(r"[.;:!?()]\s")  # no long form reaches over one of these
_REACH = 200  # characters before a bracket that may hold the long form
_LONGEST = 10  # characters of an acronym, and two words: as in the paper
_RARE = 5.0  # idf from which on a word in small letters may be an acronym: "asr", not "age"


@dataclass(frozen=True, slots=True)
class Acronym:
    """A short form, folded and without a plural s ("asr"), and the words of its long form in order ("automatic", ...)."""

    short: str
    long: tuple[str, ...]

    @property
    def content(self) -> tuple[str, ...]:
        """The words of the long form that mean something."""
        return tuple(word for word in self.long if word not in STOP_WORDS)

    @property
    def initials(self) -> bool:
        """True where each word of the long form gives its first letter to the short one."""
        return "".join(word[0] for word in self.long) == self.short

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of the long form in order: two spellings of one are the same."""
        return tuple(map(stem, self.long))


@lru_cache(maxsize=8192)
def find_acronyms(text: str) -> tuple[Acronym, ...]:
    """The acronyms that a text introduces, each once, in order."""
    found = (_acronym(short, long) for match in _BRACKETS.finditer(text) for short, long in _pair(text, match))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def usual_acronyms(texts: Iterable[str]) -> list[Acronym]:
    """Each acronym that the texts introduce with its most frequent long form, if half of them or more mean that; in order of letters."""
    counts = Counter(one for text in texts for one in find_acronyms(text))
    forms: dict[str, Counter[tuple[str, ...]]] = {}
    spelled: dict[tuple[str, tuple[str, ...]], Acronym] = {}
    for one, count in counts.items():
        forms.setdefault(one.short, Counter())[one.stems] += count
        spelled.setdefault((one.short, one.stems), one)
    best = {short: max(found, key=lambda stems: (found[stems], stems)) for short, found in forms.items()}
    return [spelled[short, stems] for short, stems in sorted(best.items()) if 2 * forms[short][stems] >= forms[short].total()]


@dataclass(frozen=True, slots=True)
class QuestionAcronyms:
    """The acronyms of a question: those that it `has`, and those whose long form it spells out (`means`)."""

    has: tuple[Acronym, ...]
    means: tuple[Acronym, ...]


def acronyms_in_question(question: str, acronyms: Iterable[Acronym]) -> QuestionAcronyms:
    """Which acronyms a question has without spelling them out, and which it spells out without having them."""
    shorts = {_single(word).casefold() for word in re.findall(r"[^\W_]+", question) if not word.islower() or idf(stem(word)) >= _RARE}
    asked = [stem(word) for word in folded_words(question)]
    has, means = [], []
    for one in acronyms:
        said = contains_run(asked, one.stems)
        if one.short in shorts and one.content and not said:
            has.append(one)
        elif said and len(one.long) > 1 and one.short not in shorts:
            means.append(one)
    return QuestionAcronyms(tuple(has), tuple(means))


def _pair(text: str, match: re.Match[str]) -> list[tuple[str, str]]:
    """The short and the long form of "long form (short form)" or "short form (long form)", at most one such pair."""
    inside = re.split(r"[;,]", match.group(1))[0].strip()
    before = _CLAUSE.split(text[max(0, match.start() - _REACH) : match.start()].rstrip())[-1].split()
    if _short(inside):
        long = long_form(inside, " ".join(before[-_most(inside) :]))
        return [(inside, long)] if long else []
    if before and _short(before[-1]) and long_form(before[-1], inside) == inside:
        return [(before[-1], inside)]
    return []


def long_form(short: str, text: str) -> str | None:
    """The shortest end of `text` that has the letters of `short` in order, its first letter at the beginning of a word."""
    place = len(text)
    for index in range(len(short) - 1, -1, -1):
        letter = short[index].casefold()
        if not letter.isalnum():
            continue
        place -= 1
        while place >= 0 and (text[place].casefold() != letter or (index == 0 and place > 0 and text[place - 1].isalnum())):
            place -= 1
        if place < 0:
            return None
    return text[text.rfind(" ", 0, place + 1) + 1 :]


def _short(form: str) -> bool:
    """Whether this can be an acronym: two letters or more of which are capitals or digits, in at most ten characters."""
    telling = sum(char.isupper() or char.isdigit() for char in form)
    return 2 <= len(form) <= _LONGEST and len(form.split()) <= 2 and form[0].isalnum() and any(map(str.isalpha, form)) and telling >= 2


def _most(short: str) -> int:
    """The most words of a long form."""
    return min(len(short) + 5, 2 * len(short))


def _acronym(short: str, long: str) -> Acronym | None:
    parts = re.split(r"[ \-]", long)
    if (
        len(long) <= len(short)
        or len(parts) > _most(short)
        or short.casefold() in map(str.casefold, parts)
        or len(folded_words(short)) != 1
    ):
        return None
    return Acronym(_single(short).casefold(), tuple(folded_words(long)))


def _single(short: str) -> str:
    """Without the s of "LLMs"; a word like "gas" keeps its own."""
    return short[:-1] if len(short) > 2 and short[-1] == "s" and (short[-2].isupper() or short[-2].isdigit()) else short
