"""The page's door in a real browser: a foreign name that leads to this machine, and the form that asks for the token."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browsing import FIELD, chromium, served, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

TOKEN = "correct horse battery staple"
KNOCK = """url => new Promise(done => { const line = new WebSocket(url, ["streamlit"]);
  line.onopen = () => done("open"); line.onerror = () => done("refused"); })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser to which evil.example is this machine."""
    with chromium("--host-resolver-rules=MAP evil.example 127.0.0.1") as found:
        yield found


@pytest.fixture(scope="module")
def guarded(index_dir: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page behind a token."""
    folder = tmp_path_factory.mktemp("guarded")
    shutil.copytree(index_dir, folder / "index")
    with served(folder / "index", corpus, folder / "log", RAG_UI_TOKEN=TOKEN) as url:
        yield url


def test_a_foreign_name_that_leads_here_shows_nothing_and_this_machines_own_does(
    browser: Browser, index_dir: Path, corpus: Path, tmp_path: Path
) -> None:
    shutil.copytree(index_dir, tmp_path / "index")
    with served(tmp_path / "index", corpus, tmp_path / "log") as url:
        port = url.rpartition(":")[2]
        with visiting(browser, f"http://evil.example:{port}") as page:
            assert page.locator("body").inner_text().startswith("This server does not answer to evil.example.")
            assert page.reload().status == 421  # type: ignore[union-attr]
        with visiting(browser, f"http://localhost:{port}") as page:
            page.get_by_text("159 abstracts").wait_for()
            assert page.evaluate(KNOCK, f"ws://evil.example:{port}/_stcore/stream") == "refused"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_token_is_asked_for_once(browser: Browser, guarded: str, scheme: str, tmp_path: Path) -> None:
    with visiting(browser, f"{guarded}/papers", viewport={"width": 390, "height": 844}, color_scheme=scheme) as page:
        page.get_by_label("Token of this server").fill("not this one")
        page.get_by_role("button", name="Enter").click()
        page.get_by_role("alert").wait_for()
        page.screenshot(path=tmp_path / "enter.png")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_label("Token of this server").fill(TOKEN)
        page.get_by_label("Token of this server").press("Enter")
        page.get_by_role("heading", name="Papers").wait_for()
        assert page.url == f"{guarded}/papers"
        (cookie,) = [one for one in page.context.cookies() if one.get("name") == "rag_entry"]
        assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")
        page.reload()
        page.get_by_role("heading", name="Papers").wait_for()


def test_a_token_in_the_address_opens_the_page_and_leaves_the_address(browser: Browser, guarded: str) -> None:
    with visiting(browser, f"{guarded}/?token=correct+horse+battery+staple") as page:
        page.get_by_label(FIELD).wait_for()
        assert page.url.rstrip("/") == guarded
        assert page.evaluate("performance.getEntriesByType('navigation')[0].name").rstrip("/") == guarded
        assert page.evaluate("document.referrer") == ""
        assert page.evaluate("history.length") <= 2  # the browser's empty first page, and this
