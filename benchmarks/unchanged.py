"""Are the answers what they were? `python -m benchmarks.unchanged RUN` holds a run of the shipped questions against their digests.

`make gate` runs it on the run that it scores, so that no change of an answer goes unnoticed. A change that is meant is accepted with
`--accept`, which writes the digests anew; the commit then says which answers changed, and why.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from eval.runs.run import read_run
from rag.model.answers import Answer

DIGESTS = Path(__file__).parents[1] / "tests" / "data" / "answer_digests.tsv"
_NAMED = 10  # questions


def digest(answer: Answer) -> str:
    """16 hexadecimal digits of all that a reader sees: outcome, text, what is cited, table, conditions and notices; not the scores."""
    cited = [(one.kind, one.abstract_id, one.start, one.end, one.quote) for one in answer.citations]
    seen = (answer.outcome, answer.text, cited, answer.table, answer.filters, answer.notices, answer.form, answer.incomplete)
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:16]


def digests_of(run: Path) -> dict[str, str]:
    """The digest of each answer by its question's id; "error" where asking failed."""
    return {row.question.id: digest(row.answer) if row.answer else "error" for row in read_run(run).rows}


def stored() -> dict[str, str]:
    """The digests that were accepted last, by question."""
    return dict(line.split("\t") for line in DIGESTS.read_text(encoding="utf-8").splitlines())


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The questions whose answers differ, are new or are missing, in order."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def main(run: Path, *, accept: bool) -> int:
    """Print what differs; 1 where anything does."""
    now = digests_of(run)
    if accept:
        DIGESTS.write_text("".join(f"{name}\t{value}\n" for name, value in sorted(now.items())), encoding="utf-8")
        return 0
    different = changed(stored(), now)
    if not different:
        print(f"all {len(now)} answers are as they were")
        return 0
    print(f"{len(different)} of {len(now)} answers changed: {' '.join(different[:_NAMED])}{' ...' if len(different) > _NAMED else ''}")
    print("Look at them; where they are meant to: python -m eval run --out RUN && python -m benchmarks.unchanged RUN --accept")
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), accept="--accept" in sys.argv))
