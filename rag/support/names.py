"""Names of a claim: in the text or not, and with their own numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rag.support.clauses import parse_sentence
from rag.support.figures import figures
from rag.text import STOP_WORDS, folded_words, proper_names, squeeze_name, stem

_ACRONYM = re.compile(r"[A-Z]{3,6}s?")


def name_flags(claim: str, text: str) -> list[str]:
    """Names of the claim that the text does not have, in whatever case and hyphenation."""
    letters = squeeze_name(text)
    stems_of_text = {stem(word) for word in folded_words(text)}
    flags = []
    for name in proper_names(claim):
        known = squeeze_name(name) in letters or (_plain(name) and all(stem(part) in stems_of_text for part in folded_words(name)))
        if not known and not _stands_for(name, letters, text):
            flags.append(f"name: {name}")
    return flags


def _stands_for(name: str, letters: str, text: str) -> bool:
    """True for a plural of the text's acronym ("WERs"), and for an acronym whose words the text has in full ("TTS")."""
    if not _ACRONYM.fullmatch(name):
        return False
    short = name.removesuffix("s").casefold()
    if name.endswith("s") and short in letters:
        return True
    said = parse_sentence(text).words
    initials = "".join(word[0] for word in said)
    places = [at for at in range(len(said)) if initials.startswith(short, at)]
    return any(said[at] not in STOP_WORDS and said[at + len(short) - 1] not in STOP_WORDS for at in places)


def _plain(name: str) -> bool:
    """True for a name made of ordinary words ("English-Mandarin"), whose parts may stand apart or in another order."""
    return all(part[1:].islower() and part.isalpha() for part in re.split(r"[-.*+/]", name) if part)


# Which number a sentence gives with which name: "8.1 on MMLU", "11.3 and 16.1 on MGSM and MSVAMP".

_JOINS = re.compile(r"[\s%,/&+()\\-]*(?:and|or)?[\s,+(-]*(?:by|on)?[\s+]*")
_LEADS_ON = re.compile(r"\s?\\?%?(?: \w+)? (?:on|in|for|at|of) (?:the )?|\s?\\?%? ")
_LEADS_BACK = re.compile(r"\s?[(:=]?\s?[+-]?|(?: \w+){1,3} (?:by|to|of) (?:\w+ )?|,? (?:by|to|of) ")
_NEAR = 30  # characters between a number and its name
_Item = tuple[str, int, int]


def linked_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """Numbers that the claim gives with a name with which the text has another number, while it has this one with another name."""
    there = {pair for sentence in sentences for pair in _links(sentence)}
    for value, name in _links(claim):
        with_name = sorted(other for other, theirs in there if theirs == name)
        with_value = [theirs for other, theirs in there if other == value]
        if with_name and with_value and value not in with_name and name not in with_value:
            return [f"number: {value} (the text has {with_name[0]} there)"]
    return []


@lru_cache(maxsize=4096)
def _links(text: str) -> tuple[tuple[str, str], ...]:
    """(number, name) pairs: lists of equal length by their order, else each number with the nearest name."""
    numbers = _lists(text, [(one.value, one.start, one.end) for one in figures(text) if not one.inside and not one.word])
    called = _lists(text, list(_named(text)))
    return tuple(dict.fromkeys(pair for group in numbers for pair in _pairs(text, group, called)))


def _pairs(text: str, group: list[_Item], called: list[list[_Item]]) -> Iterator[tuple[str, str]]:
    same = [names for names in called if len(names) == len(group)]
    if len(group) > 1:
        after = [names for names in same if names[0][1] > group[-1][2]] or [names for names in same if names[-1][2] < group[0][1]][-1:]
        if after:
            yield from ((one[0], name[0]) for one, name in zip(group, after[0], strict=True))
        return
    value, start, end = group[0]
    near = sorted((_apart(text, start, end, name), name[0]) for names in called for name in names)
    if near and near[0][0] <= _NEAR and (len(near) == 1 or near[1][0] > 2 * near[0][0] + 5):
        yield value, near[0][1]


def _apart(text: str, start: int, end: int, name: _Item) -> int:
    """Characters between a number and a name; 0 where one leads to the other ("8.1 on MMLU", "MMLU rose by 8.1")."""
    if name[1] >= end:
        return 0 if _LEADS_ON.fullmatch(text, end, name[1]) else name[1] - end
    return 0 if _LEADS_BACK.fullmatch(text, name[2], start) else abs(start - name[2])


def _named(text: str) -> Iterator[_Item]:
    for name in proper_names(text):
        if any(c.isupper() for c in name[1:]):
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                yield squeeze_name(name), match.start(), match.end()


def _lists(text: str, items: list[_Item]) -> list[list[_Item]]:
    """Items in order, those with nothing but commas and "and" between them together."""
    groups: list[list[_Item]] = []
    for item in sorted(items, key=lambda one: one[1]):
        if groups and _JOINS.fullmatch(text, groups[-1][-1][2], item[1]):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups
