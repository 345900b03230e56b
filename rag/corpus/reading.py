"""Reading one file, or a text that was pasted, of any kind: a `Reading`, never an exception for what the file holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from rag.corpus.columns import check_given, field_of
from rag.corpus.delimited import best_dialect, detect_dialect, is_table
from rag.corpus.draft import EXCERPT_CHARACTERS, MAX_CHARACTERS, Reading, bounded
from rag.corpus.files import check_there, decode
from rag.corpus.packed import plain_name
from rag.corpus.regular import READABLE, read_regular
from rag.corpus.shapes import PARAGRAPHS, read_paragraphs
from rag.corpus.tables import TABLES, read_table
from rag.corpus.values import replace_surrogates
from rag.model import CorpusError, Problem

# What kind of file a text is: by its content, and by its extension where the content does not tell.

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
    return _EXTENSIONS.get(PurePosixPath(plain_name(name)).suffix.lower())


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


# Reading one file, or a text that was pasted, of any kind: a `Reading`, never an exception for what the file holds.

_UNKNOWN = "unknown"  # the shape of what cannot be read


def read_file(path: Path, *, name: str, shape: str | None = None, columns: Mapping[str, str] | None = None) -> Reading:
    """The papers of a file, called `name` in their sources, and every line that could not be read.

    The shape is told by the content, then by the extension, unless given: one of `shape_names()`. `columns` maps the
    columns of tables to fields. Raises CorpusError only for a shape or field that does not exist, or a missing file.
    """
    check_asked(shape, columns)
    check_there(path)
    try:
        data = read_regular(path)
    except CorpusError as error:
        return unreadable(name, str(error))
    return read_bytes(data, name=name, shape=shape, columns=columns)


def read_bytes(data: bytes, *, name: str, shape: str | None = None, columns: Mapping[str, str] | None = None) -> Reading:
    """The papers of a file's bytes, as `read_file` reads them."""
    try:
        text, guessed = decode(data)
    except CorpusError as error:
        return unreadable(name, str(error))
    del data  # it is as large as the text, which is read next
    reading = read_text(text, name=name, shape=shape, columns=columns)
    return replace(reading, problems=(Problem(name, 0, guessed), *reading.problems)) if guessed else reading


def read_text(text: str, *, name: str, shape: str | None = None, columns: Mapping[str, str] | None = None) -> Reading:
    """The papers of a text, as `read_file` reads them; offsets count its characters with "\\n" line ends and no byte order mark."""
    check_asked(shape)
    text = replace_surrogates(text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))
    if not text.strip():
        return unreadable(name, "empty")
    reading = _read(text, name, shape or detect_kind(text, name, columns or {}), columns)
    extension = extension_kind(name)
    if shape or reading.abstracts or reading.shape != _UNKNOWN or not extension:
        return reading
    return _read(text, name, extension, columns)


def shape_names() -> tuple[str, ...]:
    """Every shape that can be forced."""
    from rag.corpus.shapes import SHAPES

    return (*SHAPES, PARAGRAPHS, *TABLES, *BIBLIOGRAPHIES)


def _read(text: str, name: str, kind: str, columns: Mapping[str, str] | None) -> Reading:
    if kind in TABLES:
        return read_table(name, text, shape=kind, columns=columns)
    lines, long = _bounded(text, name)
    if kind in BIBLIOGRAPHIES:
        from rag.corpus.bibliographies import read_bibliography

        reading = read_bibliography(name, lines, shape=kind)
    else:
        reading = _read_listing(lines, name, kind)
    if not reading.abstracts and not reading.problems:
        return unreadable(name, f"no papers in the shape {kind!r}")
    return replace(reading, problems=bounded(name, (*long, *reading.problems)))


def _read_listing(lines: list[str], name: str, kind: str) -> Reading:
    from rag.corpus.shapes import SHAPES, detect

    shape = detect(lines) if kind == LISTING else kind
    if shape in SHAPES:
        return _with_text(SHAPES[shape].read(name, lines))
    reading = read_paragraphs(name, lines)
    if reading.abstracts or kind == PARAGRAPHS:
        return reading
    return unreadable(name, f"no papers found in this text: say what shape it has ({', '.join(shape_names())}), or give {READABLE}")


def _with_text(reading: Reading) -> Reading:
    """Without the papers of which a listing says a date or a count and nothing else: there would be nothing to cite."""
    empty = [abstract.sources[0].line for abstract in reading.abstracts if not abstract.text.strip()]
    if not empty:
        return reading
    problems = [Problem(reading.file, line, "a paper without a text") for line in empty]
    kept = tuple(abstract for abstract in reading.abstracts if abstract.text.strip())
    return replace(reading, abstracts=kept, problems=(*reading.problems, *problems))


def _bounded(text: str, name: str) -> tuple[list[str], list[Problem]]:
    """The lines, those that are too long emptied: no regular expression may meet a line of 50 MB."""
    lines, problems = text.split("\n"), []
    for index, line in enumerate(lines):
        if len(line) > MAX_CHARACTERS:
            reason = f"a line of {len(line):,} characters: more than {MAX_CHARACTERS:,} are not read"
            problems.append(Problem(name, index + 1, reason, line[:EXCERPT_CHARACTERS]))
            lines[index] = ""
    return lines, problems


def check_asked(shape: str | None, columns: Mapping[str, str] | None = None) -> None:
    """Raises CorpusError for a shape or a field of a column that does not exist."""
    check_given(columns)
    if shape is not None and shape not in shape_names():
        raise CorpusError(f"There is no shape {shape!r}. The shapes are: {', '.join(shape_names())}.")


def unreadable(name: str, reason: str) -> Reading:
    """The reading of a file of which nothing can be read."""
    return Reading(name, _UNKNOWN, (), (Problem(name, 0, reason),))
