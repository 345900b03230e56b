"""Proper names of English prose: what looks like one, and in which ways many texts write each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from rag.text.words import STOP_WORDS, squeeze_name

# A name has a capital or a digit beyond its first letter, or is capitalised in mid-sentence.
_NAME = re.compile(r"[A-Za-z\u00c0-\u024f][\w\u00c0-\u024f]*(?:[-.*+/][\w\u00c0-\u024f]+)*\*?")


def proper_names(text: str) -> list[str]:
    """What looks like a proper name, once each: inner capitals or digits anywhere, a plain capital in mid-sentence."""
    found: list[str] = []
    before = ""  # the last character that is no white space
    for written in text.split():
        if not written.islower():  # as most are
            found += _names_in(written, before)
        before = written[-1]
    return list(dict.fromkeys(found))


def _names_in(written: str, before: str) -> Iterator[str]:
    """The names in a run of characters without white space, and `before` it."""
    for match in _NAME.finditer(written):
        name, start = match.group().rstrip(".-/"), match.start()
        opens = (written[start - 1] if start else before) in ".!?:"
        inner = any(c.isupper() or c.isdigit() for c in name[1:]) and any(c.isupper() for c in name)
        plain = name[:1].isupper() and not opens
        if len(name) > 1 and (inner or plain) and name.casefold() not in STOP_WORDS:
            yield name


# The names of many texts.

SHORTEST_NAME = 4  # letters and digits; shorter names are alike by chance

Forms = dict[str, dict[str, int]]  # by the letters and digits of a name, in how many texts it is written in which way


def count_names(texts: Iterable[str], forms: Forms, change: int = 1) -> None:
    """Add the names of texts to those that are known, or take them out where `change` is -1; ways that no text has are dropped."""
    counted = Counter(
        (letters, name) for text in texts for name in proper_names(text) if len(letters := squeeze_name(name)) >= SHORTEST_NAME
    )
    for (letters, name), number in counted.items():
        ways = forms.setdefault(letters, {})
        ways[name] = ways.get(name, 0) + change * number
        if ways[name] <= 0:
            del ways[name]
        if not ways:
            del forms[letters]
