"""Words that stand for one idea, in named groups: papers, numbers, ordinals, months, auxiliaries.

The words are data, `rag/text/data/lexicon.toml`, and this is its one reader: a module composes its lists and patterns from groups.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any


@lru_cache(maxsize=1)
def _lexicon() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("rag.text").joinpath("data", "lexicon.toml").read_text(encoding="utf-8"))


def words_of(*groups: str) -> frozenset[str]:
    """The words of these groups, "papers" or a part of a group, "papers.many"; raises KeyError for a group that is not there."""
    return frozenset(word for group in groups for word, _ in _entries(_group(group)))


def any_of(*groups: str) -> str:
    """A part of a regular expression that matches any word of these groups, the longest first: "(?:abstracts?|papers?)"."""
    found = words_of(*groups)
    ordered = sorted(found, key=lambda word: (-len(word), word))
    parts = [re.escape(word) + "s?" * (f"{word}s" in found) for word in ordered if word.removesuffix("s") not in found - {word}]
    return f"(?:{'|'.join(parts)})"


def values(*groups: str) -> Mapping[str, int]:
    """The words of these groups with their values, in the order of the data; raises TypeError for words that have none."""
    found = {word: value for group in groups for word, value in _entries(_group(group))}
    if None in found.values():
        raise TypeError(f"not all words of {', '.join(groups)} have a value")
    return MappingProxyType({word: value for word, value in found.items() if value is not None})


def _group(name: str) -> Any:
    found: Any = _lexicon()
    for part in name.split("."):
        found = found[part]
    return found


def _entries(group: Any) -> Iterator[tuple[str, int | None]]:
    """The words of a group and of its parts, each with its value if it has one."""
    if isinstance(group, list):
        yield from ((word, None) for word in group)
        return
    for name, part in group.items():
        yield from [(name, part)] if isinstance(part, int) else _entries(part)


_TYPED_GROUPS = {  # groups that were here before, as the reader of questions calls them
    "paper": ("papers",),
    "work": ("works", "entries", "items"),
    "be": ("auxiliaries.be",),
    "do": ("auxiliaries.do",),
    "have": ("auxiliaries.have",),
    "modal": ("auxiliaries.modal",),
    "denied": ("negated",),
    "number": ("numbers", "amounts"),
    "ordinal": ("ordinals",),
    "month": ("months",),
}


@lru_cache(maxsize=1)
def typed_phrases() -> Mapping[tuple[str, ...], Mapping[str, str]]:
    """All that the reader of questions knows: the words of each phrase, with its types and the value of each, "" for none."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for kind, groups in _TYPED_GROUPS.items():
        for group in groups:
            for phrase, value in _entries(_group(group)):
                found.setdefault(tuple(phrase.split()), {})[kind] = "" if value is None else str(value)
    for kind, part in _group("tokens").items():
        for said, phrases in part.items() if isinstance(part, dict) else [("", part)]:
            for phrase in phrases:
                found.setdefault(tuple(phrase.split()), {})[kind] = said
    return MappingProxyType(found)


NUMBER_WORDS = values("numbers")
ORDINALS = values("ordinals")
MONTHS = values("months")
AUXILIARIES = words_of("auxiliaries")
BE, DO = (any_of(f"auxiliaries.{verb}") for verb in ("be", "do"))
# A month in a date, by its name or the beginning of it: "June", "Sept."
MONTH = any_of("months") + r"\.?"
