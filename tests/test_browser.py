"""Journeys through the web page in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.index.ingest import bring_up_to_date
from rag.model.settings import Settings
from tests.browsing import FIELD, IDEA, QUESTION, Listener, ask, at_rest, chromium, hostile, served, slow_model, visiting
from tests.fakes import FakeOpenAI

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def plain(index_dir: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page without a model service."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copytree(index_dir, folder / "index")
    with served(folder / "index", corpus, folder / "log") as url:
        yield url


@pytest.fixture(scope="module")
def model() -> Iterator[FakeOpenAI]:
    """A model whose answers can be held in their middle."""
    with FakeOpenAI(default=slow_model) as service:
        yield service


@pytest.fixture
def held(model: FakeOpenAI) -> Iterator[threading.Event]:
    """Answers stop halfway until this is set."""
    model.halfway.clear()
    yield model.halfway
    model.halfway.set()


@pytest.fixture(scope="module")
def writing(index_dir: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory, model: FakeOpenAI) -> Iterator[str]:
    """The page with that model."""
    folder = tmp_path_factory.mktemp("writing")
    shutil.copytree(index_dir, folder / "index")
    with served(folder / "index", corpus, folder / "log", OPENAI_BASE_URL=model.url, RAG_MODEL="fake-model") as url:
        yield url


def claims(page: Page) -> Any:
    return page.locator("[class*=st-key-turn-] .rag-claim")


def test_an_answer_has_chips_that_open_the_quoted_sentence_in_its_context(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        ask(page, QUESTION)
        first = claims(page).first.inner_text()
        page.get_by_role("button", name="Citation 1: KS-Lottery").click()
        card = page.get_by_role("dialog", name="Citation 1")
        marked = card.locator("mark").inner_text()
        assert len(marked.split()) > 5
        assert marked in first
        assert "quoted verbatim" in card.inner_text()
        assert IDEA in card.inner_text()  # the sentence before
        page.keyboard.press("Escape")
        card.wait_for(state="hidden")
        page.locator("summary.rag-row").first.click()
        assert page.locator(".rag-whole mark").count() >= 1


def test_a_citation_opens_and_closes_with_the_keyboard_alone(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        ask(page, QUESTION)
        page.get_by_role("button", name="Citation 3: KS-Lottery").focus()
        page.keyboard.press("Enter")
        card = page.get_by_role("dialog", name="Citation 3")
        card.wait_for()
        page.keyboard.press("Escape")
        card.wait_for(state="hidden")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Citation 3: KS-Lottery"


def test_a_card_leads_to_its_source_and_the_session_lives_on(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        ask(page, QUESTION)
        page.get_by_role("button", name="Citation 2: KS-Lottery").click()
        page.get_by_role("link", name="source below").and_(page.locator(":visible")).click()
        page.locator(".rag-whole mark").first.wait_for()
        assert page.get_by_role("dialog", name="Citation 2").is_hidden()
        ask(page, "Does it need full fine-tuning?")
        page.get_by_role("heading", name="Does it need full fine-tuning?").wait_for()
        assert page.locator(".rag-question").count() == 2


def test_a_card_is_a_sheet_at_the_foot_of_a_narrow_window(browser: Browser, plain: str) -> None:
    with visiting(browser, plain, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        ask(page, QUESTION)
        page.get_by_role("button", name="Citation 1: KS-Lottery").tap()
        box = page.get_by_role("dialog", name="Citation 1").bounding_box()
        assert box is not None
        assert (box["x"], box["width"], round(box["y"] + box["height"])) == (0, 390, 844)


def test_the_first_screen_offers_questions_that_are_answered(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        page.get_by_text("159 abstracts").wait_for()
        starters = page.locator(".st-key-ask_starters button")
        starters.first.wait_for()
        assert starters.count() == 4
        name = starters.first.inner_text().split()[2]
        starters.first.click()
        page.locator(".rag-source, .rag-sources").first.wait_for()
        assert name in page.locator(".rag-sources .rag-label").first.inner_text()


def test_claims_arrive_one_by_one_and_a_card_stays_open_meanwhile(browser: Browser, writing: str, held: threading.Event) -> None:
    with visiting(browser, writing) as page:
        ask(page, QUESTION)
        claims(page).first.wait_for()
        assert page.get_by_role("button", name="Stop").is_visible()
        assert claims(page).count() < 3
        first = claims(page).first.inner_html()
        page.locator(".rag-chip").first.click()
        held.set()
        page.locator(".st-key-ask_actions").wait_for()
        claims(page).nth(2).wait_for()
        assert claims(page).count() == 3
        assert page.get_by_role("dialog", name="Citation 1").is_visible()
        assert claims(page).first.inner_html() == first


def test_clicking_elsewhere_or_reloading_in_mid_answer_loses_nothing(browser: Browser, writing: str, held: threading.Event) -> None:
    with visiting(browser, writing) as page:
        ask(page, QUESTION)
        claims(page).first.wait_for()
        page.get_by_text("Filters", exact=True).click()
        page.get_by_role("button", name="Papers").or_(page.get_by_role("link", name="Papers")).first.click()
        page.get_by_role("heading", name="Papers").wait_for()
        page.get_by_role("button", name=QUESTION).click()
        claims(page).first.wait_for()
        page.reload()
        held.set()
        page.locator(".st-key-ask_actions").wait_for()
        claims(page).nth(2).wait_for()
        assert claims(page).count() == 3


def test_stop_leaves_the_claims_so_far(browser: Browser, writing: str, held: threading.Event) -> None:
    with visiting(browser, writing) as page:
        ask(page, QUESTION)
        claims(page).first.wait_for()
        page.get_by_role("button", name="Stop").click()
        page.locator(".rag-ended", has_text="stopped").wait_for()
        assert 1 <= claims(page).count() < 3


def test_a_conversation_goes_on_and_is_opened_again_by_its_owner_alone(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        ask(page, QUESTION)
        page.get_by_role("heading", name=QUESTION).wait_for()
        page.wait_for_url(re.compile(r"\?c="))
        ask(page, "Does it need full fine-tuning?")
        page.get_by_role("heading", name="Does it need full fine-tuning?").wait_for()
        address = page.url
        page.get_by_role("button", name="New question").click()
        page.get_by_text("159 abstracts").wait_for()
        page.goto(address)
        page.get_by_role("heading", name=QUESTION).wait_for()
        assert page.locator(".rag-question").count() == 2
        (cookie,) = [one for one in page.context.cookies() if one.get("name") == "rag_owner"]
        assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Lax")
        with visiting(browser, address) as stranger:
            stranger.get_by_text("This conversation is not yours or gone").wait_for()
            assert stranger.locator(".rag-question").count() == 0


def test_a_conversation_is_renamed_and_deleted(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        ask(page, QUESTION)
        page.locator(".st-key-side_current button").click()
        page.get_by_label("Name").fill("Lottery tickets")
        page.get_by_label("Name").press("Enter")
        page.locator(".rag-current", has_text="Lottery tickets").wait_for()
        page.get_by_text("Delete this conversation for ever").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_text("Your conversations will be listed here.").wait_for()


def test_a_slash_goes_to_the_field(browser: Browser, plain: str) -> None:
    with visiting(browser, plain) as page:
        page.get_by_label(FIELD).wait_for()
        page.get_by_role("heading", name="Ask the abstracts").click()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == FIELD


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_state_fits_the_window(browser: Browser, plain: str, tmp_path: Path, width: int, scheme: str) -> None:
    """The screenshots stay in pytest's folder for this test, for people to look at."""
    with visiting(browser, plain, viewport={"width": width, "height": 844}, color_scheme=scheme) as page:

        def fits(name: str) -> None:
            page.screenshot(path=tmp_path / f"{name}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
            main = page.locator("[data-testid=stMain]")
            assert main.evaluate("one => one.scrollWidth <= one.clientWidth"), name

        page.get_by_text("159 abstracts").wait_for()
        fits("first")
        ask(page, QUESTION)
        page.locator(".st-key-ask_actions").wait_for()
        fits("answer")
        page.locator(".rag-chip").first.click()
        fits("card")
        page.keyboard.press("Escape")
        ask(page, "Who won the football world cup?")
        page.locator(".rag-reason").wait_for()
        fits("refusal")
        at_rest(page)
        page.get_by_role("button", name="Open").click()
        at_rest(page)
        page.get_by_test_id("stPopoverBody").get_by_role("button").first.click()
        page.locator(".rag-paper").wait_for()
        fits("paper")


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


def test_what_documents_and_questions_say_stays_text(browser: Browser, listener: Listener, tmp_path: Path) -> None:
    bad = hostile(listener.address)
    (tmp_path / "corpus").mkdir()
    rows = [
        {"title": f"HostileNet: {bad}", "abstract": f"We propose HostileNet, a network. HostileNet learns {bad} from data. It works well."},
        {"title": "A calm paper", "abstract": "We study the weather in the north. Rain is frequent there in autumn."},
    ]
    (tmp_path / "corpus" / "bad.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    bring_up_to_date(Settings(index_dir=tmp_path / "index", corpus=(tmp_path / "corpus",)))
    with served(tmp_path / "index", tmp_path / "corpus", tmp_path / "log") as url, visiting(browser, url) as page:
        ask(page, f"What does HostileNet learn? {bad}")
        page.locator(".rag-sources").first.wait_for()
        assert f"<img src={listener.address}/i.png" in page.locator(".rag-question").first.inner_text()
        page.locator("summary.rag-row").first.click()
        if page.locator(".rag-chip").count():
            page.locator(".rag-chip").first.click()
            page.keyboard.press("Escape")
        page.get_by_role("button", name="Copy").click()
        page.keyboard.press("Escape")
        at_rest(page)
        page.get_by_role("button", name="Open").click()
        at_rest(page)
        page.get_by_test_id("stPopoverBody").get_by_role("button").first.click()
        page.locator(".rag-paper").wait_for()
        page.goto(f"{url}/papers?q=HostileNet")
        page.get_by_role("heading", name="Papers").wait_for()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.hacked") is None
        assert listener.count == 0
        # That the second wall stands by itself: the browser refuses what the page would load.
        seen = page.evaluate(
            """address => new Promise((done) => document.body.append(
              Object.assign(new Image(), {onload: () => done("loaded"), onerror: () => done("refused"), src: `${address}/wall.png`})))""",
            listener.address,
        )
        assert seen == "refused"
        assert listener.count == 0
