"""Rows as other tools write them: JSON, JSON Lines and CSV, each with its place in the file; what cannot be read is a row too."""

from __future__ import annotations

import csv
import io
import json
import sys
import tokenize
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.questions import QuestionSetError
from eval.systems.columns import field_of, fields_in

_LARGEST = 1_000_000_000  # bytes of a file
_LISTS = ("data", "rows", "samples", "test_cases", "testcases", "examples")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file: `place` says where ("line 7", "row 3"), `problem` why it cannot be read, "" where it can."""

    place: str
    data: Mapping[str, Any]
    problem: str = ""


def read_table(path: Path) -> list[FileRow]:
    """The rows of a file, by its ending, else by its beginning. Raises QuestionSetError where the file cannot be read at all."""
    try:
        if path.stat().st_size > _LARGEST:
            raise QuestionSetError(f"{path} has more than {_LARGEST:,} bytes. Divide it.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"The rows in {path} cannot be read: {error}") from error
    if path.suffix.lower() in (".csv", ".tsv"):
        rows = list(_csv_rows(text, "\t" if path.suffix.lower() == ".tsv" else ","))
    else:
        rows = list(_json_rows(text))
    if not rows:
        raise QuestionSetError(f"{path} has no rows.")
    return rows


def _json_rows(text: str) -> Iterator[FileRow]:
    """One document with a list of rows, or one row a line."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text)
        return
    for number, row in enumerate(_listed(data), start=1):
        yield _row(f"row {number}", row)


def _lines(text: str) -> Iterator[FileRow]:
    for number, line in enumerate(text.split("\n"), start=1):  # `splitlines` would cut at signs that JSON allows within texts
        if line.strip():
            try:
                yield _row(f"line {number}", json.loads(line))
            except (ValueError, RecursionError) as error:
                yield FileRow(f"line {number}", {}, f"it is no JSON ({error})")


def _row(place: str, data: Any) -> FileRow:
    if isinstance(data, Mapping):
        return FileRow(place, data)
    return FileRow(place, {}, f"it is not a JSON object but {type(data).__name__}")


def _listed(data: Any) -> list[Any]:
    """The rows of a document: a list; columns side by side; or an object with one list of objects in it, such as "data"."""
    if isinstance(data, list):
        return data
    if not isinstance(data, Mapping):
        return [data]
    columns = {name: value for name, value in data.items() if isinstance(value, list)}
    if columns and len(columns) == len(data) and len(set(map(len, columns.values()))) == 1 and len(columns) > 1:
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    inner = [value for value in columns.values() if value and all(isinstance(one, Mapping) for one in value)]
    known = [value for name, value in columns.items() if name.casefold() in _LISTS and value in inner]
    return next(iter(known or inner), [data]) if not _is_row(data) else [data]


def _is_row(data: Mapping[str, Any]) -> bool:
    return "question" in fields_in(data)[0]


def _csv_rows(text: str, separator: str) -> Iterator[FileRow]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    head: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield FileRow(f"line {line}", {}, f"it is no CSV ({error})")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if head is None:
            head = [cell.strip() for cell in cells]
            continue
        yield _cells(f"line {line}", head, cells)


def _cells(place: str, head: list[str], cells: list[str]) -> FileRow:
    if len(cells) > len(head):
        return FileRow(place, dict(zip(head, cells, strict=False)), f"it has {len(cells)} cells, and the head has {len(head)}")
    return FileRow(place, {name: _value(name, cell) for name, cell in zip(head, cells, strict=False) if name and cell.strip()})


def _value(name: str, cell: str) -> Any:
    """A cell as a value: in a column of texts its text, unless it is a list of messages."""
    found = value_of(cell)
    if isinstance(found, str) or field_of(name) not in _TEXTS:
        return found
    return found if isinstance(found, list) and found and all(isinstance(one, Mapping) for one in found) else unquoted(cell)


_TEXTS = ("id", "question", "answer", "reference", "kind", "split", "error", "model")


def value_of(cell: str) -> Any:
    """A cell as a value: a list or an object where it is one in JSON, or as pandas prints lists of texts; else its text.

    An apostrophe before what a spreadsheet would take for a formula is taken off.
    """
    text = cell.strip()
    if text[:1] in "[{" and text[-1:] in "]}":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = _printed(text)
        return cell if found is None else found
    return unquoted(cell)


def unquoted(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from reading a formula."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in FORMULA else cell


def quoted(text: str) -> str:
    """A text as a cell that no spreadsheet reads as a formula; `unquoted` gives the text back."""
    return "'" + text if text and text.lstrip("'")[:1] in FORMULA else text


FORMULA = ("=", "+", "-", "@")  # a cell that begins so is a formula to a spreadsheet


def _printed(text: str) -> Any:
    """A list or a dict of Python as it is printed, and numpy's list of texts, which has no commas; None for what is neither."""
    try:
        tokens = [one for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type not in _BLANKS]
    except (tokenize.TokenError, SyntaxError):
        return None
    inner = tokens[1:-1]
    if text[:1] == "[" and all(one.type == tokenize.STRING or one.string == "," for one in inner):
        return [literal_eval(one.string) for one in inner if one.type == tokenize.STRING]
    try:
        return literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


_BLANKS = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.COMMENT)
