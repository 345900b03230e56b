"""`rag index`, `rag remove` and `rag status`: what they do and what they say."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rag.cli.terminal import output, print_block, say
from rag.index import Catalogue, Generation, KnownFile, Layout, check_index, known_files, open_index, problems, stale_files
from rag.model import Settings, pluralize, strip_controls

if TYPE_CHECKING:
    from rag.index import IndexReport
    from rag.model import Progress, Stage


# `rag index`, `rag remove` and `rag status`.


def index(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders to add; without any, RAG_CORPUS is followed.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Split and embed everything again.")] = False,
    shape: Annotated[str | None, typer.Option(metavar="SHAPE", help="Read the files as this shape instead of detecting it.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=FIELD", help="What a column of a table holds, as in --column summary=text; may be repeated."),
    ] = None,
) -> None:
    """Bring the index in line with the corpus, or add files to it.

    What has not changed is not read again. Stopped at any moment, the next run goes on where this one was.
    """
    columns = _columns(column or [])

    from rag.index import bring_up_to_date
    from rag.model import Settings

    with _progress() as note:
        report = bring_up_to_date(
            Settings(), paths or None, add=bool(paths), rebuild=rebuild, progress=note, shape=shape, columns=columns or None
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
    pass
    from rag.model import Settings

    print_status(Settings(), check=check)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Progress on the terminal, at whose next step Ctrl-C stops the run; a second Ctrl-C stops it at once.

    An exception raised in the middle of anything can get lost in a library's compiled code, and the run would go on.
    """
    from rag.cli.terminal import progress

    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    with progress() as show:

        def note(stage: Stage, done: int, total: int) -> None:
            if asked:
                raise KeyboardInterrupt
            show(stage, done, total)

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield note
        finally:
            signal.signal(signal.SIGINT, before)


def _columns(pairs: list[str]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        column, sign, field = (part.strip() for part in pair.rpartition("="))
        if not (column and sign and field):
            raise typer.BadParameter(f"{pair!r} is no pair of a column and its field. Write for example: --column summary=text")
        columns[column] = field
    return columns


def _print(report: IndexReport) -> None:
    pass
    from rag.cli.terminal import output

    for line in report_lines(report):
        output().print(line, soft_wrap=True)


# What `rag index`, `rag remove` and `rag status` say.

_PARTS = ("chromadb", "tantivy", "wordllama", "llama-index-core", "openai")


def report_lines(report: IndexReport) -> Iterator[str]:
    """What a run of the indexer did, in one to three lines."""
    files = report.files
    parts = [
        f"{count:,} {what}" for what, count in (("new", report.new), ("changed", report.changed), ("removed", report.removed)) if count
    ]
    yield f"{pluralize(report.abstracts, 'abstract')} ({', '.join(parts) or 'as before'}), {pluralize(report.passages, 'passage')}."
    read = files.read + files.changed
    yield (
        f"{pluralize(read, 'file')} read, {files.unchanged:,} unchanged, {files.removed:,} removed; "
        f"{pluralize(report.embedded, 'passage')} embedded; {report.seconds:.1f} s."
    )
    if report.problems:
        yield f"Not read as papers: {pluralize(len(report.problems), 'line')}. See which and why with: rag papers --problems"


def print_status(settings: Settings, *, check: bool) -> None:
    """Print what there is and whether it is up to date; with `check`, raise IndexDamagedError where the index is not whole."""
    with open_index(settings) as index, index.reading() as generation:
        with closing(Catalogue(Layout(settings.index_dir).catalogue)) as catalogue, catalogue.reading() as connection:
            files, unread = list(known_files(connection).values()), len(problems(connection))
        _print_facts(_facts(settings, generation, files, unread))
        _print_files(generation.sources())
    changed = stale_files(settings)
    if changed:
        say(f"New, changed or gone since: {', '.join(changed)}. Bring the index in line with: rag index")
    if check:
        check_index(settings)
        output().print("The index is whole: both of its parts hold what the catalogue holds.", soft_wrap=True)


def _facts(settings: Settings, generation: Generation, files: list[KnownFile], unread: int) -> Iterator[tuple[str, str]]:
    recipe = generation.manifest.recipe
    yield "corpus", "none" if settings.only_added else ", ".join(str(path) for path in settings.corpus)
    yield "index", f"{settings.index_dir}, generation {generation.name}, {_size(settings.index_dir)}"
    yield "why there", settings.why_there
    yield "abstracts", f"{generation.count():,} in {pluralize(len(files), 'file')}, {pluralize(generation.count_passages(), 'passage')}"
    yield "not read", f"{unread} (rag papers --problems)" if unread else "nothing"
    yield "embedding", f"{recipe.embedding}, {recipe.dimensions} numbers, passages of at most {recipe.passage_tokens} tokens"
    yield "answers", f"mode {settings.mode}"
    yield "versions", ", ".join(f"{name} {version(name)}" for name in ("abstract-rag", *_PARTS))


def _print_facts(facts: Iterator[tuple[str, str]]) -> None:
    console = output()
    for name, value in facts:
        print_block(console, Text(strip_controls(value)), lead=name.ljust(11))


def _print_files(counts: dict[str, int]) -> None:
    console = output()
    for name, count in counts.items():
        console.print(Text(strip_controls(f"  {count:>6,}  {name}")), soft_wrap=True)


def _size(folder: Path) -> str:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1e6:,.1f} MB"
