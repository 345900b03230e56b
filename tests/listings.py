"""What must hold of the reading of any listing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.corpus.draft import Reading
from rag.corpus.shapes import SHAPES, detect
from rag.model.records import FieldSpan, Source

_LABEL_ALONE = re.compile(r"\W*[A-Za-z]+(?:[- ][A-Za-z]+)?(?: \([^)]*\))?\W*:\W*")


def read(text: str, shape: str | None = None) -> Reading:
    """The reading of a text, by the shape that is detected if none is given."""
    lines = text.split("\n")
    name = shape or detect(lines)
    assert name is not None, "no shape fits"
    return SHAPES[name].read("listing.txt", lines)


def text_at(lines: Sequence[str], place: FieldSpan | Source) -> str:
    """What stands at a place; a field of several lines goes on beyond its first."""
    return "\n".join(lines[place.line - 1 :])[place.start : place.end]


def field(reading: Reading, lines: Sequence[str], name: str, number: int = 0) -> str | None:
    """What stands where an abstract's source says that a field is; None where it has no such field."""
    spans = reading.abstracts[number].sources[0].fields
    return next((text_at(lines, span) for span in spans if span.name == name), None)


def lines_of(place: FieldSpan | Source, lines: Sequence[str]) -> range:
    """The 1-based numbers of the lines that a place touches."""
    return range(place.line, place.line + text_at(lines, place).count("\n") + 1)


def check(reading: Reading, lines: Sequence[str]) -> None:
    """Offsets slice back to the fields, and every line with a letter or digit is part of a paper or a problem.

    A label that has a line for itself, above its field, is neither.
    """
    explained = {problem.line for problem in reading.problems}
    for abstract in reading.abstracts:
        (source,) = abstract.sources
        assert text_at(lines, source) == abstract.text != ""
        titles = [text_at(lines, span) for span in source.fields if span.name == "title"]
        assert titles == ([abstract.title] if abstract.title else [])
        places: list[FieldSpan | Source] = [source, *source.fields]
        for place in places:
            assert text_at(lines, place).strip()
            explained.update(lines_of(place, lines))
    for number, line in enumerate(lines, start=1):
        silent = not any(character.isalnum() for character in line) or _LABEL_ALONE.fullmatch(line)
        assert number in explained or silent, line
