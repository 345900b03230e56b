"""Runs to report on, and pages read back: what stands in them, and that every element is closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import Any, TypeVar

from eval.metrics.registry import aggregate, breakdown
from eval.records import Quote, Row, Verdict
from eval.report.comparison import Changed, comparison_report
from eval.report.run import run_report
from eval.runs.comparison import compare
from rag.model.records import NearMiss
from tests.cases import ANSWERED, REFUSED, answered, claim, member, row, sentence, span, verdicts

EVIL = """<script>alert(1)</script>"><img src=http://evil.example/x onerror='alert(2)'></style></title><!--"""
FIXED = {"outcome", "decision", "against", "verdict", "mode", "precision"}  # words of ours, of which a type allows a few
VOID = {"meta", "input", "br"}
MANIFEST: Mapping[str, Any] = {"name": "nightly", "judge": "local-2", "changed settings": {"RAG_TOP_K": 12}, "seed": 7}

T = TypeVar("T")


class Page(HTMLParser):
    """Reads a page, and keeps what there is to check; fails where an element is closed that is not open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif "style" not in self.open:
            self.text += data
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


def poisoned(value: T, name: str = "") -> T:
    """The same record with hostile markup in every text in it."""
    result: Any = value
    if isinstance(value, str):
        result = value if name in FIXED else value + EVIL
    elif is_dataclass(value) and not isinstance(value, type):
        keep = FIXED | ({"kind"} if type(value).__name__ in ("Claim", "Citation") else set())
        result = replace(value, **{one.name: poisoned(getattr(value, one.name)) for one in fields(value) if one.name not in keep})
    elif isinstance(value, tuple | list):
        result = type(value)(poisoned(one) for one in value)
    elif isinstance(value, Mapping):
        result = {poisoned(key): poisoned(one) for key, one in value.items()}
    return result  # type: ignore[no-any-return]


def full_row(**more: Any) -> Row:
    """A row in which every field has something to show."""
    answer = answered(
        replace(claim("Yes.", 1, 9), flags=("number: 48",), checked_as="Yes."),
        claim("Two papers.", 2, kind="collection"),
        citations=(sentence(1, "a1"), member(2, "a2")),
        near_misses=(NearMiss("a3", "Near", "A near sentence.", 0.3),),
        filters=("year = 2024",),
        notices=("The corpus has changed.",),
        table=(("paper", "year"), ("Two", "2024")),
        model="model",
        cost=0.01,
        usage={"prompt_tokens": 10, "completion_tokens": 5},
    )
    values: dict[str, Any] = {
        "gold": ("a1", "a4"),
        "marginal": ("a2",),
        "near": ("a3",),
        "evidence": (span("a1", 0, 10),),
        "retrieved": (("a1", 0.9), ("a2", 0.5), ("a3", 0.4)),
        "history": ({"role": "user", "content": "Before?"},),
        "must_contain": ("yes", "no"),
    }
    found = row(replace(answer, standalone_question="Q, by itself?"), **values | more)
    return replace(found, question=replace(found.question, answer="Yes.", gold=("000:1", "000:2"), evidence=(Quote("000:1", "xxxx"),)))


def run_of(*rows: Row) -> tuple[list[Row], list[Verdict]]:
    return list(rows), [one for each in rows if each.answer for one in verdicts("0 cited +", each.question.id)]


def report(rows: list[Row], said: list[Verdict], error: Mapping[str, Any] | None = None, **more: Any) -> str:
    by_kind, by_tag = breakdown(rows, said, "kind"), breakdown(rows, said, "tag")
    return run_report(MANIFEST, rows, said, aggregate(rows, said), by_kind, by_tag, error, **more)


def mixed() -> tuple[list[Row], list[Verdict]]:
    """One of each way to fail, the best first."""
    rows = [
        row(ANSWERED, id="fine"),
        row(ANSWERED, id="lost", must_contain=("never",)),
        row(ANSWERED, id="weak"),
        row(ANSWERED, id="made-up", kind="absent_topic", answerable=False),
        row(REFUSED, id="shy"),
        row(None, id="broken"),
        full_row(id="full"),
    ]
    said = [one for name in ("fine", "lost", "made-up", "full") for one in verdicts("0 cited +", name)]
    return rows, [*said, *verdicts("0 cited ~", "weak"), *verdicts("0 alone 1 +, 0 without 1 -", "full")]


def compared(rows: list[Row], said: list[Verdict]) -> str:
    better = [replace(one, decision="supported") for one in said]
    found = compare(rows, said, rows, better).differences
    changed = [Changed("faithfulness_cited", 0.0, 1.0, rows[0], rows[1])]
    return comparison_report("A", "B", [one.to_dict() for one in found.values()], changed)
