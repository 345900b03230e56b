"""How well lists and counts of papers on a topic are answered: `python -m benchmarks.topics`; with `all` it prints what is wrong.

All wordings of 45 topics with their whole membership, and 30 questions about dates and titles. Abstracts that are marginal for a topic
are free: a list may have them or not, a count may lie anywhere between the core and the core with them.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from benchmarks.development import references, rows, temporary_settings
from rag.assistant import Assistant
from rag.model.answers import Answer

TODAY = datetime(2026, 11, 21, 12, tzinfo=UTC)  # of the development data
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.]\w)")
_NONE = re.compile(r"(?:no|none|nothing|the corpus has (?:0|no)|0)\b", re.IGNORECASE)
_UNSURE = re.compile(r"no .{0,40}\bsure", re.IGNORECASE)


@dataclass(frozen=True)
class Wording:
    """A question on a topic, its form ("count", "list", "exists") and the abstracts that are right or free."""

    topic: str
    text: str
    form: str
    filtered: bool
    core: frozenset[str]
    marginal: frozenset[str]


def wordings() -> Iterator[Wording]:
    """All of the development data."""
    for row in rows("topics_dev.jsonl"):
        for number, (text, form) in enumerate(zip(row["wordings"], row["forms"], strict=True)):
            kind, _, extra = form.partition("+")
            core = row["filtered"][str(number)] if extra else row["core"]
            marginal = row["filtered_marginal"][str(number)] if extra else row["marginal"]
            yield Wording(row["id"], text, kind, bool(extra), frozenset(core), frozenset(marginal))


def f1(found: Collection[str], core: Collection[str], marginal: Collection[str]) -> float:
    """The harmonic mean of precision and recall over the core, marginal ones left out; 1 for nothing where nothing is right."""
    told = set(found) - set(marginal)
    if not told and not core:
        return 1.0
    return 2 * len(told & set(core)) / (len(told) + len(core))


def said_number(answer: Answer) -> int | None:
    """The number that an answer begins with, 0 where it says that there is none, None where it counts nothing."""
    text = answer.text
    if answer.outcome != "answered" or _NONE.match(text):
        return 0 if answer.outcome == "answered" or _NONE.match(text) else None
    first = _NUMBER.search(text)
    return int(first[0]) if first and answer.checks.get("computed") else None


def says_none(answer: Answer) -> bool:
    """True where an answer says for sure that there is none."""
    return said_number(answer) == 0 and not _UNSURE.match(answer.text)


def listed(answer: Answer, names: Mapping[str, str]) -> set[str]:
    """The references of what an answer lists or cites, without what only stands beside."""
    return {names[one.abstract_id] for one in answer.members} if answer.outcome == "answered" else set()


def metadata_right(row: Mapping[str, Any], answer: Answer, names: Mapping[str, str]) -> bool:
    """True where the number, the members or the table of a question about dates and titles is right."""
    gold = row["gold"]
    if isinstance(gold, list):
        return listed(answer, names) == set(gold)
    if "per_year" in gold:
        return answer.table is not None and dict(pair[:2] for pair in answer.table[1:]) == {
            year: str(number) for year, number in gold["per_year"].items()
        }
    return said_number(answer) == gold["number"]


def report(assistant: Assistant, shown: bool) -> None:
    """Print the figures, and with `shown` each wording that is wrong."""
    names = {one: ref for ref, one in references(assistant).items()}
    lists: dict[bool, list[float]] = {False: [], True: []}
    counts: list[bool] = []
    tally: Counter[str] = Counter()
    for one in wordings():
        answer = assistant.ask(one.text)
        none = says_none(answer) and bool(one.core)
        tally["false 0"] += none
        tally["with members"] += bool(one.core)
        if one.form == "count":
            number = said_number(answer)
            right = number is not None and len(one.core) <= number <= len(one.core | one.marginal)
            counts.append(right)
            score = f"{number} for {len(one.core)}-{len(one.core | one.marginal)}"
        else:
            value = f1(listed(answer, names), one.core, one.marginal)
            lists[one.filtered].append(value)
            right, score = value >= 0.75, f"F1 {value:.2f}"
        if shown and not right:
            print(f"  {one.topic} {one.text} | {score}{' | FALSE 0' if none else ''} | {answer.form} | {answer.text[:150]}")
    print(f"list F1 {fmean(lists[False] + lists[True]):.1%} (no condition {fmean(lists[False]):.1%}, with one {fmean(lists[True]):.1%})")
    print(f"count right {fmean(counts):.1%} of {len(counts)}; false 0: {tally['false 0']} of {tally['with members']}")
    questions = rows("metadata_dev.jsonl")
    wrong = [(row, answer) for row in questions if not metadata_right(row, answer := assistant.ask(row["question"]), names)]
    print(f"metadata right {len(questions) - len(wrong)} of {len(questions)}")
    for row, answer in wrong if shown else []:
        print(f"  {row['id']} {row['question']} | {answer.form} | {answer.text[:150]}")


def main() -> None:
    """Print the figures on a fresh index, today taken as the data take it."""
    with temporary_settings() as settings, Assistant.open(settings, clock=lambda: TODAY) as assistant:
        report(assistant, "all" in sys.argv[1:])


if __name__ == "__main__":
    main()
