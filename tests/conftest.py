"""What every test stands on: no key, no setting of the surroundings, and the development data where it is to be had."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from typer.testing import CliRunner, Result

from rag.model.settings import Settings
from tests.postgres import PostgresServer, binaries, fresh_schema

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.index.server_database import Server

# A slow machine is no fault of the code: how long an example takes is not asked, and never leads to fewer of them.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"

DEVELOPER = Path.home()  # before a test's home takes its place

Rag = Callable[..., Result]


def _foreign(name: str) -> bool:
    return name.upper().startswith(("RAG_", "OPENAI_"))


# At import, so that also what is made once per session or at the import of a test module starts clean.
for _name in [name for name in os.environ if _foreign(name)]:
    del os.environ[_name]


@pytest.fixture(autouse=True, scope="session")
def no_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes what lies in a developer's home: an index, say, or an editor's settings."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.delenv("XDG_DATA_HOME", raising=False)
        yield home


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this process' own; tests that stop it start it again."""
    folder = binaries()
    if folder is None or find_spec("psycopg") is None:
        pytest.skip("PostgreSQL (Debian's package postgresql) or psycopg (the extra postgres) is not here")
    server = PostgresServer(folder)
    yield server
    server.close()


@pytest.fixture
def database(postgres: PostgresServer) -> Server:
    """A schema on that server that no other test has."""
    from pydantic import SecretStr

    from rag.index.server_database import Server

    return Server(SecretStr(postgres.url()), fresh_schema())


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """An index of the corpus: made by one process of the tests, copied by each. Tests that change the index make their own."""
    from rag.index.ingest import bring_up_to_date

    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    finished = common / "index-of-the-corpus"
    with FileLock(common / "index-of-the-corpus.lock"):
        if not finished.exists():
            made = tmp_path_factory.mktemp("made") / "index"
            bring_up_to_date(Settings(_env_file=None, index_dir=made, corpus=(corpus,)))
            made.rename(finished)
    return Path(shutil.copytree(finished, tmp_path_factory.mktemp("cli") / "index"))


@pytest.fixture(scope="session")
def assistant(index_dir: Path, corpus: Path) -> Iterator[Assistant]:
    """An assistant on that index, without a model service."""
    from rag.assistant import Assistant

    with Assistant.open(Settings(_env_file=None, index_dir=index_dir, corpus=(corpus,), mode="extract")) as opened:
        yield opened


@pytest.fixture
def surroundings(index_dir: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The settings of `rag` in this test, and an empty folder to work in."""
    monkeypatch.setenv("RAG_INDEX_DIR", str(index_dir))
    monkeypatch.setenv("RAG_CORPUS", str(corpus))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rag(surroundings: Path) -> Rag:
    """Runs a command in this process."""
    from rag.cli.commands import app

    def run(*arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=given)

    return run
