"""The detail that a question asks for, and whether an abstract reports it."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import lru_cache
from itertools import islice, takewhile

import numpy as np

from rag.corpus import introduced_name
from rag.embedding import Floats, dot, load_wordllama
from rag.model import Abstract
from rag.questions import Question
from rag.search import Candidate
from rag.support import name_flags, squeeze_name
from rag.text import BE, STOP_WORDS, any_of, folded_words, idf, stem, stems, words_of

# Whether the number that a question asks for is reported: does any number have a word for the counted thing near it? Questions for a
# number that the right abstract does not report are the commonest that must be refused, and the most similar to answerable ones:
# everything but the counted thing is there.

_WINDOW = 6  # words on either side of a number
_NOUN_WORDS = 3  # words of the thing that is asked for

NUMBER_SAID = rf"{any_of('numbers.several')}|{any_of('scales.frequent')}s?|half|twice|doubl\w+|thirds?|quarters?"  # in words, not "one"
_NUMBER = re.compile(rf"\d.*|{NUMBER_SAID}", re.IGNORECASE)
_ASKED_QUANTITY = re.compile(r"\b(how many|(?:what|which)(?: exact)?)\s+([^?.;:]{1,80})", re.IGNORECASE)
# Nouns that a figure answers.
METRIC = re.compile(
    r"\b(?:wer|cer|bleu\w*|rouge\w*|perplexit\w+|accurac\w+|f1\w*|mos|mean opinion score|cider|fid|eer|error rates?|map|auc|latenc\w+|"
    r"percent\w*|precision|recall|mse|mean squared error|agreement|correlation|loss|score|points?|ratio|rate|rank|size|margin|cost|price|"
    r"year|days?|hours?|epochs?|steps?|temperature|dimension\w*|threshold)\b",
    re.IGNORECASE,
)
# What any result is called; an abstract may report it as bare percentages.
_RESULTS = """number amount value size rate ratio share portion percentage fraction score result accuracy error word wer gain
improvement boost reduction increase drop speed speedup performance level total point best better top big large exact kind type
benchmark"""
_GENERIC = frozenset(stem(word) for word in _RESULTS.split())
# A counted noun follows right after "how many"; a verb there begins something else ("by how much did...").
_QUANTITY_ENDS = words_of("auxiliaries") | frozenset("of for in on to that which by with from into at and or".split())


def is_generic_quantity(word: str) -> bool:
    """True for what any result is called, "size" or "rate", which does not say what it is of."""
    return stem(word) in _GENERIC


def has_number(sentence: str) -> bool:
    """True where a sentence has a figure or a word for one."""
    return any(_NUMBER.fullmatch(word) for word in folded_words(sentence))


def counted_noun(question: Question) -> list[str]:
    """The words for what a number is asked of: "GPU hours" in "how many GPU hours does ... save", "batch size" in "what batch size".

    Behind "what" and "which" it takes a word such as size or rate to make it a question for a number. "How much text" names
    no thing that is counted: text is measured in words, hours or bytes.
    """
    for match in _ASKED_QUANTITY.finditer(question.text):
        names = () if match[1].casefold().startswith("how") else question.names
        found = _up_to_generic(noun_words(folded_words(match[2]), _QUANTITY_ENDS, names))
        if found and (match[1].casefold().startswith("how") or any(stem(word) in _GENERIC for word in found)):
            return found
    return []


def noun_words(said: Sequence[str], ends: Set[str], names: Sequence[str] = ()) -> list[str]:
    """The first words of a noun phrase, before any that ends it, without names and function words."""
    named = {part for name in names for part in stems(name)}
    phrase = takewhile(lambda word: word not in ends, said)
    return list(islice((word for word in phrase if word not in STOP_WORDS and stem(word) not in named), _NOUN_WORDS))


def _up_to_generic(noun: list[str]) -> list[str]:
    """A noun up to a general word in it, with which it ends: "vocabulary size does", "accuracy boost came"."""
    return noun[: next((place for place, word in enumerate(noun, start=1) if is_generic_quantity(word)), None)]


def number_nearness(asked: Sequence[str], one: Candidate) -> float:
    """The similarity of the words around an abstract's numbers to these, from 0 to 1: the mean weighted by rarity."""
    return word_likeness(
        asked, sorted({word for index in range(len(one.long.spans)) for word in _words_near_numbers(one.long.sentence(index))})
    )


def word_likeness(asked: Sequence[str], said: Sequence[str]) -> float:
    """The similarity of each word asked for to the nearest of some words, from 0 to 1: the mean weighted by rarity."""
    told = [word for word in dict.fromkeys(said) if word not in STOP_WORDS]
    if not asked or not told:
        return 0.0
    near = np.clip(_word_cosines(asked, told), 0, 1)
    known = [stem(word) for word in told]
    for row, word in enumerate(asked):
        near[row, [index for index, other in enumerate(known) if other == stem(word)]] = 1
    return float(np.average(near.max(axis=1), weights=[idf(stem(word)) for word in asked]))


def _word_cosines(asked: Sequence[str], told: Sequence[str]) -> Floats:
    model = load_wordllama()
    return dot(model.embed(asked), model.embed(told).T)


def _words_near_numbers(sentence: str) -> set[str]:
    said = folded_words(sentence)
    places = [index for index, word in enumerate(said) if _NUMBER.fullmatch(word)]
    reached = {near for index in places for near in range(max(0, index - _WINDOW), min(len(said), index + _WINDOW + 1))} - set(places)
    return {said[index] for index in reached if said[index] not in STOP_WORDS}


# What a question asks for: the noun after "which", its names, and which of them none of the abstracts has.

_BEST = 5  # of the best abstracts, of which none may have a name for it to be unknown
_SHORTEST = 4  # letters of a name that is known in lower case too: shorter ones are words as well
_TOKEN = re.compile(r"\w+(?:[-.]\w+)*\*?")

_ASKED_NOUN = re.compile(
    rf"\b(?:what(?:'s)?|which|how many|how much|whose)\s+(?:(?:{BE}|exact|kinds? of|types? of|sorts? of)\s+)?"
    r"((?:[\w*.'-]+\s*){1,6})",
    re.IGNORECASE,
)
_PHRASE_ENDS = STOP_WORDS | frozenset("used use achieve reach get give".split())
_VERBS = words_of("auxiliaries.do", "auxiliaries.have", "auxiliaries.modal")
# A paper that is asked about as the one that brought a thing up: "the original HuBERT paper", "BERT, according to its own paper".
_ORIGINAL_PAPER = re.compile(
    rf"\boriginal(?:ly)?\b|\b(?:its|their|his|her) own (?:{any_of('papers.one')}|report)\b"
    r"|\bfirst (?:proposed|introduced|published|described)\b",
    re.IGNORECASE,
)


def asked_noun(question: Question) -> list[str]:
    """The words of the noun that is asked for, without names: "optimizer" in "which optimizer was used for SpeechT5?"."""
    found = _ASKED_NOUN.search(question.text)
    named = {part for name in question.names for part in stems(name)}
    said = folded_words(found[1]) if found else []
    opening = list(takewhile(lambda word: word in _PHRASE_ENDS or stem(word) in named, said))
    return [] if _VERBS & set(opening) else noun_words(said[len(opening) :], _PHRASE_ENDS, question.names)  # not "what does it do"


def missing_names(question: Question, found: Sequence[Candidate]) -> tuple[str, ...]:
    """The names of the question that none of the best abstracts has."""
    if not question.names:
        return ()
    read = " ".join(f"{one.abstract.title or ''} {one.abstract.text}" for one in found[:_BEST])
    return tuple(flag.partition(": ")[2] for flag in name_flags(" ".join(question.names), read))


def is_named(question: Question, abstract: Abstract) -> bool:
    """True where the question names something that the abstract has, or what it introduces, in whatever case."""
    text = squeeze_name(f"{abstract.title or ''} {abstract.text}")
    return any(squeeze_name(name) in text for name in question.names) or introduces_named(question, abstract)


def introduces_named(question: Question, abstract: Abstract) -> bool:
    """True where the question names what the abstract introduces, in whatever case, or a name in its title."""
    own = squeeze_name(_introduced_name_of(abstract.text, abstract.title))
    return any(_introduces_name(name, abstract) for name in question.names) or (
        len(own) >= _SHORTEST and any(squeeze_name(token) == own for token in _TOKEN.findall(question.text))
    )


def only_mentioned(question: Question, found: Sequence[Candidate]) -> str | None:
    """The name whose own paper is asked about, where abstracts mention it and none introduces it; else None.

    It is the name nearest to the words for an original paper: "LibriSpeech results of the original Conformer paper".
    """
    original = _ORIGINAL_PAPER.search(question.text)
    places = {name: question.text.find(name) for name in question.names}
    known = {name: place for name, place in places.items() if place >= 0}
    if not original or not known:
        return None
    name = min(known, key=lambda one: min(abs(known[one] - original.end()), abs(original.start() - known[one] - len(one))))
    if any(_introduces_name(name, one.abstract) for one in found):
        return None
    return name if any(squeeze_name(name) in squeeze_name(one.abstract.text) for one in found) else None


def _introduces_name(name: str, abstract: Abstract) -> bool:
    letters = squeeze_name(name)
    return bool(letters) and (
        letters == squeeze_name(_introduced_name_of(abstract.text, abstract.title)) or letters in squeeze_name(abstract.title or "")
    )


@lru_cache(maxsize=4096)
def _introduced_name_of(text: str, title: str | None) -> str:
    return introduced_name(text, title) or ""


# Details that papers report and their abstracts seldom do: settings of training, hardware, cost, annotators, licences, statistics. The
# groups follow what checklists ask authors to report in the paper itself: the Responsible NLP Research checklist (Rogers et al. 2021) and
# the machine learning reproducibility checklist (Pineau et al. 2021). A question for one of them is answerable only where the abstract
# has a word of the same group.

_RARE_DETAILS = (
    r"learning[ -]rates?|warm-?up|decay|momentum|schedulers?",
    r"batch(?:es)?[ -]sizes?|size of (?:the )?batch(?:es)?|mini-?batch\w*",
    r"optimi[sz]ers?|adam\w*|sgd",
    r"epochs?|(?:training|gradient|update) steps?|iterations?",
    r"dropout|regulari[sz]\w+",
    r"hyper-?parameters?",
    r"layers?|attention heads?|hidden (?:size|units?|dimensions?)|deep is|depth",
    r"vocabulary|tokeni[sz]er\w*|vocab",
    r"beam (?:size|width)|beams?|(?:sampling|softmax) temperature|temperature|top-[kp]",
    r"(?:random )?seeds?",
    r"(?:[gtc]pus?|a100s?|h100s?|v100s?|accelerators?|graphics cards?|hardware|machines?)\b",
    r"(?:gpu|tpu|compute|training) (?:hours?|days?|time|budget)|flops?|(?:days?|weeks?|long) (?:did|does) (?:it|(?:the )?training) take",
    r"carbon|co2|emissions?|footprint|energy|electricity|power consumption",
    r"paid|pay(?:ments?|s)?|wages?|salar(?:y|ies)|earn\w*|compensat\w+|dollars?|usd|euros?|prices?|costs?|"
    r"budgets?",
    r"annotators?|crowd[ -]?workers?|raters?|listeners?|judges?|participants?|volunteers?|actors?|speakers?|people|"
    r"human (?:evaluators?|subjects?)",
    r"agreement|kappa|krippendorff\w*",
    r"mean opinion score|\bmos\b",
    r"licen[cs]\w+|commercial\w*",
    r"programming language|python|pytorch|tensorflow|jax|c\+\+|rust|software librar(?:y|ies)|package versions?",
    r"p-values?|statistical(?:ly)? significan\w+|confidence intervals?|standard deviations?|error bars?",
    r"ethic\w*|consent|review board|irb",
    r"affiliat\w+|universit(?:y|ies)|funding|funded|grants?|sponsor\w*",
    r"sampling (?:rate|frequency)|khz|hertz",
    r"masking (?:ratio|rate|probability)|mask(?:ed|ing)? (?:percentage|share|probability)",
)
_PATTERNS = tuple(re.compile(rf"(?<!\w)(?:{group})(?!\w)", re.IGNORECASE) for group in _RARE_DETAILS)


def rarely_reported(question: str, text: str) -> float:
    """Of the rarely reported details that a question mentions, the share that a text does not mention; 0 where it mentions none."""
    asked = [pattern for pattern in _PATTERNS if pattern.search(question)]
    return sum(not pattern.search(text) for pattern in asked) / len(asked) if asked else 0.0
