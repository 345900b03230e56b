"""Reports of a run: nothing foreign in them runs, nothing is loaded, failures come first, and no figure is without its words."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from eval.metrics.registry import aggregate
from eval.records import Metric
from eval.report.cases import cases
from eval.report.comparison import Changed, comparison_report
from eval.report.run import SHOWN, run_report
from rag.model.records import Abstract
from tests.cases import ANSWERED, REFUSED, row, verdicts
from tests.pages import EVIL, MANIFEST, Page, compared, full_row, mixed, poisoned, report, run_of


def test_no_markup_of_questions_documents_or_models_survives() -> None:
    rows = [poisoned(full_row()), poisoned(row(None, id="q2")), poisoned(row(REFUSED, id="q3"))]
    said = [replace(one, flags=(EVIL,), why=EVIL) for one in poisoned(verdicts("0 cited -, 0 retrieved ~, 0 alone 1 ?"))]
    metrics = {f"name{EVIL}": Metric(f"name{EVIL}", 0.5, 0.4, 0.6, 1, 2, {rows[0].question.id: 0.5})}
    abstract = Abstract("a1" + EVIL, EVIL, "x" * 10 + EVIL, EVIL)
    groups = {EVIL: metrics}
    manifest = poisoned({"name": "n", "judge": {"name": "j"}, "settings": {"RAG_MODE": "x"}, "corpus": "c", "versions": {"a": "1"}})
    error = {"overall": {"sensitivity": 0.9, "caught": {EVIL: 0.5}}, "files": [{"name": EVIL}]}
    html = run_report(manifest | {"name": EVIL}, rows, said, metrics, groups, groups, error, lookup=lambda _: abstract)
    html += comparison_report(EVIL, EVIL, [{"name": EVIL}], [Changed(EVIL, 0.0, 1.0, rows[0], rows[1])])
    for one in html.split("<!DOCTYPE html>")[1:]:
        assert_harmless(one)


def assert_harmless(html: str) -> None:
    page = Page(html)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert "alert" not in "".join(page.scripts)
    assert [name for _, name, _ in page.attributes if name.startswith("on")] == []
    assert [
        one for _, name, one in page.attributes if name in ("src", "href", "srcset", "action", "data") and not one.startswith("#")
    ] == []


def test_a_report_loads_nothing_and_allows_no_script_but_its_own() -> None:
    html = report(*mixed())
    assert_harmless(html)
    page = Page(html)
    policy = next(value for tag, name, value in page.attributes if (tag, name) == ("meta", "content") and "default-src" in value)
    script = base64.b64encode(hashlib.sha256("".join(page.scripts).encode()).digest()).decode()
    assert policy.split("; ")[:3] == ["default-src 'none'", "style-src 'unsafe-inline'", f"script-src 'sha256-{script}'"]
    assert "link" not in page.tags
    assert re.search(r"url\(|@import|@font-face", html) is None
    assert "width=device-width, initial-scale=1" in page.values("content")


def test_failures_come_first_and_say_what_is_wrong() -> None:
    rows, said = mixed()
    found = cases(rows, said, aggregate(rows, said))
    assert [(one.row.question.id, one.status) for one in found] == [
        ("broken", "Error"),
        ("shy", "Not answered"),
        ("made-up", "Not refused"),
        ("weak", "Claim not supported"),
        ("full", "Claim not supported"),
        ("lost", "Something missing"),
        ("fine", "No problem found"),
    ]
    html = report(rows, said)
    places = [html.index(f"<span>{one.row.question.id}</span>") for one in found]
    assert places == sorted(places)
    assert [one.words for one in found[4].problems] == [
        "Citations without a source: [9].",
        "1 of 2 strings that it must contain are missing.",
        "1 of 2 gold abstracts are not cited.",
    ]


def test_a_false_premise_may_be_refused_or_answered() -> None:
    rows, said = run_of(row(REFUSED, id="q1", kind="false_premise"), row(ANSWERED, id="q2", kind="false_premise"))
    assert [one.status for one in cases(rows, said, {})] == ["No problem found", "No problem found"]


def test_what_the_judge_failed_on_is_not_called_unsupported() -> None:
    rows = [row(ANSWERED, id="q1"), row(ANSWERED, id="q2")]
    found = cases(rows, verdicts("0 cited ?", "q1"), {})
    assert [one.status for one in found] == ["Not judged", "Not judged"]


def test_a_question_shows_its_claims_beside_what_they_cite() -> None:
    text = "Before it. " + "x" * 10 + " After it."
    one = full_row(gold=("a1",))
    assert one.answer is not None
    at = tuple(replace(each, start=11, end=21) if each.kind == "sentence" else each for each in one.answer.citations)
    one = replace(one, answer=replace(one.answer, citations=at))
    abstract = Abstract("a1", "The title", text, "The label")
    said = [replace(verdicts("0 cited -")[0], score=0.21, flags=("number: 48",)), *verdicts("0 retrieved +")]
    html = report([one], said, lookup=lambda name: abstract if name == "a1" else None)
    assert f"Before it. <mark>{'x' * 10}</mark> After it." in html
    text = Page(html).text
    for words in (
        "user: Before?",
        "Understood as: Q, by itself?",
        "✗ absent score 0.21; number: 48",
        "Against everything retrieved: ✓ supported",
        "[9] stands for no source.",
        "Not for the judge: computed from the catalogue.",
        "✓ cited retrieved at 1: The label",
        "✓ found yes",
        "✗ missed no",
        "gold The label 0.90",
        "15 tokens, $0.0100; written by model",
    ):
        assert words in text, words


def test_a_run_of_nothing_says_so() -> None:
    page = Page(report([], []))
    assert "This run has no questions: there is nothing to measure." in page.text
    assert re.search(r"\bnan\b", page.text.lower()) is None
    assert "None" not in page.text


def test_a_run_of_errors_alone_says_so() -> None:
    page = Page(report([row(None, id="q1"), row(None, id="q2")], []))
    assert (
        "2 of 2 questions ended in an error. They count as failures wherever something was to be answered, found or refused." in page.text
    )
    assert "error: 2 (100\u202f%)" in page.text
    assert "not measured" in page.text
    assert "None" not in page.text


def test_what_has_no_value_is_said_in_words_and_dashes() -> None:
    metrics = {
        "faithfulness": Metric("faithfulness", None, None, None, 0, 4),
        "latency_median": Metric("latency_median", 0.05, None, None, 1, 1),
    }
    page = Page(run_report({}, [], [], metrics, {"fact": metrics, "list": {}}))
    assert "not measured" in page.text
    assert "Coverage 0\u202f%: 4 could not be scored and are left out." in page.text
    undefined = {"refusal_f1": Metric("refusal_f1", None, None, None, 40, 40)}
    assert "It has no value over these 40 questions." in Page(run_report({}, [], [], undefined, {})).text
    assert "no interval: too few questions" in page.text
    small = {"latency_p95": Metric("latency_p95", 0.5, None, None, 20, 20, interval="n too small")}
    assert "no interval: n too small" in Page(run_report({}, [], [], small, {})).text
    assert re.search(r"list\s*–", page.text)


def test_the_judge_comes_with_its_error_or_without_one_in_words() -> None:
    rows, said = run_of(row(ANSWERED))
    assert "Its error is not measured" in Page(report(rows, said)).text
    share = {"right": 88, "of": 100, "value": 0.88, "low": 0.8, "high": 0.93}
    overall = {"n": 250, "unscored": 3, "auc": 0.94, "auc_interval": [0.91, 0.97], "sensitivity": share, "caught": {"wrong number": share}}
    text = Page(report(rows, said, {"overall": overall, "files": [{"name": "claims.jsonl"}]})).text
    assert "measured on labelled claims (claims.jsonl). It failed on 3 of 250." in text
    assert "Supported claims that it accepts (sensitivity)88.0\u202f%80.0\u202f% to 93.0\u202f%100" in text
    assert "(AUC)94.0\u202f%91.0\u202f% to 97.0\u202f%" in text
    assert "Caught: wrong number88.0\u202f%" in text


def test_settings_that_were_changed_are_named_and_keys_are_not_shown() -> None:
    manifest = {"settings": {"RAG_TOP_K": 12, "RAG_MODE": "auto", "openai_api_key": "sk-secret"}}
    html = run_report(manifest, [], [], {}, {})
    assert "<code>RAG_TOP_K = 12</code>, <code>OPENAI_API_KEY = set</code></dd>" in html
    assert "sk-secret" not in html


def test_a_large_run_stays_bounded_and_says_what_it_left_out() -> None:
    rows, said = run_of(*(full_row(id=f"q{number}") for number in range(2000)))
    html = run_report(MANIFEST, rows, said, {}, {})
    page = Page(html)
    assert page.values("data-kind") == ["fact"] * SHOWN
    assert "The first 300 questions are shown in full, failures first. The other 1,700 follow one a line" in page.text
    assert "q1999" in page.text
    assert len(html) < 3_000_000


@pytest.mark.parametrize("html", ["run", "comparison"])
def test_a_page_is_in_order_for_those_who_cannot_see_it(html: str) -> None:
    rows, said = mixed()
    page = Page(report(rows, said) if html == "run" else compared(rows, said))
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert all(name.strip() for _, name in page.headings)
    tags = Counter(page.tags)
    assert tags["caption"] == tags["table"] > 0
    assert {value for tag, name, value in page.attributes if (tag, name) == ("th", "scope")} == {"row", "col"}
    assert [one for one, count in Counter(page.values("id")).items() if count > 1] == []
    assert {link[1:] for link in page.values("href")} <= set(page.values("id"))
    drawings = sum(name == "aria-hidden" for tag, name, _ in page.attributes if tag == "svg")
    assert drawings + page.values("role").count("img") == tags["svg"]


def test_the_same_run_gives_the_same_bytes() -> None:
    assert report(*mixed()) == report(*mixed())


def test_the_whole_manifest_is_there_but_for_the_ids() -> None:
    text = Page(run_report({"versions": {"python": "3.12"}, "seed": 7, "question_ids": ["q17"]}, [], [], {}, {})).text
    assert "versions.python3.12" in text
    assert "seed7" in text
    assert "q17" not in text
    assert json.dumps("q17") not in text
