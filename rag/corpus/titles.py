"""Where the title ends and the abstract begins in a line that runs them together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from rag.corpus.title_line import (
    ADJECTIVE,
    COMPOUND,
    GERUNDS,
    HEADINGS,
    NOUN,
    OPENINGS,
    PLAIN_HEADINGS,
    PRONOUNS_OF_TEXT,
    STRONG_FINITE,
    WEAK_FINITE,
    Line,
    Token,
)

# Features of each place where a title could end. A boundary `b` says that the tokens
# before `b` are the title and token `b` is the abstract's first. Features are named numbers, mostly 0 or 1; one that is absent is 0.

Features = dict[str, float]

LONGEST = 45  # tokens of the longest title
_VERB_WITHIN = 30  # tokens from its beginning a sentence has its verb
_USUAL_SENTENCE = 24  # tokens


def boundaries(line: Line) -> list[int]:
    """The tokens with which the abstract could begin: those with a capital, a digit or a mixed name, or after the end of a sentence."""
    return [
        b
        for b in range(1, min(len(line.tokens), LONGEST))
        if line.tokens[b - 1].text[-1] not in ":;," and (_could_open(line.tokens[b]) or line.tokens[b - 1].ends)
    ]


def _could_open(token: Token) -> bool:
    return token.capital or token.core[:1].isdigit() or token.text[0] in '["“‘' or (token.kind == "other" and len(token.core) > 1)


def features(line: Line, b: int) -> Features:
    """All features of a boundary."""
    return dict(pair for group in _GROUPS for pair in group(line, b) if pair[1])


def _casing(line: Line, b: int) -> Iterator[tuple[str, float]]:
    """Is the title written like a title, the rest like sentences, and does the change show?"""
    before, first, after = line.tokens[b - 1], line.tokens[b], line.tokens[b + 1] if b + 1 < len(line.tokens) else None
    title_style, sentence_style = line.title_style[b], line.sentence_style[b]
    capitals = title_style > sentence_style
    yield "case", max(title_style, sentence_style - 0.3) + line.sentence_style[-1] - line.sentence_style[b + 1]
    yield "capitals", capitals
    yield "small before", before.wordlike and not before.capital
    yield "small before, capitals", before.wordlike and not before.capital and capitals
    yield "capital before", before.wordlike and before.capital
    yield "capital first, no capitals", first.wordlike and not capitals and _class_of(first) is None
    yield "capital second", after is not None and after.wordlike and after.capital
    yield "small second", after is not None and after.wordlike and not after.capital


def _class_of(token: Token) -> str | None:
    return next((name for name, members in OPENINGS.items() if token.low in members), None)


def _opening(line: Line, b: int) -> Iterator[tuple[str, float]]:
    """Is the abstract's first word one with which abstracts open?"""
    first, after = line.tokens[b], line.tokens[b + 1] if b + 1 < len(line.tokens) else None
    opens = _class_of(first)
    if opens:
        yield f"opens with {opens}", 1
    elif first.capital and first.kind == "common":
        yield "opens with common word", 1
    yield "opens with we", first.low == "we"
    yield "opens small", not first.capital
    yield "opens with other", first.kind == "other"
    yield "first returns", not opens and line.counts[first.stem] > 1
    heading = re.split("[/:&]", first.low, maxsplit=1)[0]
    set_off = len(heading) < len(first.core) or first.core.isupper() or first.text[0] == "[" or first.text[-1] in ":."
    if heading in HEADINGS and set_off:
        yield "opens with heading", 1
    elif first.low in PLAIN_HEADINGS:
        yield "opens with plain heading", after is not None and after.capital


def _ending(line: Line, b: int) -> Iterator[tuple[str, float]]:
    """Is the title's last word one with which titles end?"""
    last = line.tokens[b - 1]
    yield "ends with function word", last.functional and not last.ends
    yield "ends with adjective", ADJECTIVE.match(last.low) is not None
    yield "ends with compound adjective", COMPOUND.search(last.low) is not None
    yield "ends with noun", NOUN.match(last.low) is not None and last.kind != "other"
    yield "ends with gerund", last.low in GERUNDS
    yield "ends with verb", last.low in STRONG_FINITE
    yield "ends with full stop", last.ends and last.text.rstrip("\"'”’)]")[-1:] == "."
    yield "last returns", not last.functional and line.counts[last.stem] > 1


def _returning(line: Line, b: int) -> Iterator[tuple[str, float]]:
    """Do words of the title open the abstract, and are pairs of words that belong together kept together?"""
    title, last, first = line.tokens[:b], line.tokens[b - 1], line.tokens[b]
    content = [token.stem for token in title if not token.functional and len(token.low) > 2]
    opening = [token.stem for token in line.tokens[b : b + 4] if not token.functional]
    yield "pair returns", last.text[-1] not in ".?!" and line.pairs[(last.stem, first.stem)] > 1
    yield "first in title", bool(opening) and opening[0] in content
    yield "second in title", len(opening) > 1 and opening[1] in content
    yield "title repeats", min(3, len(content) - len(set(content)))
    for begin, end in line.definitions:
        yield "definition cut", begin < b <= end
        yield "definition first", begin == b
        yield "definition next", begin in (b + 1, b + 2)


def _sentence(line: Line, b: int) -> Iterator[tuple[str, float]]:
    """Does what follows read like a sentence, and the title unlike one?"""
    tokens = line.tokens
    length = next((i - b + 1 for i in range(b, len(tokens)) if tokens[i].ends), len(tokens) - b)
    verb = next(
        (i - b for i in range(b, min(len(tokens), b + _VERB_WITHIN)) if tokens[i].low in STRONG_FINITE and not tokens[i].capital),
        None,
    )
    yield "no verb", verb is None or verb >= length
    yield "verb far", (_VERB_WITHIN if verb is None else verb) / 10
    yield "sentence unusual", abs(math.log(length / _USUAL_SENTENCE))
    yield "sentence short", length < 6
    yield "participles in title", min(3, sum(token.low in WEAK_FINITE or _participle(token) for token in tokens[1:b]))
    yield "pronouns in title", min(2, sum(token.low in PRONOUNS_OF_TEXT for token in tokens[:b]))
    yield "sentences in title", min(3, sum(token.ends for token in tokens[: b - 1]))


def _participle(token: Token) -> bool:
    return not token.capital and len(token.low) > 4 and token.low.endswith("ed")


def _length(line: Line, b: int) -> Iterator[tuple[str, float]]:
    """Has the title a usual length, and are its brackets closed?"""
    yield "title short", max(0, 5 - b)
    yield "title long", max(0, b - 16)
    yield (
        "brackets open",
        sum((token.text.count("(") + token.text.count("[")) - (token.text.count(")") + token.text.count("]")) for token in line.tokens[:b])
        != 0,
    )


_GROUPS = (_casing, _opening, _ending, _returning, _sentence, _length)


# Where the title ends and the abstract begins in a line that runs them together. Every place where the title could end is scored by a
# weighted sum of features: casing, what sentences open with and titles end with, words that return, where the first verb
# stands, lengths. The best score wins, and its share of the exponentials of all is how sure that is. The weights are those of a
# conditional logit, fitted by `python -m benchmarks.fit_titles`; no title and no word of a field is listed anywhere.

_WEIGHTS = {
    "brackets open": -6.10,
    "capital before": 0.78,
    "capital first, no capitals": 1.83,
    "capital second": -1.46,
    "capitals": 0.80,
    "case": 0.29,
    "definition cut": -8.06,
    "definition first": 2.47,
    "definition next": 0.68,
    "ends with adjective": -1.27,
    "ends with compound adjective": -2.82,
    "ends with full stop": -1.55,
    "ends with function word": -3.10,
    "ends with gerund": -3.55,
    "ends with noun": 1.09,
    "ends with verb": -2.83,
    "first in title": 1.81,
    "first returns": -1.27,
    "last returns": 0.76,
    "no verb": -0.09,
    "opens small": -1.06,
    "opens with adjective of time": 3.70,
    "opens with article": 2.84,
    "opens with common word": 1.02,
    "opens with conjunction": 2.68,
    "opens with heading": 9.29,
    "opens with other": 1.09,
    "opens with plain heading": 9.72,
    "opens with preposition": 2.55,
    "opens with pronoun": 2.03,
    "opens with we": 2.52,
    "pair returns": -3.62,
    "participles in title": -0.41,
    "pronouns in title": -0.63,
    "second in title": 0.60,
    "sentence short": -1.43,
    "sentence unusual": -0.64,
    "sentences in title": -1.98,
    "small before": 0.59,
    "small before, capitals": -1.15,
    "small second": 0.74,
    "title long": -0.22,
    "title repeats": -0.83,
    "title short": -0.46,
    "verb far": -0.83,
}
_TITLE_ALONE = 25  # tokens: a shorter body without the end of a sentence has no abstract
_SURE = 0.9  # of such a title


def find_boundary(body: str) -> tuple[int, float]:
    """The offset at which the abstract begins, and how sure that is, between 0 and 1.

    The offset is 0 where no title can be told, and the length of the body where it is a title alone.
    """
    line = Line(body)
    if len(line.tokens) <= _TITLE_ALONE and not any(token.ends for token in line.tokens[:-1]) and not body.rstrip().endswith("."):
        return len(body), _SURE if body.strip() else 0.0
    scores = {b: sum(_WEIGHTS[name] * value for name, value in features(line, b).items()) for b in boundaries(line)}
    if not scores:
        return 0, 0.0
    best = max(scores, key=lambda b: scores[b])
    total = sum(math.exp(score - scores[best]) for score in scores.values())
    return line.tokens[best].start, round(1 / total, 3)
