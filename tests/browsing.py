"""A served page and a real browser, for tests that drive one with the other."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rag.cli.commands import streamlit_command
from tests.conftest import REPOSITORY
from tests.processes import PATIENCE, started, wait_until
from tests.writing import Body, quoting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUESTION = "How does KS-Lottery find winning tickets?"
IDEA = "Our key idea is to use Kolmogorov-Smirnov Test"
THEORY = "We further theoretically prove that KS-Lottery"
PROPOSED = "In this paper, we propose KS-Lottery"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-background-networking"]
FIELD = "Ask the abstracts"
MILLISECONDS = 1000 * PATIENCE


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(index_dir: Path, corpus: Path, log: Path, **variables: str) -> Iterator[str]:
    """The address of the page as `rag ui` serves it, by a process of its own whose output goes to a file."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAG_", "OPENAI_", "STREAMLIT_"))}
    ours = {"RAG_INDEX_DIR": str(index_dir), "RAG_CORPUS": str(corpus), "PYTHONPATH": str(REPOSITORY)}
    line = streamlit_command(REPOSITORY / "ui" / "serve.py", port, headless=True)
    options = {"env": kept | ours | variables, "stderr": subprocess.STDOUT, "cwd": log.parent}
    with log.open("wb") as output, started(line, limit=None, stdout=output, **options) as process:
        await_health(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"


def await_health(url: str, process: subprocess.Popen[str], log: Path) -> None:
    """Wait until the page answers; fails with its output where it does not."""

    def answers() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{url}/rag/alive", timeout=10):
            return True
        return False

    try:
        wait_until(answers, of=process)
    except AssertionError as error:
        pytest.fail(f"The page did not start, {error}:\n{log.read_text(errors='replace')}")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Debian's Chromium, with further flags; the test is skipped where there is none, or no playwright."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install 'abstract-rag[test]')")
    if CHROMIUM is None:
        pytest.skip("no chromium here (apt-get install chromium)")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags], timeout=MILLISECONDS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """A page of a new visitor, who fails the test where a script of the page fails."""
    visitor = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | context)
    visitor.set_default_timeout(MILLISECONDS)
    errors: list[str] = []
    try:
        page = visitor.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        try:
            yield page
        except Exception as error:
            error.add_note(_seen(page))
            raise
    finally:
        visitor.close()
    assert errors == []


def _seen(page: Page) -> str:
    """What a visitor sees of a page that a test fails on."""
    with suppress(Exception):
        state = page.locator("[data-test-script-state]").get_attribute("data-test-script-state", timeout=1000)
        return f"At {page.url}, {state}:\n{page.locator('body').inner_text(timeout=1000)[:3000]}"
    return "The page does not answer any more."


def ask(page: Page, question: str) -> None:
    """Type a question and send it."""
    field = page.get_by_label(FIELD)
    field.fill(question)
    field.press("Enter")


def at_rest(page: Page) -> None:
    """Wait until the page has drawn all it has to, with its fonts: what is clicked before may move or be drawn anew under the click."""
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("document.fonts.status === 'loaded'")


def slow_model(body: Body) -> Any:
    """A model that quotes three sentences; a follow-up it repeats as it was asked."""
    if "Abstracts:\n" not in body["messages"][1]["content"]:
        return json.dumps({"question": ""})
    return quoting(PROPOSED, IDEA, THEORY)(body)


class Listener:
    """Counts the connections that anything on this computer makes to it, until it is closed."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.count = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self) -> None:
        with suppress(OSError):  # a close alone leaves a thread in `accept`
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(PATIENCE)


def hostile(address: str) -> str:
    """What a document may hold to be let into the page."""
    return (
        f"<script>window.hacked = 1; fetch('{address}/s')</script> ![seen]({address}/x.png) [here]({address}/l) "
        f"<img src={address}/i.png onerror=window.hacked=1> <style>body {{background: url({address}/c)}}</style>"
    )
