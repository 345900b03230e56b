"""`rag salvage` and `rag restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def salvage() -> None:
    """Take what can be read out of a damaged catalogue, and make the index again from it.

    The damaged file is kept beside the new one. Files of the corpus are read again where they are still there.
    """
    from rag.cli.index import run_index
    from rag.cli.terminal import say
    from rag.index import salvage_catalogue
    from rag.model import Settings

    found = salvage_catalogue(Settings())
    say(f"{found.readings:,} papers of {found.files:,} files were taken out. The damaged catalogue is kept: {found.kept}")
    for sentence in found.lost:
        say(sentence)
    run_index()


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `rag export --backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Move an index that is there aside.")] = False,
) -> None:
    """Make the index, its uploads and conversations from a backup."""
    from rag.cli.terminal import say
    from rag.index import restore_backup
    from rag.model import Settings

    settings = Settings()
    found = restore_backup(settings, file, replace=replace)
    say(f"{found.files:,} files ({found.size / 1e6:,.1f} MB) are in {settings.index_dir} again.")
