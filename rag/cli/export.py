"""`rag export`."""

from __future__ import annotations

import sys
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.model import RagError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rag.model import Abstract, Settings


class What(StrEnum):
    """What can be exported."""

    ANSWER = "answer"
    CONVERSATION = "conversation"
    PAPERS = "papers"
    FEEDBACK = "feedback"


class Format(StrEnum):
    """How it is written."""

    MARKDOWN = "md"
    JSON = "json"
    BIBTEX = "bib"
    CSL = "csl"
    CSV = "csv"


def export(
    what: Annotated[What, typer.Argument(help="The last answer, a conversation, all papers, or judged answers.")] = What.ANSWER,
    which: Annotated[
        str | None, typer.Argument(metavar="ID", help="Of a conversation: its id or the beginning; else the last one.")
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="md or json for an answer or a conversation; bib, csl or csv for the papers that it cites."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write, instead of standard output.")] = None,
    backup: Annotated[Path | None, typer.Option(help="Instead, keep the index, its uploads and conversations in this new file.")] = None,
) -> None:
    """Write the last answer, a conversation or all papers for other programs.

    An answer or a conversation is written as Markdown or JSON, or as the papers that it cites: BibTeX, CSL-JSON or CSV.
    Feedback is the answers that were judged on the chat page, as questions for an evaluation, in JSON.
    """
    from rag.model import Settings

    settings = Settings()
    if backup is not None:
        _back_up(settings, backup)
        return
    if what is What.PAPERS and form is Format.MARKDOWN:
        raise typer.BadParameter("papers are exported as json, bib, csl or csv; md is for an answer")
    if what is What.FEEDBACK and form not in (None, Format.JSON):
        raise typer.BadParameter("feedback is exported as json")
    if which is not None and what is not What.CONVERSATION:
        raise typer.BadParameter("an id is for a conversation: rag export conversation ID")
    parts = _papers(settings, form or Format.JSON) if what is What.PAPERS else iter((_text(settings, what, which, form),))
    first = next(parts, "")  # what cannot be exported leaves a file as it was
    if file is None:
        sys.stdout.writelines(chain((first,), parts))
        return
    try:
        with file.open("w", encoding="utf-8") as written:
            written.writelines(chain((first,), parts))
    except OSError as error:
        raise RagError(f"{file} cannot be written: {error.strerror}") from error


def _back_up(settings: Settings, file: Path) -> None:
    from rag.cli.terminal import say
    from rag.index import write_backup

    kept = write_backup(settings, file)
    say(f"{kept.files:,} files ({kept.size / 1e6:,.1f} MB) are kept in {file}. Bring them back with: rag restore {file}")


def _text(settings: Settings, what: What, which: str | None, form: Format | None) -> str:
    if what is What.ANSWER:
        return _answer(settings, form or Format.MARKDOWN)
    if what is What.CONVERSATION:
        return _conversation(settings, which, form or Format.MARKDOWN)
    return _feedback(settings)


def _answer(settings: Settings, form: Format) -> str:
    from rag.cli.options import recall
    from rag.export import FORMATS, json_text

    answer = recall(settings)
    if form is Format.MARKDOWN:
        return answer.to_markdown()
    if form is Format.JSON:
        return json_text(answer.to_dict(), indent=2) + "\n"
    return FORMATS[form](_cited(settings, [one.abstract_id for one in answer.members]))


def _conversation(settings: Settings, which: str | None, form: Format) -> str:
    from rag.chat import History
    from rag.cli.chat import OWNER, find
    from rag.export import FORMATS, cited_ids, conversation_dict, conversation_markdown, json_text

    with History.open(settings, create=False) as history:
        record = find(history, which)
        turns = history.turns(record.id, OWNER)
    if form is Format.MARKDOWN:
        return conversation_markdown(record, turns)
    if form is Format.JSON:
        return json_text(conversation_dict(record, turns), indent=2) + "\n"
    return FORMATS[form](_cited(settings, cited_ids(turns)))


def _feedback(settings: Settings) -> str:
    from rag.chat import History
    from rag.export import json_text

    with History.open(settings, create=False) as history:
        return "".join(json_text(row) + "\n" for row in history.feedback_rows())


def _cited(settings: Settings, ids: Sequence[str]) -> list[Abstract]:
    """The abstracts that are cited, in the order of their numbers; of those that were removed since, only how many is told."""
    from rag.cli.terminal import say
    from rag.index import open_index
    from rag.model import pluralize

    wanted = list(dict.fromkeys(ids))
    with open_index(settings) as index, index.reading() as generation:
        found = list(generation.abstracts(wanted).values())
    if len(found) < len(wanted):
        say(f"No longer in the corpus and left out: {pluralize(len(wanted) - len(found), 'cited abstract')}.")
    return found


def _papers(settings: Settings, form: Format) -> Iterator[str]:
    from rag.export import STREAMS
    from rag.index import open_index

    with open_index(settings) as index, index.reading() as generation:
        yield from STREAMS[form](generation.listing())
