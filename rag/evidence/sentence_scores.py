"""Which sentences of an abstract are relevant to a question: their features, and the fitted weights that score them."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from rag.embedding import Floats, LongText, dot, weighted_mean, word_matches
from rag.evidence.details import NUMBER_SAID, asked_noun, has_number, noun_words
from rag.questions import Question
from rag.support import squeeze_name
from rag.text import STOP_WORDS, any_of, folded_words, stem, stems

# Features that separate the sentence that answers from the others of its abstract: shared words and meaning, its position, and the form
# that answers to this kind of question have.

_NAME_FACTOR = 0.5  # of a word's weight, where it is part of a name: names tell the abstract rather than the sentence
_TITLE_FACTOR = 0.1  # likewise where the title has it: all of the abstract is about it
_MOST_LISTED = 3  # names; more say no more


def _any(expression: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{expression})\b", re.IGNORECASE)


_OWN_WORK = _any(rf"we|our|is proposed|in this|this {any_of('text.own')}")
_AIM = _any(
    rf"in this {any_of('text.own')}|this {any_of('text.own')}|we (?:propose|present|introduce|"
    r"describe|develop|study|investigate|explore|aim)|is proposed|called|named|dubbed"
)
# How something is done, and what says so outright.
_MEANS_OF = _any(r"by|using|via|through|propose|introduce|based on|consist\w*|convert\w*|employ\w*|leverag\w+|design\w*|train\w*|we")
_METHOD = _any(r"(?:key|main|core|basic|central) idea|(?:is|are) to use|consists? of|composed of")
_DEFINES = re.compile(
    r"(?:\b(?:is|are)|[,:(]) (?:an?|the)\b|\b(?:called|named|dubbed|refers? to|defined|i\.e\.|we (?:propose|present|introduce|explore))",
    re.IGNORECASE,
)
_CAUSE = _any(r"because|due to|caus\w+|attribut\w+|owing|stem\w* from|reasons?|since|as a result|leads? to|thanks to|arise\w*")
_CAUSE_ASKED = _any(r"why|blam\w+|caus\w+|reasons?|explain\w*|because|due|behind|makes?")
_GAIN = re.compile(
    r"\b(?:than|compared|over|outperform\w*|improv\w+|reduc\w+|relative|higher|lower|better|increase\w*|gain\w*|up to|percent|surpass\w*|"
    r"exceed\w*|from .{0,200} to)\b|%",
    re.IGNORECASE,
)
_GAIN_ASKED = _any(
    r"improv\w+|gains?|outperform\w*|beat\w*|better|reduc\w+|cut\w*|faster|speed\w*|rise\w*|boost\w*|increase\w*|drop\w*|save\w*|margin|"
    r"by how|how much|than|shrink\w*|smaller|lower|higher|fewer"
)
_DATA = _any(r"datasets?|data|corpus|corpora|benchmarks?|collections?|databases?|test ?sets?|sets?")
_EVALUATION = _any(
    r"datasets?|corpus|corpora|benchmarks?|languages?|hours|collected|annotat\w+|test sets?|samples|sentences|utterances|speakers|tasks?"
)
_PARTS_ASKED = _any(
    r"modules?|parts?|components?|ingredients?|stages?|steps?|changes?|losses|objectives?|strateg\w+|techniques?|method|kinds?|types?"
)
# Things that have proper names, so that a sentence which lists them has names.
_NAMED_THINGS = _any(
    r"datasets?|corpus|corpora|benchmarks?|languages?|pairs?|llms?|models?|optimi[sz]ers?|databases?|toolkits?|frameworks?|collections?|"
    r"backbones?|names?|tools?|sources?|countries|platforms?|librar(?:y|ies)|licen[cs]es?|baselines?|architectures?|systems?|network"
)
_LIST = re.compile(r",[^,.;]{1,60},? (?:and|or) |\(\d\)|\bi\)|\bsuch as\b|\bincluding\b|:", re.IGNORECASE)
_AVAILABLE = re.compile(r"\b(?:available|releas\w+|open-sourc\w+|publish\w*|accessible|found|visit)\b.*|https?://", re.IGNORECASE)
_RESOURCES = _any(r"codes?|demos?|samples?|checkpoints?|scripts?|repository|licen[cs]e\w*|github|https?")
_TOKEN = re.compile(r"[\w+*./-]+")


def sentence_features(question: Question, long: LongText, title: str | None) -> dict[str, Floats]:
    """The features of each sentence of an abstract. Shape of each (sentences,); a feature that does not apply to the question is 0."""
    sentences = [long.sentence(index) for index in range(len(long.spans))]
    count = len(sentences)
    places = np.arange(count)

    def holds(found: Callable[[str], object], *, asked: bool = True) -> Floats:
        return np.array([asked and bool(found(sentence)) for sentence in sentences], dtype=np.float32)

    stated = _figures(question.text)
    kind, noun = question.kind, " ".join(asked_noun(question))
    met, names = _word_overlap(question, long, title)
    own = next((index for index, sentence in enumerate(sentences) if _OWN_WORK.search(sentence) and not sentence.endswith("?")), 0)
    before, introduces = (places < own).astype(np.float32), (places == own).astype(np.float32)
    gain = holds(_GAIN.search, asked=bool(_GAIN_ASKED.search(question.text)))
    late = np.linspace(0, 1, count, dtype=np.float32)
    return {
        "met": met,
        "met before": np.concatenate(([0], met[:-1])).astype(np.float32),
        "names": names,
        "meaning": dot(long.vectors, question.short.vector),
        "first": (places == 0).astype(np.float32),
        "background": before,
        "background, why": before * (kind == "why"),
        "background, how": before * (kind == "how"),
        "introduces": introduces,
        "introduces, how": introduces * (kind == "how"),
        "defines": holds(_DEFINES.search, asked=question.form == "definition"),
        "introduces, survey": introduces * (kind == "survey"),
        "aim, how": holds(_AIM.search, asked=kind == "how"),
        "means, how": holds(_MEANS_OF.search, asked=kind == "how"),
        "method, how": holds(_METHOD.search, asked=kind == "how"),
        "cause": holds(_CAUSE.search, asked=bool(_CAUSE_ASKED.search(question.text))),
        "figure, why or how": holds(lambda sentence: _figures(sentence) - stated, asked=kind in ("why", "how")),
        "number": holds(has_number, asked=kind == "numeric"),
        "late, numeric": late * (kind == "numeric"),
        "late, survey": late * (kind == "survey"),
        "gain": gain,
        "gain, numeric": gain * (kind == "numeric"),
        "data": holds(_DATA.search, asked=bool(_DATA.search(noun))),
        "evaluation, fact": holds(_EVALUATION.search, asked=kind == "fact"),
        "listed": _new_name_share(question, sentences) * bool(_NAMED_THINGS.search(noun)),
        "parts": holds(_LIST.search, asked=bool(_PARTS_ASKED.search(noun))),
        "question": holds(lambda sentence: sentence.endswith("?")),
        "notice": holds(lambda sentence: _is_notice(question, sentence)),
    }


def _word_overlap(question: Question, long: LongText, title: str | None) -> tuple[Floats, Floats]:
    """How near each sentence comes to the words of the question, and to its names alone."""
    near = word_matches(question.short, long)
    named = {part for name in question.names for part in stems(name)}
    titled = frozenset(stems(title or ""))
    weights = np.array([(_NAME_FACTOR if one in named else 1) * (_TITLE_FACTOR if one in titled else 1) for one in question.short.stems])
    in_names = np.array([one in named for one in question.short.stems])
    idf = question.short.idf
    return weighted_mean(near, np.asarray(idf * weights, dtype=np.float32)), weighted_mean(
        near, np.asarray(idf * in_names, dtype=np.float32)
    )


def _figures(text: str) -> set[str]:
    return {word for word in folded_words(text) if word[0].isdigit()}


def _new_name_share(question: Question, sentences: list[str]) -> Floats:
    """How many words with a capital, but for the first of each sentence, the question does not have, up to 1 for several."""
    asked = {squeeze_name(word) for word in (*question.names, *folded_words(question.text))}
    counts = []
    for sentence in sentences:
        said = (match[0].strip(".-") for match in _TOKEN.finditer(sentence) if match.start())
        counts.append(sum(any(letter.isupper() for letter in word) and squeeze_name(word) not in asked for word in said))
    return np.array([min(one, _MOST_LISTED) / _MOST_LISTED for one in counts], dtype=np.float32)


def _is_notice(question: Question, sentence: str) -> bool:
    """True for a notice of where to get things, which answers only a question about them."""
    resources = _RESOURCES.search(sentence) and _AVAILABLE.search(sentence)
    return bool(resources) and not (_RESOURCES.search(question.text) or _AVAILABLE.search(question.text))


# Scores of sentences: the softmax over the weighted features.

# Fitted by `python -m benchmarks.fit_evidence`.
WEIGHTS = {
    "met": 7.49,
    "met before": 1.36,
    "names": -0.99,
    "meaning": 3.01,
    "first": -0.99,
    "background": -1.73,
    "background, why": 2.09,
    "background, how": -1.76,
    "introduces": -0.70,
    "introduces, how": -3.09,
    "defines": 3.24,
    "introduces, survey": 1.09,
    "aim, how": -2.13,
    "means, how": 2.42,
    "method, how": 2.39,
    "cause": 1.88,
    "figure, why or how": -1.66,
    "number": 3.62,
    "late, numeric": 3.05,
    "late, survey": -1.01,
    "gain": 0.90,
    "gain, numeric": 2.53,
    "data": 3.94,
    "evaluation, fact": -0.55,
    "listed": 2.81,
    "parts": 3.19,
    "question": -1.63,
    "notice": -1.60,
}

_NUMBER = re.compile(rf"\d|\b(?:{NUMBER_SAID}|order of magnitude)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many\b(.{0,60})", re.IGNORECASE)


def evidence_scores(question: Question, long: LongText, title: str | None = None) -> Floats:
    """The probability of each sentence of an abstract to hold the answer, if any does: they sum to 1. Shape (sentences,)."""
    if not long.spans:
        return np.zeros(0, dtype=np.float32)
    features = sentence_features(question, long, title)
    total = np.sum([weight * features[name] for name, weight in WEIGHTS.items()], axis=0)
    raised = np.exp(total - total.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


def quantity_fit(question: Question, long: LongText) -> int:
    """Whether an abstract can hold the number that is asked for: -1 where it has no number at all, 1 where it counts the
    very thing ("how many languages": "101 languages"), else 0; 0 also for questions that ask for no number."""
    if question.kind != "numeric":
        return 0
    if not any(_NUMBER.search(long.sentence(index)) for index in range(len(long.spans))):
        return -1
    counted = _counted_stems(question.text)
    return int(bool(counted) and any(_states_count_of(long.sentence(index), counted) for index in range(len(long.spans))))


def _counted_stems(text: str) -> frozenset[str]:
    """The stems of what a question asks the number of: the words after "how many", up to the next function word."""
    found = _HOW_MANY.search(text)
    if not found:
        return frozenset()
    return frozenset(map(stem, noun_words(folded_words(found[1]), STOP_WORDS)))


def _states_count_of(sentence: str, counted: frozenset[str]) -> bool:
    """True where a number occurs at most three words before one of the counted stems."""
    said = folded_words(sentence)
    places = [index for index, word in enumerate(said) if _NUMBER.fullmatch(word) or word[0].isdigit()]
    return any(stem(word) in counted for place in places for word in said[place + 1 : place + 4])
