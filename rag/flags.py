"""What in a claim disagrees with the text that should bear it out: numbers, names, negation, direction, scope.

Flags are evidence, not truth: each names one thing that a reader can look up. They lower the support score by the amounts below,
which were set on labelled claims about the corpus (`python -m benchmarks.support`, `python -m benchmarks.damage`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rag.flagging.denials import left_out_flags, negation_flags, without_flags
from rag.flagging.figures import counted_flags, figures, number_flags, numbers
from rag.flagging.opposites import direction_flags
from rag.flagging.order import order_flags, others_flags
from rag.flagging.scope import scope_flags
from rag.sentences import split
from rag.words import STOP_WORDS, stem, words

__all__ = ["direction_flags", "find_flags", "name_flags", "names", "negation_flags", "number_flags", "numbers", "penalty", "scope_flags", "squeezed"]

_MARKERS = re.compile(r"\s*\[\d+(?:\s*[,;\u2013-]\s*\d+)*\]")  # [1], [2, 3]: an answer's citations, no figures of the claim
PENALTIES = {"number": 0.15, "name": 0.15, "negation": 0.3, "direction": 0.3, "scope": 0.15}

# A name has a capital or a digit beyond its first letter, or is capitalised in mid-sentence.
_NAME = re.compile(r"[A-Za-z\u00c0-\u024f][\w\u00c0-\u024f]*(?:[-.*+/][\w\u00c0-\u024f]+)*\*?")

def name_flags(claim: str, text: str) -> list[str]:
    """Names of the claim that the text does not have, in whatever case and hyphenation."""
    letters = squeezed(text)
    stems_of_text = {stem(word) for word in words(text)}
    flags = []
    for name in names(claim):
        if squeezed(name) not in letters and not (_plain(name) and all(stem(part) in stems_of_text for part in words(name))):
            flags.append(f"name: {name}")
    return flags


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


def find_flags(claim: str, text: str, window: str, sentences: Sequence[str] = ()) -> tuple[str, ...]:
    """All flags: numbers and names against the whole text, what they are said of against its sentences, the rest against the
    sentences that bear the claim out best. `sentences` are those of the text; they are cut anew where they are not given."""
    claim = _MARKERS.sub("", claim)
    said = list(sentences) or [text[start:end] for start, end in split(text)]
    return tuple(
        dict.fromkeys(
            (
                *number_flags(claim, text),
                *counted_flags(claim, said),
                *placed_flags(claim, said),
                *name_flags(claim, text),
                *others_flags(claim, said),
                *negation_flags(claim, window),
                *without_flags(claim, said),
                *left_out_flags(claim, said),
                *direction_flags(claim, window),
                *order_flags(claim, said),
                *scope_flags(claim, window),
            )
        )
    )


def penalty(flags: tuple[str, ...]) -> float:
    """How much the flags take from the support score."""
    return sum(PENALTIES[flag.partition(":")[0]] for flag in flags)
