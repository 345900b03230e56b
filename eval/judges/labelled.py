"""Claims that people have labelled, to measure a judge on: read line by line, each with the text it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.judges.tasks import Task
from eval.questions import QuestionSetError, References
from rag.support import Cited

_MOST_SHOWN = 10  # problems in one message
_PLACES = ("doc", "ref", "source")  # the fields that say what a claim is about, one of them in each row
_SAME_KIND = {
    "wrong_number": "wrong number",
    "swapped_entity": "swapped name",
    "overclaim": "over-claim",
    "misattribution": "misattributed",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim, the text that it is held against, and whether people found it supported. `kind` is what was done to it, or ""."""

    claim: str
    text: str
    title: str | None
    supported: bool
    kind: str

    def task(self, number: int) -> Task:
        """What a judge is asked: the claim against the whole text."""
        return Task("", number, "retrieved", None, self.claim, (Cited(self.text, ((0, len(self.text)),), self.title),))


def load_labelled(path: Path, references: References | None) -> tuple[Labelled, ...]:
    """Read labelled claims, one JSON object a line: "claim", "label", perhaps "kind", and either "doc", the text itself, or "ref" or
    "source", an abstract as in `References`, which must then be given.

    A label is "supported" or 1, and anything else that is a text, or 0. Raises QuestionSetError, which lists the lines that are
    wrong and why.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # `splitlines` would cut at signs that JSON allows within texts
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"The labelled claims in {path} cannot be read: {error}") from error
    found, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_labelled(json.loads(line), references))
        except (ValueError, QuestionSetError) as error:
            problems.append(f"line {number}: {error}")
    if problems:
        more = f"\n  and {len(problems) - _MOST_SHOWN} more" if len(problems) > _MOST_SHOWN else ""
        raise QuestionSetError(f"{path} has lines that cannot be used:\n  " + "\n  ".join(problems[:_MOST_SHOWN]) + more)
    if not found:
        raise QuestionSetError(f'{path} has no labelled claims. Each line is one JSON object with "claim", "label" and "doc" or "ref".')
    return tuple(found)


def refers(path: Path) -> bool:
    """True where a row names an abstract of the corpus, so that the corpus is needed to read it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False  # `load_labelled` says so
    return any("doc" not in row and ("ref" in row or "source" in row) for row in _rows(text))


def _rows(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.split("\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, Mapping):
            yield row


def _labelled(row: object, references: References | None) -> Labelled:
    if not isinstance(row, Mapping):
        raise ValueError(f"it is not a JSON object but {type(row).__name__}")
    text, title = _about(row, references)
    kind = row.get("kind") or ""
    if not isinstance(kind, str):
        raise ValueError(f'"kind" must be a text, not {kind!r}')
    return Labelled(_text(row, "claim"), text, title, _supported(row.get("label")), _SAME_KIND.get(kind, kind))


def _about(row: Mapping[str, Any], references: References | None) -> tuple[str, str | None]:
    places = [name for name in _PLACES if name in row]
    if len(places) != 1:
        raise ValueError(f'it must have one of "doc", "ref" and "source", not {" and ".join(places) or "none"}')
    value = _text(row, places[0])
    if places == ["doc"]:
        return value, None
    if references is None:
        raise ValueError(f"{value!r} names an abstract, and no corpus is given to find it in")
    abstract = references.abstract(references.resolve(value))
    return abstract.text, abstract.title


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'"{name}" must be a text that is not empty, not {value!r}')
    return value


def _supported(label: object) -> bool:
    if isinstance(label, str) and label.strip():
        return label == "supported"
    if isinstance(label, int) and label in (0, 1):
        return bool(label)
    raise ValueError(f'"label" must be "supported", another text, 1 or 0, not {label!r}')
