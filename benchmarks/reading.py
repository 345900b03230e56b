"""What a model is given to read, with a scripted one on loopback: `python -m benchmarks.reading`.

Plans, rewritings and what a reader notes are recorded or simulated as a model would give them, without its mistakes: so the figures say
what our own code adds or loses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.development import references, rows
from rag.assistant import Assistant
from rag.chat import answer_messages
from rag.model import Settings
from tests.fakes import FakeOpenAI
from tests.writing import (
    all_rows,
    claim,
    given,
    is_judging,
    is_planning,
    is_reading,
    judged_items,
    plan,
    planned_question,
    reply,
    row,
    verdicts,
)
from tests.writing import rows as noted

DATA = Path(__file__).parent / "data"
Body = Mapping[str, Any]


def recorded(name: str) -> list[dict[str, Any]]:
    """The lines of a file of recorded replies."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@contextmanager
def asking(folder: Path, model: Callable[[Body], str], **options: Any) -> Iterator[Assistant]:
    """An assistant whose model is this one."""
    with FakeOpenAI(default=model) as service:
        settings = Settings(index_dir=folder, openai_base_url=service.url, model_concurrency=1, _env_file=None, **options)
        with Assistant.open(settings) as assistant:
            yield assistant


def beginnings(body: Body) -> set[str]:
    """The first words of each abstract in a request, whichever of its sentences are given."""
    return {one[:40] for said in given(body).values() for one in said.values()}


def planned(folder: Path, *, plans: bool) -> None:
    """Print for how many questions in a colleague's words the right abstract reaches the model.

    The plans are recorded (`data/plans.jsonl`): written from the questions alone, by one who knows the field and this corpus.
    """
    searches = {one["question"]: one["searches"] for one in recorded("plans.jsonl")}
    shown: set[str] = set()

    def model(body: Body) -> str:
        if is_planning(body):
            question = planned_question(body)
            return plan(question, *searches[question]) if plans else "No plan."
        shown.update(beginnings(body))
        return all_rows(body) if is_reading(body) else reply(answerable=False)

    reached, calls, tokens, asked = 0, 0, 0, [one for one in rows("own_words_dev.jsonl") if one["kind"] == "own_words"]
    with asking(folder, model) as assistant:
        ids = references(assistant)
        for one in asked:
            shown.clear()
            usage = assistant.ask(one["question"]).usage
            calls, tokens = calls + usage.get("requests", 0), tokens + usage.get("prompt_tokens", 0)
            reached += " ".join(assistant.abstract(ids[one["gold"][0]]).text.split())[:40] in shown
    told = f"read {reached} of {len(asked)}, {calls / len(asked):.1f} calls and {tokens / len(asked):,.0f} tokens sent a question"
    print(f"own words, {'recorded plans' if plans else 'no plan'}: {told}")


def surveyed(folder: Path, *, plans: bool) -> None:
    """Print which share of a topic's core abstracts is read and cited, asked for the main approaches.

    The plan has the topic as the question words it; the simulated reader knows what belongs to the topic; the writer says a sentence of
    each abstract that it is given, as far as its words go.
    """
    state: dict[str, Any] = {}

    def model(body: Body) -> str:
        if is_planning(body):
            said, _, excluded = state["topic"].partition("not ")
            topic = said.removeprefix("papers ").rstrip(" ,").removesuffix(", but")
            none = excluded.removeprefix("about ").removeprefix("of ")
            return plan(planned_question(body), operation="survey", topic=topic, not_about=none) if plans else "No plan."
        if is_judging(body):
            return verdicts(*((one["number"], "supported", "") for one in judged_items(body)))
        state["read"] |= {state["of"].get(one) for one in beginnings(body)}
        if is_reading(body):
            return noted(*(row(key, 1, 2, relevance=_relevance(state, next(iter(said.values())))) for key, said in given(body).items()))
        return reply(*(claim(said, (key, int(number), said)) for key, all_said in given(body).items() for number, said in first(all_said)))

    read, cited, core = 0, 0, 0
    with asking(folder, model, question_tokens=1_000_000) as assistant:
        ids = references(assistant)
        state["of"] = _first_sentences(assistant)
        for one in rows("topics_dev.jsonl"):
            state.update(
                topic=one["topic"], read=set(), core={ids[ref] for ref in one["core"]}, marginal={ids[ref] for ref in one["marginal"]}
            )
            answer = assistant.ask(f"What are the main approaches to {one['topic']}?")
            core += len(state["core"])
            read += len(state["core"] & state["read"])
            cited += len(state["core"] & {citation.abstract_id for citation in answer.citations})
    kind = "with plans" if plans else "without plans"
    print(f"surveys {kind}: of {core} core abstracts {read} read ({read / core:.0%}), {cited} cited ({cited / core:.0%})")


def first(sentences: Mapping[str, str]) -> list[tuple[str, str]]:
    """The first of some numbered sentences."""
    return list(sentences.items())[:1]


def _relevance(state: Mapping[str, Any], sentence: str) -> int:
    found = state["of"].get(sentence[:40])
    return 3 if found in state["core"] else 2 if found in state["marginal"] else 0


def _first_sentences(assistant: Assistant) -> dict[str, str]:
    """The ids of abstracts by how their first sentence begins as a model sees it."""
    return {" ".join(one.text.split())[:40]: one.id for one in assistant.abstracts()}


def followed(folder: Path) -> None:
    """Print how many follow-ups are answered as a right rewriting has them, and how many read the abstract that answers."""
    right = {one["question"]: one["standalone"] for one in recorded("rewritings.jsonl")}
    shown: set[str] = set()

    def model(body: Body) -> str:
        if is_planning(body):
            question = planned_question(body)
            return plan(right.get(question, question), right.get(question, question))
        shown.update(beginnings(body))
        return all_rows(body) if is_reading(body) else reply(answerable=False)

    used, reached, asked = 0, 0, 0
    with asking(folder, model) as assistant:
        ids = references(assistant)
        for question, history, gold in turns(assistant):
            shown.clear()
            answer = assistant.ask(question, history)
            asked += 1
            used += answer.standalone_question == right[question]
            reached += " ".join(assistant.abstract(ids[gold]).text.split())[:40] in shown
    print(f"follow-ups with a right rewriting: used for {used} of {asked}, the right abstract read for {reached}")


def turns(assistant: Assistant) -> Iterator[tuple[str, list[dict[str, Any]], str]]:
    """Each follow-up with the turns before it and the reference of the abstract that answers it."""
    for one in rows("questions_dev.jsonl"):
        if one["kind"] == "followup":
            yield one["question"], one["history"], one["gold"][0]
    with Assistant.open(assistant.settings.model_copy(update={"mode": "extract"})) as plain:
        for one in rows("own_words_dev.jsonl"):
            if one["kind"] != "chain":
                continue
            history: list[dict[str, Any]] = []
            for turn in one["turns"]:
                if history:
                    yield turn["question"], list(history), turn["gold"][0]
                history += answer_messages(plain.ask(turn["question"], history))


def main() -> None:
    """Print all figures."""
    with TemporaryDirectory() as folder:
        for plans in (False, True):
            planned(Path(folder), plans=plans)
        for plans in (False, True):
            surveyed(Path(folder), plans=plans)
        followed(Path(folder))


if __name__ == "__main__":
    main()
