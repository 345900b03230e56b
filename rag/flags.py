"""What in a claim disagrees with the text that should bear it out: numbers, names, negation, direction, scope.

Flags are evidence, not truth: each names one thing that a reader can look up. They lower the support score by the amounts below,
which were set on labelled claims about the corpus (`python -m benchmarks.support`).
"""

from __future__ import annotations

import re
import unicodedata

from rag.words import STOP_WORDS, stem, words

PENALTIES = {"number": 0.15, "name": 0.15, "negation": 0.3, "direction": 0.3, "scope": 0.15}

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*")
_NUMBER_WORDS = dict(zip("one two three four five six seven eight nine ten eleven twelve".split(), map(str, range(1, 13)), strict=True))
# A name has a capital or a digit beyond its first letter, or is capitalised in mid-sentence.
_NAME = re.compile(r"[A-Za-z\u00c0-\u024f][\w\u00c0-\u024f]*(?:[-.*+/][\w\u00c0-\u024f]+)*\*?")
_NEGATIONS = frozenset(
    "not no never nor neither none nothing without cannot fail fails failed failing unable lack lacks lacking hardly barely".split()
)
# Stems that deny as much as "not" does, in the evidence.
_DOING_WITHOUT = frozenset("avoid relax elimin remov prevent free instead rather bypass obviat forgo minim independ away skip".split())
_REACH = 8  # words before a word in which a negation still denies it
# Groups of opposite words, stemmed; a claim that uses one side where its evidence uses only another says something else.
_OPPOSITES = [
    (
        frozenset("increas improv rise rose gain boost grow higher more larger greater enhanc strengthen rais accelera".split()),
        frozenset("decreas reduc drop fall fell declin lower less fewer smaller degrad worsen weaken hurt harm deterior slow".split()),
    ),
    (
        frozenset("outperform surpass exceed beat better superior best overtak outdo".split()),
        frozenset("underperform inferior wors worst behind".split()),
        frozenset("match compar comparable par competit equal similar same tie".split()),
    ),
    (frozenset("supervis label annot transcrib".split()), frozenset("unsupervis unlabel unannot untranscrib".split())),
    (
        frozenset("strong signific substanti larg major consider critic crucial".split()),
        frozenset("minim slight neglig margin minor weak small insignific trivial".split()),
    ),
    (frozenset(["before", "first"]), frozenset(["after", "last"])),
    (frozenset(["freez", "frozen"]), frozenset(["updat", "unfrozen", "unfreez"])),
]
_SCOPE = re.compile(
    r"\b(?:all|every|always|never|any|entirely|completely|perfectly|altogether|fully|only|solely|exclusively|guarantees?d?|proves?d?|"
    r"at least|greatly|drastically|dramatically|cannot|impossible|universally|everywhere|none)\b",
    re.IGNORECASE,
)


def number_flags(claim: str, text: str) -> list[str]:
    """Numbers of the claim, in figures or words up to twelve, that the text does not have."""
    known = set(numbers(text))
    return [f"number: {raw}" for value, raw in numbers(claim).items() if value not in known]


def numbers(text: str) -> dict[str, str]:
    """The numbers of a text, each in one normal form ("70,000" and "70000", "42.50" and "42.5"), with how it is written."""
    found: dict[str, str] = {}
    for match in _NUMBER.finditer(text):
        raw = match.group()
        value = raw.replace(",", "").lstrip("+-")
        if value.count(".") == 1:
            value = value.rstrip("0").rstrip(".")
        found.setdefault(value, raw)
    for word in words(text):
        if word in _NUMBER_WORDS and word != "one":  # "one" is a pronoun more often than a number
            found.setdefault(_NUMBER_WORDS[word], word)
    return found


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


def negation_flags(claim: str, window: str) -> list[str]:
    """A negation of the claim that the evidence does not share.

    What the claim negates are the three content words after its negation. Where the evidence has one of them, one of its
    occurrences must be negated too (up to eight words before, or a verb such as "avoid" or "relax"); where it has none of
    them, any negation of the evidence will do.
    """
    denied = _denied(claim)
    if not denied:
        return []
    negation, targets = denied
    read = words(window)
    places = [index for index, word in enumerate(read) if stem(word) in targets]
    scopes = [read[max(0, index - _REACH) : index] for index in places] or [read]
    return [] if any(_negates(scope) for scope in scopes) else [f"negation: {negation}"]


def _denied(claim: str) -> tuple[str, set[str]] | None:
    said = words(claim)
    for index, word in enumerate(said):
        if word in _NEGATIONS or word.endswith(("n't", "n\u2019t")):
            after = [stem(other) for other in said[index + 1 :] if other not in STOP_WORDS]
            return word, set(after[:3])
    return None


def _negates(scope: list[str]) -> bool:
    return any(word in _NEGATIONS or word.endswith(("n't", "n\u2019t")) or stem(word) in _DOING_WITHOUT for word in scope)


def direction_flags(claim: str, window: str) -> list[str]:
    """Words of the claim whose opposite stands in the evidence while they, and their like, do not."""
    said = {stem(word): word for word in words(claim)}
    read = {stem(word): word for word in words(window)}
    flags = []
    for sides in _OPPOSITES:
        for side in sides:
            mine = [word for name, word in said.items() if name in side]
            theirs = [word for other in sides if other is not side for name, word in read.items() if name in other]
            if mine and theirs and not any(name in side for name in read):
                flags.append(f"direction: {mine[0]}, not {theirs[0]}")
    return flags


def scope_flags(claim: str, window: str) -> list[str]:
    """Sweeping words of the claim that the evidence does not use."""
    read = {match.group().casefold() for match in _SCOPE.finditer(window)}
    said = [match.group().casefold() for match in _SCOPE.finditer(claim)]
    return [f"scope: {word}" for word in dict.fromkeys(said) if word not in read]


def find_flags(claim: str, text: str, window: str) -> tuple[str, ...]:
    """All flags: numbers and names against the whole text, the rest against the sentences that bear the claim out best."""
    return (
        *number_flags(claim, text),
        *name_flags(claim, text),
        *negation_flags(claim, window),
        *direction_flags(claim, window),
        *scope_flags(claim, window),
    )


def penalty(flags: tuple[str, ...]) -> float:
    """How much the flags take from the support score."""
    return sum(PENALTIES[flag.partition(":")[0]] for flag in flags)
