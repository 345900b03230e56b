"""The abstract that a question names: by its title, its label, or the system that it introduces."""

from __future__ import annotations

from collections.abc import Iterable

from rag.corpus import introduced_name
from rag.model import Abstract
from rag.support import squeeze_name

_WORDS = 4  # of a title, that a name must have to be met inside of it


def find_named(name: str, abstracts: Iterable[Abstract]) -> list[Abstract]:
    """The abstracts of that title or system; else those whose title has the words of the name, if it has several."""
    wanted = squeeze_name(name.strip(" \"'"))
    inside = []
    for one in abstracts:
        title = one.title or ""
        own = (title, title.partition(":")[0], one.label, introduced_name(one.text, one.title) or "")
        if wanted in {squeeze_name(part) for part in own if part}:
            return [one]
        if len(name.split()) >= _WORDS and wanted in squeeze_name(title):
            inside.append(one)
    return inside
