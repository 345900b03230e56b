"""The beginning of a line that runs title and abstract together, taken apart into tokens and what is known of each."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from rag.corpus.title_words import FUNCTION

TOKENS = 70  # that are looked at: the longest titles and a sentence after them
_REST = 2500  # characters within which words are looked for again
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[\w'’-]+")
_SMALL = re.compile(r"(?<![\w-])[a-z][\w-]*")
_TRIM = "\"'“”‘’()[]{}.,;:!?*`"
_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*$""")
_ABBREVIATION = re.compile(r"(?:^|\W)(?:[A-Za-z]|al|etc|vs|cf|eg|ie|[Ff]ig|[Nn]o|[Ss]t|[Dd]r|spp?|var|approx|resp)\.$")
_ACRONYM = re.compile(r"[(\[]([A-Za-z][\w-]*[A-Z][\w-]*?)s?[)\],;:]")

# The probability of a capital by style and kind of word, estimated from titles and abstracts of several fields. A plain word is "common"
# where the text also writes it small; "tail" is the part of a word after a hyphen.
_CAPITAL = {
    "title": {"function": 0.06, "long function": 0.6, "plain": 0.96, "common": 0.95, "tail": 0.55},
    "sentence": {"function": 0.003, "long function": 0.01, "plain": 0.15, "common": 0.01, "tail": 0.03},
}


@dataclass(frozen=True, slots=True)
class Token:
    """One run of characters without white space; `core` is without its punctuation, `low` that in small letters."""

    start: int
    text: str
    core: str
    low: str
    stem: str
    kind: str  # "function", "plain", "common", or "other": acronyms and numbers, which look the same in any style
    capital: bool
    ends: bool  # a sentence ends here

    @property
    def functional(self) -> bool:
        """True for articles, prepositions and their like."""
        return self.kind.endswith("function")

    @property
    def wordlike(self) -> bool:
        """True for a word whose case says something about the style."""
        return self.kind in ("plain", "common")


def stem(word: str) -> str:
    """A word in small letters without the ending of its plural."""
    word = word.lower()
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith("es") and len(word) > 4:
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


class Line:
    """Tokens, casing, definitions and words that return; lists have one entry a token, sums one more."""

    def __init__(self, body: str) -> None:
        rest = body[:_REST]
        self.small = set(_SMALL.findall(rest))
        self.tokens = [self._token(found) for _, found in zip(range(TOKENS), _TOKEN.finditer(rest), strict=False)]
        stems = [stem(word) for word in _WORD.findall(rest)]
        self.counts = Counter(stems)
        self.pairs = Counter(pairwise(stems))
        self.definitions = self._definitions()
        self.title_style = self._casing("title")
        self.sentence_style = self._casing("sentence")

    def _token(self, found: re.Match[str]) -> Token:
        text = found.group()
        core = text.strip(_TRIM)
        low = core.lower()
        first = core.split("-", 1)[0]
        if low in FUNCTION:
            kind = "function" if len(low) < 5 else "long function"
        elif len(core) < 2 or not core[0].isalpha() or not (first[1:].islower() or len(first) < 2 or "'" in first or "’" in first):
            kind = "other"
        else:
            kind = "common" if low in self.small else "plain"
        ends = _SENTENCE_END.search(text) is not None and not _ABBREVIATION.search(text)
        return Token(found.start(), text, core, low, stem(core), kind, core[:1].isupper(), ends)

    def _definitions(self) -> list[tuple[int, int]]:
        """First and last token of each "Large Language Models (LLMs)", found by initials from the bracket backwards."""
        found = []
        for last, token in enumerate(self.tokens):
            bracket = _ACRONYM.match(token.text)
            letters = [letter for letter in bracket[1] if letter.isupper()] if bracket else []
            first = last
            while letters and first > 0:
                first -= 1
                if not _spell(letters, self.tokens[first]) and not self.tokens[first].functional:
                    break
            if bracket and not letters:
                found.append((first, last))
        return found

    def _casing(self, style: str) -> list[float]:
        """Sums of log probabilities of the case of the first n words, were they written in a style."""
        chances = _CAPITAL[style]
        defined = {i for first, last in self.definitions for i in range(first, last + 1)}
        sums, opens = [0.0], True
        for i, token in enumerate(self.tokens):
            value = 0.0
            if token.kind in chances and not opens and i not in defined:
                value = math.log(chances[token.kind] if token.capital else 1 - chances[token.kind])
            for tail in token.core.split("-")[1:]:
                if len(tail) > 2 and tail.isalpha() and (tail.islower() or tail[1:].islower()) and tail.lower() not in FUNCTION:
                    value += math.log(chances["tail"] if tail[0].isupper() else 1 - chances["tail"])
            sums.append(sums[-1] + value)
            opens = token.ends or token.text[-1] in ":?!–—-"
        return sums


def _spell(letters: list[str], token: Token) -> bool:
    """Take from the end of `letters` those that a token gives to an acronym: its parts' initials, perhaps with letters inside."""
    before = len(letters)
    for part in reversed(token.core.upper().split("-")):
        for size in (3, 2, 1):
            taken = letters[-size:]
            inside = iter(part)
            if len(taken) == size and part[:1] == taken[0] and all(letter in inside for letter in taken):
                del letters[-size:]
                break
    return len(letters) < before
