"""Claims that reach further than their text: every for some, proves for suggests, at least for up to, the best for good."""

from __future__ import annotations

import re

from rag.flagging.figures import figures
from rag.flagging.reading import read
from rag.lexicon import any_of
from rag.words import stem

# Words that sweep, by what they claim; any word of the same group in the evidence bears them out.
_SWEEPING = {
    "all": r"all|every|each|any|whole|entire|universal(?:ly)?|everywhere|every\w+|irrespective|regardless|across",
    "always": (
        r"always|consistent(?:ly)?|invariably|in (?:all|every)|every (?:time|case)|without exception|uniformly|guarantees?d?|"
        r"ever|necessarily"
    ),
    "never": r"never|none|no|not|nothing|cannot|impossible|without",
    "completely": r"completely|entirely|perfect(?:ly)?|altogether|full|fully|totally|whol+ly|flawless(?:ly)?|solely|eliminat\w+|remov\w+",
    "proves": r"prov(?:es?|ed|en|ing)|proofs?|guarantees?d?|theor\w+|beyond doubt|undoubtedly|certain(?:ly)?|rigorous(?:ly)?",
    "only": r"only|solely|exclusively|alone|sole|just|merely|nothing but|limited to|restrict\w+|simply|unique(?:ly)?",
    "best": (
        r"best|state[- ]of[- ]the[- ]arts?|SOTA|unmatched|unprecedented|unrivall?ed|record|top|leading|optimal|highest|lowest|"
        r"(?:outperform|surpass)\w* (?:all|every|any|existing|previous|prior|current)"
    ),
    "greatly": (
        r"greatly|drastic(?:ally)?|dramatic(?:ally)?|vast(?:ly)?|huge(?:ly)?|enormous(?:ly)?|far (?:better|more)|by far|tremendous(?:ly)?|"
        r"remarkabl[ey]|significant(?:ly)?|substantial(?:ly)?|large(?:ly)?|considerabl[ey]|much|notabl[ey]|marked(?:ly)?|"
        r"orders? of magnitude|times|strong(?:ly)?|impressive|massive\w*"
    ),
    "eliminates": r"eliminat\w+|eradicat\w+|remov\w+|solv(?:es?|ed|ing)|without|avoid\w*|prevent\w*|free|overcom\w+|no",
}
# Which words of a claim are sweeping at all: fewer than those that bear them out.
_SAID = {
    "all": r"all|every|any|universally|everywhere|everything|everyone|regardless of",
    "always": r"always|invariably|in (?:all|every) (?:cases?|settings?)|without exception|guarantees?d?",
    "never": r"never|none|impossible|cannot",
    "completely": r"completely|entirely|perfectly|perfect|altogether|fully|totally|flawless(?:ly)?",
    "proves": r"prov(?:es?|ed|en)|beyond doubt|undoubtedly|certainly",
    "only": r"solely|exclusively",
    "best": r"best|state[- ]of[- ]the[- ]art|SOTA|unmatched|unprecedented|unrivall?ed|record|optimal",
    "greatly": (
        r"greatly|drastic(?:ally)?|dramatic(?:ally)?|vast(?:ly)?|huge(?:ly)?|enormous(?:ly)?|far (?:better|more)|by far|"
        r"tremendous(?:ly)?"
    ),
    "eliminates": r"eliminat(?:es?|ed|ing)|eradicat\w+|solves?",
}
_IN_CLAIM = {kind: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for kind, pattern in _SAID.items()}
_IN_TEXT = {kind: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for kind, pattern in _SWEEPING.items()}
_NOT_ALL = re.compile(r"\b(?:not|n't|nor|never|without|hardly|rarely|no)\s+(?:\w+\s+)?$|n't\s+$", re.IGNORECASE)
_IDIOM = re.compile(
    r"\b(?:(?:at|above|after|first of) all|nothing but|not only|if any|best of|any (?:case|other)|best (?:known|reported))\b",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(?:up to|as (?:much|many|high|low|little|few|large) as|at most|no more than|maximum(?: of)?|"
    r"less than|fewer than|under|below|within)"
    r"\W{0,3}$",
    re.IGNORECASE,
)
_LEAST = re.compile(r"\b(?:at least|no less than|minimum(?: of)?)\W{0,3}$", re.IGNORECASE)
_PART = re.compile(
    rf"\b(?:some|several|multiple|various|many|most|few|different|diverse|{any_of('numbers.several')}|range|number)\b|\d", re.IGNORECASE
)
_SOFT_BOUND = re.compile(r"\b(?:can|could|may|might|maximum|most|best case)\b", re.IGNORECASE)
_SHORTLY = 5  # words


def scope_flags(claim: str, window: str) -> list[str]:
    """Sweeping words of the claim for which the evidence has nothing of the kind, bounds of numbers turned or dropped."""
    return [*_sweeping(claim, window), *_bounds(claim, window)]


def _sweeping(claim: str, window: str) -> list[str]:
    said = _IDIOM.sub(lambda match: "-" * len(match.group()), claim)
    flags = []
    for kind, pattern in _IN_CLAIM.items():
        for match in pattern.finditer(said):
            word = match.group().casefold()
            limited = kind in ("all", "always", "completely", "best") and _NOT_ALL.search(said[: match.start()])
            if not limited and not _borne_out(kind, word, said[match.end() :], window):
                flags.append(f"scope: {word}")
    return list(dict.fromkeys(flags))


def _borne_out(kind: str, word: str, after: str, window: str) -> bool:
    """True if the evidence has a word of the kind; "all languages" needs it shortly before its "languages", if it has these."""
    if kind != "all":
        return stem(word) in read(window).stems or bool(_IN_TEXT[kind].search(window))
    counted, seen = read(after).content(0, 6)[:2], read(window)
    places = [at for at, name in enumerate(seen.stems) if name in counted]
    if not places:
        return bool(_IN_TEXT[kind].search(window))
    before = [" ".join(seen.words[max(0, at - _SHORTLY) : at + 1]) for at in places]
    return any(_IN_TEXT[kind].search(one) and not _PART.search(one) for one in before)


def _bounds(claim: str, window: str) -> list[str]:
    """ "at least 5" where the text has "up to 5", or has no such bound, and "5" where it has "up to 5"."""
    flags = []
    there: dict[str, list[str]] = {}
    for one in figures(window):
        there.setdefault(one.value, []).append(_bound(window, one.start))
    for one in figures(claim):
        theirs = there.get(one.value)
        mine = _bound(claim, one.start)
        if theirs and mine == "least" and "least" not in theirs:
            flags.append(f"scope: at least {one.raw}")
        elif theirs and mine == "" and all(bound == "most" for bound in theirs) and not _SOFT_BOUND.search(claim):
            flags.append(f"scope: {one.raw} (the text has at most {one.raw})")
    return flags


def _bound(text: str, start: int) -> str:
    before = text[max(0, start - 25) : start]
    return "most" if _MOST.search(before) else "least" if _LEAST.search(before) else ""
