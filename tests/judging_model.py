"""A judge on a scripted model, which reads the items of a request and judges each by a rule of the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.judges.llm import LlmJudge
from eval.judges.tasks import Task
from eval.records import Verdict
from rag.llm.chat import ChatModel
from rag.model.settings import Settings
from rag.support.check import Cited
from tests.fakes import FakeOpenAI
from tests.scripted import Reply

Body = Mapping[str, Any]
Rule = Callable[[str, str], list[tuple[str, str]]]  # claim and text -> statements with their verdicts

TEXT = "It reads speech. It has 7B parameters."
RIGHT, WRONG, HALF = "It reads speech.", "It writes poems.", "It reads speech and it writes poems."


def items(body: Body) -> list[dict[str, str]]:
    """The items of a request, in their order."""
    head, _, lines = body["messages"][1]["content"].partition("\n")
    assert head == "Items:"
    return [json.loads(line) for line in lines.split("\n")]


def row(item: Mapping[str, str], *verdicts: str) -> dict[str, Any]:
    """One item of a reply, with a statement for each verdict."""
    return {"id": item["id"], "statements": [{"text": f"Statement {n}.", "verdict": one} for n, one in enumerate(verdicts, 1)]}


def reply(*rows: Mapping[str, Any]) -> str:
    """A whole reply."""
    return json.dumps({"items": rows})


def literal(claim: str, text: str) -> list[tuple[str, str]]:
    """Clause by clause: supported where the text has its words."""
    clauses = [one.strip(" .") for one in claim.split(" and ")]
    return [(one, "supported" if one.lower() in text.lower() else "not") for one in clauses]


def judging(rule: Rule = literal) -> Callable[[Body], str]:
    """A model that judges every item by the rule."""

    def write(body: Body) -> str:
        return reply(
            *[
                {"id": one["id"], "statements": [{"text": text, "verdict": said} for text, said in rule(one["claim"], one["text"])]}
                for one in items(body)
            ]
        )

    return write


def always(*verdicts: str) -> Callable[[Body], str]:
    """A model that says the same of every item."""
    return lambda body: reply(*[row(one, *verdicts) for one in items(body)])


def task(claim: str, text: str = TEXT, title: str | None = None) -> Task:
    return Task("q1", 0, "cited", None, claim, (Cited(text, ((0, len(text)),), title),))


@contextmanager
def judge(
    *script: Reply, default: Reply | None = None, cache: Path | None = None, repeats: int = 1, **settings: Any
) -> Iterator[tuple[LlmJudge, FakeOpenAI]]:
    """A judge at a scripted service, which judges literally when the script has ended; one request at a time, and no waits."""
    with FakeOpenAI(*script, default=default or judging()) as service:
        values = Settings(openai_base_url=service.url, model="judge-model", **{"model_concurrency": 1, "model_attempts": 2} | settings)
        model = ChatModel.open(values, sleep=lambda _: None, announce=lambda _: None)
        with LlmJudge(model, values, cache=cache, repeats=repeats) as made:
            yield made, service


def decisions(verdicts: list[Verdict]) -> list[str]:
    return [one.decision for one in verdicts]
