"""What `rag index`, `rag remove` and `rag status` say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from rag.cli.terminal import output, print_block, say
from rag.embedding import encoder_advice
from rag.index import (
    Generation,
    KnownFile,
    Layout,
    check_index,
    known_files,
    open_catalogue,
    open_index,
    problems,
    server_name,
    stale_files,
)
from rag.model import Settings, pluralize, strip_controls

if TYPE_CHECKING:
    from rag.index import IndexReport

_PARTS = ("chromadb", "tantivy", "wordllama", "llama-index-core", "openai")


def report_lines(report: IndexReport) -> Iterator[str]:
    """What a run of the indexer did, in a line or a few."""
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
    if report.titles_alone:
        yield f"Of a title alone: {pluralize(report.titles_alone, 'abstract')}, of which nothing but the title can be found or cited."
    if report.problems:
        yield f"Not read as papers: {pluralize(len(report.problems), 'line')}. See which and why with: rag papers --problems"
    if report.lost:
        yield report.lost
    if report.advice:
        yield report.advice


def print_status(settings: Settings, *, check: bool) -> None:
    """Print what there is and whether it is up to date; with `check`, raise IndexDamagedError where the index is not whole."""
    with open_index(settings) as index, index.reading() as generation:
        with closing(open_catalogue(Layout.of(settings))) as catalogue, catalogue.reading() as connection:
            where = catalogue.where
            files, unread = list(known_files(connection).values()), len(problems(connection))
        _print_facts(_facts(settings, generation, where, files, unread))
        _print_files(generation.sources())
        advice = encoder_advice(settings, generation.embedding, generation.manifest.abstracts)
    if advice:
        say(advice)
    changed = stale_files(settings)
    if changed:
        say(f"New, changed or gone since: {', '.join(changed)}. Bring the index in line with: rag index")
    if check:
        check_index(settings)
        output().print("The index is whole: both of its parts hold what the catalogue holds.", soft_wrap=True)


def _facts(settings: Settings, generation: Generation, catalogue: str, files: list[KnownFile], unread: int) -> Iterator[tuple[str, str]]:
    made = generation.manifest
    recipe = made.recipe
    yield "corpus", "none" if settings.only_added else ", ".join(str(path) for path in settings.corpus)
    yield "index", f"{settings.index_dir}, generation {generation.name}, {_size(settings.index_dir)}"
    yield "why there", settings.why_there
    yield "catalogue", catalogue
    yield "abstracts", f"{made.abstracts:,} in {pluralize(len(files), 'file')}, {pluralize(made.passages, 'passage')}"
    yield "not read", f"{unread} (rag papers --problems)" if unread else "nothing"
    yield "embedding", f"{recipe.embedding}, {recipe.dimensions} numbers, passages of at most {recipe.passage_tokens} tokens"
    yield "vectors", _vectors(settings, generation)
    yield "answers", f"mode {settings.mode}"
    yield "versions", ", ".join(f"{name} {version(name)}" for name in ("abstract-rag", *_PARTS))


def _vectors(settings: Settings, generation: Generation) -> str:
    """Where the vectors are; of the server's address nothing that is secret."""
    manifest = generation.manifest
    if manifest.store != "served":
        return {"chroma": "in Chroma's files", "segments": "in FAISS segments"}[manifest.store]
    host = server_name(settings.chroma_url) if settings.chroma_url else "an address that RAG_CHROMA_URL lacks"
    return f"on the Chroma server at {host}, collection {manifest.collection}"


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
