"""A salvage that is interrupted, at whatever step, is done again and has lost nothing."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from rag.index.catalogue import Catalogue
from rag.index.ingest import bring_up_to_date
from rag.index.salvage import salvage_catalogue
from rag.index.uploads import Upload, add_uploads, list_uploads
from rag.model.settings import Settings
from tests.opening import LISTING

STEPS = ("rag.index.salvage.Catalogue", "rag.index.salvage._fill", "rag.index.salvage._in_place", "pathlib.Path.replace", "os.link")


@pytest.fixture
def corpus(tmp_path: Path) -> Settings:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "fens.bib").write_text("@article{fen, title={FenNet finds fens}, abstract={We present FenNet. It finds fens.}}")
    settings = Settings(_env_file=None, corpus=(tmp_path / "corpus",), index_dir=tmp_path / "index")
    bring_up_to_date(settings)
    add_uploads(settings, [Upload("bogs.bib", LISTING)])
    catalogue = tmp_path / "index" / "catalogue.db"
    names = ("catalogue.db", "catalogue.db-wal")
    with closing(Catalogue(catalogue)) as opened:
        with opened.writing() as connection:
            connection.execute("UPDATE works SET first_seen = '2020-01-01T00:00:00+00:00'")
        kept = {name: catalogue.with_name(name).read_bytes() for name in names}  # what was written last is in the log alone
    for name in names:
        catalogue.with_name(name).write_bytes(kept[name])
    catalogue.with_suffix(".seal").unlink(missing_ok=True)
    return settings


def _seen(settings: Settings) -> list[str]:
    bring_up_to_date(settings)
    with closing(Catalogue(settings.index_dir / "catalogue.db")) as opened, opened.reading() as connection:
        return [str(seen) for (seen,) in connection.execute("SELECT first_seen FROM works")]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_salvage_is_done_again_with_nothing_lost(corpus: Settings, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            salvage_catalogue(corpus)
    assert (corpus.index_dir / "catalogue.db").is_file()
    found = salvage_catalogue(corpus)
    assert (found.readings, found.lost) == (3, ())
    assert _seen(corpus) == ["2020-01-01T00:00:00+00:00"] * 3
    assert len(list_uploads(corpus)) == 1
    assert [path.name for path in corpus.index_dir.glob("catalogue.*.db")] == [found.kept.name] == ["catalogue.damaged-1.db"]


def test_a_file_system_without_links_has_its_damaged_catalogue_kept_too(corpus: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refused)
    assert salvage_catalogue(corpus).kept.is_file()
    assert len(_seen(corpus)) == 3
