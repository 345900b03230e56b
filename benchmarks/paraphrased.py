"""Sentences said in other words by rule, still true of their abstract: the controls of `benchmarks.damage`."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_OPENING = re.compile(
    r"^(?:In this (?:paper|work|study|article)|In particular|Specifically|Moreover|Furthermore|Additionally|Therefore|To this end|Finally|"
    r"However|Thus|Hence|In addition|Here|Overall|Besides|Consequently|Meanwhile|Notably|Surprisingly|Interestingly), ?(\w)"
)
_WE_PROPOSE = re.compile(r"\b[Ww]e (?:also |further |first |then )?(?:propose|introduce|present|develop) ([^,.;]{6,90})(?=[.,;])")
_SYNONYMS = [
    (r"\bshow that\b", "find that"),
    (r"\b[Ww]e demonstrate\b", "the authors show"),
    (r"\bdemonstrates?\b", "shows"),
    (r"\boutperforms\b", "does better than"),
    (r"\boutperform\b", "do better than"),
    (r"\bsurpass(?:es)?\b", "outperforms"),
    (r"\bachieves\b", "reaches"),
    (r"\bachieve\b", "reach"),
    (r"\butili[sz](?:es|ing)\b", "using"),
    (r"\bleverag(?:es|ing)\b", "making use of"),
    (r"\bemploys\b", "uses"),
    (r"\bsignificantly\b", "considerably"),
    (r"\bsubstantially\b", "considerably"),
    (r"\bconsists? of\b", "is made up of"),
    (r"\bimproves\b", "enhances"),
    (r"\bimprove\b", "enhance"),
    (r"\brequires\b", "needs"),
    (r"\brequire\b", "need"),
    (r"\bvarious\b", "a range of"),
    (r"\bseveral\b", "a number of"),
    (r"\bnovel\b", "new"),
    (r"\benables\b", "makes it possible to do"),
    (r"\bcrucial\b", "essential"),
    (r"\bchallenging\b", "difficult"),
    (r"\bexperiments\b", "tests"),
    (r"\blarge language models?\b", "LLMs"),
    (r"\bdue to\b", "because of"),
    (r"\bhowever, ", "but "),
    (r"\bobtain(?:s|ed)?\b", "get"),
    (r"\baddress(?:es)?\b", "deals with"),
    (r"\bcapabilit(?:y|ies)\b", "abilities"),
    (r"\bconduct\b", "carry out"),
    (r"\binvestigate\b", "study"),
    (r"\bmultiple\b", "more than one"),
    (r"\bcomparable to\b", "about as good as"),
]
_FIGURES = dict(zip(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(2, 11), strict=True))
_BACK = {str(value): word for word, value in _FIGURES.items()}
_DEFINED = re.compile(r"((?:[\w-]+ ){1,5}[\w-]+) \(([A-Z][A-Za-z]*[A-Z])s?\)")
Rule = Callable[[str, str, Random], str]


def _opening(sentence: str, _text: str, _random: Random) -> str:
    return _OPENING.sub(lambda match: match.group(1).upper(), sentence)


def _passive(sentence: str, _text: str, _random: Random) -> str:
    match = _WE_PROPOSE.search(sentence)
    if not match or match.start() > 25:
        return sentence
    return f"{match.group(1)[0].upper()}{match.group(1)[1:]} is proposed by the authors."


def _authors(sentence: str, _text: str, _random: Random) -> str:
    said = re.sub(r"\b[Ww]e (?=[a-z])", "the authors ", sentence)
    said = re.sub(r"\b[Oo]ur\b", "their", said)
    return said[:1].upper() + said[1:]


def _synonyms(sentence: str, _text: str, random: Random) -> str:
    for pattern, other in _SYNONYMS:
        if random.random() < 0.8:
            sentence = re.sub(pattern, other, sentence)
    return sentence


def _shorter(sentence: str, _text: str, _random: Random) -> str:
    """Without what stands in brackets and without a last clause with "which" or an "-ing" form."""
    said = re.sub(r" \([^()]*\)", "", sentence)
    cut = re.sub(r", (?:which|thereby|thus|paving|leading|making|enabling|opening|highlighting)\b[^.]*\.$", ".", said)
    return cut if len(cut.split()) >= 6 else said


def _figures(sentence: str, _text: str, _random: Random) -> str:
    said = re.sub(r"\b(\d{1,3}),000\b", r"\1K", sentence)
    said = re.sub(r"\b(\d{2,3})[kK]\b(?! ?Hz)", r"\1,000", said) if said == sentence else said
    said = re.sub(r"(\d)%", r"\1 percent", said)
    said = re.sub(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b(?! of)", lambda found: str(_FIGURES[found.group()]), said)
    if said == sentence:
        said = re.sub(r"(?<![\w.-])([2-9])(?= [a-z]{4})", lambda found: _BACK[found.group()], said)
    return said


def _acronyms(sentence: str, text: str, _random: Random) -> str:
    """An acronym that the abstract defines put for its long form, or the other way."""
    for match in _DEFINED.finditer(text):
        short = match.group(2)
        letters = [letter for letter in short if letter.isupper()]
        long = " ".join(match.group(1).split()[-len(letters) :])
        if [word[0].upper() for word in long.split()] != letters:
            continue
        if f"{long} ({short}" in sentence:
            return re.sub(rf"{re.escape(long)} \({short}(s?)\)", rf"{short}\1", sentence)
        if re.search(rf"\b{short}\b", sentence):
            return re.sub(rf"\b{short}\b", long, sentence)
    return sentence


RULES: dict[str, Rule] = {
    "opening dropped": _opening,
    "passive": _passive,
    "third person": _authors,
    "synonyms": _synonyms,
    "shortened": _shorter,
    "number forms": _figures,
    "acronyms": _acronyms,
}


def paraphrases(sentence: str, text: str, random: Random) -> list[tuple[str, str]]:
    """(which rules, the sentence in other words): each rule alone, then up to four of them in turn."""
    found = [(name, said) for name, rule in RULES.items() if (said := rule(sentence, text, random)) != sentence]
    used: list[str] = []
    together = sentence
    for name in ("opening dropped", "third person", "synonyms", "shortened", "number forms", "acronyms"):
        said = RULES[name](together, text, random)
        if said != together:
            together, used = said, [*used, name]
    return [*found, ("combined", together)] if len(used) > 1 else found


def joined(first: str, second: str) -> str:
    """Two neighbouring sentences as one."""
    opening = second.split()[0] if second.split() else ""
    keeps = any(letter.isupper() or letter.isdigit() for letter in opening[1:]) or opening in ("I", "A")
    return f"{first.rstrip('. ')}, and {second if keeps else second[:1].lower() + second[1:]}"
