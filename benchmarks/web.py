"""What a reader waits for on the web page, in a real browser: `python -m benchmarks.web`.

Start to the first usable screen, question to first claim without a model in turn 1 and turn 30, layout shift during an answer
that a slow model writes, and ten sessions at once. Needs the extra `test` and the system's Chromium.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from rag.index.ingest import bring_up_to_date
from rag.model.settings import Settings
from tests.browsing import FIELD, chromium, served, slow_model, visiting
from tests.fakes import FakeOpenAI

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
QUESTIONS = ("How does KS-Lottery find winning tickets?", "What does UzBERT do?", "How does Symbol-LLM work?", "What does CoWPiRec do?")
REPEATED, LATE, SESSIONS = 10, 30, 10

# Milliseconds from the Enter that sends a question to the frame in which a claim of a new turn stands in the page.
_WATCH = """() => {
  const known = new Set([...document.querySelectorAll('.rag-question')].map((one) => one.id));
  window.ragClaim = new Promise((done) => document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const started = performance.now();
    const look = () => {
      const turns = [...document.querySelectorAll('[class*="st-key-turn-"]')];
      const fresh = turns.find((one) => !known.has(one.querySelector('.rag-question')?.id) && one.querySelector('.rag-claim'));
      fresh ? done(performance.now() - started) : requestAnimationFrame(look);
    };
    look();
  }, { capture: true, once: true }));
}"""
_SHIFT = """() => { window.ragShift = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (!one.hadRecentInput) window.ragShift += one.value; })).observe({ type: 'layout-shift' }); }"""


def ask(page: Any, question: str) -> float:
    """Ask, and give the milliseconds to the first claim."""
    page.locator(f'textarea[aria-label="{FIELD}"]:not([disabled])').fill(question)
    page.evaluate(_WATCH)
    page.get_by_label(FIELD).press("Enter")
    found = float(page.evaluate("window.ragClaim"))
    page.locator(".st-key-ask_actions").wait_for()
    return found


def first_claims(browser: Any, url: str) -> tuple[list[float], list[float]]:
    """Milliseconds to the first claim in turn 1 of ten conversations, and in ten turns from the 30th of one."""
    first, late = [], []
    for index in range(REPEATED):
        with visiting(browser, url) as page:
            page.get_by_text("159 abstracts").wait_for()
            first.append(ask(page, QUESTIONS[index % len(QUESTIONS)]))
    with visiting(browser, url) as page:
        for turn in range(1, LATE + REPEATED):
            taken = ask(page, QUESTIONS[turn % len(QUESTIONS)])
            late += [taken] if turn >= LATE else []
    return first, late


def slow(browser: Any, folder: Path) -> tuple[float, float]:
    """With a slow model: the layout shift from a question to the end of its answer, and the milliseconds from Stop to "stopped"."""
    with (
        FakeOpenAI(default=slow_model, delay=0.03) as service,
        served(folder / "index", CORPUS, folder / "log", OPENAI_BASE_URL=service.url, RAG_MODEL="fake-model") as url,
        visiting(browser, url) as page,
    ):
        page.get_by_text("159 abstracts").wait_for()
        page.wait_for_timeout(1000)
        page.evaluate(_SHIFT)
        ask(page, QUESTIONS[0])
        page.wait_for_timeout(1000)
        shift = float(page.evaluate("window.ragShift"))
        page.locator(f'textarea[aria-label="{FIELD}"]:not([disabled])').fill(QUESTIONS[0])
        page.get_by_label(FIELD).press("Enter")
        stop = page.get_by_role("button", name="Stop")
        stop.wait_for()
        page.wait_for_timeout(1000)
        started = time.monotonic()
        stop.click()
        page.locator(".rag-ended").wait_for()
        return shift, 1000 * (time.monotonic() - started)


def together(url: str) -> list[float]:
    """Milliseconds to the first claim in ten sessions that ask at the same moment, each in a browser's tab of its own."""
    taken: list[float] = []
    with chromium() as browser:
        pages = [browser.new_context().new_page() for _ in range(SESSIONS)]
        for page in pages:
            page.goto(url)
            page.get_by_text("159 abstracts").wait_for()
        for index, page in enumerate(pages):
            page.get_by_label(FIELD).fill(QUESTIONS[index % len(QUESTIONS)])
            page.evaluate(_WATCH)
        for page in pages:
            page.get_by_label(FIELD).press("Enter", no_wait_after=True)
        taken += [float(page.evaluate("window.ragClaim")) for page in pages]
    return taken


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bring_up_to_date(Settings(index_dir=folder / "index", corpus=(CORPUS,)))
        with chromium() as browser:
            started = time.monotonic()
            with served(folder / "index", CORPUS, folder / "log") as url:
                with visiting(browser, url) as page:
                    page.locator(".st-key-ask_starters button").first.wait_for()
                    print(f"start to first usable screen: {time.monotonic() - started:.1f} s")
                first, late = first_claims(browser, url)
                print(f"question to first claim, turn 1: median {statistics.median(first):.0f} ms, most {max(first):.0f} ms")
                print(f"question to first claim, turn {LATE}: median {statistics.median(late):.0f} ms, most {max(late):.0f} ms")
                worker: list[float] = []
                thread = threading.Thread(target=lambda: worker.extend(together(url)))
                thread.start()
                thread.join()
                said = f"{len(worker)} answered, median {statistics.median(worker):.0f} ms, most {max(worker):.0f} ms"
                print(f"{SESSIONS} sessions at once: {said}")
            shift, stopped = slow(browser, folder)
            print(f"layout shift during an answer: {shift:.3f}")
            print(f"Stop to the page that says so: {stopped:.0f} ms")


if __name__ == "__main__":
    main()
