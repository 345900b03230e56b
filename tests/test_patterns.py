"""No regular expression freezes: on hostile text, each takes time in proportion to its length."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from eval.systems.marks import _pattern as _marks
from rag.answers.draft import _copied
from rag.model.filters import mention_pattern, spelling_pattern
from rag.support.contradiction import _credit
from tests.hostile import Attack, attacks, explosion, reader
from tests.regexes import Regex, collected, modules, scripts

# The functions that make a pattern of what they are given, each with patterns that it makes.
BUILT: list[tuple[Callable[..., Any], re.Pattern[str]]] = [
    (_copied, _copied(["a1b2", "9z9"])),
    (mention_pattern, mention_pattern("a A a", part=True)),
    (mention_pattern, mention_pattern("a-9 A", part=False)),
    (_credit, _credit("A-9")),
    (spelling_pattern, spelling_pattern(["a", "9", "a"])),
    (_marks, _marks()),
]
PARTS = 6
SAMPLES = 2


@cache
def regexes() -> tuple[list[Regex], list[str]]:
    return collected(modules(), BUILT)


def test_every_pattern_can_be_seen_before_the_program_runs() -> None:
    found, unseen = regexes()
    assert unseen == []  # patterns made of what a function is given: move them to a function of their own, and add it to BUILT
    assert len(found) > 300
    assert [path.name for path in scripts() if "import re\n" in path.read_text(encoding="utf-8")] == []


def test_no_bound_of_a_repeat_is_lost_in_a_formatted_string() -> None:
    """ "{0,9}" in an f-string is the text "(0, 9)", and "{{0,9}}" in a plain one are braces."""
    assert [one.where for one in regexes()[0] if re.search(r"\(\d+, \d+\)|\{\{\d", str(one.pattern.pattern))] == []


@pytest.mark.parametrize("part", range(PARTS))
def test_a_pattern_takes_no_longer_than_its_text(part: int) -> None:
    once = {(one.pattern, method): one.where for one in regexes()[0] for method in one.methods}
    slow = []
    for (pattern, method), where in list(once.items())[part::PARTS]:
        read = reader(pattern, method)
        found = next(((attack, times) for attack in attacks(pattern, SAMPLES) if (times := explosion(read, attack))), None)
        if found:
            slow.append(f"{where} ({method}) {pattern.pattern!r:.120} on {found[0]}: {found[1]}")
    assert slow == []


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(?:\w+\s?)+$", "match"),  # 2**n
        (r"(?:a|ab|b)*c", "search"),
        (r"\s+x", "search"),  # n**2
        (r"<b>.*?</b>", "search"),
        (r"\w*\d\w*!", "fullmatch"),
        (r"(?:\d[\d,]*, ?)*or", "search"),
    ],
)
def test_a_pattern_that_freezes_is_found(pattern: str, method: str) -> None:
    compiled = re.compile(pattern)
    assert any(explosion(reader(compiled, method), attack) for attack in attacks(compiled, SAMPLES))


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s+x", r"<b>[^<]*</b>", r"\b\w+\b", r"\b(?:\w+ ){0,5}x"])
def test_a_linear_pattern_is_left_in_peace(pattern: str) -> None:
    compiled = re.compile(pattern)
    assert [attack for attack in attacks(compiled, SAMPLES) if explosion(reader(compiled, "search"), attack)] == []


def test_an_attack_is_as_long_as_it_is_to_be() -> None:
    assert Attack("<", "ab", "!").text(9) == "<ababab!"
