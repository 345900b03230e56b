"""How answers fare with a weak model on this machine's processor: `python -m benchmarks.small_model`.

SmolLM2 (135 million parameters), served by llama.cpp on loopback, answers twenty of the development questions. Of each it prints the
mode and outcome, whether a gold abstract is cited, the seconds to the first sentence that stays and in all, requests, tokens and
notices; then the sums and medians. `--each 3` asks three of each set instead of ten. Other arguments are settings, with their
environment's names: `RAG_JUDGE=local`; with an `OPENAI_BASE_URL=...` the server there is asked instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.development import DATA, references, rows, temporary_settings
from rag.assistant import Assistant
from rag.model import Answer
from tests.small_model import lacking, small_model

SETS = "questions_dev.jsonl", "own_words_dev.jsonl"


@dataclass(frozen=True, eq=False)
class Timed:
    """An answer with the seconds to its first sentence and to its end, and whether it cites a gold abstract (None: there is none)."""

    answer: Answer
    first: float
    whole: float
    cited: bool | None

    def told(self) -> str:
        """One line, and one for each notice."""
        answer = self.answer
        gold = {True: "gold cited", False: "not cited", None: "no gold"}[self.cited]
        counts = f"{answer.usage.get('requests', 0)} requests, {_tokens(answer)} tokens"
        lines = [f"  {answer.mode}, {answer.outcome}, {gold}; first {self.first:.1f} s, all {self.whole:.1f} s; {counts}"]
        return "\n".join([*lines, *(f"    {one}" for one in answer.notices)])


def chosen(name: str, count: int) -> list[Mapping[str, Any]]:
    """So many questions of a set that stand by themselves, evenly spread over it."""
    every = [row for row in rows(name) if "question" in row and not row.get("turns") and not row.get("history")]
    return every[:: max(1, len(every) // count)][:count]


def ask(assistant: Assistant, question: str, gold: frozenset[str]) -> Timed:
    """Ask as a page does that shows each sentence as it is checked."""
    begin = time.perf_counter()
    first: float | None = None
    answer: Answer | None = None
    for step in assistant.stream(question):
        if step.kind == "restart":  # what was shown so far is void
            first = None
        elif step.kind == "claim" and first is None:
            first = time.perf_counter() - begin
        answer = step.answer or answer
    whole = time.perf_counter() - begin
    assert answer is not None
    cited = None if not gold else any(one.abstract_id in gold for one in answer.citations)
    return Timed(answer, whole if first is None else first, whole, cited)


def summary(asked: Sequence[Timed]) -> str:
    """Counts by mode and outcome; medians and sums of what it took."""
    ways = Counter(f"{one.answer.mode}, {one.answer.outcome}" for one in asked)
    known = [one.cited for one in asked if one.cited is not None]
    lines = [f"{count:3} {way}" for way, count in ways.most_common()]
    lines.append(f"gold cited: {sum(known)} of {len(known)}")
    for name, values in (("first sentence", [one.first for one in asked]), ("whole answer", [one.whole for one in asked])):
        lines.append(f"{name}: median {median(values):.1f} s, longest {max(values):.1f} s")
    requests, tokens = (sum(one.answer.usage.get("requests", 0) for one in asked), sum(_tokens(one.answer) for one in asked))
    lines.append(f"requests: {requests}; tokens: {tokens:,}; all of it took {sum(one.whole for one in asked):.0f} s")
    return "\n".join(lines)


def _tokens(answer: Answer) -> int:
    return answer.usage.get("prompt_tokens", 0) + answer.usage.get("completion_tokens", 0)


def _arguments() -> tuple[int, dict[str, str]]:
    """How many questions of a set, and settings by their names in Python: RAG_JUDGE=local is judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=10, help="questions of a set")
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    given = parser.parse_args()
    pairs = (one.partition("=") for one in given.settings)
    return given.each, {name.lower().removeprefix("rag_"): value for name, _, value in pairs}


def main() -> None:
    """Ask all, and print as it goes."""
    each, options = _arguments()
    if not DATA.is_dir():
        sys.exit("The development data (a folder named shared beside the repository) is not here: nothing to ask.")
    why_not = None if "openai_base_url" in options else lacking()
    if why_not is not None:
        sys.exit(why_not)
    asked = []
    with ExitStack() as stack:
        if "openai_base_url" not in options:
            options["openai_base_url"] = stack.enter_context(small_model(limit=None)).url
        assistant = stack.enter_context(Assistant.open(stack.enter_context(temporary_settings(**options))))
        ids = references(assistant)
        for row in (row for name in SETS for row in chosen(name, each)):
            print(row["question"], flush=True)
            asked.append(ask(assistant, row["question"], frozenset(ids[ref] for ref in row["gold"])))
            print(asked[-1].told(), flush=True)
    print(f"\n{len(asked)} questions\n{summary(asked)}")


if __name__ == "__main__":
    main()
