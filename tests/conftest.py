"""What every test stands on: no key, no setting of the surroundings, and the development data where it is to be had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import Settings

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"


def _foreign(name: str) -> bool:
    return name.upper().startswith(("RAG_", "OPENAI_"))


# At import, so that also what is made once per session or at the import of a test module starts clean.
for _name in [name for name in os.environ if _foreign(name)]:
    del os.environ[_name]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test reads a developer's `.env`, and none leaves a setting behind for the next."""
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    before = set(os.environ)
    yield
    for name in set(os.environ) - before:
        if _foreign(name):
            del os.environ[name]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data beside the repository; tests that measure on it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the development data (a folder named shared beside the repository) is not here")
    return SHARED


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The four listings that come with the project."""
    return REPOSITORY / "data" / "corpus"
