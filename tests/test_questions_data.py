"""The questions of `eval/data` are what they say they are: verbatim evidence, members that the catalogue gives, no stray reference."""

from __future__ import annotations

import hashlib
import json
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import occurs
from eval.questions import parse_question
from rag import Abstract, Assistant, Settings

Row = dict[str, Any]

QUESTIONS = Path(__file__).parents[1] / "eval" / "data" / "questions.jsonl"
ROWS: list[Row] = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]

LEAST = {
    "fact": 70,
    "numeric": 25,
    "why": 12,
    "how": 15,
    "comparison": 14,
    "survey": 14,
    "followup": 24,
    "absent_detail": 30,
    "absent_topic": 20,
    "false_premise": 16,
}
COLLECTION = ("list", "count", "superlative")
REQUIRED = {"id", "kind", "question", "gold", "answer", "evidence", "must_contain", "answerable", "tags", "split"}
OPTIONAL = {"history", "near", "marginal", "attribute", "number", "members", "rule", "where", "order"}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.fixture(scope="module")
def catalogue(index_dir: Path, corpus: Path) -> Iterator[dict[str, Abstract]]:
    """Every abstract of the corpus by its reference, "002:6"."""
    with Assistant.open(Settings(_env_file=None, index_dir=index_dir, corpus=(corpus,))) as assistant:
        yield {f"{source.file[:3]}:{source.line}": abstract for abstract in assistant.abstracts() for source in abstract.sources}


def mentions(text: str, way: str, what: str) -> bool:
    if way == "part":
        return what.casefold() in text.casefold()
    return re.search(rf"(?<!\w){re.escape(what)}(?!\w)", text, re.IGNORECASE) is not None


def holds(ref: str, abstract: Abstract, field: str, how: str, value: Any = None) -> bool:
    """Whether one condition of a row's `where` is true of an abstract; a field that is not stated fulfils no comparison."""
    if field in ("mentions", "title_mentions"):
        return mentions(abstract.text if field == "mentions" else abstract.title or "", how, value)
    if field == "file":
        return ref.startswith(f"{value}:")
    if field == "date":
        return (abstract.date or "").startswith(value)
    stated = int(abstract.date[5:7]) if field == "month" and abstract.date else None if field == "month" else getattr(abstract, field)
    if how in ("stated", "missing"):
        return (stated is None) == (how == "missing")
    return stated is not None and COMPARE[how](stated, value)


def selected(row: Row, catalogue: dict[str, Abstract]) -> list[str]:
    """The references that the row's rule gives, in the order of a superlative if it is one."""
    refs = [ref for ref, abstract in catalogue.items() if all(holds(ref, abstract, *condition) for condition in row["where"])]
    if order := row.get("order"):
        by = {ref: getattr(catalogue[ref], order["by"]) for ref in refs}
        refs = sorted((ref for ref in refs if by[ref] is not None), key=lambda ref: by[ref], reverse=order["direction"] == "descending")
        assert len(refs) == order["take"] or by[refs[order["take"] - 1]] != by[refs[order["take"]]], "a tie decides who is in"
        refs = refs[: order["take"]]
    return refs


def test_there_are_enough_questions_of_every_kind() -> None:
    kinds = Counter(row["kind"] for row in ROWS)
    assert len(ROWS) >= 270
    assert {kind: (kinds[kind], least) for kind, least in LEAST.items() if kinds[kind] < least} == {}
    assert kinds["definition"] + kinds["yesno"] >= 12
    assert sum(kinds[kind] for kind in COLLECTION) >= 25
    for tag in ("named", "unnamed"):
        assert sum(tag in row["tags"] for row in ROWS if row["kind"] == "fact") >= 35
    for tag in ("yes", "no"):
        assert sum(tag in row["tags"] for row in ROWS if row["kind"] == "yesno") >= 6


def test_ids_and_questions_are_unique_and_fields_known() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({(row["question"].casefold(), json.dumps(row.get("history"))) for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert set(row) >= REQUIRED, row["id"]
        assert set(row) <= REQUIRED | OPTIONAL, row["id"]
        assert row["question"].strip() == row["question"] != "", row["id"]
        assert row["answer"], row["id"]


def test_the_split_is_the_hash_of_the_id() -> None:
    for row in ROWS:
        even = hashlib.sha256(f"60:{row['id']}".encode()).digest()[0] % 2 == 0
        assert row["split"] == ("dev" if even else "test"), row["id"]
    halves = Counter(row["split"] for row in ROWS)
    assert abs(halves["dev"] - halves["test"]) < len(ROWS) / 10


def test_every_reference_is_an_abstract(catalogue: dict[str, Abstract]) -> None:
    for row in ROWS:
        for field in ("gold", "near", "marginal", "members"):
            refs = row.get(field, [])
            assert set(refs) <= set(catalogue), (row["id"], field)
            assert len(set(refs)) == len(refs), (row["id"], field)
        assert not set(row["gold"]) & set(row.get("marginal", [])), row["id"]


def test_every_quote_stands_in_its_gold_abstract(catalogue: dict[str, Abstract]) -> None:
    for row in ROWS:
        for quote in row["evidence"]:
            assert quote["ref"] in row["gold"], row["id"]
            assert quote["quote"] in catalogue[quote["ref"]].text, (row["id"], quote)


def test_what_is_answerable_has_gold_and_what_is_not_has_none() -> None:
    for row in ROWS:
        assert bool(row["gold"]) == row["answerable"], row["id"]
        assert not row["kind"].startswith("absent_") or not row["answerable"], row["id"]
        if row["answerable"] and row["kind"] not in COLLECTION and not {"collection", "metadata"} & set(row["tags"]):
            assert {quote["ref"] for quote in row["evidence"]} == set(row["gold"]), row["id"]
        if row["kind"] == "absent_detail":
            assert row["near"], row["id"]
            assert row["attribute"], row["id"]
        if row["kind"] == "false_premise":
            assert "corrects" in row["tags"], row["id"]
            assert row["evidence"], row["id"]


def test_comparisons_have_two_sides_and_surveys_several() -> None:
    for row in ROWS:
        if row["kind"] == "comparison":
            assert len(row["gold"]) == (1 if "one_side_absent" in row["tags"] else 2), row["id"]
        if row["kind"] == "survey":
            assert len(row["gold"]) >= 2, row["id"]


def test_must_contain_strings_stand_in_the_evidence_or_where_there_is_none_in_the_answer() -> None:
    only_in_answer = []
    for row in ROWS:
        quotes = " ".join(quote["quote"] for quote in row["evidence"])
        for required in parse_question(row).must_contain:
            if not occurs(required, quotes):
                assert occurs(required, row["answer"]), (row["id"], required)
                only_in_answer.append(row["id"])
    fields = {row["id"] for row in ROWS if {"collection", "metadata"} & set(row["tags"])}
    assert set(only_in_answer) <= fields


def test_members_are_what_the_rule_gives(catalogue: dict[str, Abstract]) -> None:
    rows = [row for row in ROWS if "where" in row]
    assert {row["id"] for row in ROWS if row["kind"] in COLLECTION} <= {row["id"] for row in rows}
    for row in rows:
        members = selected(row, catalogue)
        assert set(row["members"]) == set(row["gold"]) == set(members), row["id"]
        if "order" in row:
            assert row["members"] == members, row["id"]
            best = getattr(catalogue[members[0]], row["order"]["by"])
            assert row["number"] == (int(best[:4]) if isinstance(best, str) else best), row["id"]
        else:
            assert row["number"] == len(members), row["id"]
        assert row["rule"], row["id"]


def test_follow_ups_have_a_history_that_ends_with_the_assistant() -> None:
    for row in ROWS:
        assert ("history" in row) == (row["kind"] == "followup"), row["id"]
        roles = [message["role"] for message in row.get("history", [])]
        assert roles == ["user", "assistant"] * (len(roles) // 2), row["id"]
        assert all(message["content"] for message in row.get("history", [])), row["id"]


def test_no_question_is_one_of_the_shared_development_questions(shared: Path) -> None:
    lines = (shared / "data" / "questions_dev.jsonl").read_text(encoding="utf-8").splitlines()
    asked = {json.loads(line)["question"].casefold() for line in lines}
    assert {row["question"].casefold() for row in ROWS} & asked == set()
