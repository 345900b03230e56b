"""The page Add: uploads are read, shown, indexed, asked about and removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit

from rag.assistant import Assistant
from rag.cli.report import report_lines
from rag.index.generations import writing
from rag.index.ingest import bring_up_to_date
from rag.index.uploads import Upload, add_uploads, list_uploads, remove_upload
from rag.model.errors import CorpusError, IndexBusyError, NotFoundError
from rag.model.events import Progress
from rag.model.settings import Settings
from tests.opening import HOSTILE, LISTING, Open, give, html, keys, opening, press, said, settle, until
from tests.processes import PATIENCE
from ui.jobs import Change, Indexing, indexing


@pytest.fixture
def opened(surroundings: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    with opening(surroundings, index_dir, monkeypatch) as run:
        yield run


def test_an_upload_is_shown_as_it_was_read_before_anything_is_indexed(opened: Open, surroundings: Path) -> None:
    page = give(opened("add"), ("bogs.bib", LISTING))
    drawn = html(page)
    assert "2 abstracts · 1 problem · read as bib" in drawn
    assert "MoorNet: Finding Peat Bogs in Radar Images" in drawn
    assert "2023 · line 1" in drawn
    assert "Line 5</b>: neither a title nor a text" in drawn
    assert page.button(key="add_confirm").label == "Add 2 abstracts to the corpus"
    assert not (surroundings / "index" / "uploads").exists()


def test_rows_without_an_abstract_are_counted_and_named_before_they_are_added(opened: Open) -> None:
    table = (
        b"title,abstract,year\nA <b>bold</b> title,,2024\nMoorNet finds bogs,We present MoorNet. It finds bogs.,2023\nAnother title,,2022\n"
    )
    page = give(opened("add"), ("rows.csv", table))
    drawn = html(page)
    assert "3 abstracts · 2 without an abstract · read as csv" in drawn
    assert "2 papers without an abstract: nothing but the title can be found or cited" in drawn
    assert "<li><b>Line 2</b>: A bold title</li><li><b>Line 4</b>: Another title</li>" in drawn
    assert drawn.count("· no abstract</span>") == 2
    settle(press(page, "add_confirm"))
    change = indexing().change
    assert change is not None
    assert change.report is not None
    assert change.report.titles_alone == 2
    assert any("Of a title alone: 2 abstracts" in line for line in report_lines(change.report))


def test_an_upload_is_indexed_and_asked_about_at_once(opened: Open, surroundings: Path) -> None:
    page = settle(press(give(opened("add"), ("bogs.bib", LISTING)), "add_confirm"))
    assert "**Added.** 2 new abstracts" in said(page)
    assert "The corpus holds 161 abstracts from 5 files." in said(page)
    assert [one.name for one in (surroundings / "index" / "uploads").iterdir()] == [Upload("bogs.bib", LISTING).name]
    page = press(page, keys(page, "add_ask_")[0])
    assert "finds peat bogs in radar images" in until(page, "finds peat bogs")


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
    assert [one.name for one in list_uploads(Settings())] == [Upload("bogs.bib", LISTING).name]


def test_files_of_the_corpus_are_not_the_page_s_to_remove(opened: Open) -> None:
    assert keys(opened("add"), "add_remove_") == []
    with Assistant.open(Settings()) as assistant:
        name = assistant.abstracts()[0].sources[0].file
    with pytest.raises(NotFoundError, match="No upload is called"):
        remove_upload(Settings(), name)


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

    monkeypatch.setattr("ui.jobs.add_uploads", slow)
    work.add(Settings(), [Upload("bogs.bib", LISTING)], ())
    work.wait(PATIENCE)
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
        add_uploads(Settings(), [Upload("x.bib", LISTING)] * 11)
    with pytest.raises(CorpusError, match="at most 20 MB"):
        add_uploads(Settings(), [Upload("x.bib", b"x" * 20_000_001)])
