"""`rag export`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import RagError

if TYPE_CHECKING:
    from rag.answers import Answer
    from rag.config import Settings
    from rag.records import Abstract


class What(StrEnum):
    """What can be exported."""

    ANSWER = "answer"
    PAPERS = "papers"


class Format(StrEnum):
    """How it is written."""

    MARKDOWN = "md"
    JSON = "json"
    BIBTEX = "bib"
    CSL = "csl"
    CSV = "csv"


def export(
    what: Annotated[What, typer.Argument(help="The last answer, or the papers of the corpus.")] = What.ANSWER,
    form: Annotated[
        Format | None, typer.Option("--format", "-f", help="md for an answer, else its cited papers as bib, csl, csv; json for either.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write, instead of standard output.")] = None,
) -> None:
    """Write the last answer or all papers for other programs.

    An answer is written as Markdown or JSON, or as the papers that it cites: BibTeX, CSL-JSON or CSV.
    """
    from rag.config import Settings

    settings = Settings()
    if what is What.PAPERS and form is Format.MARKDOWN:
        raise typer.BadParameter("papers are exported as json, bib, csl or csv; md is for an answer")
    text = _answer(settings, form or Format.MARKDOWN) if what is What.ANSWER else _papers(settings, form or Format.JSON)
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RagError(f"{file} cannot be written: {error.strerror}") from error


def _answer(settings: Settings, form: Format) -> str:
    from rag.commands.remembered import recall
    from rag.references import FORMATS, json_text

    answer = recall(settings)
    if form is Format.MARKDOWN:
        return answer.to_markdown()
    if form is Format.JSON:
        return json_text(answer.to_dict(), indent=2) + "\n"
    return FORMATS[form](_cited(settings, answer))


def _cited(settings: Settings, answer: Answer) -> list[Abstract]:
    """The abstracts that an answer cites, in the order of its numbers; one that was removed since is left out."""
    from rag.generations import open_index

    with open_index(settings) as index, index.reading() as generation:
        return list(generation.abstracts(list(dict.fromkeys(one.abstract_id for one in answer.citations))).values())


def _papers(settings: Settings, form: Format) -> str:
    from rag.generations import open_index
    from rag.references import FORMATS

    with open_index(settings) as index, index.reading() as generation:
        return FORMATS[form](generation.listing())
