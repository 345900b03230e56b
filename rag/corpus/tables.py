"""Tables of papers: JSON Lines, JSON, CSV and TSV, with whatever sensible names their columns have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from rag.corpus.columns import FIELDS, ColumnMap, check_given, map_columns, paper_of_row
from rag.corpus.delimited import best_dialect, delimited_rows, detect_dialect, header_of
from rag.corpus.draft import Problems, Reading, Row

# Rows of JSON: JSON Lines, an array of objects, an object that holds such an array, or objects one after another.

_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,\[\]]*")
_BETWEEN_MEMBERS = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"\}\s*,\s*(?=\{)")
_SPACE = re.compile(r"\s*")
_NO_OBJECT = "JSON, but not an object with a title or a text"
# A file with more broken objects than this is no JSON; looking for the next one in each would take quadratic time.
_MOST_BROKEN = 1000


def json_lines(lines: Sequence[str], problems: Problems, first: int = 1) -> Iterator[Row]:
    """The object of each line, of which the first has the number `first`; a line that is none is a problem, an empty line nothing."""
    for number, line in enumerate(lines, first):
        if not line or line.isspace():
            continue
        value = _load(line, number, problems)
        if isinstance(value, dict):
            yield Row(number, line, value, partial(find_value, cells=value))


def _load(line: str, number: int, problems: Problems) -> Any:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        problems.add(number, f"broken JSON: {_reason(error)}", line)
        return None
    if not isinstance(value, dict):
        problems.add(number, _NO_OBJECT, line, kind=_NO_OBJECT)
    return value


def json_objects(text: str, problems: Problems) -> Iterator[Row]:
    """The objects of an array, of the longest array in an object ({"papers": [...]}), or of a sequence of values."""
    place = _Place(text)
    position = _array_start(text)
    between = _BETWEEN_MEMBERS if position else _BETWEEN
    broken = 0
    while (position := _end_of(between, text, position)) < len(text) and text[position] != "]":
        line, offset = place.of(position)
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            broken += 1
            problems.add(line, f"broken JSON: {_reason(error)}", text[position : position + 200])
            if broken == _MOST_BROKEN:
                problems.add(line, f"{_MOST_BROKEN} objects were broken: the rest of the file is not read")
                return
            position = _next_object(text, position, offset)
            continue
        if isinstance(value, dict):
            yield Row(line, text[position:end], value, partial(find_value, cells=value), offset)
        else:
            problems.add(line, _NO_OBJECT, text[position:end], kind=_NO_OBJECT)
        position = end


def find_value(raw: str, column: str, *, cells: Mapping[str, Any]) -> tuple[int, int]:
    """Where the value of a key stands in an object's raw text, without the quotation marks of a string.

    A key of the same name may stand in an inner object before it: that is told by its value.
    """
    key = _quoted(column)
    found = raw.find(key)
    while found >= 0:
        colon = _end_of(_SPACE, raw, found + len(key))
        if raw.startswith(":", colon):
            start = _end_of(_SPACE, raw, colon + 1)
            value, end = _decode(raw, start)
            if value == cells[column]:
                return (start + 1, end - 1) if isinstance(value, str) else (start, end)
        found = raw.find(key, found + 1)
    return -1, -1


@lru_cache(maxsize=1000)
def _quoted(column: str) -> str:
    return json.dumps(column, ensure_ascii=False)


def _decode(text: str, start: int) -> tuple[Any, int]:
    """The JSON value at a place and its end; None and -1 where there is none."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, -1


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _array_start(text: str) -> int:
    """Where to begin: after the "[" of the longest array of objects that is a member of the first object, else at 0."""
    start = _end_of(_SPACE, text, 0)
    if not text.startswith("{", start):
        return 0
    value, _ = _decode(text, start)
    if not isinstance(value, dict):
        return 0
    arrays = {key: len(member) for key, member in value.items() if isinstance(member, list) and member and isinstance(member[0], dict)}
    if not arrays or any(isinstance(value.get(name), str) for name in ("title", "abstract", "text")):
        return 0
    key = max(arrays, key=lambda name: arrays[name])
    start, _ = find_value(text, key, cells=value)
    return start + 1


def _next_object(text: str, position: int, offset: int) -> int:
    """After a broken object: the next line that begins as the broken one did, else the next "{" after a "},"."""
    margin = text[position - offset : position + 1]
    if margin[:-1].isspace() or not margin[:-1]:
        following = text.find("\n" + margin, position)
        if following >= 0:
            return following + len(margin)
    match = _NEXT_OBJECT.search(text, position + 1)
    return match.end() if match else len(text)


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at character {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number too long to be one"


class _Place:
    """Line (1-based) and offset in it of positions asked for in rising order, in linear time over all of them."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line, self._line_start = text, 0, 1, 0

    def of(self, position: int) -> tuple[int, int]:
        self._line += self._text.count("\n", self._at, position)
        last = self._text.rfind("\n", self._at, position)
        self._line_start = last + 1 if last >= 0 else self._line_start
        self._at = position
        return self._line, position - self._line_start


# Tables of papers: JSON Lines, JSON, CSV and TSV, with whatever sensible names their columns have.

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
    check_mapping(mapping, list(seen), problems)
    found = [paper_of_row(row, mapping, problems) for row in rows] if mapping.readable else []
    if not rows and not problems.found:
        problems.add(0, "a table without rows")
    return Reading(file, shape, tuple(abstract for abstract in found if abstract), problems.all(), mapping.columns)


def _delimited(lines: Sequence[str], shape: str, given: Mapping[str, str], problems: Problems) -> tuple[Iterable[str], list[Row]]:
    dialect = detect_dialect(lines, given) or best_dialect(lines, "\t" if shape == "tsv" else None)
    header, start = header_of(lines, dialect, problems)
    if not map_columns(header, given).readable:
        return header, []
    return header, list(delimited_rows(lines, dialect, header, start, problems))


def check_mapping(mapping: ColumnMap, seen: Sequence[str], problems: Problems) -> None:
    """Note what keeps the table, or a column that the user named, from being read."""
    shown = ", ".join(seen[:30]) + (f" and {len(seen) - 30} more" if len(seen) > 30 else "")
    for column in mapping.missing:
        problems.add(0, f"There is no column {column!r}. The columns are: {shown or 'none'}.")
    if not seen and not problems.found:
        problems.add(0, "a table without columns")
    elif seen and not mapping.readable:
        reason = f"No column holds a title or an abstract. The columns are: {shown}. Say which is which, e.g. {seen[0]!r} is 'text'"
        problems.add(0, f"{reason}; the fields are: {', '.join(FIELDS)}.")
