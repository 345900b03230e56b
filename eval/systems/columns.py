"""Which column of somebody's rows is which field of ours: one table, `eval/data/columns.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[1] / "data" / "columns.toml"


@cache
def columns_table() -> Mapping[str, Any]:
    """The table as it stands in its file."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def plain_name(name: object) -> str:
    """The name of a column without case, blanks, dashes and underscores."""
    return "".join(sign for sign in str(name).casefold() if sign.isalnum())


def fields_in(row: Mapping[Any, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields of ours that a row has, by their names, and the columns that are not used: not known, or second to another.

    A column whose value is None is as none.
    """
    return _taken(row, _names_of(frozenset(map(plain_name, row))))


def field_of(column: str) -> str | None:
    """The field of ours that a column is, None for one that is not known."""
    names = _names_of(frozenset((plain_name(column),)))
    return next((field for field, known in names.items() if plain_name(column) in known), None)


def context_fields(item: Mapping[Any, Any]) -> dict[str, Any]:
    """Text, id and title of a context that is an object, as far as it has them; those of its metadata where it has none itself."""
    found, _ = _taken(item, _context_names())
    inner = item.get("metadata")
    return (context_fields(inner) | found) if isinstance(inner, Mapping) else found


def _taken(row: Mapping[Any, Any], names: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    columns: dict[str, Any] = {}
    for name in row:
        columns.setdefault(plain_name(name), name)
    chosen = {
        field: columns[found]
        for field, known in names.items()
        if (found := next((one for one in known if one in columns and row[columns[one]] is not None), None))
    }
    silent = {one for known in names.values() for one in known}
    used = set(chosen.values())
    unused = [name for name in row if name not in used and (row[name] is not None or plain_name(name) not in silent)]
    return {field: row[name] for field, name in chosen.items()}, tuple(map(str, unused))


@cache
def _names_of(present: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    table = columns_table()
    names = {field: _plain(known) for field, known in table["fields"].items() if field != "own"}
    names |= {field: _plain(known) for field, known in table["fields"]["own"].items()}
    for dialect in table["dialect"]:
        if present & set(_plain(dialect["told_by"])):
            own = {field: _plain(known) for field, known in dialect.items() if field not in ("name", "told_by")}
            meant = {one for known in own.values() for one in known}
            names = {field: tuple(one for one in known if one not in meant) for field, known in names.items()}
            names = {field: (*own.get(field, ()), *known) for field, known in names.items()}
    return names


@cache
def _context_names() -> Mapping[str, tuple[str, ...]]:
    return {field: _plain(known) for field, known in columns_table()["context"].items()}


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(plain_name, names))
