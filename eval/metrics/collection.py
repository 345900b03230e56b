"""Lists, counts and superlatives: is the number right, and are exactly the right abstracts named. An error counts 0."""

from __future__ import annotations

import re

from eval.metrics.correctness import cited_abstracts, claimed_text, plain
from eval.metrics.measure import Measure, Verdicts
from eval.records import Row
from rag.text import NUMBER_WORDS

ROWS = "with gold members"
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w,]|\.\d)|(?<![\w.-])(?<!\d,)\d+(?!\w|\.\d|,\d{3})")
_WORDS = {word: value for word, value in NUMBER_WORDS.items() if value <= 12}


def number_stated(row: Row, verdicts: Verdicts) -> float | None:
    """1 where the claims or the table state the number, in digits (1,200 or 1200) or as a word up to twelve ("no" is 0).

    There may be others ("4 of 159"): whether the right things were counted is the question of `collection_exact`.
    """
    if row.question.number is None:
        return None
    return float(row.question.number in stated_numbers(claimed_text(row)))


def stated_numbers(text: str) -> set[int]:
    """The whole numbers in a text, the year of a date too; not parts of decimals or of names such as GPT-4 and wav2vec2."""
    said = plain(text)
    words = set(re.findall(r"[a-z]+", said))
    digits = {int(one.replace(",", "")) for one in _NUMBER.findall(said)}
    return digits | {value for word, value in _WORDS.items() if word in words} | ({0} if "no" in words else set())


def members_exact(row: Row, verdicts: Verdicts) -> float | None:
    """1 where the cited abstracts are exactly the members; where there are none, an answer must say so without citing any."""
    if row.members is None:
        return None
    return float(row.outcome == "answered" and cited_abstracts(row) == set(row.members))


def members_f1(row: Row, verdicts: Verdicts) -> float | None:
    """F1 of the cited abstracts against the members; 1 where an answer rightly cites none."""
    if row.members is None:
        return None
    cited, members = cited_abstracts(row), set(row.members)
    if not cited and not members:
        return members_exact(row, verdicts)
    return 2 * len(cited & members) / (len(cited) + len(members))


def collection_exact(row: Row, verdicts: Verdicts) -> float | None:
    """1 where the number is stated and the members are exact, as far as the gold has either.

    A list need not state how many it lists. The order of a superlative's members is not looked at.
    """
    scores = [members_exact(row, verdicts), None if row.question.kind == "list" else number_stated(row, verdicts)]
    known = [one for one in scores if one is not None]
    return min(known) if known else None


def has_number(row: Row) -> bool:
    """True where the gold is a number."""
    return row.question.number is not None


def has_members(row: Row) -> bool:
    """True where the gold is a set of abstracts."""
    return row.members is not None


def is_collection(row: Row) -> bool:
    """True where the gold is either; for a list the members."""
    return has_members(row) or (has_number(row) and row.question.kind != "list")


MEASURES = (
    Measure("collection_exact", "number and members are right", "lists, counts, superlatives", collection_exact, is_collection),
    Measure("number_stated", "the number is stated", "with a gold number", number_stated, has_number),
    Measure("members_exact", "exactly the members are cited", ROWS, members_exact, has_members),
    Measure("members_f1", "F1 of the cited abstracts", ROWS, members_f1, has_members),
)
