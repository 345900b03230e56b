"""Answers written by a model, with a scripted one on loopback: `python -m benchmarks.writing`.

What our own code takes for an answer, how much later than the raw stream a claim is told, and which damaged claims a stubborn
model gets through: one that writes each claim with the sentence of the abstract that suits it best, and repeats it when asked
to repair it.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.damage import Case, generated, interval, shipped
from benchmarks.development import references, rows
from rag.assistant import Assistant
from rag.model.settings import Settings
from rag.support.check import check_cited
from tests.fakes import FakeOpenAI
from tests.writing import (
    claim,
    given,
    is_judging,
    is_planning,
    is_repair,
    judged_items,
    plan,
    planned_question,
    reply,
    same_question,
    verdicts,
)

_ADDS = 0.03  # of support score, for which a second sentence is cited
_EACH = 120  # damaged claims of each kind, spread over the corpus


def fitting(text: str, sentences: Mapping[str, str]) -> list[tuple[int, str]]:
    """The sentence that suits a claim best by our own checker, or the two where the second adds: numbers and first words."""
    whole, spans = " ".join(sentences.values()), []
    for sentence in sentences.values():
        start = spans[-1][1] + 1 if spans else 0
        spans.append((start, start + len(sentence)))
    alone = [check_cited(text, whole, [span]).score for span in spans]
    order = sorted(range(len(spans)), key=lambda index: -alone[index])
    pairs = {other: check_cited(text, whole, sorted([spans[order[0]], spans[other]])).score for other in order[1:4]}
    second = max(pairs, key=pairs.__getitem__, default=order[0])
    chosen = [order[0]] + [second] * (pairs.get(second, 0.0) > alone[order[0]] + _ADDS)
    numbers = list(sentences)
    return [(int(numbers[index]), " ".join(sentences[numbers[index]].split()[:8])) for index in chosen]


class Stubborn:
    """A model that writes one given claim about one abstract, whatever it is told."""

    def __init__(self) -> None:
        self.text, self.first = "", ""

    def __call__(self, body: Mapping[str, Any]) -> str:
        """The reply."""
        if is_planning(body):
            return same_question(body)
        keys = given(body)
        own = [key for key, sentences in keys.items() if next(iter(sentences.values())).startswith(self.first)]
        if not own:
            return reply(answerable=False)
        said = claim(self.text, *[(own[0], *place) for place in fitting(self.text, keys[own[0]])], number=1)
        return json.dumps({"claims": [said]}) if is_repair(body) else reply(said)


def passes(cases: Sequence[Case], assistant: Assistant, model: Stubborn) -> dict[tuple[bool, str], list[bool]]:
    """For each kind of claim, which ones stand in the answer."""
    found: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for case in cases:
        model.text, model.first = case.claim, " ".join(case.abstract.text.split())[:40]
        answer = assistant.ask(f"{case.abstract.label}: {case.claim}")
        if not answer.checks and answer.mode == "extract":
            continue  # refused before the model was asked
        found[case.supported, case.kind].append(any(one.kind == "evidence" for one in answer.claims))
    return found


def spread(cases: Sequence[Case], most: int) -> list[Case]:
    """At most so many cases of each kind, at even distances."""
    kinds: dict[tuple[bool, str], list[Case]] = defaultdict(list)
    for case in cases:
        kinds[case.supported, case.kind].append(case)
    return [one for group in kinds.values() for one in group[:: max(1, len(group) // most)][:most]]


def claims_dev(assistant: Assistant) -> list[Case]:
    """The claims of the development data."""
    ids = references(assistant)
    return [
        Case(row["claim"], assistant.abstract(ids[row["ref"]]), row["label"] == "supported", row["kind"], "development")
        for row in rows("claims_dev.jsonl")
    ]


ERRORS = (0.0, 0.05, 0.15)  # shares of a simulated judge's verdicts that are wrong


class Fluent:
    """A model that writes one given claim with the sentences that it is given for it, and judges it wrongly at a given rate."""

    def __init__(self, error: float) -> None:
        self.error = error
        self.row: Mapping[str, Any] = {}
        self.was_given = False

    def __call__(self, body: Mapping[str, Any]) -> str:
        """The reply."""
        if is_planning(body):
            return same_question(body)
        if is_judging(body):
            wrong = Random(f"{self.row['id']} {self.error}").random() < self.error
            right = "supported" if (self.row["label"] == "supported") != wrong else "not"
            return verdicts(*((item["number"], right, "") for item in judged_items(body)))
        places = [
            (key, int(number), " ".join(said.split()[:8]))
            for wanted in self.row["sentences"]
            for key, sentences in given(body).items()
            for number, said in sentences.items()
            if " ".join(said.split()) == " ".join(wanted.split())
        ]
        self.was_given = len(places) == len(self.row["sentences"])
        said = claim(self.row["claim"], *places, number=1)
        return json.dumps({"claims": [said]}) if is_repair(body) else reply(said)


def fluent(folder: Path, error: float | None) -> None:
    """Print how many of the fluent claims that a model writes are shown, by what judges: our own check, or a model that errs so often."""
    model = Fluent(error or 0.0)
    found: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    not_given = 0
    judge = "local" if error is None else "model"
    with (
        FakeOpenAI(default=model) as service,
        Assistant.open(Settings(index_dir=folder, openai_base_url=service.url, judge=judge, _env_file=None)) as assistant,
    ):
        labels = {ref: assistant.abstract(one).label for ref, one in references(assistant).items()}
        for row in rows("claims_fluent_dev.jsonl"):
            model.row, model.was_given = row, False
            named = " and ".join(labels[ref] for ref in row["refs"])
            answer = assistant.ask(f"What do {named} say on this: {row['claim']}")
            not_given += not model.was_given
            shown = answer.mode == "generate" and any(one.text == row["claim"] for one in answer.claims)
            for kind in (row["kind"], "all"):
                found[row["label"] == "supported", kind].append(shown)
    title = "our own check" if error is None else f"a judge that errs in {error:.0%}"
    show(f"claims_fluent_dev, shown with {title} (the sentences did not reach the model for {not_given})", found)


PLANS = Path(__file__).parent / "data" / "plans.jsonl"


def planned(folder: Path, *, plans: bool) -> None:
    """Print for how many questions in a colleague's words the right abstract reaches the model that writes.

    The plans are recorded (`data/plans.jsonl`): written from the questions alone, by one who knows the field and this corpus.
    """
    searches = {row["question"]: row["searches"] for row in map(json.loads, PLANS.read_text(encoding="utf-8").splitlines())}
    shown: list[Mapping[str, Any]] = []

    def model(body: Mapping[str, Any]) -> str:
        if is_planning(body):
            question = planned_question(body)
            return plan(question, *searches[question]) if plans else "No plan."
        shown.append(given(body))
        return reply(answerable=False)

    reached, calls, asked = 0, 0, [row for row in rows("own_words_dev.jsonl") if row["kind"] == "own_words"]
    with (
        FakeOpenAI(default=model) as service,
        Assistant.open(Settings(index_dir=folder, openai_base_url=service.url, _env_file=None)) as assistant,
    ):
        ids = references(assistant)
        for row in asked:
            shown.clear()
            calls += assistant.ask(row["question"]).usage.get("requests", 0)
            first = " ".join(assistant.abstract(ids[row["gold"][0]]).text.split())[:40]
            reached += any(next(iter(said.values())).startswith(first) for one in shown for said in one.values())
    print(
        f"own words, {'recorded plans' if plans else 'no plan'}: read {reached} of {len(asked)}, {calls / len(asked):.1f} calls a question"
    )


def surveyed(folder: Path) -> None:
    """Print which share of a topic's core abstracts the model is given to read, asked for the main approaches, without any plan."""
    shown: list[Mapping[str, Any]] = []

    def model(body: Mapping[str, Any]) -> str:
        if is_planning(body):
            return "No plan."
        shown.append(given(body))
        return reply(answerable=False)

    read, core, asked = 0, 0, 0
    with (
        FakeOpenAI(default=model) as service,
        Assistant.open(Settings(index_dir=folder, openai_base_url=service.url, _env_file=None)) as assistant,
    ):
        first = {" ".join(one.text.split())[:40]: one.id for one in assistant.abstracts()}
        ids = references(assistant)
        for row in rows("topics_dev.jsonl"):
            shown.clear()
            assistant.ask(f"What are the main approaches to {row['topic']}?")
            if shown:
                found = {first.get(next(iter(said.values()))[:40]) for said in shown[0].values()}
                read, core, asked = read + sum(ids[ref] in found for ref in row["core"]), core + len(row["core"]), asked + 1
    print(f"surveys: {read} of {core} core abstracts of {asked} topics read, {read / core:.0%}")


def show(title: str, found: Mapping[tuple[bool, str], Sequence[bool]]) -> None:
    """One line a kind."""
    print(title)
    for (supported, kind), passed in sorted(found.items(), reverse=True):
        low, high = interval(sum(passed), len(passed))
        label = "supported" if supported else "unsupported"
        print(f"  {label:<12} {kind:<16} {sum(passed):>4} of {len(passed):>4} {sum(passed) / len(passed):>6.1%} [{low:.1%}, {high:.1%}]")


def three_abstracts(body: Mapping[str, Any]) -> str:
    """A model that repeats two sentences of each of the first three abstracts."""
    if is_planning(body):
        return same_question(body)
    found = [
        (sentences[number], (key, int(number), " ".join(sentences[number].split()[:7])))
        for key, sentences in list(given(body).items())[:3]
        for number in list(sentences)[:2]
    ]
    return reply(*[claim(text, evidence) for text, evidence in found])


def milliseconds(run: Callable[[], object]) -> float:
    """How long it takes once."""
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) * 1000


def first_claim(assistant: Assistant, question: str) -> None:
    """Follow a stream to its first claim, then to its end."""
    next((step for step in assistant.stream(question) if step.claim), None)


def speeds(folder: Path) -> None:
    """Print what our code takes, side by side with the extractive answer."""
    questions = [row["question"] for row in rows("questions_dev.jsonl") if row["kind"] == "fact"]
    with FakeOpenAI(default=three_abstracts) as service:
        written = Settings(index_dir=folder, openai_base_url=service.url, _env_file=None)
        with Assistant.open(written) as writes, Assistant.open(written.model_copy(update={"mode": "extract"})) as extracts:
            for one in (writes, extracts):
                one.ask(questions[0])
            for name, run in (
                ("extractive answer", extracts.ask),
                ("written answer, six claims", writes.ask),
                ("first streamed claim", lambda question: first_claim(writes, question)),
            ):
                times = [milliseconds(lambda asked=question, run=run: run(asked)) for question in questions]
                print(f"{name:<28} {median(times):>7.1f} ms median")


def main() -> None:
    """Print all figures."""
    with TemporaryDirectory() as folder:
        speeds(Path(folder))
        for plans in (False, True):
            planned(Path(folder), plans=plans)
        surveyed(Path(folder))
        for error in (None, *ERRORS):
            fluent(Path(folder), error)
        model = Stubborn()
        with (
            FakeOpenAI(default=model) as service,
            Assistant.open(Settings(index_dir=Path(folder), openai_base_url=service.url, judge="local", _env_file=None)) as assistant,
        ):
            abstracts = assistant.abstracts()
            show("claims_dev: stand in the answer", passes(claims_dev(assistant), assistant, model))
            show("eval/data/claims.jsonl", passes(shipped(abstracts), assistant, model))
            held_out = [case for case in generated(abstracts) if case.half == "B"]
            show("generated, held-out half", passes(spread(held_out, _EACH), assistant, model))


if __name__ == "__main__":
    main()
