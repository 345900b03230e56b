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
    is_reading,
    is_repair,
    judged_items,
    reply,
    same_question,
    synthesis,
    verdicts,
)
from tests.writing import row as read
from tests.writing import rows as noted

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
        places = self.places(body)
        if is_reading(body):
            return noted(*(read(key, number) for key, number, _ in places))
        self.was_given = len(places) == len(self.row["sentences"])
        said = claim(self.row["claim"], *places, number=1)
        return json.dumps({"claims": [said]}) if is_repair(body) else reply(said)

    def places(self, body: Mapping[str, Any]) -> list[tuple[str, int, str]]:
        """Where the sentences of the claim stand among those given: key, number, first words."""
        return [
            (key, int(number), " ".join(said.split()[:8]))
            for wanted in self.row["sentences"]
            for key, sentences in given(body).items()
            for number, said in sentences.items()
            if " ".join(said.split()) == " ".join(wanted.split())
        ]


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


def summed_up(folder: Path, error: float) -> None:
    """Print how many sentences that sum up others are shown: the sentences that they rest on are written first, each as it stands."""
    model = Summing(error)
    found: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    with (
        FakeOpenAI(default=model) as service,
        Assistant.open(Settings(index_dir=folder, openai_base_url=service.url, _env_file=None)) as assistant,
    ):
        labels = {ref: assistant.abstract(one).label for ref, one in references(assistant).items()}
        for row in rows("claims_fluent_dev.jsonl"):
            if not row["kind"].startswith("synthesis"):
                continue
            model.row, model.was_given = row, False
            named = " and ".join(dict.fromkeys(labels[ref] for ref in row["refs"]))
            answer = assistant.ask(f"Compare {named}: {row['claim']}")
            shown = any(one.kind == "synthesis" and one.text == row["claim"] for one in answer.claims)
            found[row["label"] == "supported", row["kind"] + ("" if model.was_given else ", not given")].append(shown)
    show(f"claims_fluent_dev, written as syntheses of claims, shown with a judge that errs in {error:.0%}", found)


class Summing(Fluent):
    """A model that writes the sentences that it is given for a claim, each as a claim, and the claim as what sums them up."""

    def __call__(self, body: Mapping[str, Any]) -> str:
        """The reply."""
        if is_planning(body) or is_judging(body) or is_reading(body):
            return super().__call__(body)
        places = self.places(body)
        self.was_given = len(places) == len(self.row["sentences"])
        said = [claim(one, (key, number, one)) for (key, number, _), one in zip(places, self.row["sentences"], strict=False)]
        summed = synthesis(self.row["claim"], *range(1, len(said) + 1), number=1)
        return json.dumps({"claims": [summed]}) if is_repair(body) else reply(*said, summed)


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
    """Print what our code takes, side by side with the extractive answer, and what a fact costs."""
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
                begun = time.process_time()
                times = [milliseconds(lambda asked=question, run=run: run(asked)) for question in questions]
                spent = (time.process_time() - begun) * 1000 / len(questions)
                print(f"{name:<28} {median(times):>7.1f} ms median, {spent:>6.1f} ms of CPU (the scripted service included)")


def slowly(folder: Path) -> None:
    """Print when the first claim of a fact is shown by a service that gives 25 pieces of a token (four characters) a second."""
    questions = [row["question"] for row in rows("questions_dev.jsonl") if row["kind"] == "fact" and row.get("named")][:8]
    for name, model in (("verbatim", one_claim), ("in its own words, judged", in_own_words)):
        times, calls, tokens = [], [], []
        with (
            FakeOpenAI(default=model, piece=4, delay=0.04) as service,
            Assistant.open(Settings(index_dir=folder, openai_base_url=service.url, _env_file=None)) as assistant,
        ):
            for question in questions:
                begun = time.perf_counter()
                for step in assistant.stream(question):
                    if step.claim is not None and len(times) == len(calls):
                        times.append(time.perf_counter() - begun)
                    if step.answer is not None:
                        calls.append(step.answer.usage["requests"])
                        tokens.append(step.answer.usage["prompt_tokens"] + step.answer.usage["completion_tokens"])
        print(
            f"first claim at 25 pieces a second, {name}: {median(times):.1f} s median; a fact takes {median(calls):.0f} calls and "
            f"{median(tokens):,.0f} tokens"
        )


def one_claim(body: Mapping[str, Any]) -> str:
    """A model that repeats the first sentence of the first abstract."""
    if is_planning(body):
        return same_question(body)
    key, sentences = next(iter(given(body).items()))
    number, said = next(iter(sentences.items()))
    return reply(claim(said, (key, int(number), " ".join(said.split()[:5]))))


def in_own_words(body: Mapping[str, Any]) -> str:
    """A model that says two thirds of the first sentence, and judges that supported."""
    if is_judging(body):
        return verdicts(*((one["number"], "supported", "") for one in judged_items(body)))
    if is_planning(body):
        return same_question(body)
    key, sentences = next(iter(given(body).items()))
    number, said = next(iter(sentences.items()))
    words = said.split()
    shorter = " ".join(words[: len(words) * 2 // 3]).rstrip(".,")
    return reply(claim(f"{shorter}.", (key, int(number), " ".join(words[:5]))))


def main() -> None:
    """Print all figures."""
    with TemporaryDirectory() as folder:
        speeds(Path(folder))
        slowly(Path(folder))
        for error in (None, *ERRORS):
            fluent(Path(folder), error)
        for error in ERRORS:
            summed_up(Path(folder), error)
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
