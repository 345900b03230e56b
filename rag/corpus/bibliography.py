"""Bibliographies as reference managers export them: BibTeX and RIS."""

from __future__ import annotations

from collections.abc import Sequence

from rag.corpus.bibtex import bibtex_columns, bibtex_rows
from rag.corpus.draft import Reading
from rag.corpus.papers import paper
from rag.corpus.ris import ris_columns, ris_rows
from rag.corpus.rows import Problems


def read_bibliography(file: str, lines: Sequence[str], *, shape: str) -> Reading:
    """The papers of a bibliography of `shape` "bib" or "ris".

    An entry without an abstract is an abstract of its title alone. An entry that is broken is a problem with its line.
    The abstracts' line is the one on which their entry begins; offsets run on over the lines after it.
    """
    problems = Problems(file)
    rows = list(bibtex_rows(lines, problems) if shape == "bib" else ris_rows(lines, problems))
    seen = dict.fromkeys(name for row in rows for name in row.cells)
    mapping = bibtex_columns(seen) if shape == "bib" else ris_columns(seen)
    found = [paper(row, mapping, problems) for row in rows]
    if not rows and not problems.found:
        problems.add(0, "a bibliography without entries")
    return Reading(file, shape, tuple(abstract for abstract in found if abstract), problems.all(), mapping.columns)
