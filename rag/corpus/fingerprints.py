"""What two records of one work have in common however they are printed: keys of titles and texts, and how near two texts are."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from functools import cached_property

from rag.records import Abstract

# Of the three-word runs of both texts together, the share that both have. One word changed in a hundred costs about six
# hundredths, so 0.7 lets five words in a hundred differ (a later version, another publisher's copy editing); two
# abstracts on one subject share less than 0.1. Runs are sets, so comparing takes time in the length of the texts
# (difflib takes its square).
_SIMILAR = 0.7
# A listing may cut a text short: nearly all runs of the shorter one, if it is long enough to tell, are in the longer.
_CONTAINED = 0.9
_CONTAINED_RUNS = 30

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"</?[a-zA-Z]{1,10}>")
_COMMAND = re.compile(r"\\[a-zA-Z]{2,20}(?=\s*\{)")


def title_key(title: str) -> str:
    """The letters and digits of a title without case, accents, LaTeX commands and mark-up; "" where it has none."""
    return "".join(_words(_COMMAND.sub("", _TAG.sub("", html.unescape(title)))))


def text_key(text: str) -> str:
    """32 hexadecimal digits, the same for texts that differ in case, accents, punctuation and white space at most."""
    return hashlib.blake2b("".join(_words(text)).encode(), digest_size=16).hexdigest()


def similar(a: frozenset[str], b: frozenset[str]) -> bool:
    """True if two sets of `runs` are of nearly the same text, or one of the beginning or another part of the other."""
    if not a or not b:
        return False
    shorter, longer = sorted((a, b), key=len)
    enough = len(shorter) >= _CONTAINED_RUNS
    if not enough and len(shorter) < _SIMILAR * len(longer):
        return False
    both = len(shorter & longer)
    return both >= _SIMILAR * (len(a) + len(b) - both) or (enough and both >= _CONTAINED * len(shorter))


def runs(text: str) -> frozenset[str]:
    """The runs of three words of a text, without case, accents and punctuation; of a shorter text the text."""
    words = _words(text)
    if len(words) < 3:
        return frozenset([" ".join(words)]) if words else frozenset()
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


class Fingerprint:
    """The keys of a record, each made when it is first asked for."""

    def __init__(self, abstract: Abstract) -> None:
        self.abstract = abstract

    @cached_property
    def title(self) -> str:
        """Its `title_key`, "" for a record without a title."""
        return title_key(self.abstract.title or "")

    @cached_property
    def text(self) -> str:
        """Its `text_key`."""
        return text_key(self.abstract.text)

    @cached_property
    def runs(self) -> frozenset[str]:
        """The `runs` of its text."""
        return runs(self.abstract.text)

    @cached_property
    def title_alone(self) -> bool:
        """True if its text is its title, as where a table gives no abstract."""
        return bool(self.title) and title_key(self.abstract.text) == self.title

    @cached_property
    def title_words(self) -> int:
        """The number of words of its title."""
        return len(_words(self.abstract.title or ""))


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))
    return _WORD.findall(text.casefold())
