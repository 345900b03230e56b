"""What several commands share: options and how they are read, and the last answer, which `rag show 2` refers to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.model import Answer, Citation, NotFoundError

if TYPE_CHECKING:
    from rag.model import Settings

# Options that several commands share, and how their values are read.

Years = tuple[int | None, int | None]

_YEARS = re.compile(r"(\d{4})?(?:(\.\.)(\d{4})?)?")


def parse_years(value: str | None) -> Years | None:
    """(2023, 2024) from "2023..2024"; one year stands for itself, and an open end for None."""
    if value is None:
        return None
    match = _YEARS.fullmatch(value.strip())
    if match is None or not (match[1] or match[3]):
        raise typer.BadParameter(f"{value!r} is no year or range of years. Write 2024, 2023..2024, 2023.. or ..2024")
    first, last = (int(part) if part else None for part in (match[1], match[3]))
    if not match[2]:
        last = first
    if first is not None and last is not None and first > last:
        raise typer.BadParameter(f"{value!r} ends before it begins. Write {last}..{first}")
    return first, last


YearOption = Annotated[
    str | None, typer.Option("--year", metavar="2023..2024", help="Only papers of this year or these years; either end may be open.")
]
SourceOption = Annotated[list[str] | None, typer.Option("--source", metavar="FILE", help="Only papers from this file; may be repeated.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


# The last answer of `rag ask` or `rag chat`, kept in the index folder, so that `rag show 2` knows what [2] was.

_NOTHING = "No answer is remembered. Ask first: rag ask QUESTION"


def remember(settings: Settings, answer: Answer) -> None:
    """Keep an answer; where the folder cannot be written, only `rag show NUMBER` and `rag export` miss it."""
    path = _path(settings)
    if not path.parent.is_dir():
        return
    fresh = path.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(answer.to_dict()), encoding="utf-8")
        fresh.replace(path)
    except OSError:
        return


def recall(settings: Settings) -> Answer:
    """The last answer; raises NotFoundError where there is none that can be read."""
    try:
        return Answer.from_dict(json.loads(_path(settings).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFoundError(_NOTHING) from error


def cited(answer: Answer, number: int) -> Citation:
    """The source with this number; raises NotFoundError, which names the numbers there are."""
    try:
        return answer.citation(number)
    except KeyError as error:
        there = f"its sources are 1 to {len(answer.citations)}" if answer.citations else "it has no sources"
        raise NotFoundError(f"The last answer has no source [{number}]; {there}.") from error


def _path(settings: Settings) -> Path:
    return settings.index_dir / "last-answer.json"
