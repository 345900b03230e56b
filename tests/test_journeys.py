"""Journeys through the page on which a reader could lose something, or be misled, in a real browser, wide and narrow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.reliability import Fault
from benchmarks.reliability.page import FAULTS
from rag.chat.history import History
from tests.browsing import FIELD, QUESTION, ask, at_rest, chromium, served, visiting
from tests.test_pages import make_run
from ui.middleware import COOKIE, owner_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

NARROW = 390
TYPED = "  What is $x^2$ in **bold** :smile: ->\n# and -- <b>here</b>?  "
both = pytest.mark.parametrize("width", [1280, NARROW])


@dataclass(frozen=True)
class Site:
    """A served page and the folder that it was started in."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def served_site(index_dir: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page with an index folder of its own and two runs of the evaluation, without a model service."""
    folder = tmp_path_factory.mktemp("journeys")
    shutil.copytree(index_dir, folder / "index")
    make_run(folder, RAG_TOP_K=3)
    make_run(folder, "second", RAG_TOP_K=8)
    with served(folder / "index", corpus, folder / "log") as url:
        yield Site(url, folder)


@pytest.fixture
def site(served_site: Site) -> str:
    return served_site.url


def window(width: int) -> dict[str, Any]:
    return {"viewport": {"width": width, "height": 844}, "has_touch": width == NARROW}


def answered(page: Page, question: str) -> None:
    ask(page, question)
    page.get_by_role("heading", name=question).wait_for()
    page.locator(".st-key-ask_actions").wait_for()
    at_rest(page)


def scrolled(page: Page) -> int:
    found: int = page.locator("[data-testid=stMain]").evaluate("one => Math.round(one.scrollTop)")
    return found


def scroll(page: Page, to: int) -> int:
    """Read further down, as far as the page goes; how far that is."""
    page.locator("[data-testid=stMain]").evaluate("(one, to) => one.scrollTo(0, to)", to)
    return scrolled(page)


def open_sidebar(page: Page) -> None:
    """Open it where it is closed, as on a narrow window."""
    if page.locator("[data-testid=stSidebar]").get_attribute("data-collapsed") == "true":
        page.get_by_test_id("stExpandSidebarButton").click()


# Back


@both
def test_back_from_a_cited_paper_leads_to_the_conversation_at_the_line_that_was_read(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, site, **window(width)) as page:
        answered(page, QUESTION)
        conversation, at = page.url, scroll(page, 200)
        page.get_by_role("button", name="Open").click()
        at_rest(page)
        page.get_by_test_id("stPopoverBody").get_by_role("button").first.click()
        page.locator(".rag-paper").wait_for()
        at_rest(page)
        page.go_back()
        page.get_by_role("heading", name=QUESTION).wait_for()
        page.locator(".st-key-ask_actions").wait_for()
        at_rest(page)
        assert page.url == conversation
        page.wait_for_function(f"Math.round(document.querySelector('[data-testid=stMain]').scrollTop) === {at}")
        page.go_back()
        page.locator(".rag-welcome").wait_for()


@both
def test_back_from_a_paper_leads_to_the_list_as_it_was(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, f"{site}/papers?q=speech&from=2024", **window(width)) as page:
        rows = page.locator("[class*=st-key-papers_open_] button")
        rows.nth(3).wait_for()
        at_rest(page)
        found, names = page.url, rows.all_inner_texts()
        at = scroll(page, 500)
        rows.nth(3).click()
        page.locator(".rag-paper h1", has_text=names[3]).wait_for()
        at_rest(page)
        page.locator("[class*=st-key-paper_near_] button").first.click()
        page.locator(".rag-paper h1", has_not_text=names[3]).wait_for()
        at_rest(page)
        page.go_back()
        page.locator(".rag-paper h1", has_text=names[3]).wait_for()
        at_rest(page)
        page.go_back()
        rows.nth(3).wait_for()
        at_rest(page)
        assert (page.url, rows.all_inner_texts()) == (found, names)
        assert page.get_by_label("Search", exact=True).input_value() == "speech"
        page.wait_for_function(f"Math.round(document.querySelector('[data-testid=stMain]').scrollTop) === {at}")
        page.go_forward()
        page.locator(".rag-paper h1", has_text=names[3]).wait_for()


# The sidebar of a phone


def test_on_a_phone_the_sidebar_closes_after_a_choice_and_starts_closed(browser: Browser, site: str) -> None:
    with visiting(browser, site, **window(NARROW)) as page:
        folded = page.locator("[data-testid=stSidebar][data-collapsed=true]")
        folded.wait_for(state="attached")
        answered(page, QUESTION)
        open_sidebar(page)
        page.get_by_role("link", name="Papers").first.tap()
        page.get_by_role("heading", name="Papers").wait_for()
        folded.wait_for(state="attached")
        at_rest(page)
        open_sidebar(page)
        page.get_by_role("button", name=QUESTION).tap()
        page.get_by_role("heading", name=QUESTION).wait_for()
        folded.wait_for(state="attached")
        open_sidebar(page)
        page.locator("[data-testid=stSidebar][data-collapsed=false]").wait_for()
        page.reload()
        page.get_by_role("heading", name=QUESTION).wait_for()
        folded.wait_for(state="attached")


def test_on_a_wide_window_the_sidebar_stays(browser: Browser, site: str) -> None:
    with visiting(browser, site, **window(1280)) as page:
        answered(page, QUESTION)
        page.get_by_role("button", name="New question").click()
        page.locator(".rag-welcome").wait_for()
        page.reload()
        page.get_by_role("button", name=QUESTION).wait_for()
        assert page.locator("[data-testid=stSidebar]").get_attribute("data-collapsed") == "false"


# What was typed


@both
def test_a_question_in_a_conversation_that_was_deleted_elsewhere_begins_a_new_one(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, site, **window(width)) as page:
        answered(page, QUESTION)
        old = page.url
        elsewhere = page.context.new_page()
        elsewhere.goto(old)
        elsewhere.get_by_role("heading", name=QUESTION).wait_for()
        open_sidebar(elsewhere)
        elsewhere.locator(".st-key-side_current button").click()
        elsewhere.get_by_text("Delete this conversation for ever").click()
        elsewhere.get_by_role("button", name="Delete", exact=True).click()
        elsewhere.get_by_text("Your conversations will be listed here.").wait_for(state="attached")
        ask(page, "Does it need full fine-tuning?")
        page.get_by_role("heading", name="Does it need full fine-tuning?").wait_for()
        page.get_by_text("was deleted in another window. Your question began this new one").wait_for()
        assert page.url != old
        page.goto(old)
        page.get_by_text("This conversation is not yours or gone").wait_for()
        assert page.get_by_label(FIELD).is_enabled()


@both
def test_a_text_that_is_too_long_is_told_and_kept(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, site, **window(width)) as page:
        long = "lottery tickets " * 300
        ask(page, long)
        page.get_by_text("The question has 4,799 characters; at most 4,000 are read.").wait_for()
        at_rest(page)
        assert page.get_by_label(FIELD).input_value() == long
        assert page.url.rstrip("/") == site
        answered(page, QUESTION)
        page.get_by_role("button", name="Edit").click()
        edited = page.get_by_label("Edit the question")
        edited.fill(long)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_text("at most 4,000 are read").wait_for()
        assert edited.input_value() == long


@both
def test_a_question_is_shown_as_it_was_typed(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, site, **window(width)) as page:
        ask(page, TYPED)
        page.locator(".st-key-ask_actions").wait_for()
        assert page.locator(".rag-question").text_content() == TYPED
        assert page.locator(".rag-question").evaluate("one => getComputedStyle(one).whiteSpaceCollapse") == "preserve"
        open_sidebar(page)
        title = " ".join(TYPED.split())
        assert page.locator(".rag-current").inner_text() == title
        page.get_by_role("button", name="New question").click()
        page.locator(".rag-welcome").wait_for()
        at_rest(page)
        open_sidebar(page)
        entry = page.locator("[class*=st-key-side_open_] button")
        assert entry.inner_text().replace("\u2060", "") == title
        assert entry.locator("strong, a, .katex, [data-testid=stIconMaterial]").count() == 0
        assert re.search(r"\bsmile\b", entry.inner_text())


# What misleads


@both
def test_a_search_that_no_abstract_is_about_says_so(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, f"{site}/papers?q=zzzz+qqqq", **window(width)) as page:
        page.get_by_text("No abstract is about “zzzz qqqq”.").wait_for()
        page.get_by_text("Nearest to it, which may be about something else").wait_for()
        assert page.get_by_text("of 159 abstracts").count() == 0
        page.get_by_label("Search", exact=True).fill("cooking recipes")
        page.keyboard.press("Enter")
        page.get_by_text("No abstract is about “cooking recipes”.").wait_for()
        at_rest(page)
        assert page.locator("[class*=st-key-papers_open_]").count() == 0
        page.get_by_role("button", name="Clear the search and all filters").click()
        page.get_by_text("159 abstracts").first.wait_for()


@both
def test_rows_without_an_abstract_are_named_before_they_are_added(browser: Browser, site: str, width: int) -> None:
    table = b"title,abstract,year\nA title alone,,2024\nMoorNet finds bogs,We present MoorNet. It finds bogs.,2023\n"
    with visiting(browser, f"{site}/add", **window(width)) as page:
        page.locator("input[type=file]").set_input_files({"name": "rows.csv", "mimeType": "text/csv", "buffer": table})
        page.get_by_text("2 abstracts · 1 without an abstract · read as csv").wait_for()
        flagged = page.locator(".rag-problems li")
        assert flagged.all_inner_texts() == ["Line 2: A title alone"]
        assert page.evaluate("document.documentElement.scrollWidth") == width


@both
def test_settings_that_differ_between_two_runs_are_named(browser: Browser, site: str, width: int) -> None:
    with visiting(browser, f"{site}/scores?run=first&against=second", **window(width)) as page:
        page.get_by_text("Settings that differ from the defaults: RAG_TOP_K = 3.").wait_for()
        page.get_by_text("Settings that differ: RAG_TOP_K is 3 in first and 8 in second.").wait_for()


@both
def test_an_answer_that_failed_names_the_error_of_the_log(browser: Browser, served_site: Site, width: int) -> None:
    with visiting(browser, served_site.url, **window(width)) as page:
        answered(page, QUESTION)
        (token,) = [one.get("value") for one in page.context.cookies() if one.get("name") == COOKIE]
        with History(served_site.folder / "index" / "history.db") as history:
            turn = history.begin_turn(page.url.partition("c=")[2], str(owner_of(token)), "And then?")
            history.fail(turn, "Something went wrong (ValueError). Look for error 1a2b3c4d in the log of rag ui.")
        page.reload()
        page.get_by_text("Look for error 1a2b3c4d in the log of rag ui.").wait_for()
        page.locator(".rag-ended", has_text="failed").wait_for()
        assert page.get_by_label(FIELD).is_enabled()


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.sampled], ids=lambda one: one.name)
def test_the_page_survives(fault: Fault, tmp_path: Path) -> None:
    for seed in range(fault.sampled):
        (tmp_path / str(seed)).mkdir()
        assert fault.attempt(tmp_path / str(seed), seed) == ""
