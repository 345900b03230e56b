"""What to call an abstract: its title, else the system that it introduces, else its first words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from rag.model import Abstract, clean_text
from rag.text import any_of

# Names that a sentence introduces as its authors' own: "we propose KS-Lottery, a method ...", "a framework named X", "X is proposed". Not
# names that are only mentioned: "we fine-tune BERT", "models such as CLIP", "a method for speech translation (ST)".

_ACRONYM_WORDS = 14  # between "we propose" and "(NAME)"

_NOUN = (
    r"(?:model|method|framework|approach|system|network|architecture|data ?set|corpus|benchmark|algorithm|technique|strategy|pipeline"
    r"|toolkit|library|platform|series|family|suite|scheme|mechanism|module|chatbot|agent|variant|loss|paradigm|procedure|study|tool"
    r"|package|database)"
)
_TOKEN = r"[A-Za-z0-9][\w+-]{0,60}(?:\.\d{1,9})?\*?"
_PHRASE = rf"({_TOKEN}(?: (?:{_TOKEN}))?)"  # "Inworld TTS-1", "ERNIE 2.0", or one token and the word after it
_ENDINGS = r"(?:e|es|ed|ing|s)?"
_STATED = r"propos|introduc|present|develop|releas|publish|describ|unveil"
_BUILT = r"creat|construct|design|devis|formulat|explor|train|pretrain|explain|build|collect"

_OURS = re.compile(rf"\b(?:we|our|novel|new|this {any_of('text.own')}|here|first)\b", re.IGNORECASE)
_INTRODUCED = re.compile(rf"\b(?:{_STATED}){_ENDINGS}\s+(?!to\b)")
_MADE = re.compile(
    r"(?<!recently )(?<!previously )(?<!originally )"
    rf"\b(?:(?:{_STATED}|{_BUILT}){_ENDINGS}|built|our (?:proposed|novel|new)|form(?= an? new))\s+(?!to\b)"
)
_DIRECT = re.compile(r"(?:(?:a|an|the|our|new|novel|newly|simple|called|named)\s+){0,8}" + _PHRASE)
_OF_A_KIND = re.compile(rf"(?:an?|the|our)?\s*(?:[a-z][\w-]{{0,60}}\s+){{0,3}}({_TOKEN})\s+{_NOUN}\b")
_NAMED = re.compile(
    r"\b(?:called|named|dubbed|termed|coined|titled|entitled|(?:we|authors) (?:call|name|term|dub)(?: it| this \w+| our \w+)?)(?: as)?"
    rf",? (?:the )?{_PHRASE}"
)
_AFTER = re.compile(
    r"\s*[,.:;()]|\s*(?:--|[—–])|\s*$|\s+(?:an?|the|which|that|to|for|as|by|in|with|and|on|using|via|based|where|is|was|" + _NOUN + r")\b"
)
_APPOSED = re.compile(rf"\b({_NOUN})(,| --| [—–]|:| \(|)\s?({_TOKEN})(?=\s*([,.:;)])|\s+(?:which|that|based|to)\b|\s*$)", re.IGNORECASE)
_NEW_THING = re.compile(rf"\b(?:novel|new)\b[^,;]{{0,200}}, ({_TOKEN}), (?:for|which|that|to|where)\b")
_PASSIVE = re.compile(
    rf"(?<!\bto )(?<!\bof )(?<!\bin )(?<!\bfor )(?<!\bwith )(?<!\bon )(?<![\w-])({_TOKEN}),?"
    r" (?:is|was|are) (?:then |thus |therefore |hereby )?(?:proposed|introduced|presented|developed)\b"
)
_PASSIVE_VERBS = "proposed", "introduced", "presented", "developed"
_OUR = re.compile(rf"\b[Oo]ur (?:proposed |new |novel )?{_NOUN}, ({_TOKEN}),")
_ACRONYM = re.compile(r"\s?\(([A-Z][\w*-]+)(?:\)|[,;:])")
_ANOTHERS = re.compile(r"(?<![\w-])(?:using|such as|like|with|on|by|from|as|of|over)(?![\w-])")
_NOT_OBJECT = re.compile(
    r"(?<![\w-])(?:of|for|with|in|on|by|from|to|using|via|based|between|through|that|which|towards?|into|over|under|and|or)(?![\w-])",
    re.IGNORECASE,
)


def introduces(sentence: str) -> bool:
    """True where a sentence is about the authors' own work."""
    if _OURS.search(sentence) is not None:
        return True
    return any(_passives(sentence))


def _passives(sentence: str) -> Iterator[re.Match[str]]:
    """What a sentence says is proposed; a verb is looked for first, which takes a twentieth of the time."""
    return _PASSIVE.finditer(sentence) if any(verb in sentence for verb in _PASSIVE_VERBS) else iter(())


def names_in(sentence: str) -> Iterator[tuple[int, str]]:
    """(rank, name) of every name that a sentence introduces: 0 where it says the name itself, 1 for an acronym in brackets."""
    if not introduces(sentence):
        return
    for verb in _INTRODUCED.finditer(sentence):
        if (direct := _DIRECT.match(sentence, verb.end())) and (name := _first_of(direct, sentence)):
            yield 0, name
        if (kind := _OF_A_KIND.match(sentence, verb.end())) and is_name(kind[1]) and re.search("[a-z]", kind[1]):
            yield 0, kind[1]
    for named in _NAMED.finditer(sentence):
        if name := _first_of(named, sentence, plain=True):
            yield 0, name
        elif name := _acronym(sentence, named.start(1)):
            yield 1, name
    stated = chain(_passives(sentence), _OUR.finditer(sentence), _NEW_THING.finditer(sentence))
    yield from ((0, found[1]) for found in stated if is_name(found[1]))  # "an extension to ALGOL is proposed" proposes no ALGOL
    for verb in _MADE.finditer(sentence):
        if name := _acronym(sentence, verb.end(), own=verb[0].startswith("our")):
            yield 1, name
        if name := _apposed(sentence, verb.end()):
            yield 0, name


def is_name(token: str) -> bool:
    """True for a token that is spelled like a name: KS-Lottery, wav2vec, mSLAM, Q*; not NLP-based, LLMs or Face-to-Face."""
    parts = token.rstrip("*").split("-")
    if not re.search("[A-Za-z]", token) or re.fullmatch("[A-Z]{2,}s", parts[-1]):
        return False
    if len(parts) > 1 and re.fullmatch("[a-z]{3,}", parts[-1]) and not re.search(r"\d|[a-z][A-Z]", token):
        return False  # LLM-based, English-centric
    return token.endswith("*") or any(re.search(r"[A-Za-z0-9][A-Z]|^[A-Z]$|[a-z]\d", part) for part in parts)


def _first_of(found: re.Match[str], sentence: str, plain: bool = False) -> str | None:
    """The name at the beginning of a matched phrase; `plain` also takes a mere capitalised word."""
    first, _, second = found[1].partition(" ")
    version = is_name(first) and re.fullmatch(r"\d(?:\.\d+)?", second)
    pair = version or (is_name(second) and re.fullmatch("[A-Z][A-Za-z]*", first))
    if pair and _AFTER.match(sentence, found.end(1)):
        return found[1]
    if (is_name(first) or (plain and first[0].isupper())) and _AFTER.match(sentence, found.start(1) + len(first)):
        return first
    return None


def _apposed(sentence: str, begin: int) -> str | None:
    """NAME of "propose a method, NAME, ..." and "present a model -- NAME", unless the noun is what something is done with."""
    found = _APPOSED.search(sentence, begin)
    if not found or _ANOTHERS.search(sentence[begin : found.start()].rsplit(",", 1)[-1]):
        return None
    noun, mark, name, end = found.groups()
    if mark == " (" and name[-1] == noun[0].upper():
        return None  # "a language model (LM)": the noun is part of what the letters stand for
    set_off = mark == end == "," and re.fullmatch("[A-Z][a-z]+-[A-Z][a-z]+", name)
    return name if is_name(name) or set_off else None


def _acronym(sentence: str, begin: int, own: bool = False) -> str | None:
    """The acronym in brackets that is spelled out right after `begin`, determiners and adjectives aside.

    "propose the Causally Fair Language (CFL) architecture", but not "propose a method for speech translation (ST)" nor "propose an
    automatic speech recognition (ASR) system", which says what kind of system it is. What is `own` may be "our model of ... (MAM-FSD)".
    """
    found = _ACRONYM.search(sentence, begin)
    if not found or (found[1].endswith("s") and not re.search("[a-z][A-Z]", found[1])):
        return None
    words = re.split(r",\s|\s[—–-]+\s|;", sentence[begin : found.start()])[-1].split()
    start = _expansion(words, found[1])
    if start is None or len(words) > _ACRONYM_WORDS:
        return None
    object_itself = not _NOT_OBJECT.search(" ".join(words[:start])) or (own and "-" in found[1])
    of_a_kind = words[0].lower() in ("a", "an") and re.match(rf"\s+{_NOUN}\b", sentence[found.end() :])
    if of_a_kind and not re.search("-[A-Z]", " ".join(words[start:])):
        return None
    return found[1] if object_itself and len(words) - start >= 2 else None


def _expansion(words: list[str], acronym: str) -> int | None:
    """The index of the word at which the words that spell an acronym begin; None where they do not."""
    letters = [letter for letter in acronym if letter.isupper()]
    for index in range(len(words) - 1, -1, -1):
        initials = [part[:1].upper() for part in words[index].split("-")]
        while letters and initials:
            if initials.pop() == letters[-1]:
                letters.pop()
        if not letters:
            return index
    # "Speech-text dialog ... with ExpliCiT cRoss-Modal Alignment (SPECTRA)": letters from within, but the first is written large.
    begin = next((i for i, word in enumerate(words[:3]) if word[:1] == acronym[0]), None)
    rest = iter(" ".join(words[begin:]).lower())
    return begin if all(letter in rest for letter in acronym.lower() if letter.isalpha()) else None


# What to call an abstract: its title, else the system that it introduces, else its first words. An abstract mentions many systems and
# introduces one. A name counts as its own where a sentence says so, and only if nothing before that sentence
# mentions it: what was mentioned before ("models such as BERT") is somebody else's. Where in doubt there is no name.

_READ = 20_000  # characters: an abstract introduces what it introduces near its beginning
_SENTENCE_READ = 1_000  # characters: what is longer is no sentence
_QUOTED_WORDS = 8
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")


def introduced_name(text: str, title: str | None = None) -> str | None:
    """The name of the system, data set or method that an abstract introduces as its own; None where it names none.

    A title of the form "NAME: ..." gives it where the text introduces anything.
    """
    shown = clean_text(text[:_READ])
    if title and (name := _name_in_title(clean_text(title), shown)):
        return name
    return min(_candidates(shown), default=(0, 0, None))[2]


def names_of(abstract: Abstract) -> tuple[str, ...]:
    """What an abstract may be called: its title, what stands before the title's colon, its label, the system that it introduces."""
    title = abstract.title or ""
    return title, title.partition(":")[0], abstract.label, introduced_name(abstract.text, abstract.title) or ""


def label(title: str | None, text: str) -> str:
    """The cleaned title, else the introduced name, else the first words in quotation marks."""
    if title:
        return clean_text(title)
    if name := introduced_name(text):
        return name
    words = clean_text(text[:_READ]).split()
    if len(words) <= _QUOTED_WORDS:
        return f"“{' '.join(words)}”"
    return f"“{' '.join(words[:_QUOTED_WORDS]).rstrip(',;:')} …”"


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """(rank, offset, name) of every name that a sentence introduces and none before it mentions; the least is the best."""
    offset = 0
    for sentence in _SENTENCE.split(text):
        offset = text.find(sentence, offset)
        for rank, name in names_in(sentence[:_SENTENCE_READ]):
            first = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
            if first and first.start() >= offset:
                yield rank, first.start(), name


def _name_in_title(title: str, text: str) -> str | None:
    """NAME of a title "NAME: ...", where it is spelled like one, or the text writes the plain word with a capital amid a sentence."""
    name, colon, _ = title.partition(": ")
    words = name.split()
    if not colon or not 1 <= len(words) <= 2 or not any(introduces(sentence) for sentence in _SENTENCE.split(text)):
        return None
    if len(words) == 2:
        return name if words[1][0].isdigit() and is_name(words[0]) else None
    if re.fullmatch("[A-Z]+", name):  # a field's acronym ("HIV: ...") unless the text introduces it
        return name if any(candidate == name for _, _, candidate in _candidates(text)) else None
    if is_name(name):
        return name
    return name if re.search(rf"[a-z,] {re.escape(name)}\b", text) and name[0].isupper() else None
