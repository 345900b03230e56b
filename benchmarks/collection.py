"""How many questions about the whole collection are answered exactly, number and members: `python -m benchmarks.collection`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.development import references, rows, temporary_assistant
from rag.assistant import Assistant
from rag.model.answers import Answer

QUESTIONS = Path(__file__).parents[1] / "eval" / "data" / "questions.jsonl"
KINDS = ("list", "count", "superlative")
CITED = 30  # members that an answer cites at the most


def exact(row: Mapping[str, Any], answer: Answer, ids: Mapping[str, str]) -> bool:
    """True where the members are all of those that are right and no other, and the number is said."""
    gold = [ids[ref] for ref in row["gold"]]
    cited = [one.abstract_id for one in answer.members]
    said = " ".join(claim.text for claim in answer.claims if not claim.aside)
    members = cited == gold if row["kind"] == "superlative" else set(cited) == set(gold) or (len(gold) > CITED and set(cited) < set(gold))
    numbers = row.get("numbers") or [str(row["number"])]
    return members and all(re.search(rf"(?<![\d.]){one}(?![\d.]\d|\d)", said) for one in numbers)


def groups(split: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Questions of this repository by kind, then the shared ones."""
    own = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    for kind in KINDS:
        yield f"{kind}, {split}", [row for row in own if row["kind"] == kind and row["split"] == split]
    if split == "dev":
        yield "meta, shared", [row for row in rows("questions_dev.jsonl") if row["kind"] == "meta"]


def report(assistant: Assistant, split: str) -> None:
    """Print how many are exact, and of the development questions those that are not."""
    ids = references(assistant)
    for name, questions in groups(split):
        wrong = [row for row in questions if not exact(row, assistant.ask(row["question"]), ids)]
        print(f"{name:<24} {len(questions) - len(wrong):>3} of {len(questions):>3}")
        if split == "dev":
            for row in wrong:
                print(f"  {row['id']} {row['question']}")


def main() -> None:
    """Print the figures of the development half; with `test` as an argument, those of the other half."""
    with temporary_assistant() as assistant:
        report(assistant, "test" if sys.argv[1:] == ["test"] else "dev")


if __name__ == "__main__":
    main()
