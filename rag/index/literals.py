"""Literal mentions by the words of a text: which words an abstract must have for a pattern to match in it, whatever else it says.

A word is a run of letters, digits and underscores, as the patterns of `rag.model.filters` have it, in one case. What is found so
is a candidate: whether it is a mention is for the pattern to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.model import Scan, name_chunks
from rag.text import squeeze_name

LONG = "..."  # stands among the words of a text with one that is too long to be looked up; no word is written so
_LONGEST = 1000  # characters of a word
_WORD = re.compile(r"\w+")
# Letters that patterns in any case take for others, though they are not lower and upper case of one; and those others, in their order.
_ONE_CASE = str.maketrans(
    "\u0131\u017f\u03bc\u0345\u1fbe\u1fd3\u03d0\u03f5\u03d1\u03f0\u03d6\u03f1\u03c2"
    "\u03d5\u1fe3\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88\u1e9b\ufb05",
    "is\u00b5\u03b9\u03b9\u0390\u03b2\u03b5\u03b8\u03ba\u03c0\u03c1\u03c3"
    "\u03c6\u03b0\u0432\u0434\u043e\u0441\u0442\u0442\u044a\u0463\ua64b\u1e61\ufb06",
)

_IOTA = "\u03b9"  # for which patterns also take a combining mark, which is no part of any word

_INSIDE = re.compile(r"\.\*(\w+)(\.\*)?")
Expressions = Sequence[str]  # regular expressions of words, in the notation that tantivy and Python share


def words_of_text(text: str) -> str:
    """The words of a text in one case, each once, with spaces between."""
    if text.isascii():  # each letter has one other case, and folding all at once is folding each word
        found = dict.fromkeys(_WORD.findall(text.lower()))
    else:
        found = dict.fromkeys(map(_folded, dict.fromkeys(_WORD.findall(text))))
    return " ".join(dict.fromkeys(word if len(word) <= _LONGEST else LONG for word in found))


def names_of_text(names: Iterable[str]) -> str:
    """Names without spaces and signs, each once, with spaces between."""
    found = dict.fromkeys(squeeze_name(name) for name in names)
    return " ".join(dict.fromkeys(name if len(name) <= _LONGEST else LONG for name in found if name))


def expressions(scan: Scan) -> list[Expressions] | None:
    """For each value of a mention what words an abstract has that mentions it; None where a value has no word to look for."""
    every = [_spelt(value) if scan.kind == "spelt" else _literal(value, part=scan.kind == "part") for value in scan.values]
    return every if all(every) and not any(_IOTA in _folded(value) for value in scan.values) else None


def is_told_by_words(scan: Scan) -> bool:
    """True for a mention that an abstract has as soon as it has the words: of values that are one word, or a part of one."""
    return scan.kind != "spelt" and all(_WORD.fullmatch(value.strip()) for value in scan.values)


def name_expressions(name: str, *, inside: bool) -> list[Expressions] | None:
    """The same for what a work is called, or where it is `inside` of a name; None for a name of signs alone."""
    wanted = squeeze_name(name)
    return [[wanted], *([[f".*{wanted}.*"]] if inside else [])] if wanted else None


def letters_inside(expression: str) -> tuple[str, bool] | None:
    """The letters that words have inside that meet an expression, and whether they end with them; None for another expression."""
    match = _INSIDE.fullmatch(expression)
    return (match[1], match[2] is None) if match else None


def _literal(value: str, *, part: bool) -> Expressions:
    """The words of a literal, of which the outermost may go on where it may be a part of a longer one."""
    value = value.strip()
    found = []
    for match in _WORD.finditer(value):
        before, after = (".*" if part and edge else "" for edge in (match.start() == 0, match.end() == len(value)))
        found.append(f"{before}{_folded(match[0])}{after}")
    return found


def _spelt(value: str) -> Expressions:
    """The first and the last of the words that letters and digits in this order make, written together or apart."""
    chunks = [_folded(one) for one in name_chunks(value)]
    parts = f"(_|0|{'|'.join(dict.fromkeys(chunks))})*"
    return [f"{chunks[0]}{parts}", f"{parts}{chunks[-1]}{parts}"] if chunks else []


def _folded(word: str) -> str:
    return word.replace("\u0130", "i").lower().translate(_ONE_CASE)
