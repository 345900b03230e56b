"""A journey through the page Add in a real browser: a listing is uploaded, indexed, asked about and removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import chromium, served, visiting
from tests.opening import HOSTILE, LISTING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(index_dir: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with an index folder of its own."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(index_dir, folder / "index")
    with served(folder / "index", corpus, folder / "log") as url:
        yield url


def upload(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "text/plain", "buffer": data}


def test_a_listing_is_uploaded_indexed_asked_about_and_removed(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/add") as page:
        page.locator("input[type=file]").set_input_files(upload("bogs.bib", LISTING))  # type: ignore[arg-type]
        page.get_by_text("neither a title nor a text").wait_for()
        page.get_by_role("button", name="Add 2 abstracts to the corpus").click()
        page.get_by_text("2 new abstracts from").wait_for()
        page.get_by_text("The corpus holds 161 abstracts from 5 files.").wait_for()
        page.locator("[class*=st-key-add_ask_] button").first.click()
        page.locator(".rag-claim").first.wait_for()
        assert "finds peat bogs in radar images" in page.locator(".rag-claim").first.inner_text()
        page.get_by_role("link", name="Add").click()
        page.get_by_role("button", name="Remove").first.click()
        page.get_by_role("button", name="Remove it").click()
        page.get_by_text("The corpus holds 159 abstracts from 4 files.").wait_for()
        page.go_back()
        page.locator(".rag-sources .rag-gone").first.wait_for()


def test_a_hostile_upload_loads_nothing_and_stays_text(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/add") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.locator("input[type=file]").set_input_files(upload("![n](http://127.0.0.1:9/n.png).bib", HOSTILE))  # type: ignore[arg-type]
        page.get_by_role("button", name="Add 1 abstract to the corpus").click()
        page.get_by_text("1 new abstract from").wait_for()
        page.locator("[class*=st-key-add_open_] button").first.click()
        page.locator(".rag-paper").wait_for()
        assert "<script>alert(1)</script>" in page.locator(".rag-paper h1").inner_text()
        assert [one for one in asked if not one.startswith((site, site.replace("http", "ws"), "data:", "blob:"))] == []


def test_a_paper_is_found_filtered_and_opened_with_the_keyboard_alone(browser: Browser, site: str) -> None:
    with visiting(browser, f"{site}/papers?from=2024", viewport={"width": 390, "height": 844}) as page:
        page.get_by_text("of 1").first.wait_for()
        page.get_by_label("Search", exact=True).fill("speech pretraining")
        page.keyboard.press("Enter")
        page.get_by_text("are about this").wait_for()
        first = page.locator("[class*=st-key-papers_open_] button").first
        name = first.inner_text()
        assert "from=2024" in page.url
        assert "q=speech" in page.url
        first.focus()
        page.keyboard.press("Enter")
        page.locator(".rag-paper h1").wait_for()
        assert page.locator(".rag-paper h1").inner_text() == name
        assert page.evaluate("document.documentElement.scrollWidth") == 390
