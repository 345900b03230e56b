"""Texts that make a regular expression slow, and whether they do: what it repeats is repeated, and the end does not fit."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SIZES = (8, 16, 24, 32, 48, 96, 256, 2048, 4096, 8192)  # characters; small ones see 2**n before it takes for ever
GENERIC = [
    *"9 a A - . , ( [ { \" ' < > / \\ $ * : # ? ! é".split(),
    *"A- a-a A.9 9, http:// 10. ** [1] {a} ([ <a $a \\a{ 'a".split(),
    *(" ", "\n", "a ", "A ", "9 ", "a, ", ". ", "the ", "a\n", "A a ", "and a, ", "- ", ") "),
]
_ENDS = "", "\0", "\n\0"
_MANY = 20  # repeats; fewer cannot grow with the text
_FLOOR = 0.01  # seconds of 8,192 characters that are never too much
_LINEAR, _MOST = 11.0, 24.0  # times the seconds of an eighth of the text: certainly linear, certainly not
_EDGE = re.compile(r"\b\s*")
_ALPHABET = "aA9 -.,_\n\t()[]{}\"'<>/\\$*+:;=#&|?!é"


@dataclass(frozen=True)
class Attack:
    """A text of any size: `head`, then `body` again and again, then `end`."""

    head: str
    body: str
    end: str

    def text(self, size: int) -> str:
        return self.head + self.body * max(1, (size - len(self.head) - len(self.end)) // len(self.body)) + self.end


def attacks(pattern: re.Pattern[Any], samples: int, seed: int = 0) -> list[Attack]:
    """The generic ones, and those made from the pattern: each thing that it repeats, after what comes before it."""
    expression = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(expression, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    chance = random.Random(seed)
    own = dict.fromkeys(Attack("", one, "\0") for one in GENERIC)
    sampler = _Sampler(chance, _ALPHABET + "".join(_literals(tree)))
    for _ in range(samples):
        for head, body in _repeats(tree, "", sampler):
            other = sampler.sample(tree) or "a"
            end = chance.choice(_ENDS)
            for attack in (Attack(head, body, end), Attack("", head + body, end), Attack("", body, end), Attack("", other, end)):
                if attack.body:
                    own[attack] = None
            if len(other) > 1:
                own[Attack("", other[: chance.randrange(1, len(other))], end)] = None
    return list(own)


def _literals(tree: Any) -> Iterator[str]:
    for code, value in tree:
        if code is codes.LITERAL:
            yield chr(value)
        for part in _inner(code, value):
            yield from _literals(part)


def _inner(code: Any, value: Any) -> list[Any]:
    """The parts of an element that are patterns themselves."""
    if code is codes.BRANCH:
        return list(value[1])
    if code is codes.SUBPATTERN:
        return [value[3]]
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return [value[2]]
    if code is codes.ATOMIC_GROUP:
        return [value]
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return [value[1]]
    if code is codes.GROUPREF_EXISTS:
        return [part for part in value[1:] if part is not None]
    return []


def _repeats(tree: Any, head: str, sampler: _Sampler) -> Iterator[tuple[str, str]]:
    """What is repeated, each after a sample of what comes before it."""
    for code, value in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and value[1] >= _MANY:
            yield head, sampler.sample(value[2])
        for part in _inner(code, value):
            yield from _repeats(part, head, sampler)
        head += sampler.one(code, value)


class _Sampler:
    """Texts that fit a pattern, more or less: what stands at a boundary, or must not follow, is not looked at."""

    def __init__(self, chance: random.Random, alphabet: str) -> None:
        self._chance = chance
        self._alphabet = sorted(set(alphabet))

    def sample(self, tree: Any) -> str:
        return "".join(self.one(code, value) for code, value in tree)

    def one(self, code: Any, value: Any) -> str:
        if code is codes.LITERAL:
            return chr(value)
        if code in (codes.NOT_LITERAL, codes.ANY, codes.IN):
            return self._character(code, value)
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            least, most, body = value
            return "".join(self.sample(body) for _ in range(min(most, least + self._chance.choice((0, 1, 1, 2)))))
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            return ""
        inner = _inner(code, value)
        return self.sample(self._chance.choice(inner)) if inner else ""

    def _character(self, code: Any, value: Any) -> str:
        fits: Callable[[str], bool] = {
            codes.NOT_LITERAL: lambda one: ord(one) != value,
            codes.ANY: lambda one: one != "\n",
            codes.IN: lambda one: _in(one, value),
        }[code]
        known = [one for one in self._alphabet if fits(one)]
        if known:
            return self._chance.choice(known)
        first = next((one for one in value if one[0] in (codes.LITERAL, codes.RANGE)), None)
        return "" if first is None else chr(first[1] if first[0] is codes.LITERAL else first[1][0])


_KINDS: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda one: one.isalnum() or one == "_",
}


def _in(one: str, members: Sequence[tuple[Any, Any]]) -> bool:
    negated: bool = bool(members) and members[0][0] is codes.NEGATE
    return bool(negated != any(_is(one, code, value) for code, value in members if code is not codes.NEGATE))


def _is(one: str, code: Any, value: Any) -> bool:
    if code is codes.LITERAL:
        return bool(ord(one) == value)
    if code is codes.RANGE:
        return bool(value[0] <= ord(one) <= value[1])
    name = str(value).removeprefix("UNI_")
    return not _KINDS[name.replace("_NOT_", "_")](one) if "_NOT_" in name else _KINDS[name](one)


def seconds(read: Callable[[str], object], text: str, runs: int) -> float:
    """The least processor time of a few runs."""
    least = float("inf")
    for _ in range(runs):
        started = time.process_time()
        read(text)
        least = min(least, time.process_time() - started)
    return least


def explosion(read: Callable[[str], object], attack: Attack) -> str | None:
    """Where the time grows faster than the text: two sizes and their times. None where it does not, or never matters."""
    times: dict[int, float] = {}
    for size in SIZES:
        times[size] = seconds(read, attack.text(size), 1)
        eighth = times.get(size // 8) or seconds(read, attack.text(size // 8), 1)
        if size >= 2048 and (times[size] * (SIZES[-1] / size) ** 2 < _FLOOR or times[size] < _LINEAR * eighth):
            return None  # a square of the size would still be too little, or it is none
        if times[size] > max(_FLOOR, _MOST * eighth):
            small, large = seconds(read, attack.text(size // 8), 3), seconds(read, attack.text(size), 2)
            if large > max(_FLOOR, _MOST * small):
                return f"{size // 8} characters: {small * 1000:.2f} ms, {size}: {large * 1000:.1f} ms"
    return None


def reader(pattern: re.Pattern[Any], method: str) -> Callable[[str], object]:
    """What a method of a pattern does with a text; "search" finds all there is, "match at" tries where a word begins or ends."""
    runs: dict[str, Callable[[Any], object]] = {
        "match": pattern.match,
        "fullmatch": pattern.fullmatch,
        "match at": lambda text: [pattern.match(text, one.end()) for one in _EDGE.finditer(text)],
        "search": lambda text: list(pattern.finditer(text)),
    }
    run = runs[method]
    if isinstance(pattern.pattern, bytes):
        return lambda text: run(text.encode("utf-8"))
    return run
