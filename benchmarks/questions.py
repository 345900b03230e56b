"""How well the development questions are answered, through the same `Assistant.ask` as everywhere: `python -m benchmarks.questions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import mean

from benchmarks.answer_figures import (
    Place,
    Result,
    evidence_stands,
    gold_cited,
    gold_first,
    gold_share,
    numbers_said,
    precision,
    recall,
    words,
)
from benchmarks.development import area, references, rows, temporary_settings
from rag.assistant import Assistant
from rag.model.settings import Settings


def ask_all(settings: Settings) -> list[Result]:
    """Ask every development question, a follow-up with its history."""
    with Assistant.open(settings) as assistant:
        ids = references(assistant)

        def place(evidence: Mapping[str, str]) -> Place:
            abstract = assistant.abstract(ids[evidence["ref"]])
            start = abstract.text.index(evidence["quote"])
            return abstract.id, start, start + len(evidence["quote"])

        return [
            Result(
                row,
                frozenset(ids[ref] for ref in row["gold"]),
                tuple(map(place, row["evidence"])),
                assistant.ask(row["question"], row.get("history")),
            )
            for row in rows("questions_dev.jsonl")
        ]


def separation(results: Sequence[Result]) -> float:
    """AUC of the answerability: answerable against unanswerable questions, follow-ups aside; what code alone answers counts as certain."""
    chances: dict[bool, list[float]] = {True: [], False: []}
    for one in results:
        if one.row["kind"] != "followup":
            chance = one.answer.answerability
            chances[one.row["kind"] != "unanswerable"].append(float(not one.refused) if chance is None else chance)
    return area(chances[True], chances[False])


def report(name: str, results: Sequence[Result], holds: Callable[[Result], bool]) -> None:
    """Print of how many results something holds."""
    count = sum(map(holds, results))
    print(f"{name:<56} {count:>3} of {len(results):>3}" + (f"  {count / len(results):.0%}" if results else ""))


def of_facts(facts: Sequence[Result]) -> None:
    """Print the figures of questions that one abstract answers."""
    for name, group in (
        ("named", [one for one in facts if one.row["named"]]),
        ("not named", [one for one in facts if not one.row["named"]]),
    ):
        report(f"fact, system {name}: gold cited first", group, gold_first)
        report(f"fact, system {name}: gold cited", group, gold_cited)
    report("fact: a gold evidence sentence stands in the answer", facts, evidence_stands)
    report("fact: all that a right answer must contain is said", [one for one in facts if one.row["numbers"]], numbers_said)
    lengths = [words(one) for one in facts if not one.refused]
    print(f"fact: words of an answer, mean {mean(lengths):.0f}, most {max(lengths)}; claims from gold abstracts {gold_share(facts):.0%}")


def main() -> None:
    """Print all figures."""
    with temporary_settings() as settings:
        results = ask_all(settings)
    kinds = {kind: [one for one in results if one.row["kind"] == kind] for kind in ("fact", "multi", "meta", "unanswerable", "followup")}
    of_facts(kinds["fact"])
    multi = kinds["multi"]
    print(f"multi (n = {len(multi)}): recall {mean(map(recall, multi)):.2f}, precision {mean(map(precision, multi)):.2f} of gold abstracts")
    report("follow-up, with its history: gold cited", kinds["followup"], gold_cited)
    report("unanswerable, refused", kinds["unanswerable"], lambda one: one.refused)
    for kind in ("fact", "multi", "meta"):
        report(f"{kind}, wrongly refused", kinds[kind], lambda one: one.refused)
    print(f"answerable against unanswerable, AUC of the answerability: {separation(results):.2f} (fitted to these; see fit_answerability)")


if __name__ == "__main__":
    main()
