"""The page, opened from its entry file by Streamlit's own test driver: two of them are two tabs of one browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from streamlit.testing.v1 import AppTest

from rag.index import bring_up_to_date
from rag.model import Settings
from tests.fakes import FakeOpenAI, Reply
from tests.opening import LISTING, Open, html, opening
from tests.processes import PATIENCE, wait_until

QUESTION = "What does MoorNet find?"
ANSWER = "finds peat bogs in radar images"
OWNER = "a" * 32  # the cookie of `opening`


@cache
def index() -> tuple[Path, Path]:
    """A corpus of two abstracts and its index, made once."""
    corpus, made = Path(mkdtemp()), Path(mkdtemp()) / "index"
    (corpus / "bogs.bib").write_bytes(LISTING)
    bring_up_to_date(Settings(_env_file=None, index_dir=made, corpus=(corpus,), embedding="wordllama"))
    return corpus, made


@contextmanager
def site(folder: Path, **variables: str) -> Iterator[tuple[Open, pytest.MonkeyPatch]]:
    """The app with an index of its own in an empty folder; what it opens are tabs of one browser."""
    corpus, made = index()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Settings.model_config, "env_file", None)
        patch.chdir(folder)
        shutil.copytree(corpus, folder / "corpus")
        for name, value in {"RAG_CORPUS": str(folder / "corpus"), "RAG_EMBEDDING": "wordllama", **variables}.items():
            patch.setenv(name, value)
        with opening(folder, made, patch) as run:
            yield run, patch


@contextmanager
def modelled(folder: Path, says: Reply) -> Iterator[tuple[Open, pytest.MonkeyPatch, FakeOpenAI]]:
    """The same with a model service that says this to every request; what it still holds up at the end is let go, and ends."""
    with FakeOpenAI(default=says) as service, site(folder, OPENAI_BASE_URL=service.url, RAG_MODEL="fake-model") as (run, patch):
        try:
            yield run, patch, service
        finally:
            service.stop()
            for one in threading.enumerate():
                if one.name == "answer":
                    one.join(PATIENCE)


def ask(page: AppTest, question: str = QUESTION) -> AppTest:
    """The page once the question is answered, or told to be none."""
    page.chat_input[0].set_value(question).run()
    wait_until(lambda: "rag-busy" not in html(page) or not page.run())
    return page


def wrong(*promises: tuple[bool, str]) -> str:
    """What was not kept of these."""
    return "; ".join(what for kept, what in promises if not kept)


def kept_text(page: AppTest) -> str:
    """What stands in the field for the question because it could not be asked."""
    proto = page.chat_input[0].proto
    return str(proto.value) if proto.set_value else ""


def delete_elsewhere(page: AppTest) -> None:
    """Delete the conversation of a page, as another tab does."""
    from ui import resources

    for one in resources.history().conversations(owner()):
        resources.history().delete(one.id, owner())


def owner() -> str:
    """Who owns what the tabs ask."""
    from ui.middleware import owner_of

    return str(owner_of(OWNER))


def questions() -> list[str]:
    """All that is stored, in its order."""
    from ui import resources

    history = resources.history()
    return [turn.question for one in history.conversations(owner()) for turn in history.turns(one.id, owner())]
