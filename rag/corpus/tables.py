"""Tables of papers: JSON Lines, JSON, CSV and TSV, with whatever sensible names their columns have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag.corpus.columns import FIELDS, ColumnMap, check_given, map_columns
from rag.corpus.delimited import delimited_rows, header_of
from rag.corpus.dialects import best_dialect, detect_dialect
from rag.corpus.draft import Reading
from rag.corpus.json_rows import json_lines, json_objects
from rag.corpus.papers import paper
from rag.corpus.rows import Problems, Row

TABLES = ("jsonl", "json", "csv", "tsv")


def read_table(file: str, text: str, *, shape: str, columns: Mapping[str, str] | None = None) -> Reading:
    """The papers of a table of `shape` (one of TABLES), whose lines end in "\\n".

    `columns` maps names of columns to fields and wins over what the names suggest. Raises CorpusError where it names
    a field that does not exist; everything else that is wrong is a problem of the reading.
    """
    given = check_given(columns)
    problems = Problems(file)
    if shape in ("csv", "tsv"):
        seen, rows = _delimited(text.split("\n"), shape, given, problems)
    else:
        rows = list(json_lines(text.split("\n"), problems) if shape == "jsonl" else json_objects(text, problems))
        seen = dict.fromkeys(key for row in rows for key in row.cells)
    mapping = map_columns(seen, given)
    _check(mapping, list(seen), problems)
    found = [paper(row, mapping, problems) for row in rows] if mapping.readable else []
    if not rows and not problems.found:
        problems.add(0, "a table without rows")
    return Reading(file, shape, tuple(abstract for abstract in found if abstract), problems.all(), mapping.columns)


def _delimited(lines: Sequence[str], shape: str, given: Mapping[str, str], problems: Problems) -> tuple[Iterable[str], list[Row]]:
    dialect = detect_dialect(lines, given) or best_dialect(lines, "\t" if shape == "tsv" else None)
    header, start = header_of(lines, dialect, problems)
    if not map_columns(header, given).readable:
        return header, []
    return header, list(delimited_rows(lines, dialect, header, start, problems))


def _check(mapping: ColumnMap, seen: Sequence[str], problems: Problems) -> None:
    """Note what keeps the table, or a column that the user named, from being read."""
    shown = ", ".join(seen[:30]) + (f" and {len(seen) - 30} more" if len(seen) > 30 else "")
    for column in mapping.missing:
        problems.add(0, f"There is no column {column!r}. The columns are: {shown or 'none'}.")
    if not seen and not problems.found:
        problems.add(0, "a table without columns")
    elif seen and not mapping.readable:
        reason = f"No column holds a title or an abstract. The columns are: {shown}. Say which is which, e.g. {seen[0]!r} is 'text'"
        problems.add(0, f"{reason}; the fields are: {', '.join(FIELDS)}.")
