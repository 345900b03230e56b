"""A question cut into words, with all that the lexicon knows of the phrases that begin at each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.text import is_common, stem, typed_phrases

_QUOTES = str.maketrans("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb", '"""\'\'""')
_TOKEN = re.compile(
    r"\"[^\"]{1,200}\"|(?<!\w)'[^']{2,200}'(?!\w)|`[^`]{1,200}`|(?<!\w)[wW]/[oO]?(?!\w)|\d{4}-\d\d(?:-\d\d)?(?![\w-])|\d{1,3}(?:,\d{3}){1,9}(?!\d)|\d{1,40}(?:\.\d{1,9}){1,3}(?!\w)"
    r"|\d{1,40}(?=[-\u2013]\d{1,40}(?!\w))|\d{4}s(?!\w)|[^\W_]+(?:['.][^\W_]+|-(?=[^\W\d_])[^\W_]+|-[^\W_]*\d[^\W_]*|_[^\W_]+)*|\.\.|[<>=]=?|\S"
)
_NUMBER = re.compile(r"\d{1,9}|\d{1,3}(?:,\d{3}){1,3}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ISO = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_WRITTEN_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_SPLIT_AFTER = ("author", "authors", "authored")
_LONGEST = 7  # words of a phrase
_SHORTEST = 3
_LONG_ENOUGH = 5  # letters of a function word in which one may be wrong; in a shorter one two neighbours may have changed places
_CORRECTED = tuple("wh request paper month counting number dated low below above between field about please".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign of a question, from `start` to `end` of its text; `word` is it in small letters, put right where it was mistyped."""

    text: str
    start: int
    end: int
    word: str

    @property
    def quoted(self) -> str:
        """What stands between quotation marks, "" for any other token."""
        return self.text[1:-1].strip() if len(self.text) > 2 and self.text[0] in "\"'`" and self.text[-1] == self.text[0] else ""

    @property
    def is_word(self) -> bool:
        """True for letters and digits, False for a sign or a quotation."""
        return self.text[0].isalnum()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of one type: the place behind it, and its value, "" where it has none."""

    end: int
    value: str


class Tokens:
    """The words of a question, and at each place the longest phrase of each type that begins there."""

    def __init__(self, text: str) -> None:
        self.text = text.translate(_QUOTES)
        self.words = tuple(_corrected(list(_cut(self.text))))
        self.types: tuple[Mapping[str, Phrase], ...] = tuple(self._types(place) for place in range(len(self.words)))
        self.known = frozenset(kind for here in self.types for kind in here)

    def __len__(self) -> int:
        return len(self.words)

    def take(self, place: int, *types: str) -> Phrase | None:
        """The longest phrase of any of these types that begins at a place; None where none does."""
        if not 0 <= place < len(self.types):
            return None
        here, best = self.types[place], None
        for one in types:
            found = here.get(one)
            if found is not None and (best is None or found.end > best.end):
                best = found
        return best

    def each(self, *types: str) -> Iterator[tuple[int, Phrase]]:
        """Every place at which a phrase of any of these types begins, with the longest one."""
        for place in range(len(self.types)) if self.has(*types) else ():
            found = self.take(place, *types)
            if found is not None:
                yield place, found

    def has(self, *types: str) -> bool:
        """True where a phrase of any of these types stands anywhere."""
        return not self.known.isdisjoint(types)

    def skip(self, place: int, *types: str) -> int:
        """The place behind all phrases of these types that stand there one after another."""
        while (found := self.take(place, *types)) is not None:
            place = found.end
        return place

    def word(self, place: int) -> str:
        """The word at a place, "" outside of the question."""
        return self.words[place].word if 0 <= place < len(self.words) else ""

    def span(self, start: int, end: int) -> str:
        """The text of the words from one place to another."""
        return self.text[self.words[start].start : self.words[end - 1].end] if start < end else ""

    def _types(self, place: int) -> Mapping[str, Phrase]:
        known = typed_phrases()
        found: dict[str, Phrase] = dict(_figures(self.words[place], place))
        said: tuple[str, ...] = ()
        for end in range(place, min(place + _LONGEST, len(self.words))):
            said = (*said, self.words[end].word)
            for kind, value in known.get(said, {}).items():
                found[kind] = Phrase(end + 1, value)
        return found


def _figures(token: Token, place: int) -> Iterator[tuple[str, Phrase]]:
    """What digits and quotation marks say of a token."""
    if _NUMBER.fullmatch(token.word):
        yield "number", Phrase(place + 1, token.word.replace(",", ""))
    if _YEAR.fullmatch(token.word):
        yield "year", Phrase(place + 1, token.word)
    if _ISO.fullmatch(token.word):
        yield "iso", Phrase(place + 1, token.word)
    if (written := _WRITTEN_ORDINAL.fullmatch(token.word)) is not None:
        yield "ordinal", Phrase(place + 1, written[1])
    if token.quoted:
        yield "quote", Phrase(place + 1, token.quoted)


def _cut(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        said = match[0]
        if said[0].isalnum() and (parts := _parts(said)):
            start = match.start()
            for part in parts:
                yield Token(part, start, start + len(part), part.lower())
                start += len(part) + (text[start + len(part) : start + len(part) + 1] == "-")
        else:
            word = " ".join(said.lower().split())
            bare = word.removesuffix("'s")
            known = (word,) in typed_phrases() or ((bare,) not in typed_phrases() and not _YEAR.fullmatch(bare))
            yield Token(said, *match.span(), word if known else bare)


def _parts(said: str) -> list[str]:
    """The parts of a compound that says something of papers ("two-author", "non-speech", "mid-2023"); none for any other word."""
    word = said.lower()
    if "-" not in word or (word,) in typed_phrases() or _ISO.fullmatch(word):
        return []
    parts = said.split("-")
    telling = parts[-1].lower() in _SPLIT_AFTER or parts[0].lower() == "non" or any(_YEAR.fullmatch(part) for part in parts)
    return [part for part in parts if part] if telling else []


def _corrected(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, with function words in which one letter is wrong put right; "form" is "from" right before a year or a month."""
    for place, one in enumerate(tokens):
        after = tokens[place + 1].word if place + 1 < len(tokens) else ""
        dated = _YEAR.fullmatch(after) is not None or "month" in typed_phrases().get((after,), {})
        word = "from" if one.word in ("form", "fom", "frm") and dated else _nearest(one.word)
        yield one if word == one.word else Token(one.text, one.start, one.end, word)


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    """A word, or the function word that it must have been meant for."""
    if not word.isalpha() or len(word) < _SHORTEST or (word,) in typed_phrases() or is_common(stem(word)):
        return word
    known = _misspellable()
    for other in sorted({one for one in _edits(word) if one in known}):
        if len(other) >= _LONG_ENOUGH or sorted(other) == sorted(word):
            return other
    return word


@lru_cache(maxsize=1)
def _misspellable() -> frozenset[str]:
    return frozenset(" ".join(words) for words, types in typed_phrases().items() if any(kind in types for kind in _CORRECTED))


def _edits(word: str) -> Iterator[str]:
    """All texts that differ from a word in one letter, or in the order of two neighbours."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield from (before + letter + after for letter in (*letters, " "))
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in letters)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
