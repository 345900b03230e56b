"""How many false premises are contradicted, and how many true ones: `python -m benchmarks.premises`.

The questions of tests/data/premises.jsonl come in pairs, one whose premise the abstract contradicts and one whose premise it
bears out; both sets were written before anything had read them. The first set served development; of the second, 16 of 25 false
premises and no true one were contradicted at first sight, after which it served development too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.development import temporary_assistant
from rag.model.answers import Answer

PAIRS = Path(__file__).parents[1] / "tests" / "data" / "premises.jsonl"


def pairs() -> Iterator[dict[str, Any]]:
    """The questions: ref, question, quote (what the abstract says), holds, set (1 or 2)."""
    return map(json.loads, PAIRS.read_text(encoding="utf-8").splitlines())


def contradicted(answer: Answer) -> bool:
    """True where what a question takes for granted, or whom it credits, is said not to be so."""
    refused = answer.outcome == "refused" and "premise" in (answer.reason or "")
    return refused or any(claim.kind == "absence" and "does not mention" in claim.text for claim in answer.claims)


def main() -> None:
    """Print the figures of both sets."""
    with temporary_assistant() as assistant:
        asked = [(row, assistant.ask(row["question"])) for row in pairs()]
    for part in (1, 2):
        for holds in (False, True):
            rows = [(row, answer) for row, answer in asked if (row["set"], row["holds"]) == (part, holds)]
            said = sum(contradicted(answer) for _, answer in rows)
            shown = sum(any(row["quote"] in one.quote for one in answer.citations) for row, answer in rows)
            name = f"set {part}, premise {'holds' if holds else 'does not hold'}"
            print(f"{name:<34} contradicted {said:>2} of {len(rows)}, the deciding sentence cited {shown:>2}")


if __name__ == "__main__":
    main()
