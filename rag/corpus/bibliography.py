"""BibTeX and RIS, through bibtexparser and rispy, which are imported when one is read."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag.corpus.columns import map_columns
from rag.corpus.draft import Reading
from rag.corpus.papers import paper
from rag.corpus.rows import Problems, Row

_KEY = "citation key"
_BRACED = re.compile(r"[{}]")
# What an entry of RIS calls a field, best first, in the names of rispy.
_RIS_NAMES = {
    "title": ("title", "primary_title", "translated_title", "short_title"),
    "abstract": ("abstract", "notes_abstract", "research_notes"),
    "id": ("id", "accession_number"),
    "doi": ("doi",),
    "date": ("date", "publication_year", "year"),
    "authors": ("authors", "first_authors"),
    "url": ("urls",),
    "venue": ("journal_name", "alternate_title3", "secondary_title", "alternate_title2"),
}
_RIS_TAG = re.compile(r"([A-Z][A-Z0-9]) {1,2}-(?: |$)")


def read_bibliography(file: str, lines: Sequence[str], *, shape: str) -> Reading:
    """The papers of a bibliography of `shape` "bib" or "ris".

    An entry without an abstract is an abstract of its title alone. An entry that is broken is a problem with its line.
    """
    problems = Problems(file)
    rows = list(_bibtex(lines, problems) if shape == "bib" else _ris(lines, problems))
    seen = list(dict.fromkeys(key for row in rows for key in row.cells))
    mapping = map_columns(seen, {_KEY: "id"} if shape == "bib" else {})
    found = [paper(row, mapping, problems) for row in rows]
    if not rows and not problems.found:
        problems.add(0, "a bibliography without entries")
    return Reading(file, shape, tuple(abstract for abstract in found if abstract), problems.all(), mapping.columns)


def _bibtex(lines: Sequence[str], problems: Problems) -> Iterator[Row]:
    import bibtexparser
    from bibtexparser import model

    # It logs every broken entry, which we list as a problem.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    library = bibtexparser.parse_string("\n".join(lines))
    for block in library.blocks:
        line, raw = (block.start_line or 0) + 1, block.raw or ""
        entry: Any = block
        if isinstance(block, model.ParsingFailedBlock):
            problems.add(line, f"broken BibTeX: {_one_line(str(block.error))}", raw)
            entry = block.ignore_error_block
        if isinstance(entry, model.Entry):
            cells = {field.key: field.value for field in entry.fields}
            yield Row(line, raw, _bibtex_cells(entry.key, cells), _find_bibtex)


def _bibtex_cells(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {_KEY: key}
    for name, value in fields.items():
        text = str(value).strip()
        name = name.casefold()
        if name in ("author", "title"):
            text = _unbraced(text)
        cells[name] = re.split(r"\s+and\s+", text) if name == "author" else text
    return cells


def _unbraced(text: str) -> str:
    """Without a pair of braces around the whole: "{{Deep} nets}" is "{Deep} nets", "{A} and {B}" stays."""
    while len(text) > 1 and text[0] == "{" and text[-1] == "}":
        depth = 0
        for position, character in enumerate(text):
            depth += (character == "{") - (character == "}")
            if depth == 0 and position < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def _find_bibtex(raw: str, column: str) -> tuple[int, int]:
    return -1, -1


def _ris(lines: Sequence[str], problems: Problems) -> Iterator[Row]:
    return iter(())


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
