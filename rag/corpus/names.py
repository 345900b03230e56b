"""What to call an abstract: its title, else the system that it introduces, else its first words.

An abstract mentions many systems and introduces one. A name counts as its own where a sentence says so (`rag.corpus.introductions`),
and only if nothing before that sentence mentions it: what was mentioned before ("models such as BERT") is somebody else's. Where in
doubt there is no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.corpus.display import clean
from rag.corpus.introductions import introduces, is_name, names_in

_READ = 20_000  # characters: an abstract introduces what it introduces near its beginning
_SENTENCE_READ = 1_000  # characters: what is longer is no sentence
_QUOTED_WORDS = 8
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")


def introduced_name(text: str, title: str | None = None) -> str | None:
    """The name of the system, data set or method that an abstract introduces as its own; None where it names none.

    A title of the form "NAME: ..." gives it where the text introduces anything.
    """
    shown = clean(text[:_READ])
    if title and (name := _name_in_title(clean(title), shown)):
        return name
    return min(_candidates(shown), default=(0, 0, None))[2]


def label(title: str | None, text: str) -> str:
    """The cleaned title, else the introduced name, else the first words in quotation marks."""
    if title:
        return clean(title)
    if name := introduced_name(text):
        return name
    words = clean(text[:_READ]).split()
    if len(words) <= _QUOTED_WORDS:
        return f"“{' '.join(words)}”"
    return f"“{' '.join(words[:_QUOTED_WORDS]).rstrip(',;:')} …”"


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """(rank, offset, name) of every name that a sentence introduces and none before it mentions; the least is the best."""
    offset = 0
    for sentence in _SENTENCE.split(text):
        offset = text.find(sentence, offset)
        for rank, name in names_in(sentence[:_SENTENCE_READ]):
            first = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
            if first and first.start() >= offset:
                yield rank, first.start(), name


def _name_in_title(title: str, text: str) -> str | None:
    """NAME of a title "NAME: ...", where it is spelled like one, or the text writes the plain word with a capital amid a sentence."""
    name, colon, _ = title.partition(": ")
    words = name.split()
    if not colon or not 1 <= len(words) <= 2 or not any(introduces(sentence) for sentence in _SENTENCE.split(text)):
        return None
    if len(words) == 2:
        return name if words[1][0].isdigit() and is_name(words[0]) else None
    if re.fullmatch("[A-Z]+", name):  # a field's acronym ("HIV: ...") unless the text introduces it
        return name if any(candidate == name for _, _, candidate in _candidates(text)) else None
    if is_name(name):
        return name
    return name if re.search(rf"[a-z,] {re.escape(name)}\b", text) and name[0].isupper() else None
