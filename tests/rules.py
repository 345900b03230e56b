"""Which papers a question means, as rules over the stored fields, and whether an answer has exactly those."""

from __future__ import annotations

import re
from collections.abc import Callable

from rag.assistant import Assistant
from rag.model.answers import Answer
from rag.model.records import Abstract

Paper = Abstract
Rule = Callable[[Paper], bool]


def has(word: str) -> Rule:
    pattern = re.compile(rf"(?<!\w){re.escape(word).replace(chr(92) + ' ', chr(92) + 's+')}(?!\w)", re.IGNORECASE)
    return lambda one: bool(pattern.search(one.text))


def titled(word: str) -> Rule:
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return lambda one: bool(pattern.search(one.title or ""))


def year(one: Paper) -> int:
    return one.year or 0


def month(one: Paper) -> int:
    return int(one.date[5:7]) if one.date else 0


def day(one: Paper) -> str:
    return one.date or ""


def authors(one: Paper) -> int:
    return one.authors or 0


def upvotes(one: Paper) -> int:
    return one.upvotes or 0


def comments(one: Paper) -> int:
    return one.comments or 0


def listing(one: Paper) -> str:
    return one.sources[0].file[:3]


def number(answer: Answer) -> int | None:
    """The number that the claim begins with."""
    text = answer.claims[0].text if answer.claims else ""
    found = re.match(r"(?:Yes: )?([\d,]+) papers?\b", text)
    return int(found[1].replace(",", "")) if found else 0 if text.startswith("No paper") else None


def members(assistant: Assistant, rule: Rule) -> list[str]:
    return [one.id for one in assistant.abstracts() if rule(one)]


def same(answer: Answer, right: list[str]) -> bool:
    """The members that are cited are the right ones; of many, the first thirty are cited and all are counted."""
    cited = {one.abstract_id for one in answer.citations}
    return cited <= set(right) and len(cited) == min(30, len(right)) and answer.checks.get("members", len(right)) == len(right)
