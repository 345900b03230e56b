"""What tells a question that the abstracts answer from one that they do not, as numbers.

There are two ways not to be answerable. Where no abstract is about the matter, even the nearest does not come near. Where the abstract
is here and lacks the detail, everything comes near but the thing that is asked for, so those signs look at nothing else. None depends
on what the index embeds with. A sign that a question does not have, as of a number where none is asked for, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from rag.asked_for import asked_noun, introduces_named, is_named, missing_names
from rag.compare import Floats, matches, pairs, read_long, weighted
from rag.embed import dot, unit
from rag.evidence import evidence_scores, quantity_fit
from rag.flags import squeezed
from rag.quantities import METRIC, counted, general, has_number, likeness, nearness
from rag.question import Question
from rag.retrieve import Found
from rag.seldom import seldom_reported
from rag.words import stem, words

READ = 12  # abstracts that a question is held against
_NUMBERED = 3  # abstracts that may hold a number, where none is the one that the question names
_REPORTED = 0.35  # of nearness of the thing counted to the words around a number
_MOST_LISTED = 3  # names; more say no more
_AS_NEAR = 0.05  # of likeness: what comes as near to the noun may list what it asks for

# Things that are called by names, so that a sentence which tells them has names.
_CALLED = re.compile(
    r"\b(?:datasets?|corpus|corpora|benchmarks?|languages?|language pairs?|llms?|models?|compan(?:y|ies)|optimi[sz]ers?|databases?|"
    r"toolkits?|frameworks?|collections?|backbones?|names?|tools?|sources?|countries|platforms?|librar(?:y|ies)|licen[cs]es?|baselines?|"
    r"universit\w+)\b",
    re.IGNORECASE,
)
# What a figure is seldom called where it stands: "10 %" and not "a portion of 10 %".
_UNSAID = frozenset("portion share percentage percent fraction proportion part number amount extent margin gain gains degree".split())
# A figure must answer these; "how often" and "how well" may be told in words.
_HOW_MUCH = re.compile(r"\bhow (?:many|much|few|little|large|big|small|long|high|low|far|fast|old)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[\w+*./-]+")

Signs = dict[str, float]


def of_matter(question: Question, found: Sequence[Found]) -> Signs:
    """Signs of whether the best abstract is about the matter. `found` is not empty."""
    near = found[:READ]
    best = near[0]
    met = [_met(question, one) for one in near]
    result = {"near": best.read, "meaning": _meaning(question, best), "met": float(weighted(met[0], question.short.idf))}
    introduced = introduces_named(question, best.abstract)
    if question.names:
        result["unknown"] = len(missing_names(question, found)) / len(question.names)
    if question.names or introduced:
        result["introduced"] = float(introduced)
    noun = {stem(word) for word in asked_noun(question)}
    asked = question.short.idf * np.array([one in noun for one in question.short.stems], dtype=np.float32)
    if asked.any() and best.long.spans:
        index = int(evidence_scores(question, best.long, best.abstract.title).argmax())
        windows = np.asarray(pairs(matches(question.short, best.long)), dtype=np.float32)
        around = windows[max(0, index - 1) : index + 1].max(axis=0)
        result["noun"] = float(weighted(around - np.max(met, axis=0), asked))
    return result


def of_detail(question: Question, found: Sequence[Found]) -> Signs:
    """Signs of whether the best abstract reports the thing that is asked for. `found` is not empty."""
    best = found[0]
    noun = asked_noun(question)
    of_figure = bool(METRIC.search(" ".join(noun)) or _HOW_MUCH.search(question.text))
    result = {"seldom": seldom_reported(question.text, f"{best.abstract.title or ''} {best.abstract.text}")}
    if of_figure:
        result["number"] = float(quantity_fit(question, best.long))
    thing = [word for word in counted(question) if not general(word)] if question.kind == "numeric" else []
    if thing:
        read = found[:1] if is_named(question, best.abstract) else found[:_NUMBERED]
        result["quantity"] = float(max(nearness(thing, one) for one in read) >= _REPORTED)
    asked = [word for word in noun if not general(word)] or noun
    if asked and best.long.spans:
        sentences = [best.long.sentence(index) for index in range(len(best.long.spans))]
        alike = [likeness(asked, words(sentence)) for sentence in sentences]
        if of_figure and not all(word in _UNSAID for word in asked):
            result["figure"] = max((like for like, sentence in zip(alike, sentences, strict=True) if has_number(sentence)), default=0.0)
        elif _CALLED.search(" ".join(noun)):
            nearest = [sentence for like, sentence in zip(alike, sentences, strict=True) if like >= max(alike) - _AS_NEAR]
            result["listed"] = max(min(_MOST_LISTED, _new_names(question, sentence)) for sentence in nearest) / _MOST_LISTED
    return result


def weakest(question: Question, one: Found) -> list[str]:
    """The words of the question, without its names, that an abstract meets least: at most two, in the question's order."""
    named = {stem(part) for name in question.names for part in words(name)}
    scores = question.short.idf * (1 - _met(question, one))
    lack = {part: float(score) for part, score in zip(question.short.stems, scores, strict=True) if part not in named}
    worst = sorted(lack, key=lambda part: -lack[part])[:2]
    return list({stem(word): word for word in words(question.text) if stem(word) in worst}.values())


def _meaning(question: Question, one: Found) -> float:
    """The cosine of the question with the text as a whole."""
    vectors = one.long.vectors
    return float(dot(unit(vectors.sum(axis=0)), question.short.vector)) if len(vectors) else 0.0


def _met(question: Question, one: Found) -> Floats:
    """How near each word of the question comes to the text or the title of an abstract. Shape (words,)."""
    texts = [one.long, *(read_long([one.abstract.title]) if one.abstract.title else ())]
    return np.asarray(np.max([matches(question.short, text).max(axis=0, initial=0.0) for text in texts], axis=0), dtype=np.float32)


def _new_names(question: Question, sentence: str) -> int:
    """How many words with a capital, but for the first of the sentence, the question does not have."""
    asked = {squeezed(word) for word in (*question.names, *words(question.text))}
    said = (match[0].strip(".-") for match in _TOKEN.finditer(sentence) if match.start())
    return sum(any(letter.isupper() for letter in word) and squeezed(word) not in asked for word in said)
