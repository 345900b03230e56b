"""True sentences said otherwise, and made false, by rule: what the local judge is trained on besides labelled claims.

The rules know nothing of what `benchmarks.damaged` plants and of the controls of an evaluation; their words are data,
`benchmarks/data/alterations.toml`. Each takes a sentence with what surrounds it and gives another sentence, or None where it does not fit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from rag.text import STOP_WORDS, word_spans

_DATA = Path(__file__).parent / "data" / "alterations.toml"
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*\d)")
_NAME = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])[A-Za-z][\w.+-]*\w(?![\w-])")
_ASIDE = re.compile(r"\s*\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence, the whole text that it stands in, the sentences of that text, and sentences of other texts on a like topic."""

    sentence: str
    text: str
    sentences: Sequence[str]
    others: Sequence[str]


Rule = Callable[[Place, Random], str | None]


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    found = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return {name: one.split() if isinstance(one, str) else one for name, one in found.items()}


def _replaced(sentence: str, pairs: Sequence[Sequence[str]], random: Random) -> str | None:
    """The sentence with one of the pairs' first words replaced by its second."""
    found = [(one, other) for one, other in pairs if re.search(_whole(one), sentence, re.IGNORECASE)]
    if not found:
        return None
    one, other = random.choice(found)
    return _tidy(re.sub(_whole(one), lambda match: _cased(match.group(), other), sentence, count=1, flags=re.IGNORECASE))


def _whole(said: str) -> str:
    return rf"(?<![\w-]){re.escape(said)}(?![\w-])" if said[-1:].isalnum() else re.escape(said)


def _cased(before: str, after: str) -> str:
    return after[:1].upper() + after[1:] if before[:1].isupper() else after


def _tidy(sentence: str) -> str:
    said = re.sub(r"\s+([,.;])", r"\1", re.sub(r"\s+", " ", sentence)).strip(" ,;")
    return said[:1].upper() + said[1:]


def _exchanged(sentence: str, one: tuple[int, int], two: tuple[int, int]) -> str:
    (a, b), (c, d) = sorted((one, two))
    return _tidy(sentence[:a] + sentence[c:d] + sentence[b:c] + sentence[a:b] + sentence[d:])


# What makes a statement false.


def other_number(place: Place, random: Random) -> str | None:
    """Another figure in the place of one, of the same text or made up."""
    own = list(_NUMBER.finditer(place.sentence))
    if not own:
        return None
    at = random.choice(own)
    others = sorted({match.group() for match in _NUMBER.finditer(place.text)} - {at.group()})
    said = random.choice(others) if others and random.random() < 0.5 else _near_number(at.group(), random)
    return None if said == at.group() else place.sentence[: at.start()] + said + place.sentence[at.end() :]


def _near_number(figure: str, random: Random) -> str:
    digits = [str(random.randint(1, 9)) if c.isdigit() and random.random() < 0.6 else c for c in figure]
    return "".join(digits)


def exchanged_numbers(place: Place, random: Random) -> str | None:
    """Two figures of the sentence in each other's place."""
    return _two_exchanged(place.sentence, [match.span() for match in _NUMBER.finditer(place.sentence)], random)


def exchanged_names(place: Place, random: Random) -> str | None:
    """Two names of the sentence in each other's place, unless they merely stand in a row."""
    return _two_exchanged(place.sentence, _names(place.sentence), random)


def _names(sentence: str) -> list[tuple[int, int]]:
    return [
        match.span()
        for match in _NAME.finditer(sentence)
        if (match.start() or any(c.isupper() or c.isdigit() for c in match.group()[1:])) and match.group().casefold() not in STOP_WORDS
    ]


def _two_exchanged(sentence: str, spans: Sequence[tuple[int, int]], random: Random) -> str | None:
    pairs = [
        (one, two)
        for at, one in enumerate(spans)
        for two in spans[at + 1 :]
        if sentence[slice(*one)] != sentence[slice(*two)] and not _in_a_row(sentence[one[1] : two[0]])
    ]
    return _exchanged(sentence, *random.choice(pairs)) if pairs else None


def _in_a_row(between: str) -> bool:
    said = re.findall(r"\w+", between)
    return not said or all(word.casefold() in _words()["symmetric"] for word in said)


def other_name(place: Place, random: Random) -> str | None:
    """Another name in the place of one: of the same text, or of another."""
    own = _names(place.sentence)
    have = {place.sentence[slice(*span)] for span in own}
    near = [said[slice(*span)] for said in place.sentences for span in _names(said)]
    far = [said[slice(*span)] for said in place.others for span in _names(said)]
    found = sorted(set(near if random.random() < 0.5 else far) - have)
    if not own or not found:
        return None
    start, end = random.choice(own)
    return place.sentence[:start] + random.choice(found) + place.sentence[end:]


def exchanged_roles(place: Place, random: Random) -> str | None:
    """Two neighbouring groups of content words in each other's place: "from speech to text" for "from text to speech"."""
    groups = _groups(place.sentence)
    pairs = [
        (one, two)
        for one, two in pairwise(groups)
        if not _in_a_row(place.sentence[one[1] : two[0]]) and "," not in place.sentence[one[1] : two[0]]
    ]
    pairs += [(one, two) for one, two in zip(groups, groups[2:], strict=False) if "," not in place.sentence[one[1] : two[0]]]
    return _exchanged(place.sentence, *random.choice(pairs)) if pairs else None


def _groups(sentence: str) -> list[tuple[int, int]]:
    verbs = {*_words()["verbs"], *_words()["plain_verbs"]}
    found: list[tuple[int, int]] = []
    for start, end in word_spans(sentence):
        word = sentence[start:end].casefold()
        if word in STOP_WORDS or word in verbs or word.endswith(("ed", "ly")):
            continue
        if found and not sentence[found[-1][1] : start].strip(" -"):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def denied(place: Place, random: Random) -> str | None:
    """A denial added, or one left out."""
    left = [(one, other) for one, other in _words()["denials"] if one in place.sentence]
    if left and random.random() < 0.7:
        return _tidy(place.sentence.replace(*random.choice(left), 1))
    ways = [f"{place.sentence[:at]}{tense}not {place.sentence[at + len(tense) :]}" for tense, at in _tenses(place.sentence)]
    for verb in _words()["verbs"]:
        if match := re.search(rf"\b{verb}\b", place.sentence):
            ways.append(
                f"{place.sentence[: match.start()]}{random.choice(_words()['added_denials'])} {_plain(verb)}{place.sentence[match.end() :]}"
            )
    for verb in _words()["plain_verbs"]:
        if match := re.search(rf"\b{verb}\b", place.sentence):
            ways.append(
                f"{place.sentence[: match.start()]}{random.choice(_words()['plain_denials'])} {verb}{place.sentence[match.end() :]}"
            )
    return random.choice(ways) if ways else None


def _tenses(sentence: str) -> list[tuple[str, int]]:
    return [(tense, at) for tense in _words()["tenses"] if (at := sentence.find(tense)) >= 0 and sentence[at + len(tense) :][:4] != "not "]


def _plain(verb: str) -> str:
    return verb[:-2] if verb.endswith(("sses", "ches")) else verb[:-1]


def opposite(place: Place, random: Random) -> str | None:
    """A word's opposite in its place."""
    pairs = _words()["opposites"]
    return _replaced(place.sentence, [*pairs, *([two, one] for one, two in pairs)], random)


def more_certain(place: Place, random: Random) -> str | None:
    """A hedge or a limit replaced by certainty."""
    return _replaced(place.sentence, _words()["hedges"], random)


def widened(place: Place, random: Random) -> str | None:
    """A word or an ending that claims it of everything."""
    if random.random() < 0.5:
        tails = [one for one in _words()["universal_tails"] if one.split()[-1] not in place.text]
        return place.sentence.rstrip(". ") + random.choice(tails) + "." if tails else None
    places = [
        match.start() for verb in (*_words()["verbs"], *_words()["plain_verbs"]) if (match := re.search(rf"\b{verb}\b", place.sentence))
    ]
    places += [at + len(tense) for tense, at in _tenses(place.sentence)]
    if not places:
        return None
    at = random.choice(places)
    return f"{place.sentence[:at]}{random.choice(_words()['universal_words'])} {place.sentence[at:]}"


def limit_dropped(place: Place, random: Random) -> str | None:
    """A word that limits a statement left out."""
    return _replaced(place.sentence, [[one, ""] for one in _words()["limits"]], random)


def condition_dropped(place: Place, random: Random) -> str | None:
    """The group of words behind a condition left out, up to the next comma."""
    strict = _words()["conditions"][:13]
    found = [match for one in strict for match in re.finditer(rf",?(?<=[ ,]){one} [^,;]{{8,}}", place.sentence, re.IGNORECASE)]
    found = [match for match in found if match.start() > 12]
    if not found:
        return None
    match = random.choice(found)
    return _tidy(place.sentence[: match.start()] + place.sentence[match.end() :]).rstrip(".") + "."


def spliced(place: Place, random: Random) -> str | None:
    """The subject of one sentence with what another says."""
    from_here, pool = _cut(place.sentence), [*place.sentences, *place.sentences, *place.others]
    tails = [cut[1] for said in random.sample(pool, len(pool)) if said != place.sentence and (cut := _cut(said))]
    return f"{from_here[0]}{tails[0]}" if from_here and tails else None


def _cut(sentence: str) -> tuple[str, str] | None:
    places = [at for _, at in _tenses(sentence)]
    places += [match.start() - 1 for verb in _words()["verbs"] if (match := re.search(rf"\b{verb}\b", sentence))]
    at = min((one for one in places if one > 3), default=-1)
    return (sentence[:at], sentence[at:]) if at > 0 else None


def caused(place: Place, random: Random) -> str | None:
    """Two sentences of the text joined by a cause that it does not give."""
    return _joined(place, random, "causes")


def beside(place: Place, random: Random) -> str | None:
    """A sentence of another text."""
    return random.choice(place.others) if place.others else None


# What leaves a statement as true as it was.


def _joined(place: Place, random: Random, group: str) -> str | None:
    rest = [one for one in place.sentences if one != place.sentence and len(one) < 220]
    if not rest:
        return None
    other = random.choice(rest)
    return f"{place.sentence.rstrip('. ')}{random.choice(_words()[group])} {other[:1].lower()}{other[1:]}"


def joined(place: Place, random: Random) -> str | None:
    """Two sentences of the text in one."""
    return _joined(place, random, "joins")


def reworded(place: Place, random: Random) -> str | None:
    """One or several words in others that say the same."""
    said = place.sentence
    for _ in range(random.randint(1, 4)):
        said = _replaced(said, _words()["same"], random) or said
    return None if said == place.sentence else said


def opening_dropped(place: Place, random: Random) -> str | None:
    """Without the words that tie it to what went before, or without an aside in brackets."""
    for one in _words()["openings"]:
        if place.sentence.casefold().startswith((f"{one} ", f"{one},")):
            return _tidy(place.sentence[len(one) :])
    return _tidy(_ASIDE.sub("", place.sentence, count=1)) if _ASIDE.search(place.sentence) else None


def led(place: Place, random: Random) -> str | None:
    """Behind a few words that say whose statement it is."""
    first = place.sentence.split(" ", 1)[0]
    said = place.sentence if any(c.isupper() for c in first[1:]) else place.sentence[:1].lower() + place.sentence[1:]
    return f"{random.choice(_words()['leads'])} {said}"


def word_dropped(place: Place, random: Random) -> str | None:
    """Without a word that adds little."""
    return _replaced(place.sentence, [[one, ""] for one in _words()["droppable"]], random)


def row_turned(place: Place, random: Random) -> str | None:
    """Two names or words of a row, "A and B", in the other order."""
    rows = re.finditer(r"(?<![\w-])([\w-]{3,}) (and|or) ([\w-]{3,})(?![\w-])", place.sentence)
    found = [match for match in rows if not {match[1].casefold(), match[3].casefold()} & STOP_WORDS]
    if not found or "between" in place.sentence or "respectively" in place.sentence:
        return None
    match = random.choice(found)
    return f"{place.sentence[: match.start()]}{match[3]} {match[2]} {match[1]}{place.sentence[match.end() :]}"


def clause_first(place: Place, random: Random) -> str | None:
    """A closing "when", "if" or "by" clause at the front."""
    match = re.search(r"^([^,;]{20,}?) ((?:when|if|by|using|because|after|although|while) [^,;]{10,}?)\.?$", place.sentence)
    return f"{_cased('A', match[2])}, {match[1][:1].lower()}{match[1][1:]}." if match else None


def figure_said(place: Place, random: Random) -> str | None:
    """A small number in words, or one in words as a figure."""
    words = _words()["figures"]
    return _replaced(
        place.sentence, [pair for at, word in enumerate(words, start=2) for pair in ([word, str(at)], [str(at), word])], random
    )


FALSE: Mapping[str, Rule] = {
    one.__name__: one
    for one in (
        other_number, exchanged_numbers, exchanged_names, other_name, exchanged_roles, denied, opposite, more_certain, widened,
        limit_dropped, condition_dropped, spliced, caused, beside,
    )
}  # fmt: skip
TRUE: Mapping[str, Rule] = {
    one.__name__: one for one in (joined, reworded, opening_dropped, led, word_dropped, row_turned, clause_first, figure_said)
}
