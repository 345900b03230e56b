"""Entries of BibTeX, cut by bibtexparser, which is imported when a file is read."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rag.corpus.columns import ColumnMap, map_columns
from rag.corpus.rows import Problems, Row
from rag.lexicon import MONTHS

_KEY = "citation key"
# Characters that may stand between "=" and a text: blanks, braces and quotation marks.
_OPENING = 50
_AND = re.compile(r"\s+and\s+")
# Macros that every BibTeX style defines.
_MONTHS = {month: month for month in MONTHS if len(month) == 3}


def bibtex_columns(seen: Iterable[str]) -> ColumnMap:
    """The fields of an entry by the names that tables have too, and its key as an id."""
    return map_columns(seen, {_KEY: "id"})


def bibtex_rows(lines: Sequence[str], problems: Problems) -> Iterator[Row]:
    """The entries; one that is broken is a problem, one whose key or field is repeated is a problem and is read."""
    import bibtexparser
    from bibtexparser import model

    # It logs what it cannot read, which is listed as a problem instead.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    library = bibtexparser.parse_string("\n".join(lines), parse_stack=[])
    macros = {**_MONTHS}
    end = (0, 0)
    for block in library.blocks:
        line, raw = block.start_line + 1, block.raw
        offset = max(0, lines[line - 1].find(raw.partition("\n")[0], end[1] if end[0] == line else 0))
        end = (line + raw.count("\n"), len(raw) - raw.rfind("\n") - 1 + (0 if "\n" in raw else offset))
        entry: Any = block
        if isinstance(block, model.DuplicateBlockKeyBlock):
            problems.add(line, f"the key {block.key!r} is used twice: both entries are read", raw)
        elif isinstance(block, model.DuplicateFieldKeyBlock):
            problems.add(line, f"{', '.join(sorted(block.duplicate_keys))} stated twice: the first is read", raw)
        elif isinstance(block, model.ParsingFailedBlock):
            problems.add(line, f"broken BibTeX: {_reason(block.error)}", raw)
        if isinstance(block, model.ParsingFailedBlock):
            entry = block.ignore_error_block
        if isinstance(entry, model.String):
            macros[entry.key.casefold()] = _value(entry.value, macros)
        elif isinstance(entry, model.Entry):
            texts = _texts(entry, macros)
            yield Row(line, raw, _cells(texts), partial(_find, texts=texts), offset)


def _reason(error: Exception) -> str:
    return " ".join((getattr(error, "abort_reason", None) or str(error)).split())[:200]


def _texts(entry: Any, macros: Mapping[str, str]) -> dict[str, str]:
    """The fields of an entry as text, the first of those with one name, without what encloses them."""
    texts = {_KEY: entry.key.strip()}
    for field in entry.fields:
        texts.setdefault(field.key.casefold(), unbraced(_value(field.value, macros)))
    return texts


def _cells(texts: Mapping[str, str]) -> dict[str, Any]:
    return {name: [unbraced(author) for author in split_outside(text, _AND)] if name == "author" else text for name, text in texts.items()}


def _value(value: str, macros: Mapping[str, str]) -> str:
    """What a field says: quoted or braced texts, numbers and macros, joined by "#"."""
    return "".join(_part(part.strip(), macros) for part in split_outside(value, re.compile("#"))).strip()


def _part(part: str, macros: Mapping[str, str]) -> str:
    if len(part) > 1 and part[0] + part[-1] in ('""', "{}"):
        return part[1:-1]
    return macros.get(part.casefold(), part)


def split_outside(text: str, separator: re.Pattern[str]) -> list[str]:
    """The text cut at each separator that is neither in braces nor in quotation marks that open and close."""
    parts, start = [], 0
    for match in separator.finditer(text):
        before = text[start : match.start()]
        if before.count("{") == before.count("}") and (before.count('"') % 2 == 0 or not text.startswith('"')):
            parts.append(before)
            start = match.end()
    return [*parts, text[start:]]


def unbraced(text: str) -> str:
    """Without braces around the whole: "{{Deep} nets}" is "{Deep} nets", but "{A} and {B}" stays."""
    text = text.strip()
    while text.startswith("{") and text.endswith("}") and _one_group(text):
        text = text[1:-1].strip()
    return text


def _one_group(text: str) -> bool:
    depth = 0
    for brace in re.finditer("[{}]", text):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.end() == len(text)
    return False


def _find(raw: str, column: str, *, texts: Mapping[str, str]) -> tuple[int, int]:
    """Where a field's text stands in the entry."""
    text = texts[column]
    if column == _KEY:
        start = raw.find(text)
        return start, start + len(text)
    for name in re.finditer(rf"(?<![\w-]){re.escape(column)}\s*=", raw, re.IGNORECASE):
        start = raw.find(text, name.end(), name.end() + len(text) + _OPENING)
        if start >= 0 and not raw[name.end() : start].strip('{" \n\t'):
            return start, start + len(text)
    return -1, -1
