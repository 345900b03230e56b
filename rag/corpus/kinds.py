"""What kind of file a text is: by its content, and by its extension where the content does not tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from rag.corpus.columns import field_of
from rag.corpus.dialects import best_dialect, detect_dialect, is_table

BIBLIOGRAPHIES = ("bib", "ris")
LISTING = "listing"

_EXTENSIONS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".bib": "bib",
    ".bibtex": "bib",
    ".ris": "ris",
}
_SAMPLE_CHARACTERS = 200_000
_SAMPLE_LINES = 200
_BIBTEX = re.compile(r"^[ \t]*@[ \t]*[a-zA-Z]{2,30}[ \t]*[{(][^\n=]{0,300}(?:,|=)", re.MULTILINE)
_RIS = re.compile(r"^TY {1,2}- ?\w*[ \t]*$", re.MULTILINE)


def detect_kind(text: str, name: str, columns: Iterable[str] = ()) -> str:
    """One of "jsonl", "json", "csv", "tsv", "bib", "ris" and "listing" (text in one of `rag.corpus.shapes`) by the content.

    Where the content tells only that it may be a table, the extension decides. Looks at the beginning of the text
    alone, whatever its size.
    """
    lines = [line[:_SAMPLE_CHARACTERS] for line in text[:_SAMPLE_CHARACTERS].split("\n")[:_SAMPLE_LINES]]
    sample = "\n".join(line[:2000] for line in lines)
    extension = extension_kind(name)
    return _json_kind(text, lines, extension) or _marked_kind(sample) or _table_kind(lines, extension, columns) or LISTING


def extension_kind(name: str) -> str | None:
    """The kind that files of this name have as a rule; None where it tells nothing."""
    return _EXTENSIONS.get(PurePosixPath(name).suffix.lower())


def _json_kind(text: str, lines: Sequence[str], extension: str | None) -> str | None:
    """JSON by its first characters: a listing may begin with "[1]", and LaTeX with "{"."""
    start = text[:_SAMPLE_CHARACTERS].lstrip()[:200]
    if re.match(r"\[\s*(?:\{|$)", start):
        return "json"
    if not re.match(r'\{\s*(?:"|\}|$)', start):
        return None
    first = [line for line in lines if line.strip()][:5]
    if len(first) > 1 and any(_is_object(line) for line in first):
        return "jsonl"
    return extension if extension in ("json", "jsonl") else "json"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _marked_kind(sample: str) -> str | None:
    if _BIBTEX.search(sample):
        return "bib"
    return "ris" if _RIS.search(sample) else None


def _table_kind(lines: Sequence[str], extension: str | None, columns: Iterable[str]) -> str | None:
    dialect = detect_dialect(lines, columns)
    if dialect is None and extension in ("csv", "tsv"):
        one_column = field_of(lines[0]) in ("title", "text")
        return extension if one_column or is_table(lines, best_dialect(lines)) else None
    if dialect is None or not (is_table(lines, dialect) or extension in ("csv", "tsv")):
        return None
    return "tsv" if dialect.delimiter == "\t" else "csv"
