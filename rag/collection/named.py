"""The abstract that a question names: by its title, its label, or the system that it introduces."""

from __future__ import annotations

from collections.abc import Iterable

from rag.collection.selection import Selection
from rag.corpus import names_of
from rag.model import Abstract, Scan
from rag.text import squeeze_name

_WORDS = 4  # of a title, that a name must have to be met inside of it


def named_in(name: str, pool: Selection) -> list[Abstract]:
    """Those of a selection; what may be called so is looked up, and read."""
    may_be = pool.generation.called(name, inside=len(name.split()) >= _WORDS)
    return find_named(name, pool if may_be is None else pool.narrowed(scans=(Scan("id", may_be),)))


def find_named(name: str, abstracts: Iterable[Abstract]) -> list[Abstract]:
    """The abstracts of that title or system; else those whose title has the words of the name, if it has several."""
    wanted = squeeze_name(name.strip(" \"'"))
    inside = []
    for one in abstracts:
        title = one.title or ""
        if wanted in {squeeze_name(part) for part in names_of(one) if part}:
            return [one]
        if len(name.split()) >= _WORDS and wanted in squeeze_name(title):
            inside.append(one)
    return inside
