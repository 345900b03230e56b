"""`rag index`, `rag remove` and `rag status`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.interrupts import interrupts

if TYPE_CHECKING:
    from rag.index import IndexReport
    from rag.model import Progress, Stage


def index(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders to add; without any, RAG_CORPUS is followed.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Split and embed everything again.")] = False,
    reread: Annotated[bool, typer.Option("--reread", help="Look into files too whose size and time are as they were.")] = False,
    processes: Annotated[int | None, typer.Option(metavar="N", min=1, help="Embed in so many processes of this machine.")] = None,
    ray: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Embed on a Ray cluster: auto, local, or its address.")] = None,
    shape: Annotated[str | None, typer.Option(metavar="SHAPE", help="Read the files as this shape instead of detecting it.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=FIELD", help="What a column of a table holds, as in --column summary=text; may be repeated."),
    ] = None,
) -> None:
    """Bring the index in line with the corpus, or add files to it.

    What has not changed is not read again. Stopped at any moment, the next run goes on where this one was.
    """
    if processes and ray:
        raise typer.BadParameter("Texts are embedded either in processes of this machine or on a Ray cluster.")
    run_index(
        paths or None, rebuild=rebuild, reread=reread, shape=shape, columns=_columns(column or []), processes=processes or 0, ray=ray or ""
    )


def run_index(
    paths: list[Path] | None = None,
    *,
    rebuild: bool = False,
    reread: bool = False,
    shape: str | None = None,
    columns: Mapping[str, str] | None = None,
    processes: int = 0,
    ray: str = "",
) -> None:
    """Index with progress on the terminal, and say what was done."""
    from rag.index import Processes, RayCluster, bring_up_to_date
    from rag.model import Settings

    runner = Processes(processes) if processes else RayCluster(ray) if ray else None
    with _progress() as note:
        report = bring_up_to_date(
            Settings(),
            paths,
            add=bool(paths),
            rebuild=rebuild,
            reread=reread,
            progress=note,
            shape=shape,
            columns=columns or None,
            runner=runner,
        )
    _print(report)


def remove(source: Annotated[str, typer.Argument(help="The file's name as `rag status` lists it, or its path.")]) -> None:
    """Take a file out of the index.

    Abstracts that other files hold too stay. A file that still lies in RAG_CORPUS comes back with the next `rag index`.
    """
    from rag.index import remove_source
    from rag.model import Settings

    with _progress() as note:
        report = remove_source(Settings(), source, progress=note)
    _print(report)


def status(check: Annotated[bool, typer.Option("--check", help="Verify the index against the catalogue.")] = False) -> None:
    """Tell what is indexed, with what, and whether it is up to date."""
    from rag.cli.report import print_status
    from rag.model import Settings

    print_status(Settings(), check=check)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Progress on the terminal, at whose next step Ctrl-C stops the run; a second Ctrl-C stops it at once.

    An exception raised in the middle of anything can get lost in a library's compiled code, and the run would go on.
    """
    from rag.cli.following import progress

    asked = threading.Event()
    with progress() as show:

        def note(stage: Stage, done: int, total: int) -> None:
            if asked.is_set():
                raise KeyboardInterrupt
            show(stage, done, total)

        with interrupts(asked.set):
            yield note


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        column, sign, field = (part.strip() for part in pair.rpartition("="))
        if not (column and sign and field):
            raise typer.BadParameter(f"{pair!r} is no pair of a column and its field. Write for example: --column summary=text")
        columns[column] = field
    return columns


def _print(report: IndexReport) -> None:
    from rag.cli.report import report_lines
    from rag.cli.terminal import output

    for line in report_lines(report):
        output().print(line, soft_wrap=True)
