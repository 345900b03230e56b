"""The questions of `eval/data/refusals.jsonl`: verbatim evidence, no stray reference, halves of every kind, nothing asked before."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from eval.metrics import occurs
from eval.questions import SHIPPED, References, load_questions, parse_question
from rag import Assistant, Settings

Row = dict[str, Any]

REFUSALS = SHIPPED.with_name("refusals.jsonl")
KINDS = {"absent_detail": 70, "absent_topic": 40, "false_premise": 30, "fact": 40, "numeric": 15, "how": 12, "why": 8, "yesno": 5}
FIELDS = {"id", "kind", "question", "gold", "answer", "evidence", "must_contain", "answerable", "tags", "split"}


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ROWS = rows(REFUSALS)


def folded(question: str) -> str:
    """A question without case, punctuation and white space."""
    return re.sub(r"[\W_]+", "", question).casefold()


def test_every_kind_has_its_share_and_every_split_half_of_it() -> None:
    assert Counter(row["kind"] for row in ROWS) == KINDS
    for kind in KINDS:
        halves = Counter(row["split"] for row in ROWS if row["kind"] == kind)
        assert halves.total() == halves["dev"] + halves["test"], kind
        assert abs(halves["dev"] - halves["test"]) <= 1, kind
    assert sum("mentioned_only" in row["tags"] for row in ROWS if row["kind"] == "absent_topic") == 20
    assert sum("far" in row["tags"] for row in ROWS) == 10


def test_the_split_alternates() -> None:
    assert [row["id"] for row in ROWS] == [f"r{number:03}" for number in range(1, len(ROWS) + 1)]
    assert [row["split"] for row in ROWS] == ["dev", "test"] * (len(ROWS) // 2)


def test_about_half_of_the_questions_name_no_system() -> None:
    for kinds in ({"absent_detail"}, {"false_premise"}, {"fact", "numeric", "how", "why"}):
        tags = Counter(tag for row in ROWS if row["kind"] in kinds for tag in row["tags"])
        assert tags["named"] + tags["unnamed"] == sum(KINDS[kind] for kind in kinds), kinds
        assert 0.35 <= tags["unnamed"] / (tags["named"] + tags["unnamed"]) <= 0.65, kinds


def test_what_is_answerable_has_gold_and_what_is_not_has_none() -> None:
    for row in ROWS:
        assert set(row) - FIELDS == {"absent_detail": {"near", "attribute"}, "absent_topic": {"near"}}.get(row["kind"], set()), row["id"]
        assert set(row) >= FIELDS, row["id"]
        assert row["answerable"] == (not row["kind"].startswith("absent_")) == bool(row["gold"]) == bool(row["evidence"]), row["id"]
        assert {quote["ref"] for quote in row["evidence"]} == set(row["gold"]), row["id"]
        assert row["kind"] != "absent_detail" or (row["near"] and row["attribute"]), row["id"]
        assert ("corrects" in row["tags"]) == (row["kind"] == "false_premise"), row["id"]
        assert row["kind"] != "yesno" or len({"yes", "no"} & set(row["tags"])) == 1, row["id"]


def test_must_contain_strings_stand_in_the_evidence() -> None:
    for row in ROWS:
        quotes = " ".join(quote["quote"] for quote in row["evidence"])
        assert [one for one in parse_question(row).must_contain if not occurs(one, quotes)] == [], row["id"]
        assert bool(row["must_contain"]) == row["answerable"], row["id"]


def test_references_and_quotes_stand_in_the_corpus(index_dir: Path, corpus: Path) -> None:
    questions = load_questions(REFUSALS)
    with Assistant.open(Settings(_env_file=None, index_dir=index_dir, corpus=(corpus,))) as assistant:
        References(assistant).check(questions)
    asked_about = {ref for one in questions for ref in (*one.gold, *one.near)}
    assert len(asked_about) >= 150


def test_no_question_is_asked_twice_or_stands_in_the_shipped_set() -> None:
    asked = [folded(row["question"]) for row in ROWS]
    assert len(set(asked)) == len(asked)
    assert set(asked) & {folded(row["question"]) for row in rows(SHIPPED)} == set()


def test_no_question_is_one_of_the_shared_development_questions(shared: Path) -> None:
    asked = {folded(row["question"]) for row in rows(shared / "data" / "questions_dev.jsonl")}
    assert {folded(row["question"]) for row in ROWS} & asked == set()
