"""Which operation a question asks for: a multinomial logistic regression over its function words and the types of its other words.

The examples are data (`operations.tsv`), the weights are fitted by `python -m benchmarks.fit_operations`. No content word is a feature.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources

from rag.questions.dates import Part
from rag.questions.query import OPERATIONS, Operation
from rag.questions.tokens import Tokens

_LONG = (3, 6, 10, 15, 25)  # words: bounds of the classes of length
# Types of which two together, or one with the first word, tell something.
_TELLING = frozenset(
    """paper work thing newest oldest most least rated field grouped group_by statistic new added agree compare <name> <date>
    <amount> <stated> <mention> counting share findings systems overview about using comparing dated do be define request
    themes corpus assistant or X""".split()
)
# Types that say nothing in a sequence: nearly every word may be of them.
_VAGUE = frozenset(("filler", "exactly", "newcomer"))


def probabilities(tokens: Tokens, parts: Sequence[Part]) -> Mapping[Operation, float]:
    """How probable each operation is, given the conditions that the question may have."""
    weights = _weights()
    scores = dict.fromkeys(OPERATIONS, 0.0)
    for feature in features(tokens, parts):
        for operation, weight in weights.get(feature, {}).items():
            scores[operation] += weight
    most = max(scores.values())
    chances = {operation: math.exp(score - most) for operation, score in scores.items()}
    return {operation: chance / sum(chances.values()) for operation, chance in chances.items()}


def features(tokens: Tokens, parts: Sequence[Part]) -> frozenset[str]:
    """What the classifier sees of a question: its function words and types of words, alone and beside each other."""
    seen = list(_symbols(tokens, parts))
    words = ["^", *_runs(word for word, _ in seen), "$"]
    kinds = ["^", *_runs("+".join(kind) for _, kind in seen), "$"]
    content = sum(one[0] == "X" for one in words) + words.count("<name>")
    found = {"bias", f"long {sum(len(tokens.words) > bound for bound in _LONG)}", f"contents {min(content, 4)}"}
    for name, row, most in (("w", words, 3), ("k", kinds, 2)):
        for count in range(1, most + 1):
            found |= {f"{name} {' '.join(row[at : at + count])}" for at in range(len(row) - count + 1)}
    types = [frozenset(kind) for _, kind in seen]
    every = frozenset().union(*types)
    first = types[0] if types else frozenset()
    found |= {f"t {one}" for one in every}
    found |= {f"first {one}" for one in (*words[1:3], *first)}
    found |= {f"first {one} t {other}" for one in first for other in every & _TELLING}
    found |= {f"t {one} t {other}" for one in every & _TELLING for other in every & _TELLING if one < other}
    return frozenset(found)


def _symbols(tokens: Tokens, parts: Sequence[Part]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each phrase as itself, where it is one of the lexicon, and as its types; a condition, name or content word as one symbol."""
    known = {part.core: part for part in parts}
    place = 0
    while place < len(tokens):
        if place in known:
            symbol = f"<{known[place].kind}>"
            yield symbol, (symbol,)
            place = max(known[place].end, place + 1)
            continue
        types = tokens.types[place]
        end = max((one.end for one in types.values()), default=place + 1)
        kinds = sorted(kind for kind, one in types.items() if one.end == end and kind not in _VAGUE)
        yield _symbol(tokens, place, end, kinds, bool(types))
        place = end


def _symbol(tokens: Tokens, place: int, end: int, kinds: list[str], typed: bool) -> tuple[str, tuple[str, ...]]:
    token = tokens.words[place]
    if "number" in kinds and token.text[0].isdigit():
        return "<number>", ("<number>",)
    if token.quoted:
        return "<quote>", ("<quote>",)
    if typed:
        said = "_".join(one.word for one in tokens.words[place:end])
        return said, tuple(kinds) or (said,)
    if is_name(tokens, place):
        return "<name>", ("<name>",)
    return ("X", ("X", _ending(token.word))) if token.is_word else (token.word, (token.word,))


def is_name(tokens: Tokens, place: int) -> bool:
    """True for a word that no lexicon has with a capital or digit inside, or with a capital that no sentence begins with."""
    text = tokens.words[place].text
    if not text[0].isalnum() or (tokens.types[place] and text.islower()):
        return False
    inner = any(one.isupper() for one in text[1:]) or (any(one.isdigit() for one in text) and any(one.isalpha() for one in text))
    opens = place == 0 or tokens.word(place - 1) in (".", "?", "!", ":")
    return inner or (text[0].isupper() and not opens and not tokens.types[place])


def _ending(word: str) -> str:
    """A content word by its ending, which tells verbs from nouns a little."""
    return next((f"X-{end}" for end in ("ing", "ed", "er", "est", "s") if word.endswith(end) and len(word) > len(end) + 2), "X")


def _runs(row: Iterator[str]) -> Iterator[str]:
    """The row with several content words in a row as one."""
    last = ""
    for one in row:
        if not (one[0] == last[:1] == "X" and one.startswith("X")):
            yield one
        last = one


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, Mapping[Operation, float]]:
    lines = resources.files("rag.questions").joinpath("data", "operation-weights.tsv").read_text(encoding="utf-8").splitlines()
    found: dict[str, dict[Operation, float]] = {}
    for line in lines:
        feature, *values = line.split("\t")
        found[feature] = {operation: float(value) for operation, value in zip(OPERATIONS, values, strict=True) if value}
    return found
