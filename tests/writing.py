"""What a scripted model writes: reads the abstracts that it was given in a request, and answers in the form that it was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]
Given = dict[str, dict[str, str]]  # key -> number -> sentence


def given(body: Body) -> Given:
    """The numbered sentences of each abstract in a request, under their keys, in order."""
    content = body["messages"][1]["content"]
    lines = content.split("Abstracts:\n", 1)[1].split("\n\nQuestion:", 1)[0].split("\n")
    return {row["key"]: row["sentences"] for row in map(json.loads, lines)}


def place(body: Body, words: str) -> tuple[str, int, str]:
    """The first given sentence that holds `words`: its key, its number, itself."""
    for key, sentences in given(body).items():
        for number, sentence in sentences.items():
            if words in sentence:
                return key, int(number), sentence
    raise AssertionError(f"no given sentence has {words!r}")


def is_repair(body: Body) -> bool:
    """True for the request that names faults."""
    return "failed a check" in body["messages"][-1]["content"]


def is_planning(body: Body) -> bool:
    """True for the request for a plan."""
    return "Last question:" in str(body["messages"][1]["content"])


def is_reading(body: Body) -> bool:
    """True for the request that has a batch of abstracts read."""
    return str(body["messages"][0]["content"]).startswith("You read abstracts")


def is_outlining(body: Body) -> bool:
    """True for the request for the sections of a review."""
    return str(body["messages"][1]["content"]).startswith("Notes:")


def row(key: str, *sentences: int, relevance: int = 3, says: str = "It bears on it.") -> dict[str, Any]:
    """What a model notes of an abstract that it has read."""
    return {"key": key, "relevance": relevance, "sentences": sentences, "says": says}


def rows(*read: Mapping[str, Any]) -> str:
    """The notes on a batch of abstracts."""
    return json.dumps({"rows": read})


def all_rows(body: Body) -> str:
    """Notes on each abstract of a batch: its first two sentences bear on the question."""
    return rows(*(row(key, *map(int, list(sentences)[:2])) for key, sentences in given(body).items()))


def plan(question: object, *searches: object, operation: str = "fact", **fields: object) -> str:
    """A plan as a model writes it; `fields` are those that differ from a plain one."""
    plain = {
        "topic": "",
        "not_about": "",
        "conditions": [],
        "order": "",
        "limit": 0,
        "sides": [],
        "length": "normal",
        "shape": "prose",
        "form": "",
        "revises": False,
    }
    return json.dumps({"question": question, "operation": operation} | plain | fields | {"searches": searches})


def planned_question(body: Body) -> str:
    """The question that a plan is asked for."""
    return str(json.loads(body["messages"][1]["content"].split("Last question: ", 1)[1].split("\n")[0]))


def same_question(body: Body) -> str:
    """A plan that leaves a question as it is, and searches for nothing besides."""
    return json.dumps({"question": planned_question(body), "searches": []})


def is_judging(body: Body) -> bool:
    """True for the request that has claims judged."""
    return str(body["messages"][1]["content"]).startswith("Items:\n")


def judged_items(body: Body) -> list[dict[str, Any]]:
    """What is to be judged: a number, a claim and its sources each."""
    return [json.loads(line) for line in body["messages"][1]["content"].split("\n")[1:]]


def verdicts(*said: tuple[int, str, str]) -> str:
    """A judge's reply: number, verdict, reason each."""
    return json.dumps({"verdicts": [{"number": number, "reason": reason, "verdict": verdict} for number, verdict, reason in said]})


def claim(text: str, *evidence: tuple[str, int, str], english: str = "", **more: Any) -> dict[str, Any]:
    """A claim as the model writes it; evidence is (key, sentence number, quote)."""
    pointers = [{"key": key, "sentence": number, "quote": quote} for key, number, quote in evidence]
    return {**more, "evidence": pointers, "text": text} | ({"english": english} if english else {})


def synthesis(text: str, *of: int, **more: Any) -> dict[str, Any]:
    """A claim that sums up others, by their numbers from 1."""
    return {**more, "claims": of, "text": text}


def table_row(cells: Sequence[str], *evidence: tuple[str, int, str], **more: Any) -> dict[str, Any]:
    """A row of a table."""
    return {key: value for key, value in claim("", *evidence, **more).items() if key != "text"} | {"cells": cells}


def reply(*claims: Mapping[str, Any], answerable: bool = True, missing: tuple[str, ...] = (), columns: tuple[str, ...] = ()) -> str:
    """A whole reply."""
    heads = {"columns": columns} if columns else {}
    return json.dumps(heads | {"claims": claims, "missing": missing, "answerable": answerable})


def quoting(*words: str) -> Callable[[Body], str]:
    """A model that repeats the given sentences which hold these words, each as a claim with itself as evidence."""

    def write(body: Body) -> str:
        if is_planning(body):
            return same_question(body)
        if is_reading(body):
            return all_rows(body)
        found = [place(body, one) for one in words]
        return reply(*[claim(sentence, (key, number, " ".join(sentence.split()[:8]))) for key, number, sentence in found])

    return write
