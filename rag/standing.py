"""Whether a question about the collection is whole by itself: it names papers, asks something of them, and points at nothing before it."""

from __future__ import annotations

import re

from rag.conditions import read_conditions
from rag.demand import read_wanted
from rag.lexicon import any_of
from rag.pointing import explicit, implicit

_OPENED = re.compile(r"^(?:and|but|so|also|or|then|what about|how about|the same)\b", re.IGNORECASE)
_NOUNS = any_of("papers.many", "works.many")
_NAMED = re.compile(rf"\b(?:{_NOUNS}|{any_of('papers.one')}|anything|everything)\b", re.IGNORECASE)
_ABOUT = re.compile(
    rf"^(?:(?:any|all|some|more|other|recent|new|old) )*{_NOUNS} (?:on|about|concerning|regarding|dealing with|related to|that|which)\b",
    re.IGNORECASE,
)
# "The papers" of a corpus are all of its papers; "the paper" is the one that was spoken of.
_ALL = re.compile(rf"the {_NOUNS}", re.IGNORECASE)


def complete(question: str) -> bool:
    """True where nothing of the turns before is needed to answer a question about the collection."""
    if _OPENED.match(question) or not _NAMED.search(question) or explicit(question):
        return False
    if any(not _ALL.fullmatch(question[one.start : one.end]) for one in implicit(question)):
        return False
    wanted = read_wanted(read_conditions(question))
    return _ABOUT.match(question) is not None if wanted is None else wanted.form != "lookup"
