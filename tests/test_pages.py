"""The pages Papers, Add and Scores, run by Streamlit's own test driver."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import CorpusError, IndexBusyError, NotFoundError
from rag.generations import writing
from rag.ingest import bring_up_to_date
from rag.progress import Progress
from rag.uploads import Upload, add, kept, remove
from tests.conftest import REPOSITORY
from ui.door import COOKIE
from ui.indexing import Change, Indexing, indexing

Open = Callable[..., AppTest]

LISTING = b"""@article{moor, title={MoorNet: Finding Peat Bogs in Radar Images}, year={2023},
 abstract={We present MoorNet, a network that finds peat bogs in radar images. It needs 40 labelled images of one county.}}
@article{fen, title={FenBERT: Reading Botanists' Diaries}, year={2024},
 abstract={We present FenBERT, a language model of botanists' diaries. It dates 91 % of all entries to the right month.}}
@article{empty, year={2024}}
"""
HOSTILE = b"""@article{x, title={<script>alert(1)</script> ![x](http://127.0.0.1:9/x.png)}, year={2024},
 abstract={<img src=http://127.0.0.1:9/y.png> We present <b>BoldNet</b>, which [links](http://127.0.0.1:9/z) to nothing at all.}}
"""


@pytest.fixture
def opened(surroundings: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page of the app, with an index folder of its own, and an empty folder as the working directory."""
    shutil.copytree(index_dir, surroundings / "index")
    monkeypatch.setenv("RAG_INDEX_DIR", str(surroundings / "index"))
    monkeypatch.setattr(type(streamlit.context), "cookies", {COOKIE: "a" * 32})
    monkeypatch.setattr(type(streamlit.context), "ip_address", "127.0.0.1")
    streamlit.cache_resource.clear()

    def run(view: str, **query: str) -> AppTest:
        page = AppTest.from_file(str(REPOSITORY / "ui" / "app.py"), default_timeout=30)
        for _ in range(2):  # the sidebar takes its filters at the first run, the page its own when it is opened
            for name, value in query.items():
                page.query_params[name] = value
            page.run().switch_page(f"views/{view}.py")
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    yield run
    from ui import resources

    indexing().wait(30)
    resources.history().close()
    resources.assistant().close()
    streamlit.cache_resource.clear()


def html(page: AppTest) -> str:
    """All that the page drew by itself."""
    assert not page.exception
    return "\n".join(one.proto.body for one in page.get("html") if not one.proto.body.startswith("<style"))


def said(page: AppTest) -> str:
    """All that the page says in Streamlit's own elements."""
    assert not page.exception
    parts = [*page.markdown, *page.warning, *page.info, *page.error, *page.caption]
    return "\n".join(one.value for one in parts)


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def keys(page: AppTest, start: str) -> list[str]:
    return [str(one.key) for one in page.button if str(one.key).startswith(start)]


def give(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploader = page.file_uploader[0]
    uploader.set_value([(name, data, "text/plain") for name, data in files])
    return page.run()


def settle(page: AppTest) -> AppTest:
    """The page once the change that is under way is done."""

    until = time.monotonic() + 60
    while indexing().busy and time.monotonic() < until:
        time.sleep(0.05)
    return page.run()


# Add


def test_an_upload_is_shown_as_it_was_read_before_anything_is_indexed(opened: Open, surroundings: Path) -> None:
    page = give(opened("add"), ("bogs.bib", LISTING))
    drawn = html(page)
    assert "2 abstracts · 1 problem · read as bib" in drawn
    assert "MoorNet: Finding Peat Bogs in Radar Images" in drawn
    assert "2023 · line 1" in drawn
    assert "Line 5</b>: neither a title nor a text" in drawn
    assert page.button(key="add_confirm").label == "Add 2 abstracts to the corpus"
    assert not (surroundings / "index" / "uploads").exists()


def test_an_upload_is_indexed_and_asked_about_at_once(opened: Open, surroundings: Path) -> None:
    page = settle(press(give(opened("add"), ("bogs.bib", LISTING)), "add_confirm"))
    assert "**Added.** 2 new abstracts" in said(page)
    assert "The corpus holds 161 abstracts from 5 files." in said(page)
    assert [one.name for one in (surroundings / "index" / "uploads").iterdir()] == [Upload("bogs.bib", LISTING).name]
    page = press(page, keys(page, "add_ask_")[0])
    assert "finds peat bogs in radar images" in html(page)


def test_a_given_name_is_a_label_and_never_a_path(opened: Open, surroundings: Path) -> None:
    names = ["../../x.bib", "C:\\evil\\..\\x.bib", "/etc/passwd", "<script>.bib", ".." * 300, "CON", "", "é\u202e.bib", "a" * 500 + ".bib"]
    stored = [Upload(name, b"x").name for name in names]
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}\.[a-z]{3}", one) for one in stored), stored
    assert Upload("x.bib", b"one").name != Upload("x.bib", b"two").name
    assert Upload(Upload("x.bib", b"one").name, b"one").name == Upload("x.bib", b"one").name
    settle(press(give(opened("add"), ("../../x.bib", LISTING)), "add_confirm"))
    found = [one.relative_to(surroundings).as_posix() for one in surroundings.rglob("*x*.bib")]
    assert found == [f"index/uploads/{Upload('x.bib', LISTING).name}"]


def test_hostile_content_stays_text(opened: Open) -> None:
    name = "![x](http://127.0.0.1:9/n.png)<script>.bib"
    page = give(opened("add"), (name, HOSTILE))
    before = html(page)
    page = settle(press(page, "add_confirm"))
    title = "<script>alert(1)</script> ![x](http://127.0.0.1:9/x.png)"
    drawn = before + html(page) + html(opened("papers", q="BoldNet"))
    assert "&lt;script&gt;alert(1)" in drawn
    assert re.findall(r"<(?:script(?! src=\"./rag/page.js\")|img)", drawn) == []
    assert "BoldNet" in drawn
    labels = [one.label for one in page.button] + [one.value for one in page.markdown]
    assert not any("![" in one or "<script>" in one.replace("\\<", "") or title in one for one in labels)
    links = re.findall(r'href="([^"]*)"', drawn)
    assert all(one.startswith(("https://scholar.google.com/", "http://127.0.0.1:9/", "http")) for one in links if not one.startswith("#"))


def test_the_shape_can_be_chosen(opened: Open) -> None:
    page = give(opened("add"), ("bogs.bib", LISTING))
    page = page.selectbox(key=f"add_shape_{Upload('bogs.bib', LISTING).name}").set_value("paragraphs").run()
    assert "read as bib" not in html(page)


def test_a_file_that_cannot_be_read_is_told_and_not_added(opened: Open) -> None:
    page = give(opened("add"), ("paper.pdf", b"%PDF-1.7 \x00\x01"))
    assert "The whole file</b>: a PDF" in html(page)
    assert page.button(key="add_confirm").disabled


def test_a_text_can_be_pasted(opened: Open) -> None:
    page = opened("add")
    page.text_area[0].set_value(LISTING.decode()).run()
    page = settle(press(page, "add_confirm"))
    assert "2 new abstracts from pasted-" in said(page)


def test_abstracts_that_are_there_already_are_told(opened: Open) -> None:
    page = settle(press(give(opened("add"), ("bogs.bib", LISTING)), "add_confirm"))
    page = give(page, ("again.bib", LISTING + b"\n"))
    assert "2 already in the corpus" in html(page)
    page = settle(press(page, "add_confirm"))
    assert "0 new abstracts" in said(page)


def test_an_upload_survives_the_next_indexing_and_is_removed_on_the_page(opened: Open, surroundings: Path) -> None:
    page = settle(press(give(opened("add"), ("bogs.bib", LISTING)), "add_confirm"))
    bring_up_to_date(Settings())
    assert "The corpus holds 161 abstracts" in said(page.run())
    page = settle(press(page, keys(page, "add_remove_")[0]))
    assert "The corpus holds 159 abstracts" in said(page)
    assert list((surroundings / "index" / "uploads").iterdir()) == []
    page = settle(press(page, "add_undo"))
    assert "The corpus holds 161 abstracts" in said(page)
    assert [one.name for one in kept(Settings())] == [Upload("bogs.bib", LISTING).name]


def test_files_of_the_corpus_are_not_the_page_s_to_remove(opened: Open) -> None:
    assert keys(opened("add"), "add_remove_") == []
    with pytest.raises(NotFoundError, match="No upload is called"):
        remove(Settings(), Assistant.open(Settings()).abstracts()[0].sources[0].file)


def test_a_busy_index_is_told_calmly_and_nothing_is_kept(opened: Open, surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_LOCK_TIMEOUT", "0.1")
    page = give(opened("add"), ("bogs.bib", LISTING))
    with writing(Settings()):
        page = settle(press(page, "add_confirm"))
    assert "Another program is writing to the index just now. Nothing was changed" in said(page)
    assert list((surroundings / "index" / "uploads").iterdir()) == []
    assert "159 abstracts" in said(page)


def test_a_change_under_way_is_followed_by_every_reader_and_not_disturbed(opened: Open) -> None:
    page = give(opened("add"), ("bogs.bib", LISTING))
    indexing().change = Change("add", ("other-1.bib",), share=0.4, words="Embedding 5 of 10")
    page = press(page, "add_confirm")
    assert "The page can be left meanwhile" in said(page)
    assert "Embedding 5 of 10" in str(page.get("progress")[0].proto)
    assert not page.file_uploader
    with pytest.raises(IndexBusyError, match="another reader"):
        indexing().add(Settings(), [Upload("bogs.bib", LISTING)], ())
    indexing().change = Change("add", ("other-1.bib",), done=True, error="The disk is full.")
    page = page.run()
    assert "The disk is full" in page.warning[0].value
    assert page.file_uploader
    assert "disk" not in said(press(page, "add_dismiss"))


def test_a_change_tells_how_far_it_is_and_never_goes_back(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, str]] = []
    opened("add")
    work = Indexing()

    def slow(settings: Settings, uploads: object, *, progress: Progress) -> None:
        for stage, done, total in (("read", 0, 1), ("read", 1, 1), ("embed", 0, 4), ("embed", 4, 4), ("read", 0, 1), ("index", 1, 1)):
            progress(stage, done, total)  # type: ignore[arg-type]
            assert work.change is not None
            told.append((work.change.share, work.change.words))

    monkeypatch.setattr("ui.indexing.add", slow)
    work.add(Settings(), [Upload("bogs.bib", LISTING)], ())
    work.wait(10)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[-1], told[3][1]) == (1.0, "Embedding 4 of 4")
    assert work.change is not None
    assert work.change.done


def test_who_may_not_write_sees_what_was_added_and_no_form(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(press(give(opened("add"), ("bogs.bib", LISTING)), "add_confirm"))
    monkeypatch.setattr(type(streamlit.context), "ip_address", "192.0.2.1")
    page = opened("add")
    assert "read-only" in said(page)
    assert not page.file_uploader
    assert Upload("bogs.bib", LISTING).name in said(page)
    assert keys(page, "add_remove_") == []


def test_too_many_and_too_large_files_are_refused(opened: Open) -> None:
    with pytest.raises(CorpusError, match="at most 10"):
        add(Settings(), [Upload("x.bib", LISTING)] * 11)
    with pytest.raises(CorpusError, match="at most 20 MB"):
        add(Settings(), [Upload("x.bib", b"x" * 20_000_001)])


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
    assert "**50 of 159 abstracts** that bear best on this" in said(page)


def test_filters_in_the_address_hold_for_the_list_and_for_the_question(opened: Open) -> None:
    page = opened("papers", **{"from": "2024", "to": "2024"})
    assert "**33 of 159 abstracts** match" in said(page)
    assert (page.selectbox(key="papers_from").value, page.selectbox(key="from").value) == ("2024", "2024")
    page = press(page, "papers_ask").switch_page("views/ask.py").run()  # the driver stays on the page that it was sent to
    assert page.selectbox(key="from").value == "2024"
    drawn = html(page.chat_input[0].set_value("What do papers say about speech pretraining?").run())
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


def make_run(folder: Path, name: str = "first") -> Path:
    path = folder / "runs" / name
    path.mkdir(parents=True)
    manifest = {"name": name, "when": f"2026-11-2{len(name) % 10}T05:00:00Z", "questions": {"count": 20}, "judge": "local-2"}
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
