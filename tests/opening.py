"""The app as Streamlit's own test driver runs it, opened at one of its pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from tests.conftest import REPOSITORY
from tests.processes import PATIENCE, wait_until
from ui.jobs import indexing
from ui.middleware import COOKIE

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


def without_search_for_components(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's test driver looks through all installed packages for components at each opening, for longer than a page takes.

    The page uses no component.
    """
    monkeypatch.setattr(
        "streamlit.components.v2.component_manager.BidiComponentManager.discover_and_register_components",
        lambda self, *, start_file_watching=True: None,
        raising=False,
    )


@contextmanager
def opening(surroundings: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page of the app, with an index folder of its own, and an empty folder as the working directory."""
    shutil.copytree(index_dir, surroundings / "index")
    monkeypatch.setenv("RAG_INDEX_DIR", str(surroundings / "index"))
    monkeypatch.setattr(type(streamlit.context), "cookies", {COOKIE: "a" * 32})
    monkeypatch.setattr(type(streamlit.context), "ip_address", "127.0.0.1")
    without_search_for_components(monkeypatch)
    streamlit.cache_resource.clear()

    def run(view: str, **query: str) -> AppTest:
        page = AppTest.from_file(str(REPOSITORY / "ui" / "app.py"), default_timeout=PATIENCE)
        for _ in range(2):  # the sidebar takes its filters at the first run, the page its own when it is opened
            for name, value in query.items():
                page.query_params[name] = value
            page.run().switch_page(f"views/{view}.py")
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    yield run
    from ui import resources

    indexing().wait(PATIENCE)
    resources.history().close()
    resources.extractor().close()  # with a model it is an assistant of its own
    resources.assistant().close()
    streamlit.cache_resource.clear()


def html(page: AppTest) -> str:
    """All that the page drew by itself."""
    assert not page.exception
    return "\n".join(one.proto.body for one in page.get("html") if not one.proto.body.startswith("<style"))


def until(page: AppTest, words: str) -> str:
    """What the page draws once it has these words: an answer under way is another thread's work."""
    wait_until(lambda: words in html(page) or not page.run())
    return html(page)


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
    wait_until(lambda: not indexing().busy)
    return page.run()
