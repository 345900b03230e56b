"""`rag papers` and `rag show`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import JsonOption, SourceOption, YearOption, Years, parse_years
from rag.model import NotFoundError

if TYPE_CHECKING:
    from rag.index import Generation
    from rag.model import Abstract, Settings

_FOUND = 20  # papers that a search shows unless more are asked for


def papers(
    query: Annotated[list[str] | None, typer.Argument(help="What the papers are about; without it, all are listed.")] = None,
    year: YearOption = None,
    source: SourceOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help=f"Most papers to print: {_FOUND} of a search, all of a list.")] = None,
    problems: Annotated[bool, typer.Option("--problems", help="List what could not be read instead, and why.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the papers of the corpus, or search them."""
    from rag.model import Settings

    settings, years = Settings(), parse_years(year)
    if problems:
        _print_problems(settings, as_json)
        return
    found = (
        _search(settings, " ".join(query), years, source or [], limit or _FOUND) if query else _all(settings, years, source or [], limit)
    )
    _print(found, as_json)


def show(
    which: Annotated[
        str, typer.Argument(metavar="ID|NUMBER", help="An id (rag:... or its beginning), or the number of a source of the last answer.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Print one abstract.

    The sentences that the last answer quotes from it are bold.
    """
    from rag.cli.terminal import output, print_abstract
    from rag.export import json_text, paper_record
    from rag.model import Settings

    settings = Settings()
    abstract = _find(settings, which)
    if as_json:
        sys.stdout.write(json_text(paper_record(abstract), indent=2) + "\n")
    else:
        print_abstract(output(), abstract, _evidence(settings, abstract.id))


def _all(settings: Settings, years: Years | None, sources: Sequence[str], limit: int | None) -> Iterator[Abstract]:
    from itertools import islice

    from rag.index import open_index
    from rag.model import Filters, Range

    ranges = (Range("year", *years),) if years else ()
    with open_index(settings) as index, index.reading() as generation:
        _check_sources(sources, generation.sources())
        yield from islice(generation.listing(Filters(ranges, tuple(sources))), limit)


def _search(settings: Settings, query: str, years: Years | None, sources: Sequence[str], limit: int) -> Iterator[Abstract]:
    from rag.assistant import Assistant
    from rag.cli.terminal import say

    with Assistant.open(settings) as assistant:
        found = assistant.papers_about(query, year=years, sources=sources)
    if not found.members:
        say(f"No paper is {'' if found.sure else 'surely '}about {query!r}.{' The nearest:' if found.near else ''}")
    yield from (found.members or found.near)[:limit]


def _check_sources(wanted: Sequence[str], known: dict[str, int]) -> None:
    for one in wanted:
        if one not in known:
            raise NotFoundError(f"No source is called {one!r}. The sources are: {', '.join(known) or 'none'}")


def _print(found: Iterator[Abstract], as_json: bool) -> None:
    from rag.cli.terminal import output, print_listed
    from rag.export import json_text, paper_record

    console = output()
    for abstract in found:
        if as_json:
            sys.stdout.write(json_text(paper_record(abstract)) + "\n")
        else:
            print_listed(console, abstract)


def _print_problems(settings: Settings, as_json: bool) -> None:
    from contextlib import closing
    from dataclasses import asdict

    from rag.cli.terminal import output, print_problem, say
    from rag.export import json_text
    from rag.index import Layout, open_catalogue, problems

    with closing(open_catalogue(Layout.of(settings))) as catalogue, catalogue.reading() as connection:
        found = problems(connection)
    if not found and not as_json:
        say("Everything could be read.")
    for problem in found:
        if as_json:
            sys.stdout.write(json_text(asdict(problem)) + "\n")
        else:
            print_problem(output(), problem)


def _find(settings: Settings, which: str) -> Abstract:
    """The abstract with this id, the only one whose id begins so, or the one that a number of the last answer means."""
    from rag.cli.options import cited, recall
    from rag.index import open_index

    wanted = which.strip().removeprefix("rag:").lower()
    if wanted.isdecimal() and len(wanted) <= 3:
        wanted = cited(recall(settings), int(wanted)).abstract_id
    with open_index(settings) as index, index.reading() as generation:
        one = _complete(generation, wanted)
        return generation.abstracts([one])[one]


def _complete(generation: Generation, wanted: str) -> str:
    """The id that is meant by an id, an earlier id or the beginning of one; raises NotFoundError where none or several are."""
    from rag.model import pluralize

    try:
        return generation.resolve(wanted)
    except NotFoundError:
        found = generation.ids_beginning(wanted) if wanted else []
        if not found:
            raise
    if len(found) > 1:
        raise NotFoundError(f"{pluralize(len(found), 'id')} begin with {wanted!r}: {', '.join(found[:5])}. Give more of it.")
    return found[0]


def _evidence(settings: Settings, abstract_id: str) -> list[tuple[int, int]]:
    """What the last answer quotes from an abstract, as (start, end)."""
    from rag.cli.options import recall

    try:
        answer = recall(settings)
    except NotFoundError:
        return []
    return [(one.start, one.end) for one in answer.citations if one.abstract_id == abstract_id and one.kind == "sentence"]
