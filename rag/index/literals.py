"""Literal mentions by the words of a text: which words an abstract must have for a pattern to match in it, whatever else it says.

A word is a run of letters, digits and underscores, as the patterns of `rag.model.filters` have it, in one case. What is found so
is a candidate: whether it is a mention is for the pattern to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.model import Scan, name_chunks

LONG = "..."  # stands among the words of a text with one that is too long to be looked up; no word is written so
_LONGEST = 1000  # characters of a word
_WORD = re.compile(r"\w+")
_ONE_CASE = {ord("\u0130"): "i", ord("\u0131"): "i"}  # which patterns in any case take for an "i", and case folding does not

Expressions = Sequence[str]  # regular expressions of words, in the notation that tantivy and Python share


def words_of_text(text: str) -> str:
    """The words of a text in one case, each once, with spaces between."""
    found = dict.fromkeys(_folded(word) for word in _WORD.findall(text))
    return " ".join(dict.fromkeys(word if len(word) <= _LONGEST else LONG for word in found))


def expressions(scan: Scan) -> list[Expressions] | None:
    """For each value of a mention what words an abstract has that mentions it; None where a value has no word to look for."""
    every = [_spelt(value) if scan.kind == "spelt" else _literal(value, part=scan.kind == "part") for value in scan.values]
    return every if all(every) else None


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
    return word.translate(_ONE_CASE).casefold()
