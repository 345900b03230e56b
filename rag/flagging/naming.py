"""Names of a claim: in the text or not, and in their places."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from rag.flagging.figures import figures, numbers
from rag.flagging.places import Spot, exchanged
from rag.flagging.reading import aligned, read
from rag.words import STOP_WORDS, idf, stem, words

# A name has a capital or a digit beyond its first letter, or is capitalised in mid-sentence.
_NAME = re.compile(r"[A-Za-z\u00c0-\u024f][\w\u00c0-\u024f]*(?:[-.*+/][\w\u00c0-\u024f]+)*\*?")
_LINKS = frozenset("from by with of in on to over than for".split())
_RARE = 2.0  # inverse document frequency
_ACRONYM = re.compile(r"[A-Z]{3,6}s?")


def name_flags(claim: str, text: str) -> list[str]:
    """Names of the claim that the text does not have, in whatever case and hyphenation."""
    letters = squeezed(text)
    stems_of_text = {stem(word) for word in words(text)}
    flags = []
    for name in names(claim):
        known = squeezed(name) in letters or (_plain(name) and all(stem(part) in stems_of_text for part in words(name)))
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
    said = read(text).words
    initials = "".join(word[0] for word in said)
    places = [at for at in range(len(said)) if initials.startswith(short, at)]
    return any(said[at] not in STOP_WORDS and said[at + len(short) - 1] not in STOP_WORDS for at in places)


def _plain(name: str) -> bool:
    """True for a name made of ordinary words ("English-Mandarin"), whose parts may stand apart or in another order."""
    return all(part[1:].islower() and part.isalpha() for part in re.split(r"[-.*+/]", name) if part)


def names(text: str) -> list[str]:
    """What looks like a proper name, once each: inner capitals or digits anywhere, a plain capital in mid-sentence."""
    found: list[str] = []
    for match in _NAME.finditer(text):
        name = match.group().rstrip(".-/")
        start = match.start()
        opens = not text[:start].strip() or text[:start].rstrip()[-1:] in ".!?:"
        inner = any(c.isupper() or c.isdigit() for c in name[1:]) and any(c.isupper() for c in name)
        plain = name[:1].isupper() and not opens
        if len(name) > 1 and (inner or plain) and name.casefold() not in STOP_WORDS:
            found.append(name)
    return list(dict.fromkeys(found))


def squeezed(text: str) -> str:
    """Letters and digits alone, folded: "Wav2Vec 2.0" and "wav2vec-2.0" become the same."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def named_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """Names of the claim that the text has, but in another place: exchanged with each other, or after a word ("derived from")
    after which the sentences nearest to the claim have another name."""
    found = exchanged(claim, sentences, _spots)
    if found:
        return [f"name: {mine.raw} (the text has {theirs.raw} there)" for mine, theirs in found]
    near = [one.text for one in aligned(read(claim), [read(one) for one in sentences])]
    said = {one.value for one in _spots(claim)}
    theirs = sorted((slot, spot.raw, one) for one in near for slot, spot in _slots(one) if spot.value not in said)
    have = {(slot, spot.value) for one in sentences for slot, spot in _slots(one)}
    for slot, spot in _slots(claim):
        rival = next((raw for other, raw, one in theirs if other == slot and spot.value not in squeezed(one)), None)
        if rival and (slot, spot.value) not in have:
            return [f"name: {spot.raw} (the text has {rival} there)"]
    return []


def _slots(text: str) -> list[tuple[str, Spot]]:
    """The last two words before each name, where one of them is a rare enough content word: "deriv from"."""
    reading, slots = read(text), []
    for spot in _spots(text):
        at = bisect_left(reading.places, (spot.start, 0))
        before = reading.stems[max(0, at - 2) : at]
        if len(before) == 2 and reading.words[at - 1] in _LINKS and idf(before[0]) > _RARE:
            slots.append((" ".join(before), spot))
    return slots


@lru_cache(maxsize=4096)
def _spots(text: str) -> tuple[Spot, ...]:
    """Names with capitals or digits beyond their first letter, where each stands first."""
    found = [name for name in names(text) if any(c.isupper() or c.isdigit() for c in name[1:])]
    return tuple(sorted((Spot(squeezed(name), name, (True,), text.find(name)) for name in found), key=lambda one: one.start))


def placed_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """Numbers that the claim gives beside a name of which the text speaks elsewhere, with another number."""
    mine = [one for one in figures(claim) if not one.word]
    said = {one.value for one in mine}
    flags = []
    for name in names(claim) if mine else []:
        letters = squeezed(name)
        with_name = [one for one in sentences if letters in squeezed(one)]
        others = {(one.percent, one.raw) for sentence in with_name for one in figures(sentence) if one.value not in said and not one.word}
        for one in mine:
            have = [sentence for sentence in sentences if one.value in numbers(sentence)]
            apart = with_name and have and not any(sentence in have for sentence in with_name)
            if apart and len(with_name) == 1 and others and not any(other.value in numbers(with_name[0]) for other in mine):
                rival = next((raw for percent, raw in sorted(others) if percent == one.percent), None)
                if rival and one.raw not in name:
                    flags.append(f"number: {one.raw} (with {name} the text has {rival})")
    return flags[:1]
