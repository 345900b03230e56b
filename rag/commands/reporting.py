"""What `rag index`, `rag remove` and `rag status` say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from rag.catalogue import Catalogue
from rag.config import Settings
from rag.errors import RagError
from rag.generations import Generation, open_index
from rag.layout import Layout
from rag.readings import KnownFile, known_files, problems
from rag.showing import counted, without_controls
from rag.terminal import output, print_block, say

if TYPE_CHECKING:
    from rag.ingest import IndexReport

_PARTS = ("chromadb", "tantivy", "wordllama", "llama-index-core", "openai")


def report_lines(report: IndexReport) -> Iterator[str]:
    """What a run of the indexer did, in one to three lines."""
    files = report.files
    parts = [
        f"{count:,} {what}" for what, count in (("new", report.new), ("changed", report.changed), ("removed", report.removed)) if count
    ]
    yield f"{counted(report.abstracts, 'abstract')} ({', '.join(parts) or 'as before'}), {counted(report.passages, 'passage')}."
    read = files.read + files.changed
    yield (
        f"{counted(read, 'file')} read, {files.unchanged:,} unchanged, {files.removed:,} removed; "
        f"{counted(report.embedded, 'passage')} embedded; {report.seconds:.1f} s."
    )
    if report.problems:
        yield f"Not read as papers: {counted(len(report.problems), 'line')}. See which and why with: rag papers --problems"


def print_status(settings: Settings, *, check: bool) -> bool:
    """Print what there is; with `check`, verify the index too and say False if it is not whole."""
    layout = Layout(settings.index_dir)
    with open_index(settings) as index, index.reading() as generation:
        with closing(Catalogue(layout.catalogue)) as catalogue, catalogue.reading() as connection:
            files, unread = list(known_files(connection).values()), len(problems(connection))
        _print_facts(_facts(settings, generation, files, unread))
        _print_files(files, generation.sources())
        changed = [file.name for file in files if file.stale()]
        gone = [file.name for file in files if not Path(file.path).is_file()]
        if changed or gone:
            say(f"The corpus has changed ({', '.join(changed + gone)}). Bring the index in line with: rag index")
        wrong = list(_faults(layout, generation)) if check else []
    for fault in wrong:
        say(f"{fault} Make the index again with: rag index --rebuild")
    if check and not wrong:
        output().print("The index is whole: both parts hold every passage of the catalogue.", soft_wrap=True)
    return not wrong


def _facts(settings: Settings, generation: Generation, files: list[KnownFile], unread: int) -> Iterator[tuple[str, str]]:
    recipe = generation.manifest.recipe
    yield "corpus", ", ".join(str(path) for path in settings.corpus)
    yield "index", f"{settings.index_dir}, generation {generation.name}, {_size(settings.index_dir)}"
    yield "abstracts", f"{generation.count():,} in {counted(len(files), 'file')}, {counted(generation.count_passages(), 'passage')}"
    yield "not read", f"{unread} (rag papers --problems)" if unread else "nothing"
    yield "embedding", f"{recipe.embedding}, {recipe.dimensions} numbers, passages of at most {recipe.passage_tokens} tokens"
    yield "answers", f"mode {settings.mode}"
    yield "versions", ", ".join(f"{name} {version(name)}" for name in ("abstract-rag", *_PARTS))


def _print_facts(facts: Iterator[tuple[str, str]]) -> None:
    console = output()
    for name, value in facts:
        print_block(console, Text(without_controls(value)), lead=name.ljust(11))


def _print_files(files: list[KnownFile], counts: dict[str, int]) -> None:
    console = output()
    for file in files:
        state = "  (gone)" if not Path(file.path).is_file() else "  (changed)" if file.stale() else ""
        line = f"  {counts.get(file.name, 0):>6,}  {file.name}{state}"
        console.print(Text(without_controls(line)), soft_wrap=True)


def _faults(layout: Layout, generation: Generation) -> Iterator[str]:
    """What the two derived indexes hold, against the catalogue that they are made from."""
    from rag.lexical import LexicalIndex
    from rag.vectors import VectorIndex

    folder, expected = layout.generation(generation.name), generation.count_passages()
    for name, opened, part in (("word", LexicalIndex, "tantivy"), ("vector", VectorIndex, "chroma")):
        try:
            with closing(opened(folder / part)) as index:
                found = index.count()
        except RagError as error:
            yield f"The {name} index cannot be opened: {error}"
            continue
        if found != expected:
            yield f"The {name} index has {found:,} of {counted(expected, 'passage')}."


def _size(folder: Path) -> str:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{size / 1e6:,.1f} MB"
