"""The pages Papers and Scores, run by Streamlit's own test driver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.opening import Open, html, keys, opening, press, said, until


@pytest.fixture
def opened(surroundings: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    with opening(surroundings, index_dir, monkeypatch) as run:
        yield run


# Papers


def test_all_papers_are_listed_with_those_of_each_year(opened: Open) -> None:
    page = opened("papers")
    assert "**159 abstracts**" in said(page)
    assert len(keys(page, "papers_open_")) == 25
    assert 'aria-label="2024: 33 papers"' in html(page)
    assert "39 papers without a date" in html(page)
    assert page.button(key="papers_ask").label == "Ask about these 159"


def test_a_search_lists_what_bears_best_on_it_first(opened: Open) -> None:
    page = opened("papers", q="winning lottery tickets")
    assert page.button(key=keys(page, "papers_open_")[0]).label == "KS-Lottery"
    assert "**1 of 159 abstracts** is about this" in said(page)


def test_filters_in_the_address_hold_for_the_list_and_for_the_question(opened: Open) -> None:
    page = opened("papers", **{"from": "2024", "to": "2024"})
    assert "**33 of 159 abstracts** match" in said(page)
    assert (page.selectbox(key="papers_from").value, page.selectbox(key="from").value) == ("2024", "2024")
    page = press(page, "papers_ask").switch_page("views/ask.py").run()  # the driver stays on the page that it was sent to
    assert page.selectbox(key="from").value == "2024"
    drawn = until(page.chat_input[0].set_value("What do papers say about speech pretraining?").run(), "abstracts match")
    assert "33 of 159 abstracts match" in drawn


def test_a_filter_that_is_set_on_the_page_is_set_in_the_sidebar_too(opened: Open) -> None:
    page = opened("papers").selectbox(key="papers_from").set_value("2025").run()
    assert page.selectbox(key="from").value == "2025"
    assert "**19 of 159 abstracts** match" in said(page)


def test_papers_are_narrowed_to_titles_and_counts_and_put_in_order(opened: Open) -> None:
    page = opened("papers", titled="true", sort="By name")
    labels = [page.button(key=one).label for one in keys(page, "papers_open_")]
    assert not any(one.startswith("“") for one in labels)
    assert labels == sorted(labels, key=str.casefold)
    assert page.button(key="papers_ask").label == "Ask all abstracts"
    page = opened("papers", upvotes="5")
    assert "match" in said(page)
    assert "159 abstracts" not in said(page).split(" of ")[0]


def test_a_search_that_finds_nothing_offers_to_start_over(opened: Open) -> None:
    page = opened("papers", **{"from": "2025", "to": "2018"})
    assert "No abstract matches this." in said(page)
    assert "**159 abstracts**" in said(press(page, "papers_clear"))


def test_a_search_that_no_abstract_is_about_says_so_and_lists_what_is_nearest_apart(opened: Open) -> None:
    page = opened("papers", q="zzzz :smile: qqqq")
    assert "No abstract is about “zzzz :smile: qqqq”." in html(page)
    assert "Nearest to it, which may be about something else" in html(page)
    assert 0 < len(keys(page, "papers_open_")) <= 10
    assert "rag-years" not in html(page)
    assert keys(page, "papers_ask") == []
    page = opened("papers", q="cooking recipes")
    assert "No abstract is about “cooking recipes”." in html(page)
    assert keys(page, "papers_open_") == []
    assert "**159 abstracts**" in said(press(page, "papers_clear"))
    assert "No abstract within these filters is about" in html(opened("papers", q="winning lottery tickets", titled="true"))


def test_a_row_opens_the_abstract_s_page(opened: Open) -> None:
    page = opened("papers", q="winning lottery tickets")
    assert "<h1>KS-Lottery</h1>" in html(press(page, keys(page, "papers_open_")[0]))


def test_a_search_can_be_asked_as_a_question(opened: Open) -> None:
    page = opened("papers", q="winning lottery tickets")
    assert page.button(key="papers_ask").label == "Ask about “winning lottery tickets”"
    assert "What do the papers say about winning lottery tickets?" in html(press(page, "papers_ask"))


def test_all_ways_out_of_a_filtered_page_are_open(opened: Open) -> None:
    query = {"from": "2024", "q": "speech"}
    for key in ("side_new", "papers_ask", "papers_all"):
        assert not press(opened("papers", **query), key).exception
    page = opened("papers", **query)
    assert not press(page, keys(page, "papers_open_")[0]).exception


# Scores


def make_run(folder: Path, name: str = "first", **settings: object) -> Path:
    path = folder / "runs" / name
    path.mkdir(parents=True)
    manifest = {"name": name, "when": f"2026-11-2{len(name) % 10}T05:00:00Z", "questions": {"count": 20}, "judge": "local-2"}
    manifest |= {"settings": {"RAG_TOP_K": 8, **settings}} if settings else {}
    metric = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 20, "of": 20}
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (path / "summary.json").write_text(json.dumps({"metrics": {"faithfulness_cited": metric, "ndcg@10": metric}}), encoding="utf-8")
    return path


def test_without_a_run_it_is_told_how_to_make_one(opened: Open) -> None:
    assert opened("scores").code[0].value == "python -m eval run --out runs/first"


def test_a_run_is_shown_with_its_cards_and_its_report(opened: Open, surroundings: Path) -> None:
    (make_run(surroundings) / "report.html").write_text("<!DOCTYPE html>", encoding="utf-8")
    page = opened("scores")
    drawn = html(page)
    assert "2026-11-25 05:00:00 · 20 questions · judge local-2 · extractive answers" in drawn
    assert "90.0\u202f%" in drawn
    assert len(page.get("download_button")) == 1


def test_two_runs_are_compared(opened: Open, surroundings: Path) -> None:
    make_run(surroundings)
    summary = make_run(surroundings, "second") / "summary.json"
    summary.write_text(summary.read_text(encoding="utf-8").replace("0.9,", "0.93,"), encoding="utf-8")
    assert "+3.0\u202fpoints" in html(opened("scores", run="first", against="second"))


def test_settings_that_were_changed_and_those_that_differ_are_named(opened: Open, surroundings: Path) -> None:
    make_run(surroundings, RAG_TOP_K=3, RAG_DOOR_TOKEN="hush")
    make_run(surroundings, "second", RAG_MODE="extract", RAG_DOOR_TOKEN="hush")
    drawn = html(opened("scores", run="first", against="second"))
    assert "Settings that differ from the defaults: RAG_TOP_K = 3, RAG_DOOR_TOKEN = set." in drawn
    assert "RAG_TOP_K is 3 in first and 8 in second; RAG_MODE is not known in first and extract in second." in drawn
    assert "hush" not in drawn


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("summary.json", "{", "damaged"),
        ("summary.json", '{"metrics": {"x": {"value": "<script>"}}}', "damaged"),
        ("summary.json", '{"metrics": {"x": {"value": NaN, "low": 1, "high": 1, "n": 1, "of": 1}}}', "damaged"),
        ("summary.json", "[" * 100_000, "damaged"),
        ("manifest.json", "[]", "damaged"),
        ("manifest.json", '{"questions": {"count": "many"}}', "damaged"),
        ("summary.json", None, "no figures yet"),
        ("manifest.json", None, "no run"),
    ],
)
def test_a_run_that_cannot_be_read_says_so(opened: Open, surroundings: Path, file: str, text: str | None, words: str) -> None:
    path = make_run(surroundings, "bad<b>![x](x.png)" if text == "[]" else "bad") / file
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    page = opened("scores")
    assert words in page.warning[0].value
    assert "rag-report" not in html(page)
