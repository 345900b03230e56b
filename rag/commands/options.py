"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
from typing import Annotated

import typer

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
