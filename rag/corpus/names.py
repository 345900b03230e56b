"""What to call an abstract: its title, else the system that it introduces, else its first words.

An abstract mentions many systems and introduces one. A name counts as its own where a sentence says so ("we propose KS-Lottery, a
method ...", "a framework named X", "X is proposed"), and only if nothing before that sentence mentions it: what was mentioned before
("models such as BERT") is somebody else's. Where in doubt there is no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.corpus.display import clean

_READ = 20_000  # characters: an abstract introduces what it introduces near its beginning
_QUOTED_WORDS = 8
_ACRONYM_WORDS = 14  # between "we propose" and "(NAME)"

_NOUN = (
    r"(?:model|method|framework|approach|system|network|architecture|data ?set|corpus|benchmark|algorithm|technique|strategy|pipeline"
    r"|toolkit|library|platform|series|family|suite|scheme|mechanism|module|chatbot|agent|variant|loss|paradigm|procedure|study|tool"
    r"|package|database)"
)
_TOKEN = r"[A-Za-z0-9][\w+-]*(?:\.\d+)?\*?"
_PHRASE = rf"({_TOKEN}(?: (?:{_TOKEN}))?)"  # "Inworld TTS-1", "ERNIE 2.0", or one token and the word after it
_DETERMINERS = r"(?:(?:a|an|the|our|new|novel|newly|simple|called|named)\s+)*"
_NAMING = (
    r"\b(?:called|named|dubbed|termed|coined|titled|entitled|(?:we|authors) (?:call|name|term|dub)(?: it| this \w+| our \w+)?)(?: as)?"
)
_AFTER = (
    r"(?=\s*[,.:;()]|\s*(?:--|[—–])|\s*$|\s+(?:an?|the|which|that|to|for|as|by|in|with|and|on|using|via|based|where|is|was|"
    + _NOUN
    + r")\b)"
)

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")
_OURS = re.compile(r"\b(?:we|our|novel|new|this (?:paper|work|study|article)|here|first)\b", re.IGNORECASE)
_INTRODUCED = re.compile(r"\b(?:propos|introduc|present|develop|releas|publish|unveil|describ)(?:e|es|ed|ing|s)?\s+(?!to\b)")
_MADE = re.compile(
    r"\b(?:(?:propos|introduc|present|develop|releas|publish|describ|creat|construct|design|devis|formulat|explor|train|pretrain|explain|build|collect)"
    r"(?:e|es|ed|ing|s)?|built|our (?:proposed|novel|new))\s+(?!to\b)"
)
_DIRECT = re.compile(_DETERMINERS + _PHRASE)
_OF_A_KIND = re.compile(rf"(?:an?|the|our)?\s*(?:[a-z][\w-]*\s+){{0,3}}({_TOKEN})\s+{_NOUN}\b")
_NAMED = re.compile(_NAMING + r",? (?:the )?" + _PHRASE)
_APPOSED = re.compile(rf"\b{_NOUN}(?:,| --| [—–]|:| \(|)\s?({_TOKEN})(?=\s*[,.:;)]|\s+(?:which|that|based|to)\b|\s*$)", re.IGNORECASE)
_PASSIVE = re.compile(rf"({_TOKEN}),? (?:is|was|are) (?:then |thus |therefore |hereby )?(?:proposed|introduced|presented|developed)\b")
_OUR = re.compile(rf"\b[Oo]ur (?:proposed |new |novel )?{_NOUN}, ({_TOKEN}),")
_ACRONYM = re.compile(r"\s?\(([A-Z][\w*-]+)(?:\)|[,;:])")
_PREPOSITION = re.compile(
    r"\b(?:of|for|with|in|on|by|from|to|using|via|based|between|through|that|which|towards?|into|over|under)\b", re.IGNORECASE
)


def introduced_name(text: str, title: str | None = None) -> str | None:
    """The name of the system, data set or method that an abstract introduces as its own; None where it names none.

    A title of the form "NAME: ..." names it where the text introduces anything.
    """
    shown = clean(text[:_READ])
    if title and (name := _name_in_title(clean(title), shown)):
        return name
    found = sorted(_candidates(shown))
    return found[0][2] if found else None


def label(title: str | None, text: str) -> str:
    """The cleaned title, else the introduced name, else the first words in quotation marks."""
    if title:
        return clean(title)
    if name := introduced_name(text):
        return name
    words = clean(text[:_READ]).split()
    return "“" + " ".join(words[:_QUOTED_WORDS]) + (" …”" if len(words) > _QUOTED_WORDS else "”")


def is_name(token: str) -> bool:
    """True for a token that is spelled like a name: KS-Lottery, wav2vec, mSLAM, Q*; not NLP-based, LLMs or Face-to-Face."""
    parts = token.rstrip("*").split("-")
    if not re.search("[A-Za-z]", token) or re.fullmatch(r"[A-Z]{2,}s", parts[-1]):
        return False
    if len(parts) > 1 and re.fullmatch(r"[a-z]{3,}", parts[-1]) and not re.search(r"\d|[a-z][A-Z]", token):
        return False  # LLM-based, English-centric
    return token.endswith("*") or any(re.search(r"[A-Za-z0-9][A-Z]|^[A-Z]$|[a-z]\d", part) for part in parts)


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """(rank, offset, name) of every name that a sentence introduces; 0 is the surest rank."""
    offset = 0
    for sentence in _SENTENCE.split(text):
        offset = text.find(sentence, offset)
        for rank, name in _in_sentence(sentence):
            first = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
            if first and first.start() >= offset:
                yield rank, offset, name


def _in_sentence(sentence: str) -> Iterator[tuple[int, str]]:
    if not _OURS.search(sentence) and not _PASSIVE.search(sentence):
        return
    for verb in _INTRODUCED.finditer(sentence):
        if (direct := _DIRECT.match(sentence, verb.end())) and (name := _named(direct, sentence)):
            yield 0, name
        if (kind := _OF_A_KIND.match(sentence, verb.end())) and is_name(kind[1]) and re.search(r"[a-z]", kind[1]):
            yield 0, kind[1]
    for named in _NAMED.finditer(sentence):
        if name := _named(named, sentence, plain=True):
            yield 0, name
        elif name := _acronym(sentence, named.start(1)):
            yield 1, name
    for pattern in (_PASSIVE, _OUR):
        yield from ((0, found[1]) for found in pattern.finditer(sentence) if is_name(found[1]))
    for verb in _MADE.finditer(sentence):
        if name := _acronym(sentence, verb.end()):
            yield 1, name
        apposed = _APPOSED.search(sentence, verb.end())
        if apposed and is_name(apposed[1]) and not re.search(r"\b(?:using|such as|like|based)\b", sentence[verb.end() : apposed.start(1)]):
            yield 0, apposed[1]


def _named(found: re.Match[str], sentence: str, plain: bool = False) -> str | None:
    """The name at the beginning of a matched phrase; `plain` also takes a mere capitalised word."""
    first, _, second = found[1].partition(" ")
    both_end, first_end = found.end(1), found.start(1) + len(first)
    if second and first[0].isupper() and (is_name(second) or re.fullmatch(r"\d+(?:\.\d+)?", second)) and _follows(sentence, both_end):
        return found[1] if is_name(second) or is_name(first) else None
    if (is_name(first) or (plain and first[0].isupper())) and _follows(sentence, first_end):
        return first
    return None


def _follows(sentence: str, end: int) -> bool:
    return re.compile(_AFTER).match(sentence, end) is not None


def _acronym(sentence: str, begin: int) -> str | None:
    """The acronym in brackets whose words begin at `begin`, with nothing but determiners and adjectives before them.

    "propose the Causally Fair Language (CFL) architecture", but not "propose a method for Speech Translation (ST)".
    """
    found = _ACRONYM.search(sentence, begin)
    if not found or (found[1].endswith("s") and not re.search("[a-z][A-Z]", found[1])):
        return None
    phrase = re.split(r",\s|\s[—–-]+\s|;", sentence[begin : found.start()])[-1]
    words = phrase.split()
    start = next(
        (i for i, word in enumerate(words) if word[0].lower() == found[1][0].lower() and word.lower() not in ("a", "an", "the")), None
    )
    if start is None or len(words) > _ACRONYM_WORDS or _PREPOSITION.search(" ".join(words[:start])):
        return None
    expansion = " ".join(words[start:])
    letters = iter(expansion.lower())
    spelled = all(letter in letters for letter in found[1].lower() if letter.isalpha())
    general = words[0].lower() in ("a", "an") and re.match(rf"\s+{_NOUN}\b", sentence[found.end() :]) is not None
    return found[1] if spelled and len(words) - start >= 2 and not general else None


def _name_in_title(title: str, text: str) -> str | None:
    """NAME of a title "NAME: ...", where it is spelled like one, or the text writes the plain word with a capital amid a sentence."""
    name, colon, _ = title.partition(": ")
    words = name.split()
    if not colon or not 1 <= len(words) <= 2 or not _OURS.search(text):
        return None
    if len(words) == 2:
        return name if words[1][0].isdigit() and is_name(words[0]) else None
    if re.fullmatch("[A-Z]+", name):
        return name if any(candidate == name for _, _, candidate in _candidates(text)) else None
    if is_name(name):
        return name
    return name if re.search(rf"[a-z,] {re.escape(name)}\b", text) and name[0].isupper() else None
